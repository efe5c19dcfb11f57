# Fills every register that a system call keeps, makes a write with arguments that a handler may change,
# and ends with the number of registers that are not what they were (0 if all is well).
        .globl _start
        .text
_start: mov     $1, %eax
        mov     $1, %edi
        lea     text(%rip), %rsi
        mov     $5, %edx
        mov     $0x1010101010101010, %r10
        mov     $0x0808080808080808, %r8
        mov     $0x0909090909090909, %r9
        mov     $0xbbbbbbbbbbbbbbbb, %rbx
        mov     $0x5555555555555555, %rbp
        mov     $0x1212121212121212, %r12
        mov     $0x1313131313131313, %r13
        mov     $0x1414141414141414, %r14
        mov     $0x1515151515151515, %r15
        movq    %rsp, %xmm0
        movq    %rbx, %xmm7
        movq    $0x5a5a5a5a, -8(%rsp)           # the red zone
        syscall
        mov     %rdi, %rcx                      # how many differ
        xor     %edi, %edi
        .macro  is value, register
        mov     $\value, %r11
        cmp     %r11, \register
        je      1f
        inc     %edi
1:
        .endm
        is      1, %rcx
        is      5, %rdx
        is      5, %rax
        is      0x1010101010101010, %r10
        is      0x0808080808080808, %r8
        is      0x0909090909090909, %r9
        is      0xbbbbbbbbbbbbbbbb, %rbx
        is      0x5555555555555555, %rbp
        is      0x1212121212121212, %r12
        is      0x1313131313131313, %r13
        is      0x1414141414141414, %r14
        is      0x1515151515151515, %r15
        is      0x5a5a5a5a, -8(%rsp)
        movq    %xmm0, %rax
        cmp     %rsp, %rax
        je      2f
        inc     %edi
2:      movq    %xmm7, %rax
        is      0xbbbbbbbbbbbbbbbb, %rax
        lea     text(%rip), %rax
        cmp     %rax, %rsi
        je      3f
        inc     %edi
3:      mov     $231, %eax
        syscall
        .data
text:   .ascii  "text\n"
