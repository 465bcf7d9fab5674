; Copies as many bytes of the initial RAM disk as the parameter says to 1 MiB by one DMA transfer of fw_cfg.

%include "include/rom.inc"

        parameter 104857600

%include "include/fw-cfg.inc"

DESCRIPTOR      equ BUFFER_A            ; control, length, address: every number big-endian

main:
        call    open_address_line_20
        mov     ax, FWCFG_INITRD
        call    fwcfg_select
        mov     eax, FWCFG_DMA_READ
        call    swap
        mov     [DESCRIPTOR], eax
        mov     eax, [parameter_value]
        call    swap
        mov     [DESCRIPTOR + 4], eax
        mov     dword [DESCRIPTOR + 8], 0
        mov     eax, HIGH_MEMORY
        call    swap
        mov     [DESCRIPTOR + 12], eax
        mov     eax, DESCRIPTOR
        call    swap
        mov     dx, FWCFG_DMA_LOW
        out     dx, eax
.wait:  mov     eax, [DESCRIPTOR]
        call    swap
        test    eax, ~FWCFG_DMA_ERROR
        jnz     .wait
        ret

; EAX with its bytes in reverse, on any processor.
swap:
        xchg    al, ah
        rol     eax, 16
        xchg    al, ah
        ret

%include "include/start.inc"
