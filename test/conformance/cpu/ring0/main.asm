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

        times 0xff00 - ($ - $$) db 0
%include "reset.asm"
