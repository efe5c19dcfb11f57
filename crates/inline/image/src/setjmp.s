# setjmp and longjmp: rbx rbp r12 to r15 rsp rip, and the shadow stack's pointer where the program
# runs with one (rdssp is a no-op elsewhere and leaves 0).
        .text
        .globl _setjmp, setjmp
_setjmp:
setjmp:
        mov %rbx, (%rdi)
        mov %rbp, 8(%rdi)
        mov %r12, 16(%rdi)
        mov %r13, 24(%rdi)
        mov %r14, 32(%rdi)
        mov %r15, 40(%rdi)
        lea 8(%rsp), %rdx
        mov %rdx, 48(%rdi)
        mov (%rsp), %rdx
        mov %rdx, 56(%rdi)
        xor %eax, %eax
        rdsspq %rax
        mov %rax, 64(%rdi)
        xor %eax, %eax
        ret

        .globl longjmp, _longjmp
longjmp:
_longjmp:
        xor %eax, %eax
        rdsspq %rax
        test %rax, %rax
        jz 1f
        mov 64(%rdi), %rdx
        sub %rax, %rdx
        shr $3, %rdx
        inc %rdx                        # setjmp's own return address as well
        incsspq %rdx
1:      mov %esi, %eax
        test %eax, %eax
        jnz 2f
        inc %eax
2:      mov (%rdi), %rbx
        mov 8(%rdi), %rbp
        mov 16(%rdi), %r12
        mov 24(%rdi), %r13
        mov 32(%rdi), %r14
        mov 40(%rdi), %r15
        mov 48(%rdi), %rsp
        jmp *56(%rdi)
