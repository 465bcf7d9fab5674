; System-level conformance image: privileged state, gates, tasks, paging, virtual-8086 mode, debugging, in one ROM of 64 KiB.
; It prints one line a case on port E9h and ends in a triple fault. record.ts runs it under QEMU, the test on our vCPU;
; the texts must be equal but for the deviations listed in deviations.ts.
; Assemble with: nasm -f bin -o ring0.bin main.asm

IMAGE   equ 0x10000                     ; the ROM copies itself here and runs in RAM
        org IMAGE
        cpu 586

        bits 16
start16:
%include "real.asm"
%include "framework.asm"
%include "segments.asm"
%include "gates.asm"
%include "tasks.asm"
%include "v86.asm"
%include "paging.asm"
%include "debug.asm"
%include "control.asm"

        bits 32
finish:
        call newline
        mov esi, .text
        call print
        lidt [.none]                    ; no handler: #UD, #DF, shutdown
        ud2
.text:  db "end", 10, 0
.none:  dw 0
        dd 0

        bits 16
        times 0xff00 - ($ - $$) db 0
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
