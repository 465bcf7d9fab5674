; A guest that executes string I/O instructions from a table and keeps a log of everything the architecture lets it see: registers
; after each instruction, and at each exception and interrupt on the way. It runs from reset on a bare PC, here and under QEMU.
;
; The image is the 64 KiB at F0000h: code, the table at F8000h, the reset vector. In RAM:

IDT            equ 0x1000
GDT            equ 0x2000
VARIABLES      equ 0x3000
PAGE_DIRECTORY equ 0x4000
PAGE_TABLE     equ 0x5000               ; of the first 4 MiB
                                        ; 6000h: the page of the instruction
STACK_TOP      equ 0x8000
LOG            equ 0x8000
LOG_END        equ 0xF000
DATA           equ 0x20000              ; from here on: what the instructions move

STEP_POINTER equ VARIABLES
STEPS_DONE   equ VARIABLES + 4
INSTRUCTION  equ VARIABLES + 8          ; far pointer
LOG_POINTER  equ VARIABLES + 16
FILE_KEY     equ VARIABLES + 20
REAL_MODE_DONE equ VARIABLES + 24
SCRATCH      equ VARIABLES + 64

; The table. Modes: 0 real, 1 protected, 2 protected with paging.
TABLE         equ 0xF8000
TABLE_MODE    equ TABLE
TABLE_COUNT   equ TABLE + 4
TABLE_TELL    equ TABLE + 8             ; end of the memory to sum up, 0 for no report
TABLE_CHANGES equ TABLE + 12            ; page table entries that are not as usual
TABLE_ENTRIES equ TABLE + 16            ; pairs of page number and entry
TABLE_STEPS   equ TABLE + 0x200
STEP_BYTES    equ 48
STEP_INDEX    equ 0                     ; EDI and ESI
STEP_COUNT    equ 4
STEP_FLAGS    equ 8                     ; EFLAGS
STEP_SEGMENT  equ 12                    ; descriptor of ES and FS, or segment in real mode
STEP_PORT     equ 20
STEP_SELECT   equ 22                    ; fw_cfg item; FFFEh: the file, FFFFh: leave it as it is
STEP_PLACE    equ 24                    ; linear address of the instruction
STEP_TIMER    equ 28                    ; reload value of the timer, 0: leave it
STEP_SECTORS  equ 29                    ; that the disk command moves, 0: no command
STEP_LENGTH   equ 30
STEP_COMMAND  equ 31
STEP_CODE     equ 32                    ; up to 15 bytes

; On the stack in a handler.
FRAME_ESI    equ 8
FRAME_EDI    equ 4
FRAME_ECX    equ 28
FRAME_VECTOR equ 36
FRAME_ERROR  equ 40
FRAME_EIP    equ 44

cpu 486                                 ; for BSWAP
org 0xF0000

bits 16
%define WIDE 0
%define L(name) real_ %+ name
%include "string-steps.inc"

start:
        cli
        xor     eax, eax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     esp, STACK_TOP
        mov     ax, 0xF000
        mov     gs, ax
        in      al, 0x92
        or      al, 2                   ; address line 20
        and     al, 0xFE
        out     0x92, al
        call    start_controllers
        xor     edi, edi
        mov     dword [LOG_POINTER], LOG
        mov     [REAL_MODE_DONE], edi
        mov     [STEPS_DONE], edi
        mov     [FILE_KEY], edi
        mov     bx, real_vectors - 0xF0000
.vector:
        mov     ax, [gs:bx]
        mov     [di], ax
        mov     word [di + 2], 0xF000
        add     bx, 2
        add     di, 4
        cmp     di, 48 * 4
        jb      .vector
        cmp     dword [gs:TABLE_MODE - 0xF0000], 0
        je      real_run_steps

enter_protected:
        o32 lgdt [gs:dword gdt_pointer - 0xF0000]
        mov     eax, cr0
        or      al, 1                   ; PE
        mov     cr0, eax
        jmp     dword 8:protected

; Its steps are done: whatever is left to do needs more than 64 KiB.
real_end:
        mov     dword [REAL_MODE_DONE], 1
        jmp     enter_protected

