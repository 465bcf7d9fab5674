; Bus-master DMA checked against PIO: the same sectors must arrive both ways, through tables of any shape.
; Prints a transcript on COM1 that does not depend on timing. It writes sectors 128-191 of the disk.

%include "include/rom.inc"

console_put equ uart_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/check.inc"
%include "include/uart.inc"
%include "include/pci.inc"
%include "include/ide.inc"
%include "include/ide-irq.inc"
%include "include/ide-dma.inc"

SECTORS         equ 64                  ; as many as a buffer holds
BYTES           equ SECTORS * SECTOR_SIZE
WRITTEN         equ 128                 ; first sector that is written

main:
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        call    uart_init
        call    ide_irq_init
        call    dma_init
        jc      .no_controller
        call    ide_reset
        jc      .no_drive
        call    dma_set_mode
        check   nc, "dma: multiword mode 2"
        call    read_by_pio
        mov     esi, one_entry
        call    compare_read
        check   e, "dma: read through a table of one entry"
        mov     esi, many_entries
        call    compare_read
        check   e, "dma: read through a table of many sizes"
        call    check_long_table
        call    check_write
        mov     eax, [failures]
        say     "dma: done, failures: "
        call    print_decimal
        call    print_newline
        jmp     uart_drain
.no_controller:
        say     "dma: no PCI IDE controller", 13, 10
        jmp     uart_drain
.no_drive:
        say     "dma: no drive", 13, 10
        jmp     uart_drain

; The sectors that everything is compared with, into BUFFER_A.
read_by_pio:
        mov     dword [ide_block], 1
        xor     eax, eax
        mov     ecx, SECTORS
        mov     edi, BUFFER_A
        mov     bl, ATA_READ_SECTORS
        call    ide_read
        check   nc, "dma: read by PIO to compare with"
        jmp     ide_use_interrupt

; Read the same sectors into BUFFER_B through the table whose sizes stand at ESI. Zero flag set: they are the same, and the
; controller came to the end of its table.
compare_read:
        mov     ebx, BUFFER_B
        call    build_table
        call    clear_buffer_b
        xor     eax, eax
        mov     ecx, SECTORS
        call    dma_read
        jnc     .moved
        mov     al, BM_ERROR
.moved: and     al, BM_ACTIVE | BM_ERROR | BM_INTERRUPT
        cmp     al, BM_INTERRUPT
        je      compare_buffers
        ret

; Zero flag set: the buffers are equal.
compare_buffers:
        mov     esi, BUFFER_A
        mov     edi, BUFFER_B
        mov     ecx, BYTES / 4
        repe cmpsd
        ret

; A table for more than the drive sends: the interrupt comes while the controller still waits for the rest.
check_long_table:
        mov     esi, long_entry
        mov     ebx, BUFFER_B
        call    build_table
        xor     eax, eax
        mov     ecx, 1
        call    dma_read
        check   nc, "dma: one sector through a table for two"
        and     al, BM_ACTIVE | BM_ERROR | BM_INTERRUPT
        cmp     al, BM_ACTIVE | BM_INTERRUPT
        check   e, "dma: that leaves the controller active"
        ret

; Write BUFFER_A elsewhere by DMA and read it back by PIO.
check_write:
        mov     esi, many_entries
        mov     ebx, BUFFER_A
        call    build_table
        mov     eax, WRITTEN
        mov     ecx, SECTORS
        call    dma_write
        check   nc, "dma: write through a table of many sizes"
        mov     bl, ATA_FLUSH_CACHE
        mov     cl, 0
        call    ide_no_data
        check   nc, "dma: flush"
        call    ide_use_polling
        call    clear_buffer_b
        mov     eax, WRITTEN
        mov     ecx, SECTORS
        mov     edi, BUFFER_B
        mov     bl, ATA_READ_SECTORS
        call    ide_read
        check   nc, "dma: read back by PIO"
        call    compare_buffers
        check   e, "dma: what was written"
        ret

clear_buffer_b:
        mov     edi, BUFFER_B
        mov     ecx, BYTES / 4
        mov     eax, -1
        rep stosd
        ret

; Build a table for memory from EBX on: one entry for each size in bytes in the zero-terminated list of words at ESI.
build_table:
        mov     edi, PRD_TABLE
        movzx   eax, word [esi]
.next:  mov     [edi], ebx
        mov     [edi + 4], eax
        add     ebx, eax
        add     esi, 2
        add     edi, 8
        movzx   eax, word [esi]
        test    eax, eax
        jnz     .next
        or      dword [edi - 4], PRD_LAST
        ret

section .rodata
        align   2
one_entry:
        dw      BYTES, 0
long_entry:
        dw      2 * SECTOR_SIZE, 0
many_entries:                           ; any even size goes, sector boundaries mean nothing here
        dw      2, 510, 512, 1024, 6, 1018, 4096, 8190, 2050
        dw      BYTES - 2 - 510 - 512 - 1024 - 6 - 1018 - 4096 - 8190 - 2050, 0
section .text

%include "include/start.inc"
