; What a boot loader leaves behind for a Linux kernel that is already in memory: flat segments 10h and 18h, ESI at the zero
; page, interrupts off ([Linux] Documentation/x86/boot.rst, "32-bit BOOT PROTOCOL"). The number at FFFE0h is the entry point.

ZERO_PAGE equ 0x90000
PORT92    equ 0x92              ; system control port A: bit 1 opens address line 20
PROBE_PORT equ 0x404            ; where a boot says how far it is; nobody listens on other machines
ENTERED   equ 2003              ; the system is entered

%include "include/rom.inc"

        parameter 16777216

CONFIG_ADDRESS  equ 0xCF8       ; PCI configuration mechanism #1
CONFIG_DATA     equ 0xCFC
PIIX_IDE_TIMING equ 0x80000940

LINUX_CODE equ 0x10
LINUX_DATA equ 0x18

section .entry
bits 16
enter:
        cli
        cld
        in      al, PORT92
        or      al, 2
        and     al, 0xFE
        out     PORT92, al
        mov     ax, 0x9000
        mov     ss, ax
        mov     sp, 0               ; below A0000h
        call    enable_ide_channels
        mov     dx, PROBE_PORT
        mov     ax, ENTERED
        out     dx, ax
        o32 lgdt [cs:ENTRY_OFFSET + gdt_pointer - enter]
        mov     eax, cr0
        or      al, 1                   ; CR0.PE
        mov     cr0, eax
        jmp     dword LINUX_CODE:flat

; What a BIOS does for the IDE function of a PIIX at 00:01.1: let both channels decode their ports (IDETIM, bit 15 of each).
; Without PCI nobody listens.
enable_ide_channels:
        mov     dx, CONFIG_ADDRESS
        mov     eax, PIIX_IDE_TIMING
        out     dx, eax
        mov     dx, CONFIG_DATA
        mov     eax, 0x80008000
        out     dx, eax
        ret

bits 32
flat:
        mov     eax, LINUX_DATA
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
        jmp     dword [parameter_value]

        align   8
gdt:    dq      0, 0
        dq      0x00CF9B000000FFFF      ; 10h: code, base 0, 4 GiB, 32-bit
        dq      0x00CF93000000FFFF      ; 18h: data, base 0, 4 GiB
gdt_pointer:
        dw      gdt_pointer - gdt - 1
        dd      gdt

section .reset
bits 16
        jmp     ENTRY_SEGMENT:ENTRY_OFFSET
        times   16 - ($ - $$) db 0
