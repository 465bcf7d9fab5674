; Takes ticks a millisecond apart from the one-shot timer in nanoseconds, and sleeps in between: one hypercall for each. Parameter: ticks.

%include "include/rom.inc"

        parameter 100

console_put equ ring_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/pv.inc"

MILLISECOND     equ 1000000

main:
        call    pv_init
        mov     eax, HYPERCALL_TIME
        vmcall
        mov     edi, [parameter_value]
.tick:  add     ebx, MILLISECOND        ; deadlines are absolute: nobody has to look at the time again
        adc     ecx, 0
        mov     eax, HYPERCALL_SET_TIMER
        vmcall
.sleep: cli
        cmp     dword [ticked], 0
        jne     .ticked
        sti                             ; takes effect after HLT has begun: no interrupt falls in between
        hlt
        jmp     .sleep
.ticked:
        mov     dword [ticked], 0
        sti
        dec     edi
        jnz     .tick
        ret

%include "include/start.inc"
