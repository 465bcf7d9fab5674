; A guest with its own block driver: writes eight sectors of the primary master through the ring, reads them back into another
; page and compares. Request and response as in Xen's public/io/blkif.h for a 32-bit front-end. Writes sectors 128-135.

%include "include/rom.inc"

console_put equ ring_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/pv.inc"

BLOCK_RING      equ 0x3FF40000
BLOCK_GRANT     equ 8
BLOCK_PORT      equ 1
DATA_GRANT      equ 64                  ; of BUFFER_A's first page; the next is BUFFER_B's
REQ_PROD        equ 0
REQ_EVENT       equ 4
RSP_PROD        equ 8
RSP_EVENT       equ 12
ENTRIES         equ 64
ENTRY_SIZE      equ 108
RING_SIZE       equ 32
BLKIF_READ      equ 0
BLKIF_WRITE     equ 1
FIRST_SECTOR    equ 128
PAGE_BYTES      equ 4096
ROUNDS          equ 40                  ; more than the ring has entries

main:
        call    pv_init
        call    block_init
        mov     esi, ROUNDS
.round: call    fill
        mov     al, BLKIF_WRITE
        mov     ebx, DATA_GRANT
        call    transfer
        mov     al, BLKIF_READ
        mov     ebx, DATA_GRANT + 1
        call    transfer
        call    compare
        jne     .differ
        dec     esi
        jnz     .round
        say     "block ring: 40 times eight sectors written and read back", 13, 10
        jmp     ring_notify
.differ:
        say     "block ring: read back something else", 13, 10
        jmp     ring_notify

block_init:
        mov     eax, BLOCK_GRANT
        mov     edx, BLOCK_RING >> 12
        call    grant
        mov     eax, DATA_GRANT
        mov     edx, BUFFER_A >> 12
        call    grant
        mov     eax, DATA_GRANT + 1
        mov     edx, BUFFER_B >> 12
        call    grant
        mov     dword [BLOCK_RING + REQ_EVENT], 1
        mov     dword [BLOCK_RING + RSP_EVENT], 1
        ret

; A page whose words follow from the round in ESI.
fill:   mov     edi, BUFFER_A
        mov     ecx, PAGE_BYTES / 4
        mov     eax, esi
.next:  imul    eax, eax, 1664525
        add     eax, 1013904223
        stosd
        loop    .next
        ret

compare:
        push    esi
        mov     esi, BUFFER_A
        mov     edi, BUFFER_B
        mov     ecx, PAGE_BYTES / 4
        repe cmpsd
        pop     esi
        ret

; One request for eight sectors, AL = operation, EBX = grant of their page; returns when it has succeeded.
transfer:
        mov     ecx, [BLOCK_RING + REQ_PROD]
        mov     edx, ecx
        and     edx, RING_SIZE - 1
        imul    edx, edx, ENTRY_SIZE
        add     edx, BLOCK_RING + ENTRIES
        mov     [edx], al
        mov     byte [edx + 1], 1       ; segments
        mov     word [edx + 2], 0       ; handle
        mov     [edx + 4], ecx          ; identifier, u64
        mov     dword [edx + 8], 0
        mov     dword [edx + 12], FIRST_SECTOR
        mov     dword [edx + 16], 0
        mov     [edx + 20], ebx
        mov     word [edx + 24], 7 << 8 ; sectors 0 to 7 of the page
        inc     ecx
        mov     [BLOCK_RING + RSP_EVENT], ecx
        mov     [BLOCK_RING + REQ_PROD], ecx
        mov     eax, HYPERCALL_EVENT_SEND
        mov     ebx, BLOCK_PORT
        vmcall
.wait:  cli
        cmp     [BLOCK_RING + RSP_PROD], ecx
        je      .done
        sti
        hlt
        jmp     .wait
.done:  sti
        cmp     word [edx + 10], 0      ; status; the response lies where the request was
        jne     .failed
        ret
.failed:
        say     "block ring: the back-end refused", 13, 10
        call    ring_notify
        jmp     stop

%include "include/start.inc"
