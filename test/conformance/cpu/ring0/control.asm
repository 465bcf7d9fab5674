; Control registers, table registers, coprocessor control, time stamps.

control_tests:
        call build_tables
        TEST "cr0 keeps ET"
        mov eax, cr0
        and eax, ~0x10
        mov cr0, eax
        mov eax, cr0
        and eax, 0x1f
        END
        TEST "cr2 is a register"
        mov eax, 0x12345678
        mov cr2, eax
        xor eax, eax
        mov eax, cr2
        END
        TEST "cr3 keeps its flags"
        mov eax, 0x00045018
        mov cr3, eax
        xor eax, eax
        mov eax, cr3
        END
        xor eax, eax
        mov cr3, eax
        TEST "lmsw cannot clear PE"
        mov eax, 0x0008
        lmsw ax
        smsw eax
        and eax, 0x0f
        END
        clts
        TEST "smsw of 16 bits to memory"
        mov dword [BUFFER], 0xffffffff
        smsw [BUFFER]
        mov eax, [BUFFER]
        and eax, 0xffff000f
        END
        TEST "sgdt"
        sgdt [BUFFER]
        mov eax, [BUFFER + 2]
        xor ax, [BUFFER]
        END
        TEST "lgdt of 16 bits takes 24"
        mov dword [BUFFER], ((GDT & 0xffff) << 16) | GDT_LIMIT
        mov dword [BUFFER + 4], 0xff00 | (GDT >> 16)
        o16 lgdt [BUFFER]
        sgdt [BUFFER]
        mov eax, [BUFFER + 2]
        END
        lgdt [gdtr]
        TEST "sldt, str"
        mov eax, SEL_LDT
        lldt ax
        mov eax, 0xffffffff
        sldt eax
        mov ebx, eax
        str eax
        shl eax, 16
        or eax, ebx
        END
        TEST "a segment of the LDT"
        mov eax, 0x0f
        mov es, eax
        mov eax, [es:IMAGE]
        END
        TEST "beyond the LDT's limit"
        mov eax, 0x44
        mov es, eax
        END
        xor eax, eax
        lldt ax
        TEST "LDT selector without an LDT"
        mov eax, 0x0c
        mov es, eax
        END
        TEST "ltr of a busy TSS"
        mov eax, SEL_TSS
        ltr ax
        END
        TEST "sgdt at ring 3"
        TO_RING3
        mov eax, SEL_DATA3
        mov ds, eax
        sgdt [BUFFER]
        BACK
        END
        TEST "rdtsc at ring 3, TSD"
        mov eax, cr4
        or al, 4
        mov cr4, eax
        TO_RING3
        rdtsc
        BACK
        END
        TEST "rdtsc at ring 0, TSD"
        rdtsc
        xor eax, eax
        END
        mov eax, cr4
        and al, ~4
        mov cr4, eax
        TEST "hlt at ring 3"
        TO_RING3
        hlt
        BACK
        END

        ; Coprocessor.
%macro CR0_BITS 1                       ; MP 2, EM 4, TS 8 are set to %1
        mov eax, cr0
        and eax, ~14
        or eax, %1
        mov cr0, eax
%endmacro
        CR0_BITS 4
        TEST "EM: fninit"
        fninit
        END
        TEST "EM: fwait"
        fwait
        END
        CR0_BITS 8
        TEST "TS: fnop"
        fnop
        END
        TEST "TS without MP: fwait"
        fwait
        END
        CR0_BITS 10
        TEST "TS and MP: fwait"
        fwait
        END
        CR0_BITS 2
        TEST "exception pending: fnop"
        fninit
        push dword 0x033e
        fldcw [esp]
        fldz
        fsqrt
        fld1
        fchs
        fsqrt
        fnop
        END
        TEST "exception pending: fwait"
        fwait
        END
        TEST "exception pending: fnstsw"
        xor eax, eax
        fnstsw ax
        and eax, ~0x4500                ; C0, C2, C3 are undefined after FSQRT
        fnclex
        fwait
        END
        fninit
        TEST "environment: instruction and operand pointers"
        fld dword [BUFFER + 0x40]
        fnstenv [BUFFER]
        mov eax, [BUFFER + 20]
        END
        fninit

        TEST "cpuid of a feature: the ID flag can be toggled"
        pushfd
        xor dword [esp], 0x200000
        popfd
        pushfd
        pop eax
        END
        push dword 2
        popfd
        TEST "operand pushed for pushfd"
        push dword 0x3ed7
        popfd
        pushfd
        pop eax
        push dword 2
        popfd
        END
        TEST "push segment, upper half"
        push dword 0xffffffff
        pop eax
        push ds
        pop eax
        and eax, 0xffff
        END
        TEST "lock at ring 0: mov cr0"
        db 0xf0
        mov eax, cr1
        END
        TEST "instruction of 16 bytes"
        times 15 db 0x2e
        nop
        END
        TEST "instruction of 15 bytes"
        times 14 db 0x2e
        nop
        END
        jmp finish
