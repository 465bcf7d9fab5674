; The end of a ROM of 64 KiB: copies it to IMAGE and starts it there.
        bits 16
reset:                                  ; F000:FF00, entered from the reset vector
        cli
        cld
        mov ax, 0xf000
        mov ds, ax
        mov ax, IMAGE >> 4
        mov es, ax
        xor si, si
        xor di, di
        mov cx, 0x8000
        rep movsw
        mov al, 0xff                    ; no interrupts from devices
        out 0x21, al
        out 0xa1, al
        jmp (IMAGE >> 4):(start16 - IMAGE)
        times 0xfff0 - ($ - $$) db 0
        jmp 0xf000:(reset - IMAGE)
        times 0x10000 - ($ - $$) db 0
