; What a boot loader leaves behind for a Linux kernel that is already in memory: flat segments 10h and 18h, ESI at the zero
; page, interrupts off ([Linux] Documentation/x86/boot.rst, "32-bit BOOT PROTOCOL"). The number at FFFE0h is the entry point.

ZERO_PAGE equ 0x90000
PORT92    equ 0x92              ; system control port A: bit 1 opens address line 20

bits 16
cpu 386
section .entry     start=0xFE00 vstart=0xFFE00
section .parameter start=0xFFE0 vstart=0xFFFE0
section .reset     start=0xFFF0 vstart=0xFFFF0

CODE_SELECTOR equ 0x10
DATA_SELECTOR equ 0x18

section .entry
enter:
        cli
        cld
        in      al, PORT92
        or      al, 2
        and     al, 0xFE
        out     PORT92, al
        o32 lgdt [cs:0xFE00 + gdt_pointer - enter]
        mov     eax, cr0
        or      al, 1                   ; CR0.PE
        mov     cr0, eax
        jmp     dword CODE_SELECTOR:flat

bits 32
flat:
        mov     eax, DATA_SELECTOR
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     esp, ZERO_PAGE
        mov     esi, ZERO_PAGE
        xor     ebp, ebp
        xor     edi, edi
        xor     ebx, ebx
        jmp     dword [entry_point]

        align   8
gdt:    dq      0, 0
        dq      0x00CF9B000000FFFF      ; 10h: code, base 0, 4 GiB, 32-bit
        dq      0x00CF93000000FFFF      ; 18h: data, base 0, 4 GiB
gdt_pointer:
        dw      gdt_pointer - gdt - 1
        dd      gdt

section .parameter
entry_point:
        dd      0x01000000

section .reset
bits 16
        jmp     0xF000:0xFE00
        times   16 - ($ - $$) db 0
