; Copies as many bytes of the initial RAM disk as the parameter says to 1 MiB, through the window of a ROM card: each 64 KiB are shown by
; one write, which ends when they are there, and copied by REP MOVSD. Needs PCI and the card.

%include "include/rom.inc"

        parameter 104857600

%include "include/pci.inc"
%include "include/fw-cfg.inc"

CARD_IDENTITY   equ 0x10F01AF4          ; device, vendor
CARD_CLASS      equ 0x0580              ; memory controller, other
CARD_PORTS      equ 0xC000              ; where this program puts the card
CARD_MEMORY     equ 0xE0000000
CARD_ITEM       equ CARD_PORTS + 0
CARD_WINDOW     equ CARD_PORTS + 8
CARD_STATUS     equ CARD_PORTS + 12
WINDOW_BYTES    equ 0x10000
PCI_BAR0        equ 0x10
PCI_BAR1        equ 0x14
COMMAND_MEMORY  equ 0x0002

main:
        call    open_address_line_20
        call    card_init
        mov     dx, CARD_ITEM
        mov     eax, FWCFG_INITRD
        out     dx, eax
        mov     edi, HIGH_MEMORY
        mov     ebp, [parameter_value]  ; bytes left
        xor     ebx, ebx                ; place in the item
.next:  mov     dx, CARD_WINDOW
        mov     eax, ebx
        out     dx, eax
        mov     dx, CARD_STATUS
        in      eax, dx
        test    eax, eax
        jnz     failed
        mov     ecx, WINDOW_BYTES
        cmp     ecx, ebp
        jbe     .whole
        mov     ecx, ebp
.whole: add     ebx, ecx
        sub     ebp, ecx
        mov     esi, CARD_MEMORY
        shr     ecx, 2
        rep     movsd
        test    ebp, ebp
        jnz     .next
        ret

; Find the card and give it its addresses.
card_init:
        mov     ax, CARD_CLASS
        call    pci_find_class
        jc      failed
        mov     al, 0
        call    pci_read
        cmp     eax, CARD_IDENTITY
        jne     failed
        mov     al, PCI_BAR0
        mov     ecx, CARD_PORTS
        call    pci_write
        mov     al, PCI_BAR1
        mov     ecx, CARD_MEMORY
        call    pci_write
        mov     al, PCI_COMMAND
        mov     ecx, COMMAND_IO | COMMAND_MEMORY
        jmp     pci_write

failed:
        cli
        jmp     $                       ; whoever measures must not take a failure for a result

%include "include/start.inc"
