; Reads from the disk through the block ring itself, several requests at a time. Parameter: bits 0-15 requests; bits 16-24 sectors of
; each, a multiple of 8 up to 256; bits 25-30 how many are under way at once, 1 to 32. Up to 64 sectors stand in the request, more in a
; page of segments (BLKIF_OP_INDIRECT). Formats as in Xen's public/io/blkif.h for a 32-bit front-end.

%include "include/rom.inc"

        parameter 34078728              ; 8 requests of 8 sectors, one at a time

console_put equ ring_put

%include "include/apic.inc"
%include "include/pic.inc"
%include "include/idt.inc"
%include "include/print.inc"
%include "include/pv.inc"

BLOCK_RING      equ 0x3FF40000
BLOCK_GRANT     equ 8
BLOCK_PORT      equ 1
BUFFER          equ 0x40000             ; 32 pages that all requests share: what is read does not matter
SEGMENTS        equ 0x60000             ; the page of segments, which they share as well
DATA_GRANT      equ 64
PAGES           equ 32
SEGMENTS_GRANT  equ DATA_GRANT + PAGES
DIRECT          equ 8                   ; segments in a request
LAST_SECTOR     equ 7 << 8              ; of a page, from 0
REQ_PROD        equ BLOCK_RING + 0
REQ_EVENT       equ BLOCK_RING + 4
RSP_PROD        equ BLOCK_RING + 8
RSP_EVENT       equ BLOCK_RING + 12
ENTRIES         equ BLOCK_RING + 64
ENTRY_SIZE      equ 108
RING_SIZE       equ 32
BLKIF_READ      equ 0
BLKIF_INDIRECT  equ 6

main:
        call    pv_init
        call    block_init
        call    read_parameter
.next:  call    push_requests
        mov     eax, [seen]
        cmp     eax, [total]
        je      .done
        call    take_responses
        jmp     .next
.done:  ret

block_init:
        mov     eax, BLOCK_GRANT
        mov     edx, BLOCK_RING >> 12
        call    grant
        mov     eax, DATA_GRANT
        mov     edx, BUFFER >> 12
.next:  call    grant
        inc     eax
        inc     edx
        cmp     eax, DATA_GRANT + PAGES
        jb      .next
        mov     edx, SEGMENTS >> 12
        call    grant
        mov     edi, SEGMENTS
        mov     ecx, PAGES
        call    list_pages
        mov     dword [REQ_EVENT], 1
        ret

; ECX segments at EDI, a page each.
list_pages:
        mov     ebx, DATA_GRANT
.next:  mov     [edi], ebx
        mov     dword [edi + 4], LAST_SECTOR
        inc     ebx
        add     edi, 8
        loop    .next
        ret

read_parameter:
        mov     eax, [parameter_value]
        movzx   ecx, ax
        mov     [total], ecx
        mov     ecx, eax
        shr     ecx, 25
        and     ecx, 0x3F
        mov     [limit], ecx
        shr     eax, 16 + 3
        and     eax, 0x3F
        mov     [pages], eax
        ret

; As many requests as may be under way, and an event unless the back-end is at work anyway.
push_requests:
        mov     esi, [made]
        mov     eax, esi
.next:  cmp     eax, [total]
        je      .push
        mov     ecx, eax
        sub     ecx, [seen]
        cmp     ecx, [limit]
        jae     .push
        call    make_request
        inc     eax
        jmp     .next
.push:  cmp     eax, esi
        je      .none
        mov     [made], eax
        mov     ecx, eax
        xchg    ecx, [REQ_PROD]         ; a locked exchange: the event index is read after the store
        mov     ecx, eax
        sub     ecx, [REQ_EVENT]
        sub     eax, esi
        cmp     ecx, eax                ; is the index that the back-end waits for among the new ones?
        jae     .none
        mov     eax, HYPERCALL_EVENT_SEND
        mov     ebx, BLOCK_PORT
        vmcall
.none:  ret

; Entry EAX of the ring: read from sector 0. Keeps EAX and ESI.
make_request:
        mov     edx, eax
        and     edx, RING_SIZE - 1
        imul    edx, edx, ENTRY_SIZE
        add     edx, ENTRIES
        mov     [edx + 4], eax          ; identifier, u64
        mov     dword [edx + 8], 0
        mov     dword [edx + 12], 0     ; first sector, u64
        mov     dword [edx + 16], 0
        mov     ecx, [pages]
        cmp     ecx, DIRECT
        ja      .indirect
        mov     byte [edx], BLKIF_READ
        mov     [edx + 1], cl           ; segments
        mov     word [edx + 2], 0       ; handle
        lea     edi, [edx + 20]
        jmp     list_pages
.indirect:
        mov     byte [edx], BLKIF_INDIRECT
        mov     byte [edx + 1], BLKIF_READ
        mov     [edx + 2], cx           ; segments
        mov     word [edx + 20], 0      ; handle
        mov     dword [edx + 24], SEGMENTS_GRANT
        ret

; Sleep until there is a response, and take all that are there.
take_responses:
        mov     eax, [seen]
        inc     eax
        xchg    eax, [RSP_EVENT]
.sleep: cli
        mov     eax, [RSP_PROD]
        cmp     eax, [seen]
        jne     .awake
        sti
        hlt
        jmp     .sleep
.awake: sti
.take:  mov     edx, [seen]
        and     edx, RING_SIZE - 1
        imul    edx, edx, ENTRY_SIZE
        cmp     word [ENTRIES + edx + 10], 0    ; status; the response lies where the request was
        jne     .failed
        inc     dword [seen]
        cmp     [seen], eax
        jne     .take
        ret
.failed:
        cli
        jmp     $                       ; whoever measures must not take a failure for a result

section .bss
pages:  resd 1                          ; of a request
total:  resd 1                          ; requests
limit:  resd 1
made:   resd 1
seen:   resd 1
section .text

%include "include/start.inc"
