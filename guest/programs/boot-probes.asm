; A boot in small, told as it goes: what a BIOS, a boot loader and a kernel's entry ask of a PC's devices, with a line on the debug
; console (port 402h) and a probe (port 404h) at the end of each step. Probes: 1001 begun, 1002 chipset and timer set up, 1003 devices
; found, 1004 booting, 2001 kernel copied, 2002 initial RAM disk copied, 2003 the system is entered. Parameter: bits 0-7 the kernel's
; size, bits 8-15 the RAM disk's, in units of 64 KiB, from sector 1 of the disk on.

%include "include/rom.inc"

        parameter 2050                  ; 128 KiB and 512 KiB

console_put equ debug_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/uart.inc"
%include "include/pit.inc"
%include "include/rtc.inc"
%include "include/ide.inc"

DEBUG_PORT      equ 0x402
PROBE_PORT      equ 0x404
COPY            equ 0x40000             ; where everything is copied to: what it is does not matter
UNIT_SECTORS    equ 128
MULTIPLE        equ 16
CMOS_BYTES      equ 128
CALIBRATION     equ 2 * PIT_MILLISECOND
PIT_MODE0_2     equ PIT_MODE0 | PIT_SELECT2

%macro probe 1
        mov     ax, %1
        mov     dx, PROBE_PORT
        out     dx, ax
%endmacro

main:
        probe   1001
        say     "boot-probes", 10
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        call    calibrate
        say     "timer calibrated", 10
        call    read_cmos
        say     "CMOS read", 10
        probe   1002
        call    uart_init
        mov     esi, banner
        call    send
        say     "serial console", 10
        call    ide_reset
        jc      .failed
        mov     edi, BUFFER_A
        call    ide_identify
        jc      .failed
        say     "ata0-0 identified", 10
        probe   1003
        mov     dword [sector], 0
        mov     bl, ATA_READ_SECTORS
        mov     ecx, 1
        call    copy
        jc      .failed
        say     "Booting from Hard Disk...", 10
        probe   1004
        movzx   ecx, byte [parameter_value]
        mov     bl, ATA_READ_SECTORS
        call    copy_units
        jc      .failed
        say     "kernel copied", 10
        probe   2001
        mov     cl, MULTIPLE
        call    ide_set_multiple
        jc      .failed
        movzx   ecx, byte [parameter_value + 1]
        mov     bl, ATA_READ_MULTIPLE
        call    copy_units
        jc      .failed
        say     "initial RAM disk copied", 10
        probe   2002
        mov     esi, farewell
        call    send
        probe   2003
        ret
.failed:
        cli
        jmp     $                       ; whoever measures must not take a failure for a result

; Count instructions against 2 ms of counter 2, as a BIOS does to know the processor's speed: it polls the counter's output.
calibrate:
        in      al, PORT_B
        and     al, ~PORT_B_SPEAKER
        or      al, PORT_B_GATE2
        out     PORT_B, al
        mov     al, PIT_MODE0_2
        out     PIT_CONTROL, al
        mov     al, CALIBRATION & 0xFF
        out     PIT_COUNTER2, al
        mov     al, CALIBRATION >> 8
        out     PIT_COUNTER2, al
.wait:  in      al, PORT_B
        test    al, PORT_B_OUT2
        jz      .wait
        ret

read_cmos:
        xor     ecx, ecx
.next:  mov     al, cl
        call    rtc_read
        inc     ecx
        cmp     ecx, CMOS_BYTES
        jb      .next
        ret

; Copy ECX units by read command BL. Carry set: error.
copy_units:
        push    ecx
        mov     ecx, UNIT_SECTORS
        call    copy
        pop     ecx
        jc      .done
        dec     ecx
        jnz     copy_units
        clc
.done:  ret

; The next ECX sectors by read command BL. Carry set: error. Keeps BL.
copy:
        mov     eax, [sector]
        add     [sector], ecx
        mov     edi, COPY
        jmp     ide_read

; The text at ESI on the serial line.
send:   lodsb
        test    al, al
        jz      .done
        call    uart_put
        jmp     send
.done:  ret

; One character, AL, on the debug console. Keeps every register.
debug_put:
        push    edx
        mov     dx, DEBUG_PORT
        out     dx, al
        pop     edx
        ret

section .rodata
banner: db      "boot-probes: 1 disk", 13, 10, 0
farewell: db    "entering the system", 13, 10, 0
section .bss
sector: resd    1
section .text

%include "include/start.inc"
