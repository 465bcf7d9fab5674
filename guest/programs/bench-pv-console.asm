; Sends characters through the console ring itself. Parameter: bits 0-15 how many; bits 16-23 characters for each event to domain 0.

%include "include/rom.inc"

        parameter 66560                 ; 1,024, an event for each

console_put equ ring_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/pv.inc"

main:
        call    pv_init
        movzx   edi, word [parameter_value]
        movzx   esi, byte [parameter_value + 2]
.batch: mov     ecx, esi
        cmp     ecx, edi
        jbe     .fits
        mov     ecx, edi
.fits:  sub     edi, ecx
.put:   mov     al, 'x'
        call    ring_put
        dec     ecx
        jnz     .put
        call    ring_notify
        test    edi, edi
        jnz     .batch
; Domain 0 has taken everything.
.drain: mov     eax, [CONSOLE_RING + RING_OUT_PROD]
        cmp     eax, [CONSOLE_RING + RING_OUT_CONS]
        jne     .drain
        ret

%include "include/start.inc"
