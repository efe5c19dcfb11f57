# Into the runtime and out of it. Windows in which a signal needs thought are named by labels, and
# `signal::Place` knows them: before `rt_entered` and after `rt_left` the program's stack pointer is
# in place and a signal is answered at once, by starting over or by finishing; between them rsp is
# in the pool and signals are deferred.
        .text

# The home context was taken: look at the others. rcx = stub, r11 = context that is busy.
# rax carries nr in its upper half (bswap), flags in ax, the number of attempts in between.
        .globl rt_claim_next, rt_claim_packed, rt_claim_scan, rt_claim_tested, rt_claim_restore
        .globl rt_claim_sahf, rt_claim_flags, rt_claim_unpacked
        .balign 64
rt_claim_next:
        mov %eax, %eax                  # the kernel takes 32 bits of the number, too
        bswap %rax
rt_claim_packed:
        lahf
        seto %al
rt_claim_scan:
1:      add ${SLOT}, %r11
        cmp rt_ring_end(%rip), %r11
        jb 2f
        mov rt_ring_start(%rip), %r11
2:      cmpl $0, (%r11)
        jne 3f
        lock btsl $0, (%r11)
rt_claim_tested:
        jnc rt_claim_restore
3:      pause
        add $0x10000, %rax
        test %eax, %eax
        jns 1b
        movabs ${SHARED}+{EXHAUSTED}, %r11
        lock incq (%r11)
        add $0x7f, %al
        sahf
        bswap %rax
        mov %eax, %eax
        lea {STUB_SYSCALL}(%rcx), %r11
        jmp *%r11
rt_claim_restore:
        add $0x7f, %al                  # overflow = what seto saw
rt_claim_sahf:
        sahf
rt_claim_flags:
        bswap %rax
rt_claim_unpacked:
        mov %eax, %eax
        # falls into rt_enter

# rcx = stub, r11 = context (claimed), everything else the program's.
        .globl rt_enter, rt_entered
rt_enter:
        mov %rcx, {C_STUB}(%r11)
        mov %rax, {C_RAX}(%r11)
        mov %rdi, {C_RDI}(%r11)
        mov %rsi, {C_RSI}(%r11)
        mov %rdx, {C_RDX}(%r11)
        mov %r10, {C_R10}(%r11)
        mov %r8, {C_R8}(%r11)
        mov %r9, {C_R9}(%r11)
        mov %rbx, {C_RBX}(%r11)
        mov %rbp, {C_RBP}(%r11)
        mov %r12, {C_R12}(%r11)
        mov %r13, {C_R13}(%r11)
        mov %r14, {C_R14}(%r11)
        mov %r15, {C_R15}(%r11)
        mov %rsp, {C_RSP}(%r11)
        mov %r11, %rsp
rt_entered:
        pushfq                          # at context - 8: the flags to come back with
        cld
        sub $8, %rsp
        mov %r11, %rbx
        cmp $512, %rax
        jae 1f
        lea rt_config(%rip), %rcx
        cmpb $0, (%rcx,%rax)
        je 1f
        movups %xmm0, {C_XMM}+16*0(%rbx)
        movups %xmm1, {C_XMM}+16*1(%rbx)
        movups %xmm2, {C_XMM}+16*2(%rbx)
        movups %xmm3, {C_XMM}+16*3(%rbx)
        movups %xmm4, {C_XMM}+16*4(%rbx)
        movups %xmm5, {C_XMM}+16*5(%rbx)
        movups %xmm6, {C_XMM}+16*6(%rbx)
        movups %xmm7, {C_XMM}+16*7(%rbx)
        movups %xmm8, {C_XMM}+16*8(%rbx)
        movups %xmm9, {C_XMM}+16*9(%rbx)
        movups %xmm10, {C_XMM}+16*10(%rbx)
        movups %xmm11, {C_XMM}+16*11(%rbx)
        movups %xmm12, {C_XMM}+16*12(%rbx)
        movups %xmm13, {C_XMM}+16*13(%rbx)
        movups %xmm14, {C_XMM}+16*14(%rbx)
        movups %xmm15, {C_XMM}+16*15(%rbx)
        stmxcsr {C_MXCSR}(%rbx)
        ldmxcsr rt_mxcsr(%rip)          # the program's rounding mode is not ours
        mov %rbx, %rdi
        call rt_dispatch
        jmp rt_exit
1:      mov {C_STUB}(%rbx), %rcx        # not hooked: a site shared by many numbers
        add ${STUB_PASS}, %rcx
        mov %rcx, {C_TARGET}(%rbx)
        mov %rbx, %rcx
        jmp rt_exit_check

# rbx = context; C_RAX and C_TARGET say how to leave.
        .globl rt_exit, rt_exit_check, rt_left, rt_left_end, rt_exit_trapped
