; Takes timer ticks about 1 ms apart and sleeps in between. Parameter: bits 0-15 ticks, bits 16-17 from where: 0 PIT, periodic;
; 1 PIT, programmed anew for each tick; 2 real-time clock, periodic at 1,024 Hz; 3 HPET, programmed anew for each tick.

%include "include/rom.inc"

        parameter 100

console_put equ uart_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/uart.inc"
%include "include/pit.inc"
%include "include/rtc.inc"

RTC_IRQ         equ 8
RTC_C           equ 0x0C                ; reading it takes the interrupt away ([MC146818] "Register C")
RTC_B_PERIODIC  equ 0x40
RTC_A_1024_HZ   equ 0x26
PIT_MODE4       equ 0x38

HPET            equ 0xFED00000          ; [HPET] 2.3.1
HPET_PERIOD     equ HPET + 0x04         ; femtoseconds
HPET_CONFIGURATION equ HPET + 0x10
HPET_COUNTER    equ HPET + 0xF0
HPET_TIMER0     equ HPET + 0x100
HPET_COMPARATOR0 equ HPET + 0x108
HPET_ENABLE     equ 0x01
HPET_LEGACY     equ 0x02                ; timer 0 takes the place of the PIT on line 0
HPET_TIMER_INTERRUPT equ 0x04
HPET_TIMER_32_BITS equ 0x100            ; the comparator's high half is all ones after reset

main:
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        movzx   eax, byte [parameter_value + 2]
        and     eax, 3
        call    [start_table + eax * 4]
.sleep: cli
        movzx   eax, word [parameter_value]
        cmp     [pit_ticks], eax
        jae     .done
        sti                             ; takes effect after HLT has begun: no interrupt falls in between
        hlt
        jmp     .sleep
.done:  ret

start_pit:
        mov     edx, pit_interrupt
        call    claim_line0
        mov     al, PIT_MODE2
        jmp     pit_count

start_pit_once:
        mov     edx, pit_once_interrupt
        call    claim_line0
        mov     al, PIT_MODE4

; Counter 0 by control word AL, one millisecond.
pit_count:
        out     PIT_CONTROL, al
pit_arm:
        mov     al, PIT_MILLISECOND & 0xFF
        out     PIT_COUNTER0, al
        mov     al, PIT_MILLISECOND >> 8
        out     PIT_COUNTER0, al
        ret

; Line 0 enters the handler at EDX.
claim_line0:
        mov     ecx, PIC_VECTOR + PIT_IRQ
        call    idt_set
        mov     ecx, PIT_IRQ
        jmp     pic_unmask

pit_once_interrupt:
        push    eax
        inc     dword [pit_ticks]
        call    pit_arm
        call    pic_end_master
        pop     eax
        iretd

start_rtc:
        mov     ecx, PIC_VECTOR + RTC_IRQ
        mov     edx, rtc_interrupt
        call    idt_set
        mov     ecx, RTC_IRQ
        call    pic_unmask
        mov     al, RTC_A
        out     RTC_INDEX, al
        mov     al, RTC_A_1024_HZ
        out     RTC_DATA, al
        mov     al, RTC_B
        out     RTC_INDEX, al
        mov     al, RTC_B_24H | RTC_B_PERIODIC
        out     RTC_DATA, al
        ret

rtc_interrupt:
        push    eax
        inc     dword [pit_ticks]
        mov     al, RTC_C
        call    rtc_read
        call    pic_end_slave
        pop     eax
        iretd

start_hpet:
        mov     edx, hpet_interrupt
        call    claim_line0
        mov     edx, 0xE8               ; 10^12 femtoseconds are a millisecond
        mov     eax, 0xD4A51000
        mov     ecx, [HPET_PERIOD]
        div     ecx
        mov     [hpet_millisecond], eax
        mov     dword [HPET_TIMER0], HPET_TIMER_INTERRUPT | HPET_TIMER_32_BITS
        mov     dword [HPET_CONFIGURATION], HPET_ENABLE | HPET_LEGACY

hpet_arm:
        mov     eax, [HPET_COUNTER]
        add     eax, [hpet_millisecond]
        mov     [HPET_COMPARATOR0], eax
        ret

hpet_interrupt:
        push    eax
        inc     dword [pit_ticks]
        call    hpet_arm
        call    pic_end_master
        pop     eax
        iretd

section .rodata
        align   4
start_table: dd start_pit, start_pit_once, start_rtc, start_hpet
section .bss
hpet_millisecond: resd 1
section .text

%include "include/start.inc"
