; Echo: receives on COM1 by interrupt and sends each character back, until Ctrl-D.

%include "include/rom.inc"

console_put equ uart_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/uart.inc"
%include "include/uart-irq.inc"

CONTROL_D       equ 4

main:
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        call    uart_init
        call    uart_irq_init
        say     "echo: type, Ctrl-D ends", 13, 10
        mov     al, IER_RECEIVE
        call    uart_enable
.next:  call    uart_receive
        cmp     al, CONTROL_D
        je      .done
        call    uart_put
        cmp     al, 13
        jne     .next
        mov     al, 10
        call    uart_put
        jmp     .next
.done:  say     "echo: done", 13, 10
        jmp     uart_drain

%include "include/start.inc"