start_controllers:
        mov     al, 0x11
        out     0x20, al
        out     0xA0, al
        mov     al, 0x20
        out     0x21, al
        mov     al, 0x28
        out     0xA1, al
        mov     al, 4
        out     0x21, al
        mov     al, 2
        out     0xA1, al
        mov     al, 1
        out     0x21, al
        out     0xA1, al
        mov     al, 0xFA                ; timer and cascade
        out     0x21, al
        mov     al, 0xBF                ; first disk channel
        out     0xA1, al
        ret

bits 32
%define WIDE 1
%define L(name) wide_ %+ name
%include "string-steps.inc"

protected:
        mov     eax, 0x10
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     gs, eax
        mov     esp, STACK_TOP
        cmp     dword [REAL_MODE_DONE], 0
        jne     wide_end
        mov     esi, gdt
        mov     edi, GDT
        mov     ecx, 24
        cld
        rep movsb
        lgdt    [ram_gdt_pointer]
        xor     ecx, ecx
.gate:
        mov     eax, [wide_vectors + ecx * 4]
        mov     edx, eax
        and     eax, 0xFFFF
        or      eax, 0x80000
        and     edx, 0xFFFF0000
        or      edx, 0x8E00             ; interrupt gate
        mov     [IDT + ecx * 8], eax
        mov     [IDT + ecx * 8 + 4], edx
        inc     ecx
        cmp     ecx, 48
        jb      .gate
        lidt    [idt_pointer]
        cmp     dword [TABLE_MODE], 2
        jne     wide_run_steps

        mov     dword [PAGE_DIRECTORY], PAGE_TABLE | 7
        xor     ecx, ecx
        mov     eax, 7
.entry:
        mov     [PAGE_TABLE + ecx * 4], eax
        add     eax, 0x1000
        inc     ecx
        cmp     ecx, 1024
        jb      .entry
        mov     esi, TABLE_ENTRIES
        mov     ecx, [TABLE_CHANGES]
.change:
        dec     ecx
        js      .paging
        mov     edx, [esi]
        mov     eax, [esi + 4]
        mov     [PAGE_TABLE + edx * 4], eax
        add     esi, 8
        jmp     .change
.paging:
        mov     eax, PAGE_DIRECTORY
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 0x80010000         ; PG, WP
        mov     cr0, eax
        jmp     wide_run_steps

; Tell what happened, if that is wanted: the log, and a sum of each page from DATA on.
wide_end:
        mov     eax, cr0
        and     eax, 0x7FFFFFFF
        mov     cr0, eax
        cmp     dword [TABLE_TELL], 0
        je      .end
        mov     dx, 0x402
        mov     esi, LOG
        mov     ecx, [LOG_POINTER]
        sub     ecx, esi
        cld
        rep outsb
        mov     ebx, DATA
.page:
        mov     ecx, 1024
        xor     eax, eax
.word:
        rol     eax, 1
        xor     eax, [ebx]
        add     eax, ecx
        add     ebx, 4
        dec     ecx
        jnz     .word
        mov     [SCRATCH], eax
        mov     esi, SCRATCH
        mov     ecx, 4
        rep outsb
        cmp     ebx, [TABLE_TELL]
        jb      .page
.end:
        mov     dx, 0x501               ; QEMU's isa-debug-exit, where it is
        out     dx, al
        cli
        hlt
        jmp     .end

%macro vectors 1
  %assign vector 0
  %rep 48
    %if %1
        dd wide_vector_ %+ vector
    %else
        dw real_vector_ %+ vector - 0xF0000
    %endif
    %assign vector vector + 1
  %endrep
%endmacro
real_vectors:
        vectors 0
        align 4
wide_vectors:
        vectors 1

gdt:    dq      0
        dq      0x00CF9B000000FFFF      ; 08h: code, base 0, 4 GiB
        dq      0x00CF93000000FFFF      ; 10h: data; 18h is the step's
gdt_pointer:
        dw      gdt_pointer - gdt - 1
        dd      gdt
ram_gdt_pointer:
        dw      4 * 8 - 1
        dd      GDT
idt_pointer:
        dw      48 * 8 - 1
        dd      IDT

FILE_NAME:
        db      "opt/string-io", 0
FILE_NAME_BYTES equ $ - FILE_NAME

        times   0xFFF0 - ($ - $$) db 0
bits 16
        jmp     0xF000:start - 0xF0000
        times   0x10000 - ($ - $$) db 0
