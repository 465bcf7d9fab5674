; Real mode: output, vectors, and the macros TEST16 and END16 around each case.

%define R16(label) ((label) - IMAGE)

; ---- Output -------------------------------------------------------------------------------------------------------------
putc16: out 0xe9, al
        ret
; The string behind the call.
say16:  pop si
.next:  mov al, [cs:si]
        inc si
        test al, al
        jz .done
        out 0xe9, al
        jmp .next
.done:  jmp si
%macro SAY16 1+
        call say16
        db %1, 0
%endmacro
; AX in four digits, after a space.
hex16:  push cx
        push ax
        mov al, ' '
        out 0xe9, al
        pop ax
        mov cx, 4
.digit: rol ax, 4
        push ax
        and al, 15
        cmp al, 10
        jb .small
        add al, 'a' - '0' - 10
.small: add al, '0'
        out 0xe9, al
        pop ax
        loop .digit
        pop cx
        ret

; ---- Vectors: each prints itself with the frame, then goes to [resume16] ------------------------------------------------
fill_vectors16:
        push es
        xor ax, ax
        mov es, ax
        xor di, di
        mov bx, R16(stubs16)
        mov cx, 256
.next:  mov [es:di], bx
        mov [es:di + 2], cs
        add di, 4
        add bx, 4
        loop .next
        pop es
        ret
stubs16:
%assign vector 0
%rep 256
        push cs
        call caught16
%assign vector vector + 1
%endrep
; Stack: return address within the stub, which tells the vector, CS, then the interrupt's frame: IP, CS, FLAGS.
caught16:
        pop word [cs:R16(stub16)]
        add sp, 2
        pusha
        push ds
        push cs
        pop ds
        mov bp, sp
        call say16
        db " v", 0
        mov ax, [R16(stub16)]
        sub ax, R16(stubs16) + 4
        shr ax, 2
        call hex16
        mov ax, [bp + 18]
        sub ax, [R16(base16)]
        call hex16                      ; IP relative to the case
        mov ax, [bp + 20]
        sub ax, IMAGE >> 4
        call hex16                      ; CS relative to ours
        mov ax, [bp + 22]
        call hex16                      ; FLAGS
        lea ax, [bp + 24]
        call hex16                      ; SP before the interrupt
        cmp word [R16(step16)], 0
        jne .trace
        xor ax, ax
        mov ss, ax
        mov sp, 0x7000
        jmp [R16(resume16)]
.trace: dec word [R16(step16)]
        jnz .on
        and word [bp + 22], ~0x100
.on:    pop ds
        popa
        iret
stub16:   dw 0
resume16: dw 0
base16:   dw 0
step16:   dw 0

%macro TEST16 1
%push test
        call say16
        db 10, %1, ":", 0
        mov word [R16(resume16)], R16(%%end)
        mov word [R16(base16)], R16(%%body)
        push word 2
        popf
        xor ax, ax
        xor bx, bx
        xor cx, cx
        xor dx, dx
%define %$end %%end
%%body:
%endmacro
; Prints AX, SP and the flags of what ran through.
%macro END16 0
        pushf
        call hex16
        pop ax
        call hex16
        mov ax, sp
        call hex16
%$end:
        mov ax, cs
        mov ds, ax
        xor ax, ax
        mov ss, ax
        mov sp, 0x7000
%pop
%endmacro
