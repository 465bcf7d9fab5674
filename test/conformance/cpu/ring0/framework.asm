; 32-bit protected mode: tables, output, and the macros TEST and END around each case.
;
; A case runs at ring 0 with flat segments unless it goes elsewhere. Whatever vector ends it is printed: vector, error code,
; EIP relative to the case, CS, EFLAGS without RF, then SS:ESP when the frame has them, CR2 for page faults. Selectors used by cases:
SEL_CODE  equ 0x08                      ; ring 0, 32 bits
SEL_DATA  equ 0x10
SEL_CODE3 equ 0x18 | 3
SEL_DATA3 equ 0x20 | 3
SEL_TSS   equ 0x28
SEL_LDT   equ 0x30
SEL_CODE1 equ 0x38 | 1
SEL_DATA1 equ 0x40 | 1
SEL_CODE16 equ 0x48                     ; ring 0, 16 bits, base IMAGE
SEL_X     equ 0x50                      ; scratch, and the next one
SEL_Y     equ 0x58
SEL_CONF  equ 0x60                      ; conforming, ring 0
SEL_TSS2  equ 0x68
SEL_TSS16 equ 0x70
SEL_DATA16 equ 0x78                     ; ring 0 stack of 16 bits
GDT_LIMIT equ 0x7f

GDT     equ 0x20000
IDT     equ 0x20800
TSS     equ 0x21000                     ; with an I/O permission map
TSS2    equ 0x21400
TSS16   equ 0x21800
LDT     equ 0x21c00
RING0_STACK equ 0x28000                 ; of interrupts from outer rings
STACK   equ 0x27000                     ; of the cases
STACK1  equ 0x25000
STACK3  equ 0x26000
BUFFER  equ 0x29000

        bits 16
to_protected:
        cli
        o32 lgdt [R16(boot_gdtr)]
        o32 lidt [R16(idtr)]
        mov eax, cr0
        or eax, 0x21                    ; NE, PE
        mov cr0, eax
        jmp dword SEL_CODE:protected
        bits 32
        align 8
gdtr:   dw GDT_LIMIT
        dd GDT
idtr:   dw 0x7ff
        dd IDT
; The table is used where it lies until build_tables has copied it.
boot_gdtr: dw GDT_LIMIT
        dd gdt_image
gdt_image:
        dq 0
        dq 0x00cf9b000000ffff           ; 08 code
        dq 0x00cf93000000ffff           ; 10 data
        dq 0x00cffb000000ffff           ; 18 code, ring 3
        dq 0x00cff3000000ffff           ; 20 data, ring 3
        dw 0x00ff, TSS & 0xffff
        db TSS >> 16, 0x89, 0, 0        ; 28
        dw 0x003f, LDT & 0xffff
        db LDT >> 16, 0x82, 0, 0        ; 30
        dq 0x00cfbb000000ffff           ; 38 code, ring 1
        dq 0x00cfb3000000ffff           ; 40 data, ring 1
        dw 0xffff, IMAGE & 0xffff
        db IMAGE >> 16, 0x9b, 0, 0      ; 48 code, 16 bits
        dq 0, 0                         ; 50, 58
        dq 0x00cf9f000000ffff           ; 60 conforming
        dw 0x0067, TSS2 & 0xffff
        db TSS2 >> 16, 0x89, 0, 0       ; 68
        dw 0x002b, TSS16 & 0xffff
        db TSS16 >> 16, 0x81, 0, 0      ; 70
        dw 0xffff, 0
        db 0, 0x93, 0, 0                ; 78 data, 16 bits

protected:
        mov eax, SEL_DATA
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov esp, STACK
        call build_tables
        xor eax, eax
        mov fs, eax
        mov gs, eax
        jmp segment_tests

; GDT, IDT and TSS as every case finds them.
build_tables:
        pushad
        mov esi, gdt_image
        mov edi, GDT
        mov ecx, (GDT_LIMIT + 1) / 4
        rep movsd
        mov edi, LDT
        mov ecx, 16
        xor eax, eax
        rep stosd
        mov dword [LDT + 8], 0x0000ffff
        mov dword [LDT + 12], 0x00cff300        ; entry 1: data, ring 3
        mov edi, IDT
        mov ebx, vectors
        mov ecx, 256
.gate:  movzx eax, bx
        or eax, SEL_CODE << 16
        mov [edi], eax
        mov eax, ebx
        mov ax, 0x8e00
        mov [edi + 4], eax
        add ebx, 16
        add edi, 8
        loop .gate
        or byte [IDT + 0x60 * 8 + 5], 0x60      ; INT 60h from everywhere
        mov edi, TSS
        mov ecx, 0x100 / 4
        xor eax, eax
        rep stosd
        mov dword [TSS + 4], RING0_STACK
        mov dword [TSS + 8], SEL_DATA
        mov dword [TSS + 12], STACK1
        mov dword [TSS + 16], SEL_DATA1
        mov word [TSS + 0x66], 0x88             ; I/O map: ports 0-3BFh
        lgdt [gdtr]
        lidt [idtr]
        xor eax, eax
        mov dr6, eax
        lldt ax
        mov eax, SEL_TSS
        ltr ax
        popad
        ret

