; Loads a Multiboot kernel with its modules, which are one stretch of memory, and the boot information, adds to it what the BIOS knows
; of memory, and enters the kernel ([Multiboot] 0.6.96, 3.2 and 3.3).

%include "rom.inc"
%include "items.inc"

MULTIBOOT_MAGIC equ 0x2BADB002
INFORMATION_LOWER equ 4                 ; KiB
INFORMATION_UPPER equ 8
INFORMATION_MAP_BYTES equ 44
INFORMATION_MAP equ 48                  ; where the map is to stand
ENTRY_BYTES equ 20                      ; of the map, without their size that comes before them
SMAP        equ 0x534D4150

load:
        cli
        xor     ax, ax
        mov     ds, ax
        open_items
        copy_item KERNEL_ADDRESS, KERNEL_SIZE, KERNEL_DATA
        report  KERNEL_COPIED, "kernel copied"
        copy_item INITRD_ADDRESS, INITRD_SIZE, INITRD_DATA
        report  INITRD_COPIED, "boot information copied"

        mov     ax, INITRD_ADDRESS
        call    item
        mov     ebp, eax                ; the information, below 64 KiB as the map is
        sti                             ; as the BIOS expects it
        int     0x12                    ; KiB below 640
        movzx   eax, ax
        mov     [ds:bp + INFORMATION_LOWER], eax
        mov     dword [ds:bp + INFORMATION_UPPER], 0
        call    memory_map

        report  BOOT_OS, "entering the kernel"
        mov     ax, KERNEL_ENTRY
        call    item
        mov     [TARGET], eax
        call    make_flat               ; for the descriptors
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        xor     eax, eax
        mov     ax, cs
        shl     eax, 4
        add     eax, protected
        mov     [FAR_POINTER], eax
        mov     word [FAR_POINTER + 4], 0x10
        o32 jmp far [FAR_POINTER]

TARGET      equ SCRATCH + 0x60
FAR_POINTER equ SCRATCH + 0x64

bits 32
protected:
        mov     ax, 8
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     ebx, ebp
        mov     eax, MULTIBOOT_MAGIC
        jmp     [TARGET]
bits 16

; The BIOS's memory map ([ACPI] 15.1), and from it the KiB from 1 MiB on.
memory_map:
        mov     di, [ds:bp + INFORMATION_MAP]
        xor     ebx, ebx
        mov     es, bx
.entry:
        mov     dword [di], ENTRY_BYTES
        add     di, 4
        mov     eax, 0xE820
        mov     edx, SMAP
        mov     ecx, ENTRY_BYTES
        int     0x15
        jc      .failed
        cmp     eax, SMAP
        jne     .failed
        cmp     dword [di], 0x100000    ; address
        jne     .next
        cmp     dword [di + 16], 1      ; RAM
        jne     .next
        mov     eax, [di + 8]           ; length
        shr     eax, 10
        mov     [ds:bp + INFORMATION_UPPER], eax
.next:
        add     di, ENTRY_BYTES
        test    ebx, ebx
        jnz     .entry
        jmp     .done
.failed:
        sub     di, 4
.done:
        movzx   eax, di
        sub     eax, [ds:bp + INFORMATION_MAP]
        mov     [ds:bp + INFORMATION_MAP_BYTES], eax
        ret

product: db     "selfio multiboot", 0

        times   ROM_BYTES - ($ - $$) db 0
