; A guest that knows it is one: it speaks the console ring itself and takes ticks of a one-shot timer in nanoseconds. No device
; is emulated but the interrupt controller.

%include "include/rom.inc"

console_put equ ring_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/pv.inc"

MILLISECOND     equ 1000000
TICKS           equ 3

main:
        call    pv_init
        say     "console ring: written without a single port access", 13, 10
        call    ring_notify
        mov     edi, TICKS
.tick:  call    arm_timer
.wait:  cli
        mov     eax, [ticked]
        test    eax, eax
        jnz     .ticked
        sti
        hlt
        jmp     .wait
.ticked:
        mov     dword [ticked], 0
        say     "tick", 13, 10
        call    ring_notify
        dec     edi
        jnz     .tick
        mov     eax, 99                 ; a number that means nothing
        vmcall
        dec     eax
        jnz     stop
        say     "an unknown hypercall is refused", 13, 10
        call    ring_notify
        ret

; A tick in a millisecond from now.
arm_timer:
        mov     eax, HYPERCALL_TIME
        vmcall
        add     ebx, MILLISECOND
        adc     ecx, 0
        mov     eax, HYPERCALL_SET_TIMER
        vmcall
        ret

%include "include/start.inc"
