; Loads, stores and read-modify-writes over 32 KiB, as often as the parameter says: eight instructions a round, five of which
; touch memory.

%include "include/rom.inc"

        parameter 4000000

OFFSET_MASK     equ 0x7FFC

main:
        mov     ecx, [parameter_value]
        xor     edi, edi
.next:  mov     eax, [BUFFER_A + edi]
        add     eax, [BUFFER_B + edi]
        mov     [BUFFER_A + edi], eax
        add     [BUFFER_B + edi], ecx
        movzx   edx, byte [BUFFER_A + edi + 1]
        lea     edi, [edi + edx * 4 + 4]
        and     edi, OFFSET_MASK
        loop    .next
        ret

%include "include/start.inc"
