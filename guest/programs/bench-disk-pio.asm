; Reads as many sectors as the parameter says from the first drive by PIO, 128 a command and each with one REP INSW.

%include "include/rom.inc"

        parameter 65536

%include "include/ide.inc"

SECTORS         equ 128                 ; a command's

main:
        call    ide_reset
        jc      .done
        mov     dword [ide_block], 1
        xor     eax, eax
.next:  push    eax
        mov     ecx, SECTORS
        mov     edi, BUFFER_A
        mov     bl, ATA_READ_SECTORS
        call    ide_read
        pop     eax
        jc      .done
        add     eax, SECTORS
        cmp     eax, [parameter_value]
        jb      .next
.done:  ret

%include "include/start.inc"