; ---- Output -------------------------------------------------------------------------------------------------------------
newline:
        mov al, 10
putc:   out 0xe9, al
        ret
print:  lodsb
        test al, al
        jz .done
        out 0xe9, al
        jmp print
.done:  ret
; The string behind the call.
say:    xchg esi, [esp]
        push eax
        call print
        pop eax
        xchg esi, [esp]
        ret
%macro SAY 1+
        call say
        db %1, 0
%endmacro
; EAX after a space, in 8 or 4 digits.
hex32:  push ecx
        mov ecx, 8
        jmp short hex
hex4:   push ecx
        mov ecx, 4
        rol eax, 16
hex:    push eax
        mov al, ' '
        out 0xe9, al
        pop eax
.digit: rol eax, 4
        push eax
        and al, 15
        cmp al, 10
        jb .small
        add al, 'a' - '0' - 10
.small: add al, '0'
        out 0xe9, al
        pop eax
        loop .digit
        pop ecx
        ret

; ---- Cases --------------------------------------------------------------------------------------------------------------
%macro TEST 1
%push test
        call begin
        db %1, 0
        mov dword [resume], %%end
        mov dword [base], %%body
%define %$end %%end
%%body:
%endmacro
; A case within a loop: no name of its own, all on one line.
%macro STEP 0
%push test
        mov [saved_esp], esp
        mov dword [resume], %%end
        mov dword [base], %%body
%define %$end %%end
%%body:
%endmacro
%macro END 0
        call ended
%$end:
%pop
%endmacro

begin:  pop esi
        mov al, 10
        out 0xe9, al
        call print
        mov al, ':'
        out 0xe9, al
        mov [saved_esp], esp
        push dword 2
        popfd
        xor eax, eax
        xor ebx, ebx
        xor ecx, ecx
        xor edx, edx
        jmp esi

; The case ran through: EAX and the flags.
ended:  pushfd
        cld
        SAY " ok"
        call hex32
        pop eax
        call hex32
        ret

align 4
resume:    dd 0
base:      dd 0
saved_esp: dd 0
trace:     dd 0                         ; single steps still to be followed

%macro VECTOR_STUBS 0
%assign vector 0
%rep 256
        align 16
%if vector != 8 && (vector < 10 || vector > 14) && vector != 17
        push dword 0
%endif
        push dword vector
        jmp near caught
%assign vector vector + 1
%endrep
%endmacro

; Frame from EBP: DS +0, EDI..EAX +4, vector +36, error +40, EIP +44, CS +48, EFLAGS +52, ESP +56, SS +60, V86: ES DS FS GS +64
caught: pushad
        push ds
        mov ebp, esp
        cld
        mov eax, SEL_DATA
        mov ds, eax
        mov es, eax
        SAY " v"
        mov eax, [ebp + 36]
        call hex4
        mov eax, [ebp + 40]
        call hex4
        mov eax, [ebp + 44]
        sub eax, [base]
        test dword [ebp + 52], 0x20000
        jz .eip
        mov eax, [ebp + 44]
.eip:   call hex4
        mov eax, [ebp + 48]
        call hex4
        mov eax, [ebp + 52]
        and eax, ~0x10000
        call hex32
        test dword [ebp + 52], 0x20000
        jnz .outer
        test byte [ebp + 48], 3
        jz .cr2
.outer: mov eax, [ebp + 60]
        call hex4
        mov eax, [ebp + 56]
        call hex32
.cr2:   cmp dword [ebp + 36], 14
        jne .traced
        mov eax, cr2
        call hex32
.traced:
        cmp dword [ebp + 36], 1
        jne .leave
        mov eax, dr6
        call hex4
        xor eax, eax
        mov dr6, eax
        cmp dword [trace], 0
        je .leave
        dec dword [trace]
        jnz .on
        and dword [ebp + 52], ~0x100
.on:    or dword [ebp + 52], 0x10000    ; RF: do not meet the same breakpoint again
        mov al, 10
        out 0xe9, al
        pop ds
        popad
        add esp, 8
        iretd
.leave: call clean
        mov esp, [saved_esp]
        push dword 2
        popfd
        jmp [resume]

; Flat segments, a free task register, no NT.
clean:  mov eax, SEL_DATA
        mov ss, eax
        mov es, eax
        xor eax, eax
        mov fs, eax
        mov gs, eax
        ret

        align 16
vectors:
        VECTOR_STUBS
