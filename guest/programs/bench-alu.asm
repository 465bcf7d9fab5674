; Arithmetic between registers, as often as the parameter says: twelve instructions a round.

%include "include/rom.inc"

        parameter 4000000

main:
        mov     ecx, [parameter_value]
        mov     eax, 1
        mov     ebx, 0x12345678
        xor     edx, edx
.next:  add     eax, ebx
        xor     edx, eax
        rol     ebx, 5
        lea     esi, [eax + edx * 4 + 7]
        sub     edx, esi
        and     esi, 0xFFFF
        or      eax, esi
        shr     esi, 3
        inc     eax
        adc     edx, esi
        dec     ecx
        jnz     .next
        ret

%include "include/start.inc"
