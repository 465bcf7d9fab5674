; Sends characters on COM1. Parameter: bits 0-23 how many; bit 24: without FIFOs; bit 25: by interrupt.

%include "include/rom.inc"

        parameter 1024

console_put equ uart_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/uart.inc"
%include "include/uart-irq.inc"

COUNT_MASK      equ 0xFFFFFF
NO_FIFO         equ 1 << 24
BY_INTERRUPT    equ 1 << 25

main:
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        call    uart_init
        call    uart_irq_init
        mov     ebp, [parameter_value]
        test    ebp, NO_FIFO
        jz      .ready
        mov     dx, UART_FCR
        mov     al, 0
        out     dx, al
        mov     dword [uart_depth], 1
.ready: mov     ecx, ebp
        and     ecx, COUNT_MASK
        test    ebp, BY_INTERRUPT
        jz      .polled
        mov     esi, BUFFER_A           ; what is sent does not matter, but that it lies in RAM, as it would
        call    uart_send
        cli
        jmp     uart_drain

; Wait for the transmitter, then give it as much as it takes at once.
.polled:
        mov     dx, UART_LSR
        in      al, dx
        test    al, LSR_THR_EMPTY
        jz      .polled
        mov     ebx, [uart_depth]
        cmp     ebx, ecx
        jbe     .fits
        mov     ebx, ecx
.fits:  sub     ecx, ebx
        mov     dx, UART_DATA
.put:   mov     al, 'x'
        out     dx, al
        dec     ebx
        jnz     .put
        test    ecx, ecx
        jnz     .polled
        jmp     uart_drain

%include "include/start.inc"
