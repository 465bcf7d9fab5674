; Far transfers, call gates, interrupt gates, returns to outer rings.

; Descriptor SEL_Y as a gate to AX:EBX with access byte CL and CH parameters.
set_gate:
        mov [GDT + SEL_Y], bx
        mov [GDT + SEL_Y + 2], ax
        mov [GDT + SEL_Y + 4], ch
        mov [GDT + SEL_Y + 5], cl
        push ebx
        shr ebx, 16
        mov [GDT + SEL_Y + 6], bx
        pop ebx
        ret
; IDT entry 61h likewise: selector AX, offset EBX, access byte CL.
set_idt:
        mov [IDT + 0x61 * 8], bx
        mov [IDT + 0x61 * 8 + 2], ax
        mov byte [IDT + 0x61 * 8 + 4], 0
        mov [IDT + 0x61 * 8 + 5], cl
        push ebx
        shr ebx, 16
        mov [IDT + 0x61 * 8 + 6], bx
        pop ebx
        ret

; Where gates lead: print what the gate did, then end the case.
gate_target:
        pushfd
        cld
        mov eax, SEL_DATA3              ; a change of rings may have left a null selector
        mov ds, eax
        mov es, eax
        SAY " in"
        mov eax, cs
        call hex4
        mov eax, ss
        call hex4
        pop eax
        call hex32
        mov eax, esp
        call hex32
        mov eax, [esp]
        call hex32
        mov eax, [esp + 4]
        call hex32
        mov eax, [esp + 8]
        call hex32
        mov eax, [esp + 12]
        call hex32
        mov eax, [esp + 16]
        call hex32
        BACK

%macro GATE 3                           ; access byte, selector, parameters
        mov ax, %2
        mov ebx, gate_target
        mov cx, (%3 << 8) | %1
        call set_gate
%endmacro

; A far transfer through a 32-bit pointer to each descriptor type.
%macro TRANSFERS 2                      ; name, instruction with operand [pointer]
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
%%rpl:  movzx eax, word [edi]
        push edi
        mov [pointer + 4], ax
        STEP
        mov dword [pointer], %%there
        %2
%%there:
        SAY " +"
        mov eax, cs
        call hex4
        mov eax, [saved_esp]
        sub eax, esp
        call hex4
        mov esp, [saved_esp]
        jmp SEL_CODE:%%back
%%back: jmp %$end
        END
        cld
        pop edi
        add edi, 2
        cmp word [edi], 0
        jne %%rpl
        pop esi
        mov al, 10
        out 0xe9, al
        jmp %%next
%%done:
%endmacro

align 4
pointer: dd 0
         dw 0

gate_tests:
        call build_tables
        ; System types that would switch tasks are left to tasks.asm: their descriptors here have no task behind them.
        TRANSFERS "far JMP by type", jmp far [pointer]
        TRANSFERS "far CALL by type", call far [pointer]
        call build_tables

        TEST "far jump to null"
        jmp 0:0
        END
        TEST "far jump beyond the table"
        jmp 0x80:0
        END
        TEST "far call to null with RPL 3"
        call 3:0
        END
        TEST "retf to null"
        push dword 0
        push dword 0
        retf
        END
        TEST "retf to an inner ring"
        TO_RING3
        push dword SEL_CODE
        push dword 0
        retf
        END
        TEST "retf to ring 3 with parameters"
        mov eax, SEL_DATA
        mov fs, eax
        mov eax, SEL_DATA3
        mov gs, eax
        push dword SEL_DATA3
        push dword STACK3
        push dword 0x11
        push dword 0x22
        push dword SEL_CODE3
        push dword .retf3
        retf 8
