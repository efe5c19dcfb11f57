# Every instruction with which the runtime itself enters the kernel. The seccomp filter lets calls
# from .stubs and .gate pass; keep it small.
        .section .gate,"ax",@progbits
        .balign 64
        .globl rt_gate, rt_gate_end
rt_gate:

# isize rt_syscall(nr, a, b, c, d, e, f): a call of our own.
        .globl rt_syscall
rt_syscall:
        mov %rdi, %rax
        mov %rsi, %rdi
        mov %rdx, %rsi
        mov %rcx, %rdx
        mov %r8, %r10
        mov %r9, %r8
        mov 8(%rsp), %r9
        syscall
        ret

# Where our own SIGSYS handler returns to.
        .globl rt_restorer
rt_restorer:
        mov $15, %eax
        syscall
        ud2

rt_gate_end:
# From here on the calls are the program's. A filter of its own lets those above pass and judges
# these (`virt::own_filter`).

# isize rt_theirs(nr, a, b, c, d, e, f)
        .globl rt_theirs
rt_theirs:
        mov %rdi, %rax
        mov %rsi, %rdi
        mov %rdx, %rsi
        mov %rcx, %rdx
        mov %r8, %r10
        mov %r9, %r8
        mov 8(%rsp), %r9
        syscall
        ret

# isize rt_app(context): the call in C_CALL, in the program's own state: its stack, its registers.
# Only rbx differs; `signal` puts it right where a handler of the program could see it.
        .globl rt_app, rt_app_check, rt_app_call, rt_app_after
rt_app:
        push %rbx
        push %rbp
        push %r12
        push %r13
        push %r14
        push %r15
        mov %rdi, %rbx
        mov %rsp, {C_RUNTIME_RSP}(%rbx)
        mov %rdi, %rcx
        mov {C_CALL}+8(%rcx), %rdi
        mov {C_CALL}+16(%rcx), %rsi
        mov {C_CALL}+24(%rcx), %rdx
        mov {C_CALL}+32(%rcx), %r10
        mov {C_CALL}+40(%rcx), %r8
        mov {C_CALL}+48(%rcx), %r9
        mov {C_RBP}(%rcx), %rbp
        mov {C_R12}(%rcx), %r12
        mov {C_R13}(%rcx), %r13
        mov {C_R14}(%rcx), %r14
        mov {C_R15}(%rcx), %r15
rt_app_check:
        mov {C_CALL}(%rbx), %rax
        cmpl $0, {C_DEFER}(%rbx)
        jne rt_app_deferred
        mov {C_RSP}(%rbx), %rsp
rt_app_call:
        syscall
rt_app_after:
        mov {C_RUNTIME_RSP}(%rbx), %rsp
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbp
        pop %rbx
        ret

# isize rt_clone(parent, child): the call in the parent's C_CALL makes a task that shares memory.
# Signals are blocked. The child takes nothing from any stack but its own context's, and the parent
# does not look at the child's context again: the child may have released it.
        .globl rt_clone
rt_clone:
        push %rbx
        push %rbp
        push %r12
        push %r13
        push %r14
        push %r15
        mov %rsi, %rbx
        mov %rdi, %rcx
        mov {C_CALL}(%rcx), %rax
        mov {C_CALL}+8(%rcx), %rdi
        mov {C_CALL}+16(%rcx), %rsi
        mov {C_CALL}+24(%rcx), %rdx
        mov {C_CALL}+32(%rcx), %r10
        mov {C_CALL}+40(%rcx), %r8
        mov {C_CALL}+48(%rcx), %r9
        syscall
        test %rax, %rax
        jz 1f
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbp
        pop %rbx
        ret
1:      mov %rsp, %rsi                  # what the kernel made of the stack argument
        lea -16(%rbx), %rsp
        mov %rbx, %rdi
        call rt_child
        jmp rt_exit
