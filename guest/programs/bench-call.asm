; Calls, returns and stack traffic, as often as the parameter says: eleven instructions a round.

%include "include/rom.inc"

        parameter 3000000

main:
        mov     ecx, [parameter_value]
.next:  push    ecx
        call    outer
        pop     ecx
        dec     ecx
        jnz     .next
        ret

outer:  push    eax
        call    inner
        pop     eax
        ret

inner:  inc     eax
        ret

%include "include/start.inc"
