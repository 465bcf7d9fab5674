; Ring 0 monitor of the replay: takes a case from its mailbox, runs it at level 3, and hands back the state at the trap.
; Everything it needs of the processor is architectural, so any vCPU can stand behind it.
; Descriptor tables, TSS and page tables are written by machine.ts; the addresses here are repeated there.
; Assemble with: nasm -f bin -o monitor.bin monitor.asm

        org 0x40000
MAILBOX      equ 0x48000                ; frame: gs fs es ds, pushad, vector, error, eip cs eflags esp ss
MAILBOX_END  equ MAILBOX + 19 * 4
STAGE        equ 0x48100                ; 48 bytes of code
CODE_ADDRESS equ 0x48140                ; where they belong
USE_PAGING   equ 0x48144
DESCRIPTORS  equ 0x48150                ; GDTR image, IDTR image at +8
STACK_ALIAS  equ 0x48160                ; far pointer to the frame's EIP, see below
DOORBELL     equ 0xe9

        bits 16
boot:                                   ; entered in real mode at 4000:0000
        mov ax, (DESCRIPTORS - 0x100) >> 4
        mov ds, ax
        o32 lgdt [0x100]
        o32 lidt [0x108]
        mov eax, cr0
        or eax, 0x40021                 ; AM, NE, PE
        mov cr0, eax
        jmp dword 0x08:protected
        bits 32
protected:
        mov eax, 0x10
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov esp, MAILBOX_END
        mov eax, 0x38
        ltr ax
        mov eax, 0x30
        lldt ax
        cmp dword [USE_PAGING], 0
        je next
        mov eax, 0x50000
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80010000              ; PG, WP
        mov cr0, eax
        jmp next

trap:
        pushad
        push ds
        push es
        push fs
        push gs
        mov eax, 0x10
        mov ds, eax
        mov es, eax
        cld
        mov edi, [CODE_ADDRESS]         ; undo the case's code
        mov eax, 0xcccccccc
        mov ecx, 12
        rep stosd
next:
        out DOORBELL, al
        mov esi, STAGE
        mov edi, [CODE_ADDRESS]
        mov ecx, 12
        rep movsd
        mov esp, MAILBOX
        pop gs
        pop fs
        pop es
        pop ds
        popad
        ; IRET to a 16-bit stack segment loads only SP and leaves the upper half of ESP as it is here. So the frame is
        ; reached through a segment in which ESP has that upper half already.
        lss esp, [ss:STACK_ALIAS]
        iretd

        align 256
vectors:                                ; 32 entries of 16 bytes
%assign vector 0
%rep 32
        align 16
%if vector != 8 && (vector < 10 || vector > 14) && vector != 17
        push dword 0
%endif
        push dword vector
        jmp near trap
%assign vector vector + 1
%endrep
