; Paging: protection by level and CR0.WP, error codes, CR2, accessed and dirty bits, 4 MiB pages, INVLPG.

DIRECTORY equ 0x30000
TABLE0    equ 0x31000                   ; 0-4 MiB: identity, supervisor but for what the cases need
TABLE1    equ 0x32000                   ; 4-8 MiB
PAGE      equ 0x400000                  ; first page of it: what the cases vary
FRAME     equ 0x34000

%macro TRY 1+                           ; one instruction; prints its fault, or "+"
        STEP
        %1
        SAY " +"
        jmp %$end
        END
%endmacro

; Page table entry of PAGE = AL.
set_page:
        movzx eax, al
        or eax, FRAME
        mov [TABLE1], eax
        invlpg [PAGE]
        ret
show_page:
        mov eax, [TABLE1]
        and eax, 0xfff
        jmp hex4
; The directory's accessed bit is of interest only after accesses that succeed.
show_entries:
        call show_page
        mov eax, [DIRECTORY + 4]
        and eax, 0xfff
        jmp hex4

; Reads and writes PAGE at ring 0.
access_page:
        TRY mov eax, [PAGE]
        TRY mov [PAGE], eax
        TRY cmp [PAGE + 8], eax
        jmp show_page

entry_bits: db 0x00, 0x01, 0x03, 0x05, 0x07, 0x02, 0x06, 0x21, 0x63, 0x67, 0xff

; Run access_page for each kind of entry.
%macro ENTRIES 1                        ; name
        SAY 10, %1, 10
        mov esi, entry_bits
%%next: lodsb
        cmp al, 0xff
        je %%done
        push esi
        push eax
        and byte [DIRECTORY + 4], ~0x20
        call set_page
        pop eax
        movzx eax, al
        call hex4
        call access_page
        pop esi
        mov al, 10
        out 0xe9, al
        jmp %%next
%%done:
%endmacro

; The same for one instruction at ring 3.
%macro RING3_ACCESS 2+                  ; name, instruction
        SAY 10, %1, 10
        mov esi, entry_bits
%%next: lodsb
        cmp al, 0xff
        je %%done
        push esi
        push eax
        call set_page
        pop eax
        movzx eax, al
        call hex4
        STEP
        TO_RING3
        mov eax, SEL_DATA3
        mov ds, eax
        mov es, eax
        %2
        BACK
        END
        call show_page
        pop esi
        mov al, 10
        out 0xe9, al
        jmp %%next
%%done:
%endmacro

; PAGE not present, and a task for #PF that maps it.
mend_by_task:
        mov dword [TABLE1], 0
        invlpg [PAGE]
        call set_task2
        mov eax, cr3
        mov [TSS2 + 0x1c], eax
        mov [TSS + 0x1c], eax           ; loaded on the way back, and never saved
        mov dword [IDT + 14 * 8], SEL_TSS2 << 16
        mov dword [IDT + 14 * 8 + 4], 0x8500
        mov dword [task2_then], mend
        ret
mend:   SAY " code"
        pop eax
        call hex32
        mov eax, cr2
        call hex32
        mov dword [TABLE1], FRAME | 7
        invlpg [PAGE]
        iretd

paging_tests:
        call build_tables
        mov edi, DIRECTORY
        mov ecx, 0x3000 / 4
        xor eax, eax
        rep stosd
        mov dword [DIRECTORY], TABLE0 | 7
        mov dword [DIRECTORY + 4], TABLE1 | 7
        mov edi, TABLE0
        mov eax, 7
        mov ecx, 256
.fill:  stosd
        add eax, 0x1000
        loop .fill
        mov eax, DIRECTORY
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        jmp .on
.on:
        ENTRIES "ring 0, WP clear"
        mov eax, cr0
        or eax, 0x10000
        mov cr0, eax
        ENTRIES "ring 0, WP set"
        mov dword [DIRECTORY + 4], TABLE1 | 5
        mov eax, cr3
        mov cr3, eax
        ENTRIES "ring 0, WP set, directory read-only"
        RING3_ACCESS "ring 3 reads, directory read-only", mov eax, [PAGE]
        RING3_ACCESS "ring 3 writes, directory read-only", mov [PAGE], eax
        mov dword [DIRECTORY + 4], TABLE1 | 3
        mov eax, cr3
        mov cr3, eax
        RING3_ACCESS "ring 3 reads, supervisor directory", mov eax, [PAGE]
        mov dword [DIRECTORY + 4], TABLE1 | 7
        mov eax, cr3
        mov cr3, eax
        RING3_ACCESS "ring 3 reads", mov eax, [PAGE]
        RING3_ACCESS "ring 3 writes", mov [PAGE], eax
        mov edi, FRAME
        mov ecx, 0x1000
        mov al, 0x90
        rep stosb
        RING3_ACCESS "ring 3 executes", jmp PAGE

        TEST "table not present"
        mov eax, [0x800123]
        END
        TEST "write, table not present"
        mov [0x800123], eax
        END
        TEST "jump to a page not present"
        jmp 0xc00004
        END
        mov al, 0x07
        call set_page
        TEST "access over the end of the page"
        mov eax, [PAGE + 0xffe]
        END
        TEST "write over the end of the page"
        mov dword [PAGE + 0xffc], 0x11111111
        mov dword [PAGE + 0xffe], 0x22222222
        END
        mov eax, [PAGE + 0xffc]
        call hex32
        TEST "rep stosb over the end of the page"
        mov edi, PAGE + 0xffb
        mov ecx, 9
        rep stosb
        END
        TEST "registers after rep movsd into a missing page"
        mov dword [resume], .moved
        mov dword [IDT + 14 * 8], (SEL_CODE << 16) | (.strings - $$)
        mov esi, PAGE + 0xfe0
        mov edi, PAGE + 0xff4
        mov ecx, 9
        rep movsd
