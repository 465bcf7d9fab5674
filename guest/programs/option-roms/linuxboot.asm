; Loads a Linux kernel and enters it by the 16-bit boot protocol ([Linux] Documentation/x86/boot.rst).

%include "rom.inc"
%include "items.inc"

load:
        cli
        xor     ax, ax
        mov     ds, ax
        open_items
        copy_item SETUP_ADDRESS, SETUP_SIZE, SETUP_DATA
        copy_item COMMAND_LINE_ADDRESS, COMMAND_LINE_SIZE, COMMAND_LINE_DATA
        copy_item KERNEL_ADDRESS, KERNEL_SIZE, KERNEL_DATA
        report  KERNEL_COPIED, "kernel copied"
        copy_item INITRD_ADDRESS, INITRD_SIZE, INITRD_DATA
        report  INITRD_COPIED, "initrd copied"
        report  BOOT_OS, "booting Linux"

        mov     ax, COMMAND_LINE_ADDRESS
        call    item
        mov     ebx, eax                ; the heap and the stack end where it begins
        mov     ax, SETUP_ADDRESS
        call    item
        sub     ebx, eax
        sub     bx, 16
        shr     eax, 4
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        movzx   esp, bx
        add     ax, 0x20                ; behind the boot sector
        push    ax
        push    word 0
        retf

product: db     "selfio linuxboot", 0

        times   ROM_BYTES - ($ - $$) db 0
