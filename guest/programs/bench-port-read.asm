; Reads the line status register of COM1 as often as the parameter says and ends: the shortest loop around an IN.

%include "include/rom.inc"

        parameter 1000000

LINE_STATUS     equ 0x3FD

main:
        mov     ecx, [parameter_value]
        mov     dx, LINE_STATUS
.next:  in      al, dx
        dec     ecx
        jnz     .next
        ret

%include "include/start.inc"