.retf3: mov eax, ds
        call hex4
        mov eax, es
        call hex4
        mov eax, fs
        call hex4
        mov eax, gs
        call hex4
        mov eax, esp
        BACK
        END
        TEST "retf to ring 3, stack of ring 0"
        push dword SEL_DATA
        push dword STACK3
        push dword SEL_CODE3
        push dword .retf3
        retf
        END
        TEST "retf to ring 3, null stack"
        push dword 0
        push dword STACK3
        push dword SEL_CODE3
        push dword .retf3
        retf
        END
        TEST "retf to ring 3, code as stack"
        push dword SEL_CODE3
        push dword STACK3
        push dword SEL_CODE3
        push dword .retf3
        retf
        END

        GATE 0x8c, SEL_CODE, 0
        TEST "call gate, same ring"
        call SEL_Y:0
        END
        TEST "call gate by jmp, same ring"
        jmp SEL_Y:0
        END
        TEST "call gate of DPL 0 from ring 3"
        TO_RING3
        call (SEL_Y | 3):0
        END
        GATE 0xec, SEL_CODE, 0
        TEST "call gate to ring 0 from ring 3"
        TO_RING3
        call (SEL_Y | 3):0
        END
        TEST "call gate by jmp to ring 0 from ring 3"
        TO_RING3
        jmp (SEL_Y | 3):0
        END
        GATE 0xec, SEL_CODE, 3
        TEST "call gate with parameters"
        TO_RING3
        push dword 0x33333333
        push dword 0x22222222
        push dword 0x11111111
        call (SEL_Y | 3):0
        END
        GATE 0xe4, SEL_CODE16, 2
        mov dword [GDT + SEL_Y + 4], 0xe402
        mov word [GDT + SEL_Y], gate16 - IMAGE
        TEST "16-bit call gate with parameters"
        TO_RING3
        push dword 0x44443333
        push dword 0x22221111
        o16 call (SEL_Y | 3):0
        END
        GATE 0xec, SEL_CODE1, 1
        TEST "call gate to ring 1 from ring 3"
        TO_RING3
        push dword 0x77777777
        call (SEL_Y | 3):0
        END
        GATE 0xec, SEL_CODE3, 0
        TEST "call gate to ring 3 from ring 0"
        call SEL_Y:0
        END
        GATE 0xec, SEL_CODE3, 0
        TEST "call gate to ring 3 from ring 3"
        TO_RING3
        call SEL_Y:0
        END
        GATE 0xec, SEL_CONF, 0
        TEST "call gate to conforming code from ring 3"
        TO_RING3
        call (SEL_Y | 3):0
        END
        GATE 0x6c, SEL_CODE, 0
        TEST "call gate not present"
        TO_RING3
        call (SEL_Y | 3):0
        END
        GATE 0xec, 0, 0
        TEST "call gate to null"
        call SEL_Y:0
        END
        GATE 0xec, SEL_DATA, 0
        TEST "call gate to data"
        call SEL_Y:0
        END
        GATE 0xec, 0x80, 0
        TEST "call gate beyond the table"
        call SEL_Y:0
        END
        GATE 0xec, SEL_X, 0
        mov al, 0x1a
        call set_x
        TEST "call gate to code not present"
        call SEL_Y:0
        END
        ; The stack of ring 1, because the exception itself needs that of ring 0.
        GATE 0xec, SEL_CODE1, 0
        mov dword [TSS + 16], 0
        TEST "inner stack null"
        TO_RING3
        call (SEL_Y | 3):0
        END
        mov dword [TSS + 16], SEL_DATA3
        TEST "inner stack of another ring"
        TO_RING3
        call (SEL_Y | 3):0
        END
        mov dword [TSS + 16], SEL_CODE
        TEST "inner stack not writable"
        TO_RING3
        call (SEL_Y | 3):0
        END
        mov dword [TSS + 16], 0x80
        TEST "inner stack beyond the table"
        TO_RING3
        call (SEL_Y | 3):0
        END
        mov dword [TSS + 16], SEL_X | 1
        mov al, 0x32
        call set_x
        TEST "inner stack not present"
        TO_RING3
        call (SEL_Y | 3):0
        END
        mov dword [TSS + 16], SEL_DATA1

        ; Interrupt gates.
%macro VECTOR61 2                       ; access byte, selector
        mov ax, %2
        mov ebx, gate_target
        mov cl, %1
        call set_idt
%endmacro
%macro INT61 0
        push dword 0x42d7               ; NT and IF among them
        popfd
        int 0x61
