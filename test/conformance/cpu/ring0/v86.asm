; Virtual-8086 mode: entering by IRET, sensitive instructions by IOPL, interrupts, the I/O permission map.

V86_SEGMENT equ IMAGE >> 4

; Into virtual-8086 mode with EFLAGS %1 | VM.
%macro TO_V86 1
        push dword 0x3333               ; GS
        push dword 0x4444               ; FS
        push dword 0x5555               ; DS
        push dword 0x6666               ; ES
        push dword 0x2000               ; SS
        push dword 0x5ff0
        push dword 0x20002 | (%1)
        push dword V86_SEGMENT
        push dword %%there - IMAGE
        iretd
        bits 16
%%there:
%endmacro
%macro V86_TEST 2                       ; name, flags
        TEST %1
        TO_V86 %2
%endmacro
%macro V86_END 0
        int 0x60
        bits 32
        END
%endmacro

v86_tests:
        call build_tables
        V86_TEST "v86: enter and leave by interrupt", 0x3000
        mov ax, 0x1234
        V86_END
        V86_TEST "v86, IOPL 0: cli", 0
        cli
        V86_END
        V86_TEST "v86, IOPL 0: sti", 0
        sti
        V86_END
        V86_TEST "v86, IOPL 0: pushf", 0
        pushf
        V86_END
        V86_TEST "v86, IOPL 0: popf", 0
        popf
        V86_END
        V86_TEST "v86, IOPL 0: iret", 0
        iret
        V86_END
        V86_TEST "v86, IOPL 0: int 60h", 0
        int 0x60
        V86_END
        V86_TEST "v86, IOPL 0: int3", 0
        int3
        V86_END
        V86_TEST "v86, IOPL 0: into", 0x800
        into
        V86_END
        V86_TEST "v86, IOPL 3: cli, sti, pushf, popf", 0x3200
        cli
        pushf
        sti
        pushf
        popf
        pop ax
        V86_END
        V86_TEST "v86, IOPL 3: popf cannot clear IOPL", 0x3000
        push word 0x0ad7
        popf
        V86_END
        V86_TEST "v86, IOPL 3: iret", 0x3000
        push word 0x0297
        push cs
        push word .iret - IMAGE
        iret
.iret:  V86_END
        V86_TEST "v86: hlt", 0x3000
        hlt
        V86_END
        V86_TEST "v86: mov cr0", 0x3000
        mov eax, cr0
        V86_END
        V86_TEST "v86: lgdt", 0x3000
        lgdt [0]
        V86_END
        V86_TEST "v86: lldt", 0x3000
        lldt ax
        V86_END
        V86_TEST "v86: sldt", 0x3000
        sldt ax
        V86_END
        V86_TEST "v86: lar", 0x3000
        lar ax, bx
        V86_END
        V86_TEST "v86: arpl", 0x3000
        db 0x63, 0xc8
        V86_END
        V86_TEST "v86: smsw", 0x3000
        smsw ax
        V86_END
        V86_TEST "v86: clts", 0x3000
        clts
        V86_END
        V86_TEST "v86: divide error", 0x3000
        xor cx, cx
        div cx
        V86_END
        V86_TEST "v86: ud2", 0
        ud2
        V86_END
        V86_TEST "v86: segment arithmetic", 0x3000
        mov ax, 0x0101
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov bx, 0x1000
        mov byte [bx], 0x5a
        xor ax, ax
        mov ds, ax
        mov al, [0x2010]
        mov ah, [es:0x1000]
        V86_END
        V86_TEST "v86: far call and return", 0
        call V86_SEGMENT:(.sub - IMAGE)
        mov dx, 0x600d
        V86_END
        jmp .io
        bits 16
.sub:   mov cx, cs
        retf
        bits 32
.io:    mov byte [TSS + 0x88 + 0x300 / 8], 0x10         ; port 304h refused
        V86_TEST "v86: port allowed by the map, IOPL 3", 0x3000
        mov dx, 0x303
        in al, dx
        V86_END
        V86_TEST "v86: port refused by the map, IOPL 3", 0x3000
        mov dx, 0x304
        in al, dx
        V86_END
        V86_TEST "v86: word over a refused port", 0x3000
        mov dx, 0x303
        out dx, ax
        V86_END
        V86_TEST "v86: dword over a refused port", 0x3000
        mov dx, 0x301
        in eax, dx
        V86_END
        V86_TEST "v86: port beyond the map", 0x3000
        mov dx, 0x3c0
        in al, dx
        V86_END
        TEST "ring 3, IOPL 0: port allowed"
        TO_RING3
        mov dx, 0x303
        in al, dx
        BACK
        END
        TEST "ring 3, IOPL 0: port refused"
        TO_RING3
        mov dx, 0x304
        out dx, al
        BACK
        END
        TEST "ring 3, IOPL 0: word over a refused port"
        TO_RING3
        mov dx, 0x303
        in ax, dx
        BACK
        END
        TEST "ring 3, IOPL 0: outsb to a refused port"
        TO_RING3
        mov dx, 0x304
        mov eax, SEL_DATA3
        mov ds, eax
        mov esi, BUFFER
        outsb
        BACK
        END
        TEST "ring 3, IOPL 0: cli"
        TO_RING3
        cli
        BACK
        END
        mov word [TSS + 0x66], 0xffff
        TEST "ring 3, no map"
        TO_RING3
        mov dx, 0x303
        in al, dx
        BACK
        END
        TEST "ring 3, IOPL 3, no map"
        push dword SEL_DATA3
        push dword STACK3
        push dword 0x3002
        push dword SEL_CODE3
        push dword .iopl3
        iretd
.iopl3: mov dx, 0x303
        in al, dx
        sti
        cli
        BACK
        END
        mov word [TSS + 0x66], 0xfe
        TEST "ring 3, map's second byte beyond the limit"
        TO_RING3
        mov dx, 0x0f
        in al, dx
        BACK
        END
        mov word [TSS + 0x66], 0x88
        TEST "iret to v86 from ring 3 keeps VM clear"
        TO_RING3
        push dword 0x20002
        push dword SEL_CODE3
        push dword .not_v86
        iretd
.not_v86:
        BACK
        END
        jmp paging_tests
