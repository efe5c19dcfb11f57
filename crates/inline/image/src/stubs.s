# Stubs: where a place in the program that makes a hooked call jumps to.
#
# One stub belongs to one place (site), for ever: `rt_returns[i]` holds the address behind its
# `syscall`. So the code is constant, shared by all processes, and never writable.
# rcx and r11 are free, because SYSCALL clobbers them. Nothing else is touched, no flag changes and
# nothing is pushed before a context is claimed: a signal up to there simply starts the site again.
#
#   +0   claim: hash the thread pointer to a home context, take it with one xchg
#   +70  STUB_RETURN: release the context (rcx), back to the program
#   +78  STUB_PASS:   release the context (rcx), ask the kernel in the program's own state
#   +84  STUB_SYSCALL
#   +86  STUB_TAIL:   rcx = address behind the site, as SYSCALL leaves it
        .section .stubs,"ax",@progbits
        .globl rt_stubs
        .balign 32
rt_stubs:
        .set i, 0
        .rept {STUBS}
0:      rdfsbase %rcx                   # +0
        movl $0, %r11d                  # +5   (xor would change the flags)
        crc32q %rcx, %r11               # +11  a good hash that leaves the flags alone
        movzbl %r11b, %r11d             # +17
        lea rt_homes(%rip), %rcx        # +21
        mov (%rcx,%r11,8), %rcx         # +28
        movl $1, %r11d                  # +32
        xchg %r11d, (%rcx)              # +38  claims it if it was 0
        xchg %rcx, %r11                 # +41
        jrcxz 1f                        # +44
        lea 0b(%rip), %rcx              # +46
        jmp rt_claim_next               # +53
1:      lea 0b(%rip), %rcx              # +58
        jmp rt_enter                    # +65
        movl $0, (%rcx)                 # +70
        jmp 2f                          # +76
        movl $0, (%rcx)                 # +78
        syscall                         # +84
2:      mov rt_returns+8*i(%rip), %rcx  # +86
        jmp *%rcx                       # +93
        .balign 32, 0xcc
        .set i, i+1
        .endr

# A page of these is copied within reach of the program's code; the page behind it holds the 512
# addresses of stubs. Hence only data is ever written once the page is executable.
        .section .near,"a",@progbits
        .globl rt_near_page
rt_near_page:
        .rept 512
        .byte 0xff, 0x25
        .long 0x1000-6                  # jmp *0xffa(%rip)
        .byte 0xcc, 0xcc
        .endr

# Signal handlers of the program are installed as one of these; r11 = its row of RT_HANDLERS.
        .text
        .globl rt_trampolines
        .balign 16
rt_trampolines:
        .set i, 0
        .rept {TRAMPOLINES}
        lea rt_handlers+32*i(%rip), %r11
        jmp rt_signal
        .balign 16, 0xcc
        .set i, i+1
        .endr

        .section .rodata
        .globl rt_homes
        .balign 64
rt_homes:
        .set i, 0
        .rept 256
        .quad {POOL} + {SLOT}*({SLOTS}/256)*i + {SLOT} - {CONTEXT}
        .set i, i+1
        .endr
rt_ring_start:
        .quad {POOL} + {SLOT} - {CONTEXT}
rt_ring_end:
        .quad {POOL} + {SLOT}*{SLOTS}