%endmacro
        VECTOR61 0x8e, SEL_CODE
        TEST "interrupt gate clears IF and NT"
        INT61
        END
        VECTOR61 0x8f, SEL_CODE
        TEST "trap gate keeps IF"
        INT61
        END
        VECTOR61 0x86, SEL_CODE16
        mov dword [IDT + 0x61 * 8 + 4], 0x8600
        mov word [IDT + 0x61 * 8], gate16 - IMAGE
        TEST "16-bit interrupt gate"
        INT61
        END
        VECTOR61 0xee, SEL_CODE
        TEST "interrupt gate from ring 3"
        TO_RING3
        int 0x61
        END
        VECTOR61 0x8e, SEL_CODE
        TEST "interrupt gate of DPL 0 from ring 3"
        TO_RING3
        int 0x61
        END
        VECTOR61 0xee, SEL_CODE1
        TEST "interrupt gate to ring 1 from ring 3"
        TO_RING3
        int 0x61
        END
        TEST "interrupt gate to ring 1 from ring 0"
        int 0x61
        END
        VECTOR61 0xee, SEL_CONF
        TEST "interrupt gate to conforming code from ring 3"
        TO_RING3
        int 0x61
        END
        VECTOR61 0x6e, SEL_CODE
        TEST "interrupt gate not present"
        int 0x61
        END
        VECTOR61 0xec, SEL_CODE
        TEST "interrupt through a call gate's type"
        int 0x61
        END
        VECTOR61 0xe9, SEL_CODE
        TEST "interrupt through a TSS's type"
        int 0x61
        END
        VECTOR61 0xee, 0
        TEST "interrupt gate to null"
        int 0x61
        END
        VECTOR61 0xee, SEL_DATA
        TEST "interrupt gate to data"
        int 0x61
        END
        VECTOR61 0xee, 0x80
        TEST "interrupt gate beyond the descriptor table"
        int 0x61
        END
        VECTOR61 0xee, SEL_X
        mov al, 0x1a
        call set_x
        TEST "interrupt gate to code not present"
        int 0x61
        END
        TEST "vector beyond the IDT"
        lidt [.short]
        int 0x61
        END
        lidt [idtr]
        mov byte [IDT + 0 * 8 + 5], 0x0e
        TEST "exception through a gate not present"
        div cl
        END
        TEST "exception through a gate not present from ring 3"
        TO_RING3
        xor ecx, ecx
        div cl
        END
        mov byte [IDT + 0 * 8 + 5], 0x8e
        mov byte [IDT + 0 * 8 + 5], 0x84
        TEST "exception through a gate of wrong type"
        xor ecx, ecx
        div cl
        END
        mov byte [IDT + 0 * 8 + 5], 0x8e
        mov byte [IDT + 13 * 8 + 5], 0x0e
        TEST "double fault: general protection without a handler"
        mov eax, 0xffff
        mov ds, eax
        END
        mov byte [IDT + 13 * 8 + 5], 0x8e
        mov byte [IDT + 11 * 8 + 5], 0x0e
        mov byte [IDT + 0 * 8 + 5], 0x0e
        TEST "double fault: contributory twice"
        div cl
        END
        mov byte [IDT + 11 * 8 + 5], 0x8e
        mov byte [IDT + 0 * 8 + 5], 0x8e
        mov dword [TSS + 16], 0
        VECTOR61 0xee, SEL_CODE1
        TEST "interrupt to ring 1, stack null"
        TO_RING3
        int 0x61
        END
        mov dword [TSS + 16], SEL_X | 1
        mov al, 0x32
        call set_x
        TEST "interrupt to ring 1, stack not present"
        TO_RING3
        int 0x61
        END
        mov word [IDT + 0 * 8 + 2], SEL_CODE1
        TEST "exception to ring 1, stack not present"
        TO_RING3
        xor ecx, ecx
        div ecx
        END
        call build_tables

        ; IRET.
        TEST "iret, same ring, flags"
        push dword 0x003f7cd7 & ~0x20100
        push dword SEL_CODE
        push dword .same
        iretd
.same:  END
        TEST "iretw"
        push word 0x0cd7
        push word SEL_CODE16
        push word .iretw - IMAGE
        iretw
        bits 16
.iretw: jmp dword SEL_CODE:.out16
        bits 32
.out16: END
        TEST "iret to ring 3 sets flags"
        push dword SEL_DATA3
        push dword STACK3
        push dword 0x3ed7
        push dword SEL_CODE3
        push dword .flags3
        iretd
.flags3: pushfd
        pop eax
        push dword 2
        popfd                           ; IOPL stays
        pushfd
        pop ebx
        BACK
        END
        TEST "iret to null"
        push dword 2
        push dword 0
        push dword 0
        iretd
        END
        TEST "iret to data"
        push dword 2
        push dword SEL_DATA
        push dword 0
        iretd
        END
        TEST "iret to code not present"
        mov al, 0x1a
        call set_x
        push dword 2
        push dword SEL_X
        push dword 0
        iretd
        END
        TEST "iret to ring 3, RPL of stack 0"
        push dword SEL_DATA3 & ~3
        push dword STACK3
        push dword 2
        push dword SEL_CODE3
        push dword .flags3
        iretd
        END
        TEST "iret to ring 3, stack not present"
        mov al, 0x72
        call set_x
        push dword SEL_X | 3
        push dword STACK3
        push dword 2
        push dword SEL_CODE3
        push dword .flags3
        iretd
        END
        TEST "iret from ring 3 to ring 0"
        TO_RING3
        push dword 2
        push dword SEL_CODE
        push dword 0
        iretd
        END
        TEST "popfd at ring 3 keeps IF and IOPL"
        TO_RING3
        push dword 0x3202
        popfd
        pushfd
        pop eax
        call hex32
        BACK
        END
        jmp task_tests

.short: dw 0x61 * 8 + 6
        dd IDT

        bits 16
gate16: jmp dword SEL_CODE:gate_target
        bits 32
