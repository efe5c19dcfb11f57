/* Prints its parent's pid with nothing but system calls: no C library, no stack use, no start-up code. */
        .globl _start
        .text
_start: mov     $110, %eax              /* getppid */
        syscall
        lea     end(%rip), %rsi         /* decimal digits, from the last to the first */
        mov     $10, %ecx
1:      xor     %edx, %edx
        div     %ecx
        add     $'0', %dl
        dec     %rsi
        mov     %dl, (%rsi)
        test    %eax, %eax
        jnz     1b
        mov     $1, %edi
        lea     end + 1(%rip), %rdx
        sub     %rsi, %rdx
        mov     $1, %eax                /* write */
        syscall
        xor     %edi, %edi
        mov     $231, %eax              /* exit_group */
        syscall
        .data
        .skip   20
end:    .byte   '\n'
