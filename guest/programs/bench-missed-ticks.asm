; Counts ticks of the 8254, a millisecond apart, and notes when by the processor's own clock each was taken: to see what a guest makes of
; a time in which it could not run. Parameter: milliseconds by that clock until the end. At 20000h: number of ticks (u32); at 20008h
; the clock at the start (u64), then for each tick (u64 each).

%include "include/rom.inc"

        parameter 50

console_put equ uart_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/uart.inc"
%include "include/pit.inc"

TICKS           equ 0x20000
CLOCKS          equ 0x20008
MOST_TICKS      equ 0x3000
MILLISECOND     equ 1000000             ; cycles of a clock of 1 GHz

; RDTSC, which NASM does not give to a 386
%macro rdtsc 0
        db      0x0F, 0x31
%endmacro

main:
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        mov     ecx, PIC_VECTOR + PIT_IRQ
        mov     edx, note_tick
        call    idt_set
        mov     ecx, PIT_IRQ
        call    pic_unmask
        mov     al, PIT_MODE2
        out     PIT_CONTROL, al
        mov     al, PIT_MILLISECOND & 0xFF
        out     PIT_COUNTER0, al
        mov     al, PIT_MILLISECOND >> 8
        out     PIT_COUNTER0, al
        mov     dword [TICKS], 0
        rdtsc
        mov     [CLOCKS], eax
        mov     [CLOCKS + 4], edx
        mov     ecx, [parameter_value]
        imul    ecx, ecx, MILLISECOND
        add     ecx, eax
        sti
.sleep: hlt
        rdtsc
        sub     eax, ecx
        js      .sleep
        cli
        ret

note_tick:
        push    eax
        push    edx
        push    ebx
        mov     ebx, [TICKS]
        cmp     ebx, MOST_TICKS
        jae     .full
        inc     ebx
        mov     [TICKS], ebx
        rdtsc
        mov     [CLOCKS + ebx * 8], eax
        mov     [CLOCKS + ebx * 8 + 4], edx
.full:  call    pic_end_master
        pop     ebx
        pop     edx
        pop     eax
        iretd

%include "include/start.inc"