.strings:
        mov eax, ecx
        call hex32
        mov eax, esi
        call hex32
        mov eax, edi
        call hex32
        mov eax, [esp]
        call hex32
        mov eax, cr2
        call hex32
        mov esp, [saved_esp]
        END
.moved: call build_tables
        TEST "push into a missing page"
        TO_RING3
        mov esp, PAGE + 0x1004
        push eax
        push eax
        END
        mov al, 0x07
        call set_page
        TEST "page fault for the interrupt's stack: double fault needs a task"
        mov dword [IDT + 8 * 8], SEL_TSS2 << 16
        mov dword [IDT + 8 * 8 + 4], 0x8500
        call set_task2
        mov eax, cr3
        mov [TSS2 + 0x1c], eax
        mov dword [task2_then], .doubled
        mov dword [TSS + 4], 0x800000
        TO_RING3
        int 0x60
.doubled:
        SAY " code"
        mov eax, [esp]
        call hex32
        mov eax, cr2
        call hex32
        mov eax, [TSS + 0x4c]
        call hex4
        clts
        call build_tables
        mov esp, [saved_esp]
        END

        ; #PF by task gate, whose task mends the page; what was interrupted then happens again.
%macro MENDED 1
        TEST %1
        call mend_by_task
%endmacro
%macro MENDED_END 0
        call show_tasks
        END
        clts
        call build_tables
%endmacro
        MENDED "page fault by task gate: the write is repeated"
        mov eax, 0x5a5a
        mov [PAGE + 8], eax
        mov eax, [PAGE + 8]
        MENDED_END
        MENDED "divide error, then page fault on its stack"
        mov dword [TSS + 4], PAGE + 0x800
        TO_RING3
        xor ecx, ecx
        div ecx
        MENDED_END
        MENDED "gate not present, then page fault on the stack of #NP"
        mov dword [TSS + 4], PAGE + 0x800
        mov byte [IDT + 0x60 * 8 + 5], 0x6e
        TO_RING3
        int 0x60
        MENDED_END
        mov byte [IDT + 14 * 8 + 5], 0x0e
        TEST "page fault, gate not present: double fault"
        mov eax, [0x800000]
        END
        mov byte [IDT + 14 * 8 + 5], 0x8e
        mov word [IDT + 14 * 8 + 2], SEL_DATA
        TEST "page fault, gate to data: double fault"
        mov eax, [0x800000]
        END
        call build_tables

        ; Accessed and dirty bits.
        mov al, 0x07
        call set_page
        and byte [DIRECTORY + 4], ~0x20
        mov eax, cr3
        mov cr3, eax
        TEST "accessed by a read"
        mov al, [PAGE + 5]
        END
        call show_entries
        TEST "dirty by a write"
        mov [PAGE + 5], al
        END
        call show_entries
        mov al, 0x07
        call set_page
        TEST "dirty by a locked compare that fails"
        mov eax, 1
        mov dword [FRAME], 2
        lock cmpxchg [PAGE], ecx
        END
        call show_entries
        TEST "stale translation until INVLPG"
        mov eax, [PAGE]
        mov dword [FRAME], 0xaaaaaaaa
        mov dword [FRAME + 0x1000], 0xbbbbbbbb
        mov dword [TABLE1], (FRAME + 0x1000) | 7
        invlpg [PAGE]
        mov eax, [PAGE]
        END
        TEST "mov cr3 forgets"
        mov dword [TABLE1], FRAME | 7
        mov eax, cr3
        mov cr3, eax
        mov eax, [PAGE]
        END
        TEST "4 MiB page ignored without CR4.PSE"
        mov dword [DIRECTORY + 4], TABLE1 | 0x87
        mov eax, cr3
        mov cr3, eax
        mov eax, [PAGE]
        END
        mov eax, cr4
        or al, 0x10
        mov cr4, eax
        mov dword [DIRECTORY + 8], 0x87
        TEST "4 MiB page"
        mov eax, cr3
        mov cr3, eax
        mov eax, [0x800000 + FRAME]
        mov [0x800000 + FRAME + 4], eax
        mov eax, [DIRECTORY + 8]
        END
        mov dword [DIRECTORY + 8], 0x85
        TEST "4 MiB page, read-only"
        mov eax, cr3
        mov cr3, eax
        mov [0x800000 + FRAME + 4], eax
        END
        mov dword [DIRECTORY + 8], 0
        mov eax, cr4
        and al, ~0x10
        mov cr4, eax
        mov dword [DIRECTORY + 4], TABLE1 | 7
        mov eax, cr0
        and eax, ~0x80010000
        mov cr0, eax
        xor eax, eax
        mov cr3, eax
        jmp debug_tests
