# The loader: runs inside a fresh program, over the bytes at its entry point, which are put back
# afterwards. Asks the supervisor for the image's descriptor, by an `execve` that executes nothing,
# and maps what the table behind it says. Ends in a breakpoint: rax is 0 or what went wrong, r12 the
# descriptor.
        .section .rodata
        .globl hijinks_loader, hijinks_loader_stop, hijinks_loader_table
hijinks_loader:
        mov $59, %eax
        xor %edi, %edi
        xor %esi, %esi
        xor %edx, %edx
        xor %r10d, %r10d
        xor %r8d, %r8d
        movabs ${MAGIC}, %r9
        syscall
        mov %rax, %r12
        test %rax, %rax
        js 3f
        lea hijinks_loader_table(%rip), %rbx
1:      mov (%rbx), %rdi
        test %rdi, %rdi
        jz 2f
        mov 8(%rbx), %rsi
        mov 16(%rbx), %rdx
        mov 24(%rbx), %r10
        mov 32(%rbx), %r9
        mov %r12, %r8
        mov $9, %eax
        syscall
        cmp %rax, %rdi
        jne 3f
        add $40, %rbx
        jmp 1b
2:      xor %eax, %eax
3:      int3
hijinks_loader_stop:
        .balign 8, 0xcc
hijinks_loader_table:
        .text
