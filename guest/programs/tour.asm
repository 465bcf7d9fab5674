; The built-in guest: one tour through the devices of a PC, driven the way a small teaching operating system drives them.
; It prints what it found on COM1 and ends with HLT. Nothing printed depends on timing, so the transcript is the same
; wherever the devices are emulated. It writes sectors 128-255 of the disk.

%include "include/rom.inc"

console_put equ uart_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/check.inc"
%include "include/crc.inc"
%include "include/uart.inc"
%include "include/uart-irq.inc"
%include "include/pit.inc"
%include "include/rtc.inc"
%include "include/ide.inc"
%include "include/ide-irq.inc"
%include "tour-uart.inc"
%include "tour-timers.inc"
%include "tour-ide.inc"

main:
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        call    uart_init
        call    crc_init
        call    uart_irq_init
        call    ide_irq_init
        call    pit_irq_init
        say     "tour: 32-bit code runs", 13, 10
        call    tour_pic
        call    tour_uart
        call    tour_pit
        call    tour_rtc
        call    tour_ide
        mov     eax, [failures]
        say     "tour: done, failures: "
        call    print_decimal
        call    print_newline
        jmp     uart_drain              ; returns to the end of the run


%include "include/start.inc"
