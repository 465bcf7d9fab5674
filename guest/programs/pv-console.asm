; A guest that knows it is one: it speaks the console ring itself and takes a tick of a one-shot timer in nanoseconds. No device
; is emulated but the interrupt controller. Numbers: hypervisor/abi/guest-hypercalls.ts, layout.ts; ring and grant formats as in
; Xen's public headers.

%include "include/rom.inc"

console_put equ ring_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"

HYPERCALL_EVENT_SEND    equ 1
HYPERCALL_SET_TIMER     equ 2
HYPERCALL_TIME          equ 3
HYPERCALL_SET_CALLBACK  equ 4

SHARED_INFO     equ 0x3FF01000
GRANT_TABLE     equ 0x3FF08000
CONSOLE_RING    equ 0x3FF48000
CONSOLE_GRANT   equ 16
CONSOLE_PORT    equ 6
TIMER_PORT      equ 31
RING_OUT        equ 1024
RING_OUT_SIZE   equ 2048
RING_OUT_CONS   equ 3080
RING_OUT_PROD   equ 3084
CALLBACK_IRQ    equ 5
MILLISECOND     equ 1000000
TICKS           equ 3

; VMCALL, which NASM does not give to a 386
%macro vmcall 0
        db      0x0F, 0x01, 0xC1
%endmacro

main:
        call    apic_virtual_wire
        call    pic_init
        call    idt_init
        call    ring_init
        mov     ecx, PIC_VECTOR + CALLBACK_IRQ
        mov     edx, callback
        call    idt_set
        mov     eax, HYPERCALL_SET_CALLBACK
        mov     ebx, CALLBACK_IRQ
        vmcall
        mov     al, CALLBACK_IRQ
        call    pic_unmask
        say     "console ring: written without a single port access", 13, 10
        call    ring_notify
        mov     edi, TICKS
.tick:  call    arm_timer
.wait:  cli
        mov     eax, [ticked]
        test    eax, eax
        jnz     .ticked
        sti
        hlt
        jmp     .wait
.ticked:
        mov     dword [ticked], 0
        say     "tick", 13, 10
        call    ring_notify
        dec     edi
        jnz     .tick
        mov     eax, 99                 ; a number that means nothing
        vmcall
        dec     eax
        jnz     stop
        say     "an unknown hypercall is refused", 13, 10
        call    ring_notify
        ret

; Grant domain 0 the ring page; whoever was there before has left it empty.
ring_init:
        mov     word [GRANT_TABLE + CONSOLE_GRANT * 8 + 2], 0
        mov     dword [GRANT_TABLE + CONSOLE_GRANT * 8 + 4], CONSOLE_RING >> 12
        mov     word [GRANT_TABLE + CONSOLE_GRANT * 8], 1
        ret

; One character, AL, into the ring; waits while it is full. Keeps every register.
ring_put:
        pushad
.full:  mov     ecx, [CONSOLE_RING + RING_OUT_PROD]
        mov     edx, ecx
        sub     edx, [CONSOLE_RING + RING_OUT_CONS]
        cmp     edx, RING_OUT_SIZE
        je      .full
        mov     edx, ecx
        and     edx, RING_OUT_SIZE - 1
        mov     [CONSOLE_RING + RING_OUT + edx], al
        inc     ecx
        mov     [CONSOLE_RING + RING_OUT_PROD], ecx
        popad
        ret

ring_notify:
        mov     eax, HYPERCALL_EVENT_SEND
        mov     ebx, CONSOLE_PORT
        vmcall
        ret

; A tick in a millisecond from now.
arm_timer:
        mov     eax, HYPERCALL_TIME
        vmcall
        add     ebx, MILLISECOND
        adc     ecx, 0
        mov     eax, HYPERCALL_SET_TIMER
        vmcall
        ret

; An event: take all pending bits at once, and see whether the timer is among them.
callback:
        push    eax
        xor     eax, eax
        xchg    eax, [SHARED_INFO]
        bt      eax, TIMER_PORT
        adc     dword [ticked], 0
        call    pic_end_master
        pop     eax
        iretd

section .bss
ticked: resd    1
section .text

%include "include/start.inc"
