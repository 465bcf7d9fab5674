; Real mode: interrupts through the vector table, exceptions, wrap-around, flags, big segments.
; Entered at IMAGE in real mode with interrupts off. Lines have the form "name: fields".


        xor ax, ax
        mov ss, ax
        mov sp, 0x7000
        mov ax, cs
        mov ds, ax
        call fill_vectors16
        jmp near real_tests
%include "real-frame.asm"

real_tests:
        TEST16 "real divide"
        div cl
        END16
        TEST16 "real int3"
        int3
        END16
        TEST16 "real into, not taken"
        into
        END16
        TEST16 "real into"
        mov al, 0x7f
        inc al
        into
        END16
        TEST16 "real int 45h"
        stc
        sti
        int 0x45
        END16
        TEST16 "real bound"
        mov bx, R16(limits16)
        mov ax, 5
        bound ax, [bx]
        mov ax, 11
        bound ax, [bx]
        END16
        TEST16 "real ud2"
        ud2
        END16
        TEST16 "real lock mov"
        db 0xf0
        mov ax, bx
        END16
        TEST16 "real sldt"
        sldt ax
        END16
        TEST16 "real lar"
        lar ax, bx
        END16
        TEST16 "real verr"
        verr ax
        END16
        TEST16 "real arpl"
        db 0x63, 0xc8
        END16
        TEST16 "real lldt"
        lldt ax
        END16
        TEST16 "real str"
        str ax
        END16
        TEST16 "real smsw"
        smsw ax
        and ax, 0x000f
        END16
        TEST16 "real single step"
        mov word [R16(step16)], 9
        push word 0x102
        popf
        nop
        mov ax, ss
        mov ss, ax
        inc ax
        pushf
        pop bx
        mov cx, 2
        rep lodsb
        int 0x45
        nop
        nop
        END16
        mov word [R16(step16)], 0
        TEST16 "real popf takes IOPL and NT"
        push word 0xffff & ~0x100
        popf
        pushf
        pop ax
        push word 2
        popf
        END16
        TEST16 "real popfd, upper flags"
        push dword 0x00fc0002
        popfd
        pushfd
        pop ax
        pop ax
        and ax, 0x0024
        push dword 2
        popfd
        END16
        TEST16 "real stack wraps"
        xor sp, sp
        push word 0x1234
        pop ax
        END16
        TEST16 "real pusha"
        pusha
        mov bp, sp
        mov ax, [bp + 6]
        END16
        TEST16 "real push sp"
        push sp
        pop ax
        END16
        TEST16 "real offset wraps at 64 KiB"
        mov bx, 0xfff0
        mov ax, [bx + R16(word16) + 0x10]
        END16
        TEST16 "real iret"
        push word 0x0a57
        push cs
        push word R16(.iret)
        iret
.iret:
        END16
        TEST16 "real retf"
        push cs
        push word R16(.far)
        retf
.far:   mov ax, 0x4711
        END16
        TEST16 "real relocated vectors"
        lidt [R16(moved16)]
        mov ax, 0x4242
        int 0x00
        END16
        lidt [R16(idt16)]
        TEST16 "real vector beyond the table's limit"
        lidt [R16(short16)]
        int 0x45
        END16
        lidt [R16(idt16)]
        TEST16 "real sidt"
        sidt [R16(image16)]
        mov ax, [R16(image16)]
        add ax, [R16(image16) + 2]
        END16
        TEST16 "real coprocessor absent"
        mov eax, cr0
        push eax
        or al, 8
        mov cr0, eax
        fnop
        END16
        clts
        TEST16 "real coprocessor emulated"
        mov eax, cr0
        or al, 4
        mov cr0, eax
        fninit
        END16
        mov eax, cr0
        and al, ~4
        mov cr0, eax
        TEST16 "big real segment"
        o32 lgdt [R16(flat16)]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        mov bx, 8
        mov ds, bx
        and al, ~1
        mov cr0, eax
        mov ebx, 0x100000
        mov dword [ebx], 0x12345678
        xor ax, ax
        mov ds, ax                      ; the limit stays
        mov ax, [ebx + 1]
        END16
        TEST16 "a32 string in real mode"
        mov esi, IMAGE
        mov ds, ax
        mov ecx, 3
        a32 rep lodsb
        mov ax, si
        END16
        jmp near to_protected

limits16: dw 3, 10
word16:   dw 0xbeef
moved16:  dw 0x3ff
          dd IMAGE + R16(vectors16)
idt16:    dw 0x3ff
          dd 0
short16:  dw 0x45 * 4 + 2
          dd 0
image16:  times 6 db 0
vectors16: dw R16(stubs16) + 4 * 0x33, IMAGE >> 4
          align 8
gdt16:    dq 0, 0x00cf93000000ffff
flat16:   dw 15
          dd gdt16
