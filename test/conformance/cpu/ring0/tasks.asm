; Task switches by JMP, CALL, IRET, task gate and interrupt; what is saved, loaded, linked, and what can be wrong.

; Fill TSS2 so that it starts at task2 in ring 0.
set_task2:
        pushad
        mov edi, TSS2
        mov ecx, 26
        xor eax, eax
        rep stosd
        mov dword [TSS2 + 0x00], 0xffff0000     ; back link: nothing useful
        mov dword [TSS2 + 0x20], task2
        mov dword [TSS2 + 0x24], 0x00000893
        mov dword [TSS2 + 0x28], 0x0a0a0a0a
        mov dword [TSS2 + 0x2c], 0x0c0c0c0c
        mov dword [TSS2 + 0x30], 0x0d0d0d0d
        mov dword [TSS2 + 0x34], 0x0b0b0b0b
        mov dword [TSS2 + 0x38], 0x25f00
        mov dword [TSS2 + 0x3c], 0x0e0e0e0e
        mov dword [TSS2 + 0x48], SEL_DATA
        mov dword [TSS2 + 0x4c], SEL_CODE
        mov dword [TSS2 + 0x50], SEL_DATA
        mov dword [TSS2 + 0x54], SEL_DATA
        mov dword [TSS2 + 0x58], 0
        mov dword [TSS2 + 0x5c], SEL_DATA
        mov dword [TSS2 + 0x60], 0
        mov dword [TSS2 + 0x64], 0x680000
        popad
        ret

; Descriptor bytes of both tasks, the link, CR0.TS, TR.
show_tasks:
        pushad
        SAY " types"
        movzx eax, byte [GDT + SEL_TSS + 5]
        call hex4
        movzx eax, byte [GDT + SEL_TSS2 + 5]
        call hex4
        movzx eax, byte [GDT + SEL_TSS16 + 5]
        call hex4
        SAY " link"
        mov eax, [TSS2]
        call hex4
        SAY " tr"
        str eax
        call hex4
        SAY " cr0"
        mov eax, cr0
        and eax, 8
        call hex4
        popad
        ret

task2:  pushfd
        mov ecx, SEL_DATA
        mov ds, ecx
        mov es, ecx
        SAY " task2"
        call hex32
        mov eax, ebx
        call hex32
        mov eax, ebp
        call hex32
        mov eax, esp
        call hex32
        mov eax, fs
        call hex4
        mov eax, gs
        call hex4
        pop eax
        call hex32
        call show_tasks
        cmp dword [task2_then], 0
        je .stay
        jmp [task2_then]
.stay:  SAY " saved"
        mov eax, [TSS + 0x20]
        sub eax, [base]
        call hex4
        mov eax, [TSS + 0x24]
        call hex32
        mov eax, [TSS + 0x28]
        call hex32
        mov eax, [TSS + 0x38]
        call hex32
        mov eax, [TSS + 0x4c]
        call hex4
        mov eax, [TSS + 0x50]
        call hex4
        clts
        call build_tables
        mov esp, [saved_esp]
        jmp [resume]

; Started as a task: return by IRET, then run on when called again.
task2_iret:
        iretd
        SAY " again"
        iretd
task2_then: dd 0

%macro TASK_TEST 1
        call build_tables
        call set_task2
        mov dword [task2_then], 0
        TEST %1
        push dword 0x0ad7
        popfd
        mov eax, 0x11112222
%endmacro
%macro TASK_END 0
        call show_tasks
        END
        clts
%endmacro

task_tests:
        TASK_TEST "task by jmp"
        jmp SEL_TSS2:0
        TASK_END
        TASK_TEST "task by call"
        call SEL_TSS2:0
        TASK_END
        mov word [pointer + 4], SEL_TSS2
        TASK_TEST "task by indirect jmp"
        jmp far [pointer]
        TASK_END
        TASK_TEST "task by call and iret"
        mov dword [task2_then], task2_iret
        call SEL_TSS2:0
        mov ebx, [TSS2 + 0x20]
        sub ebx, task2_iret
        mov eax, ebx
        TASK_END
        TASK_TEST "task by jmp and iret without NT"
        mov dword [task2_then], task2_iret
        mov dword [TSS2 + 0x38], .frame
        jmp SEL_TSS2:0
.frame: dd .landed, SEL_CODE, 2
.landed:
        mov esp, [saved_esp]
        mov eax, 0x600d
        TASK_END
%macro TASK_GATE 1                      ; access byte
        mov dword [GDT + SEL_Y], SEL_TSS2 << 16
        mov dword [GDT + SEL_Y + 4], %1 << 8
%endmacro
        TASK_TEST "task gate by call"
        TASK_GATE 0x85
        call SEL_Y:0
        TASK_END
        TASK_TEST "task gate by jmp from ring 3"
        TASK_GATE 0xe5
        TO_RING3
        jmp (SEL_Y | 3):0
        TASK_END
        TASK_TEST "task gate of DPL 0 from ring 3"
        TASK_GATE 0x85
        TO_RING3
        jmp SEL_Y:0
        TASK_END
        TASK_TEST "task gate not present"
        TASK_GATE 0x65
        call SEL_Y:0
        TASK_END
        TASK_TEST "TSS of DPL 0 from ring 3"
        TO_RING3
        call SEL_TSS2:0
        TASK_END
        TASK_TEST "interrupt by task gate"
        mov dword [IDT + 0x61 * 8], SEL_TSS2 << 16
        mov dword [IDT + 0x61 * 8 + 4], 0xe500
        int 0x61
        TASK_END
        TASK_TEST "exception with error code by task gate"
        mov dword [IDT + 13 * 8], SEL_TSS2 << 16
        mov dword [IDT + 13 * 8 + 4], 0x8500
        mov dword [task2_then], .code
        mov eax, 0x1234
        mov ds, eax
