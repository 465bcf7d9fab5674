; Reads from the disk, over and over, one request after another. Parameter: bits 0-15 requests, bits 16-24 sectors of each (1-256),
; bits 28-29 how: 0 READ SECTORS, 1 READ MULTIPLE with 16 sectors a block, 2 bus-master DMA, which needs PCI. Data come to 40000h.

%include "include/rom.inc"

        parameter 524304                ; 16 requests of 8 sectors by READ SECTORS

console_put equ uart_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/uart.inc"
%include "include/pci.inc"
%include "include/ide.inc"
%include "include/ide-irq.inc"
%include "include/ide-dma.inc"

BUFFER          equ 0x40000             ; 128 KiB: two entries of 64 KiB, where a count of 0 says 64 KiB
MULTIPLE        equ 16
HOW_MULTIPLE    equ 1
HOW_DMA         equ 2

main:
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        call    ide_irq_init
        call    ide_reset
        jc      .failed
        call    read_parameter
        mov     dword [ide_block], 1
        cmp     byte [how], HOW_DMA
        je      .dma
        cmp     byte [how], HOW_MULTIPLE
        jne     .ready
        mov     cl, MULTIPLE
        call    ide_set_multiple
        jc      .failed
        jmp     .ready
.dma:   call    dma_init
        jc      .failed
        call    dma_set_mode
        jc      .failed
        call    build_table
.ready: call    ide_use_interrupt
.next:  call    read_once
        jc      .failed
        dec     dword [requests]
        jnz     .next
        ret
.failed:
        cli
        jmp     $                       ; whoever measures must not take a failure for a result

read_parameter:
        mov     eax, [parameter_value]
        movzx   ecx, ax
        mov     [requests], ecx
        shr     eax, 16
        mov     ecx, eax
        and     ecx, 0x1FF
        mov     [sectors], ecx
        shr     eax, 12
        mov     [how], al
        ret

; Carry set: error.
read_once:
        xor     eax, eax
        mov     ecx, [sectors]
        cmp     byte [how], HOW_DMA
        je      dma_read
        mov     edi, BUFFER
        mov     bl, ATA_READ_SECTORS
        cmp     byte [how], HOW_MULTIPLE
        jne     ide_read
        mov     bl, ATA_READ_MULTIPLE
        jmp     ide_read

; One entry up to 64 KiB, two above.
build_table:
        mov     ecx, [sectors]
        shl     ecx, 9
        mov     dword [PRD_TABLE], BUFFER
        cmp     ecx, 0x10000
        ja      .two
        and     ecx, 0xFFFF
        or      ecx, PRD_LAST
        mov     [PRD_TABLE + 4], ecx
        ret
.two:   mov     dword [PRD_TABLE + 4], 0
        sub     ecx, 0x10000
        mov     dword [PRD_TABLE + 8], BUFFER + 0x10000
        and     ecx, 0xFFFF
        or      ecx, PRD_LAST
        mov     [PRD_TABLE + 12], ecx
        ret

section .bss
requests: resd 1
sectors:  resd 1
how:      resb 1
section .text

%include "include/start.inc"
