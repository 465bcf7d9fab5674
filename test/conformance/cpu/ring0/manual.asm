; What no oracle here does as the manual says: limits in real mode, illegal control register values. Same frame as main.asm, but what it has
; to print is written down in manual.ts, each line with its clause.
; Assemble with: nasm -f bin -o manual.bin manual.asm

IMAGE   equ 0x10000
        org IMAGE
        cpu 586

        bits 16
start16:
        xor ax, ax
        mov ss, ax
        mov sp, 0x7000
        mov ax, cs
        mov ds, ax
        call fill_vectors16
        jmp near limits16
%include "real-frame.asm"

limits16:
        TEST16 "word read at FFFFh"
        mov bx, 0xffff
        mov ax, [bx]
        END16
        TEST16 "word write at FFFFh"
        mov bx, 0xffff
        mov [bx], ax
        END16
        TEST16 "byte read at FFFFh"
        mov bx, 0xffff
        mov al, [bx]
        END16
        TEST16 "dword read at FFFDh"
        mov bx, 0xfffd
        mov eax, [bx]
        END16
        TEST16 "word read at FFFFh through the stack segment"
        mov bp, 0xffff
        mov ax, [bp]
        END16
        TEST16 "32-bit offset beyond 64 KiB"
        mov ebx, 0x10000
        mov ax, [ebx]
        END16
        TEST16 "32-bit offset beyond 64 KiB, by EBP"
        mov ebp, 0x10000
        mov ax, [ebp]
        END16
        TEST16 "movsw from FFFFh"
        mov si, 0xffff
        mov di, 0x7100
        mov es, ax
        movsw
        END16
        TEST16 "jump beyond the limit"
        o32 jmp 0x10000 + IMAGE
        END16
        TEST16 "instruction over the limit"
        mov byte [0xffff], 0xb8         ; MOV AX, imm16 of which only the opcode is inside
        jmp near $$ + 0xffff
        END16
        TEST16 "PG without PE"
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        END16
        TEST16 "NW without CD"
        mov eax, cr0
        and eax, ~0x40000000
        or eax, 0x20000000
        mov cr0, eax
        END16
        TEST16 "CR4, reserved bit"
        mov eax, 0x80000000
        mov cr4, eax
        END16
        TEST16 "mov to CR1"
        mov cr1, eax
        END16
        TEST16 "lock hlt"
        db 0xf0
        hlt
        END16
        TEST16 "single step: sti does not defer the trap"
        mov word [R16(step16)], 3
        push word 0x102
        popf
        sti
        cli
        nop
        nop
        END16
        mov word [R16(step16)], 0
        TEST16 "single step: mov ss does, and int3 behind it is not stepped"
        mov word [R16(step16)], 2
        mov ax, ss
        push word 0x102
        popf
        mov ss, ax
        nop
        mov ss, ax
        int3
        END16
        SAY16 10, "end", 10
        lidt [R16(none16)]
        ud2
none16: dw 0
        dd 0

        times 0xff00 - ($ - $$) db 0
%include "reset.asm"