rt_exit:
        movups {C_XMM}+16*0(%rbx), %xmm0
        movups {C_XMM}+16*1(%rbx), %xmm1
        movups {C_XMM}+16*2(%rbx), %xmm2
        movups {C_XMM}+16*3(%rbx), %xmm3
        movups {C_XMM}+16*4(%rbx), %xmm4
        movups {C_XMM}+16*5(%rbx), %xmm5
        movups {C_XMM}+16*6(%rbx), %xmm6
        movups {C_XMM}+16*7(%rbx), %xmm7
        movups {C_XMM}+16*8(%rbx), %xmm8
        movups {C_XMM}+16*9(%rbx), %xmm9
        movups {C_XMM}+16*10(%rbx), %xmm10
        movups {C_XMM}+16*11(%rbx), %xmm11
        movups {C_XMM}+16*12(%rbx), %xmm12
        movups {C_XMM}+16*13(%rbx), %xmm13
        movups {C_XMM}+16*14(%rbx), %xmm14
        movups {C_XMM}+16*15(%rbx), %xmm15
        ldmxcsr {C_MXCSR}(%rbx)
        mov %rbx, %rcx
        mov {C_RDI}(%rcx), %rdi
        mov {C_RSI}(%rcx), %rsi
        mov {C_RDX}(%rcx), %rdx
        mov {C_R10}(%rcx), %r10
        mov {C_R8}(%rcx), %r8
        mov {C_R9}(%rcx), %r9
        mov {C_RBP}(%rcx), %rbp
        mov {C_R12}(%rcx), %r12
        mov {C_R13}(%rcx), %r13
        mov {C_R14}(%rcx), %r14
        mov {C_R15}(%rcx), %r15
rt_exit_check:                          # a deferred signal restarts from here
        mov {C_RBX}(%rcx), %rbx
        cmpl $0, {C_DEFER}(%rcx)
        jne 4f
        testl $0x44500, -8(%rcx)        # AC, NT, DF, TF: only popfq brings them back
        jnz 3f
        mov -7(%rcx), %al               # bit 3 is the overflow flag
        and $8, %al
        add $0x78, %al                  # 0x80 overflows, 0x78 does not
        mov -8(%rcx), %ah
        sahf
2:      mov {C_RSP}(%rcx), %rsp
rt_left:
        mov -8(%rcx), %r11              # as SYSCALL leaves it
        mov {C_RAX}(%rcx), %rax
        jmp *{C_TARGET}(%rcx)
rt_left_end:
3:      lea -8(%rcx), %rsp
        popfq
        jmp 2b
4:      mov {C_RSP}(%rcx), %rsp         # every signal is blocked: have the kernel build a frame
        mov %rcx, %rax
        sub rt_pool(%rip), %rax
        shr ${SLOT_SHIFT}, %rax
        or ${TRAP_NUMBER}, %eax
        syscall                         # not exempt: SIGSYS
rt_exit_trapped:
        ud2

# A signal arrived while rsp was in the pool and `rt_app` was about to ask the kernel.
        .globl rt_app_deferred, rt_app_trapped
rt_app_deferred:
        mov {C_RSP}(%rbx), %rsp
        mov %rbx, %rax
        sub rt_pool(%rip), %rax
        shr ${SLOT_SHIFT}, %rax
        or ${TRAP_NUMBER}, %eax
        syscall
rt_app_trapped:
        ud2

# Leave for good from any depth of the context's stack: rdi = context.
        .globl rt_leave
rt_leave:
        mov %rdi, %rbx
        jmp rt_exit

# A signal for the program: rdi, rsi, rdx as the kernel passes them, r11 = row of RT_HANDLERS.
        .globl rt_signal
        .balign 64
rt_signal:
        mov {UC_RSP}(%rdx), %rcx
        sub rt_pool(%rip), %rcx
        cmp rt_pool_len(%rip), %rcx
        jb 1f
        push %rdi
        push %rsi
        push %rdx
        mov %r11, %rcx
        call rt_deliver
        pop %rdx
        pop %rsi
        pop %rdi
        mov %rax, %r11
        xor %eax, %eax
        test %r11, %r11
        jz 2f
        jmp *%r11                       # as if the kernel had called it
1:      mov %r11, %rcx
        sub $8, %rsp
        call rt_defer
        add $16, %rsp                   # and the program's restorer, whose call could be handled,
        jmp rt_restorer                 # by this very thread, which is in a handler
2:      ret

# First instruction of the runtime in a fresh program: rdi = entry point, rsi = stack pointer,
# rdx = descriptor of the image, to be closed.
        .globl rt_start
rt_start:
        mov rt_boot_stack(%rip), %rsp
        push %rsi
        push %rdi
        mov %rdx, %rdi
        call rt_init
        pop %rdi
        pop %rsi
        pxor %xmm0, %xmm0
        pxor %xmm1, %xmm1
        pxor %xmm2, %xmm2
        pxor %xmm3, %xmm3
        pxor %xmm4, %xmm4
        pxor %xmm5, %xmm5
        pxor %xmm6, %xmm6
        pxor %xmm7, %xmm7
        pxor %xmm8, %xmm8
        pxor %xmm9, %xmm9
        pxor %xmm10, %xmm10
        pxor %xmm11, %xmm11
        pxor %xmm12, %xmm12
        pxor %xmm13, %xmm13
        pxor %xmm14, %xmm14
        pxor %xmm15, %xmm15
        mov %rsi, %rsp
        mov %rdi, %r11
        xor %eax, %eax
        xor %ebx, %ebx
        xor %ecx, %ecx
        xor %edx, %edx
        xor %esi, %esi
        xor %edi, %edi
        xor %ebp, %ebp
        xor %r8d, %r8d
        xor %r9d, %r9d
        xor %r10d, %r10d
        xor %r12d, %r12d
        xor %r13d, %r13d
        xor %r14d, %r14d
        xor %r15d, %r15d
        jmp *%r11                       # r11 alone is not zero as after a native exec

        .section .rodata
        .balign 8
rt_mxcsr:       .long 0x1f80, 0
rt_pool:        .quad {POOL}
rt_pool_len:    .quad {SLOT}*{SLOTS}
rt_boot_stack:  .quad {POOL} + {SLOT}*{SLOTS} - 64
