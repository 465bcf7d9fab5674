; Reads as many sectors as the parameter says from the first drive by bus-master DMA, 256 a command, to two regions of 64 KiB.

%include "include/rom.inc"

        parameter 204800

console_put equ no_console

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/pci.inc"
%include "include/ide.inc"
%include "include/ide-irq.inc"
%include "include/ide-dma.inc"
%include "include/fw-cfg.inc"

SECTORS         equ 256                 ; a command's
REGION          equ 0x10000             ; bytes; 0 in the table means as many

main:
        call    open_address_line_20
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        call    ide_irq_init
        call    dma_init
        jc      .done
        call    ide_reset
        jc      .done
        call    dma_set_mode
        jc      .done
        call    ide_use_interrupt
        mov     dword [PRD_TABLE], HIGH_MEMORY
        mov     dword [PRD_TABLE + 4], 0
        mov     dword [PRD_TABLE + 8], HIGH_MEMORY + REGION
        mov     dword [PRD_TABLE + 12], PRD_LAST
        xor     eax, eax
.next:  push    eax
        mov     ecx, SECTORS
        call    dma_read
        pop     eax
        jc      .done
        add     eax, SECTORS
        cmp     eax, [parameter_value]
        jb      .next
.done:  ret

no_console:
        ret

%include "include/start.inc"
