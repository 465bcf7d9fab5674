; Single step, breakpoints, watchpoints, general detect.

%macro TRACED 2                         ; name, steps
        TEST %1
        mov dword [trace], %2
        push dword 0x102
        popfd
%endmacro
%macro TRACED_END 0
        nop
        END
        mov dword [trace], 0
%endmacro

debug_tests:
        call build_tables
        xor eax, eax
        mov dr6, eax
        TRACED "single step", 5
        nop
        inc eax
        jmp short .over
        nop
.over:  dec eax
        TRACED_END
        TRACED "single step: repeated string", 6
        mov ecx, 3
        mov edi, BUFFER
        rep stosb
        nop
        TRACED_END
        TRACED "single step: repeated string of count 0", 3
        xor ecx, ecx
        rep stosb
        nop
        TRACED_END
        TRACED "single step: mov ss", 4
        mov eax, ss
        mov ss, eax
        inc eax
        dec eax
        TRACED_END
        TRACED "single step: pop ss", 4
        push ss
        pop ss
        inc eax
        nop
        TRACED_END
        TRACED "single step: pushf shows TF", 4
        pushfd
        pop eax
        nop
        TRACED_END
        TRACED "single step: into an interrupt gate", 4
        nop
        mov ax, SEL_CODE
        mov ebx, .gate
        mov cl, 0x8e
        call set_idt
        int 0x61
        nop
        nop
        jmp .gated
.gate:  iretd
.gated:
        TRACED_END
        TRACED "single step: a fault", 3
        nop
        xor ecx, ecx
        div ecx
        TRACED_END
        TRACED "single step: call, ret", 5
        call .sub
        nop
        jmp .done
.sub:   ret
.done:
        TRACED_END
        TRACED "single step: popf that clears TF", 3
        push dword 2
        popfd
        nop
        nop
        TRACED_END
        TEST "popf sets TF: trap after the next instruction"
        push dword 0x102
        popfd
        nop
        nop
        END
        TEST "iret sets TF"
        push dword 0x102
        push dword SEL_CODE
        push dword .tf
        iretd
.tf:    nop
        nop
        END

        ; Breakpoints.
        mov eax, .here
        mov dr0, eax
        mov eax, 2                      ; DR0: execution, global
        mov dr7, eax
        TEST "instruction breakpoint"
        nop
.here:  inc eax
        END
        TEST "instruction breakpoint with RF"
        push dword 0x10002
        push dword SEL_CODE
        push dword .here2
        mov eax, .here2
        mov dr0, eax
        xor eax, eax
        iretd
.here2: inc eax
        nop
        END
        TEST "DR6: old bits 0-3 go, the others stay"
        mov eax, .here3
        mov dr2, eax
        mov eax, 0x20                   ; DR2: execution, global
        mov dr7, eax
        mov eax, 0x4003
        mov dr6, eax
        nop
.here3: inc eax
        END
        TEST "watchpoint: write"
        mov eax, BUFFER + 4
        mov dr1, eax
        mov eax, 0x00d00008             ; DR1: 4 bytes, writes, global
        mov dr7, eax
        mov eax, [BUFFER + 4]
        mov [BUFFER + 6], al
        nop
        END
        TEST "watchpoint: write beside it"
        mov [BUFFER + 8], eax
        mov [BUFFER], eax
        END
        TEST "watchpoint: read or write"
        mov eax, 0x00f00008
        mov dr7, eax
        mov al, [BUFFER + 7]
        nop
        END
        TEST "watchpoint: string"
        mov edi, BUFFER
        mov ecx, 8
        rep stosb
        nop
        END
        TEST "watchpoint: two at once"
        mov eax, BUFFER
        mov dr2, eax
        mov eax, 0x0dd00028             ; DR1 and DR2: 4 bytes, writes, global
        mov dr7, eax
        mov [BUFFER + 3], eax
        nop
        END
        TEST "watchpoint met by mov ss: reported behind the next instruction"
        mov word [BUFFER + 4], ss
        mov eax, 0x00f00008
        mov dr7, eax
        mov ss, [BUFFER + 4]
        inc eax
        inc eax
        END
        TEST "general detect"
        mov eax, 0x2000
        mov dr7, eax
        mov eax, dr0
        END
        TEST "general detect cleared by the handler's entry"
        mov eax, dr7
        END
        xor eax, eax
        mov dr7, eax
        TEST "dr4 is dr6"
        mov eax, 0x2000
        mov dr6, eax
        mov eax, dr4
        END
        TEST "dr6 and dr7, fixed bits"
        xor eax, eax
        mov dr6, eax
        mov dr7, eax
        mov ebx, dr6
        mov eax, dr7
        xor eax, ebx
        END
        TEST "dr0 at ring 3"
        TO_RING3
        mov eax, dr0
        BACK
        END
        jmp control_tests
