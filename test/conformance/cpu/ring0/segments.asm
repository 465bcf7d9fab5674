; Segment loads and descriptor inspection with every descriptor type, at ring 0 and ring 3.

; Write descriptor SEL_X with access byte AL: base 0, all of memory; but a system segment is too short to be a task.
set_x:  mov dword [GDT + SEL_X], 0x0000ffff
        mov dword [GDT + SEL_X + 4], 0x00cf0000
        test al, 0x10
        jnz .write
        mov dword [GDT + SEL_X], 0x00000010
        mov dword [GDT + SEL_X + 4], 0
.write: mov [GDT + SEL_X + 5], al
        ret

; Go on at an outer ring, with its flat code and stack segments. BACK ends the case from anywhere.
%macro TO_RING3 0
        push dword SEL_DATA3
        push dword STACK3
        push dword 2
        push dword SEL_CODE3
        push dword %%there
        iretd
%%there:
%endmacro
%macro TO_RING1 0
        push dword SEL_DATA1
        push dword STACK1
        push dword 2
        push dword SEL_CODE1
        push dword %%there
        iretd
%%there:
%endmacro
%macro BACK 0
        int 0x60
%endmacro

; For each access byte in a table: print it, try the load.
%macro LOADS 2                          ; name, segment register
        SAY 10, %1
        mov esi, access_bytes
%%next: lodsb
        test al, al
        jz %%done
        push esi
        call set_x
        movzx eax, al
        call hex4
        mov edi, selectors_x
%%rpl:  mov dx, [edi]
        push edi
        STEP
        mov %2, dx
        mov ecx, SEL_DATA               ; what was loaded need not be writable
        mov ss, ecx
        mov ds, ecx
        mov es, ecx
        SAY " +"
        jmp %$end
        END
        cld
        pop edi
        add edi, 2
        cmp word [edi], 0
        jne %%rpl
        mov al, [GDT + SEL_X + 5]       ; the accessed bit
        movzx eax, al
        call hex4
        pop esi
        mov al, 10
        out 0xe9, al
        jmp %%next
%%done: mov eax, SEL_DATA
        mov ds, eax
        mov es, eax
        mov ss, eax
        xor eax, eax
        mov fs, eax
        mov gs, eax
%endmacro

selectors_x: dw SEL_X, SEL_X | 1, SEL_X | 3, 0
access_bytes:
        db 0x90, 0x91, 0x92, 0x93, 0x94, 0x96, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9e   ; memory, ring 0
        db 0xb2, 0xba, 0xbe, 0xd2, 0xf0, 0xf2, 0xf3, 0xf6, 0xf8, 0xfa, 0xfc, 0xfe   ; outer rings
        db 0x12, 0x10, 0x1a, 0x1e, 0x72, 0x76, 0x7a                                 ; not present
        db 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b   ; system
        db 0x8c, 0x8d, 0x8e, 0x8f, 0xe2, 0xe9, 0xec, 0x02, 0x09, 0x0c, 0

segment_tests:
        LOADS "load DS", ds
        LOADS "load ES", es
        LOADS "load GS", gs
        LOADS "load SS", ss

        SAY 10, "load DS: null, beyond the tables"
        mov esi, odd_selectors
.odd:   lodsw
        cmp ax, -1
        je .odd_done
        push esi
        mov dx, ax
        call hex4
        STEP
        mov es, dx
        SAY " +"
        jmp %$end
        END
        STEP
        mov ss, dx
        mov ecx, SEL_DATA
        mov ss, ecx
        SAY " +"
        jmp %$end
        END
        STEP
        lldt dx
        SAY " +"
        jmp %$end
        END
        STEP
        ltr dx
        SAY " +"
        jmp %$end
        END
        pop esi
        mov al, 10
        out 0xe9, al
        jmp .odd
.odd_done:
        mov eax, SEL_DATA
        mov ss, eax
        xor eax, eax
        lldt ax
        call build_tables

        SAY 10, "LLDT and LTR by type"
        mov esi, access_bytes
.types: lodsb
        test al, al
        jz .types_done
        push esi
        call set_x
        movzx eax, al
        call hex4
        STEP
        mov eax, SEL_X
        lldt ax
        SAY " +"
        jmp %$end
        END
        STEP
        mov eax, SEL_X
        ltr ax
        SAY " +"
        jmp %$end
        END
        movzx eax, byte [GDT + SEL_X + 5]
        call hex4
        pop esi
        mov al, 10
        out 0xe9, al
        jmp .types
.types_done:
        xor eax, eax
        lldt ax
        call build_tables

        SAY 10, "LAR LSL VERR VERW by type, ring 0 then ring 3", 10
        mov esi, access_bytes
.lar:   lodsb
        test al, al
        jz .lar_done
        push esi
        call set_x
        movzx eax, al
        call hex4
        mov edx, SEL_X
        call inspect
        mov edx, SEL_X | 2
        call inspect
        mov [inner_esp], esp
        TO_RING3
        mov eax, SEL_DATA3
        mov ds, eax
        mov es, eax
        mov edx, SEL_X
        call inspect
        mov edx, SEL_X | 3
        call inspect
        mov dword [base], .lar_back
        mov dword [resume], .lar_back
        mov eax, [inner_esp]
        mov [saved_esp], eax
        BACK
.lar_back:
        mov esp, [inner_esp]
        pop esi
        mov al, 10
        out 0xe9, al
        jmp .lar
.lar_done:
        jmp gate_tests

inner_esp: dd 0
odd_selectors: dw 0, 1, 2, 3, GDT_LIMIT + 1, (GDT_LIMIT + 1) | 3, 0xfff8, 4, 5, 0x0c, SEL_LDT, SEL_TSS, SEL_CODE, -1

; LAR, LSL, VERR, VERW of DX: values and ZF.
inspect:
        pushad
        mov eax, 0xaaaaaaaa
        lar eax, edx
        call .flag
        jnz .lar
        and eax, 0xfff0ffff             ; bits 19:16 are undefined
.lar:
        call hex32
        mov eax, 0xbbbbbbbb
        lsl eax, edx
        call .flag
        call hex32
        verr dx
        call .flag
        verw dx
        call .flag
        popad
        ret
.flag:  push eax
        mov al, '-'
        jnz .put
        mov al, '+'
.put:   out 0xe9, al                    ; flags stay
        pop eax
        ret
