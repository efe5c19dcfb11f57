# Makes the calls listed in calls.bin, one after the other, and nothing else: seven words a call,
# the number and six arguments, ended by a number of -1. page.bin lies at a fixed address, so that
# the arguments can point into it.
        .globl  _start
        .text
_start: leaq    calls(%rip), %rbx
1:      movq    (%rbx), %rax
        cmpq    $-1, %rax
        je      2f
        movq    8(%rbx), %rdi
        movq    16(%rbx), %rsi
        movq    24(%rbx), %rdx
        movq    32(%rbx), %r10
        movq    40(%rbx), %r8
        movq    48(%rbx), %r9
        syscall
        addq    $56, %rbx
        jmp     1b
2:      movl    $231, %eax
        xorl    %edi, %edi
        syscall

        .section .rodata
calls:  .incbin "calls.bin"
        .section .page, "aw"
        .incbin "page.bin"
        .section .note.GNU-stack, ""
