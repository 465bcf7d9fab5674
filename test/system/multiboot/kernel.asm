; A Multiboot kernel that says on the debug console what it was given, one fact a line, and stops ([Multiboot] 0.6.96, 3.1-3.3).
; Assembled with AS_ELF=1 it is an ELF file, else its header says where it goes.

bits 32
cpu 386

LOAD   equ 0x200000
STACK  equ LOAD + 0x8000
FLAGS  equ 3 | (0x10000 * (1 - AS_ELF))         ; modules on pages, memory information, perhaps addresses

%if AS_ELF
org LOAD - 0x1000
file:   db      0x7F, "ELF", 1, 1, 1            ; 32 bits, little-endian ([ELF] 4)
        times   16 - ($ - file) db 0
        dw      2, 3                            ; executable, 386
        dd      1, start, program_header - file, 0, 0
        dw      52, 32, 1, 0, 0, 0
program_header:
        dd      1, 0x1000, LOAD, LOAD, end - LOAD, end - LOAD + 0x8000, 7, 0x1000
        times   0x1000 - ($ - file) db 0
%else
org LOAD
%endif

header: dd      0x1BADB002, FLAGS, -(0x1BADB002 + FLAGS)
%if AS_ELF == 0
        dd      header, LOAD, end, end + 0x8000, start
%endif

start:  mov     esp, STACK
        cld
        mov     edx, 0x402
        mov     esi, magic_text
        call    line                            ; EAX: the magic number of a boot loader
        mov     esi, lower_text
        mov     eax, [ebx + 4]
        call    line
        mov     esi, upper_text
        mov     eax, [ebx + 8]
        call    line
        mov     esi, [ebx + 16]                 ; command line
        call    text
        mov     al, 10
        out     dx, al
        mov     ebp, [ebx + 20]                 ; modules
        mov     edi, [ebx + 24]
.module:
        dec     ebp
        js      .map
        mov     esi, [edi + 8]
        call    text
        mov     esi, start_text
        mov     eax, [edi]
        call    line
        mov     esi, sum_text
        call    sum
        call    line
        add     edi, 16
        jmp     .module
.map:
        mov     edi, [ebx + 48]
        mov     ebp, [ebx + 44]
        add     ebp, edi
.entry:
        cmp     edi, ebp
        jae     .end
        mov     esi, map_text
        mov     eax, [edi + 4]
        call    line
        mov     esi, length_text
        mov     eax, [edi + 12]
        call    line
        mov     esi, type_text
        mov     eax, [edi + 20]
        call    line
        add     edi, [edi]
        add     edi, 4
        jmp     .entry
.end:
        cli
        hlt
        jmp     .end

; Sum of the bytes of the module at EDI: EAX.
sum:    push    esi
        mov     esi, [edi]
        xor     ecx, ecx
        xor     eax, eax
.next:  cmp     esi, [edi + 4]
        jae     .done
        lodsb
        add     ecx, eax
        jmp     .next
.done:  mov     eax, ecx
        pop     esi
        ret

; The text at ESI, then EAX in hexadecimal.
line:   push    eax
        call    text
        pop     eax
        mov     ecx, 8
.digit: rol     eax, 4
        push    eax
        and     al, 15
        add     al, '0'
        cmp     al, '9'
        jbe     .print
        add     al, 'a' - '0' - 10
.print: out     dx, al
        pop     eax
        loop    .digit
        mov     al, 10
        out     dx, al
        ret

text:   lodsb
        test    al, al
        jz      .end
        out     dx, al
        jmp     text
.end:   ret

magic_text:  db "magic ", 0
lower_text:  db "lower ", 0
upper_text:  db "upper ", 0
start_text:  db " at ", 0
sum_text:    db "sum ", 0
map_text:    db "map ", 0
length_text: db "length ", 0
type_text:   db "type ", 0
end:
