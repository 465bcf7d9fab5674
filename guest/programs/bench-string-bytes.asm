; Copies as many bytes of the initial RAM disk as the parameter says to 1 MiB by one REP INSB, as a boot loader does.

%include "include/rom.inc"

        parameter 104857600

%include "include/fw-cfg.inc"

main:
        call    open_address_line_20
        mov     ax, FWCFG_INITRD
        call    fwcfg_select
        mov     dx, FWCFG_DATA
        mov     edi, HIGH_MEMORY
        mov     ecx, [parameter_value]
        shr     ecx, 0
        rep     insb
        ret

%include "include/start.inc"