.code:  SAY " code"
        mov eax, [esp]
        call hex32
        jmp task2.stay
        TASK_END
        TASK_TEST "interrupt by task gate and iret"
        mov dword [IDT + 0x61 * 8], SEL_TSS2 << 16
        mov dword [IDT + 0x61 * 8 + 4], 0xe500
        mov dword [task2_then], task2_iret
        int 0x61
        TASK_END

        TASK_TEST "busy TSS by jmp"
        mov byte [GDT + SEL_TSS2 + 5], 0x8b
        jmp SEL_TSS2:0
        TASK_END
        TASK_TEST "own TSS by call"
        call SEL_TSS:0
        TASK_END
        TASK_TEST "TSS not present"
        mov byte [GDT + SEL_TSS2 + 5], 0x09
        jmp SEL_TSS2:0
        TASK_END
        TASK_TEST "TSS too short"
        mov word [GDT + SEL_TSS2], 0x66
        jmp SEL_TSS2:0
        TASK_END
        TASK_TEST "iret with NT and no link"
        mov dword [TSS], 0
        push dword 0x4002
        popfd
        iretd
        TASK_END
        TASK_TEST "iret with NT to a task that is not busy"
        mov dword [TSS], SEL_TSS2
        push dword 0x4002
        popfd
        iretd
        TASK_END
        ; Faults that belong to the new task: the handler runs in it, hence only those that leave it a code segment and a stack.
%macro BAD_FIELD 3                      ; name, offset, value
        TASK_TEST %1
        mov dword [TSS2 + %2], %3
        jmp SEL_TSS2:0
        TASK_END
%endmacro
        BAD_FIELD "new task: DS is a TSS", 0x54, SEL_TSS
        BAD_FIELD "new task: DS beyond the table", 0x54, 0x80
        BAD_FIELD "new task: DS null", 0x54, 0
        call build_tables
        call set_task2
        TEST "new task: GS not present"
        mov al, 0x12
        call set_x
        mov dword [TSS2 + 0x5c], SEL_X
        jmp SEL_TSS2:0
        TASK_END
        TASK_TEST "new task in ring 3"
        mov dword [TSS2 + 0x4c], SEL_CODE3
        mov dword [TSS2 + 0x50], SEL_DATA3
        mov dword [TSS2 + 0x54], SEL_DATA3
        mov dword [TSS2 + 0x5c], SEL_DATA3
        mov dword [TSS2 + 0x48], SEL_DATA3
        mov dword [TSS2 + 0x20], .ring3
        mov dword [TSS2 + 4], RING0_STACK
        mov dword [TSS2 + 8], SEL_DATA
        jmp SEL_TSS2:0
.ring3: mov eax, 0x7e57
        BACK
        TASK_END
        TASK_TEST "new task in virtual-8086 mode"
        mov dword [TSS2 + 0x24], 0x20002
        mov dword [TSS2 + 0x4c], IMAGE >> 4
        mov dword [TSS2 + 0x48], 0x6666
        mov dword [TSS2 + 0x50], 0x2000
        mov dword [TSS2 + 0x54], 0x5555
        mov dword [TSS2 + 0x20], task_v86 - IMAGE
        mov dword [TSS2 + 4], RING0_STACK
        mov dword [TSS2 + 8], SEL_DATA
        call SEL_TSS2:0
        TASK_END
        TASK_TEST "new task with the trap bit"
        mov byte [TSS2 + 0x64], 1
        jmp SEL_TSS2:0
        TASK_END

        ; A task of 16 bits.
        call build_tables
        mov edi, TSS16
        mov ecx, 11
        xor eax, eax
        rep stosd
        mov word [TSS16 + 0x0e], task16 - IMAGE
        mov word [TSS16 + 0x10], 0x0097
        mov word [TSS16 + 0x12], 0xaaaa
        mov word [TSS16 + 0x1a], 0x6000
        mov word [TSS16 + 0x1c], 0xbbbb
        mov word [TSS16 + 0x22], SEL_DATA
        mov word [TSS16 + 0x24], SEL_CODE16
        mov word [TSS16 + 0x26], SEL_DATA16
        mov word [TSS16 + 0x28], SEL_DATA
        TEST "16-bit task"
        call SEL_TSS16:0
        TASK_END
        call build_tables
        jmp v86_tests

        bits 16
task_v86:
        mov ax, ds
        mov bx, es
        ud2
task16: jmp dword SEL_CODE:.wide
        bits 32
.wide:  movzx ebx, sp                   ; upper halves are undefined after a switch to a 16-bit task
        mov ecx, SEL_DATA
        mov ss, ecx
        mov esp, [saved_esp]
        pushfd
        SAY " task16"
        and eax, 0xffff
        call hex4
        mov eax, ebp
        call hex4
        mov eax, ebx
        call hex4
        pop eax
        call hex32
        call show_tasks
        mov eax, [TSS16]
        call hex4
        clts
        call build_tables
        jmp [resume]
