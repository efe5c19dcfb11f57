//! Signals.
use super::sets;

sets! {
    /// Signals.
    SIGNALS one "SIG???" {
        SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7,
        SIGFPE = 8, SIGKILL = 9, SIGUSR1 = 0xa, SIGSEGV = 0xb, SIGUSR2 = 0xc, SIGPIPE = 0xd,
        SIGALRM = 0xe, SIGTERM = 0xf, SIGSTKFLT = 0x10, SIGCHLD = 0x11, SIGCONT = 0x12,
        SIGSTOP = 0x13, SIGTSTP = 0x14, SIGTTIN = 0x15, SIGTTOU = 0x16, SIGURG = 0x17,
        SIGXCPU = 0x18, SIGXFSZ = 0x19, SIGVTALRM = 0x1a, SIGPROF = 0x1b, SIGWINCH = 0x1c,
        SIGIO = 0x1d, SIGPWR = 0x1e, SIGSYS = 0x1f,
    }
    /// How `rt_sigprocmask` uses its set.
    SIGPROCMASK one "SIG_???" {
        SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2,
    }
    /// Flags of `sigaction`.
    SIGACTION bits "SA_???" {
        SA_RESTORER = 0x4000000, SA_ONSTACK = 0x8000000, SA_RESTART = 0x10000000,
        SA_INTERRUPT = 0x20000000, SA_NODEFER = 0x40000000, SA_RESETHAND = 0x80000000,
        SA_SIGINFO = 4, SA_NOCLDSTOP = 1, SA_NOCLDWAIT = 2, SA_UNSUPPORTED = 0x400,
        SA_EXPOSE_TAGBITS = 0x800,
    }
    /// Flags of an alternate stack.
    SIGALTSTACK bits "SS_???" {
        SS_ONSTACK = 1, SS_DISABLE = 2, SS_AUTODISARM = 0x80000000,
    }
    /// Flags of `signalfd4`.
    SIGNALFD bits "SFD_???" {
        SFD_CLOEXEC = 0x80000, SFD_NONBLOCK = 0x800,
    }
    /// How a timer tells that it is over.
    SIGEV one "SIGEV_???" {
        SIGEV_SIGNAL = 0, SIGEV_NONE = 1, SIGEV_THREAD = 2, SIGEV_THREAD_ID = 4,
    }
    /// Who sent a signal.
    SI_CODE one "" {
        SI_USER = 0, SI_KERNEL = 0x80, SI_QUEUE = 0xffffffff, SI_TIMER = 0xfffffffe,
        SI_MESGQ = 0xfffffffd, SI_ASYNCIO = 0xfffffffc, SI_SIGIO = 0xfffffffb,
        SI_TKILL = 0xfffffffa, SI_DETHREAD = 0xfffffff9, SI_ASYNCNL = 0xffffffc4,
    }
    /// What a child did.
    CLD_CODE one "" {
        CLD_EXITED = 1, CLD_KILLED = 2, CLD_DUMPED = 3, CLD_TRAPPED = 4, CLD_STOPPED = 5,
        CLD_CONTINUED = 6,
    }
    /// Why memory could not be reached.
    SEGV_CODE one "" {
        SEGV_MAPERR = 1, SEGV_ACCERR = 2, SEGV_BNDERR = 3, SEGV_PKUERR = 4, SEGV_ACCADI = 5,
        SEGV_ADIDERR = 6, SEGV_ADIPERR = 7, SEGV_MTEAERR = 8, SEGV_MTESERR = 9,
    }
    /// Why memory failed.
    BUS_CODE one "" {
        BUS_ADRALN = 1, BUS_ADRERR = 2, BUS_OBJERR = 3, BUS_MCEERR_AR = 4, BUS_MCEERR_AO = 5,
    }
    /// Why an instruction is illegal.
    ILL_CODE one "" {
        ILL_ILLOPC = 1, ILL_ILLOPN = 2, ILL_ILLADR = 3, ILL_ILLTRP = 4, ILL_PRVOPC = 5,
        ILL_PRVREG = 6, ILL_COPROC = 7, ILL_BADSTK = 8, ILL_BADIADDR = 9,
    }
    /// What arithmetic did.
    FPE_CODE one "" {
        FPE_INTDIV = 1, FPE_INTOVF = 2, FPE_FLTDIV = 3, FPE_FLTOVF = 4, FPE_FLTUND = 5,
        FPE_FLTRES = 6, FPE_FLTINV = 7, FPE_FLTSUB = 8, FPE_FLTUNK = 0xe, FPE_CONDTRAP = 0xf,
    }
    /// Why a trap was taken.
    TRAP_CODE one "" {
        TRAP_BRKPT = 1, TRAP_TRACE = 2, TRAP_BRANCH = 3, TRAP_HWBKPT = 4, TRAP_UNK = 5,
        TRAP_PERF = 6,
    }
    /// What a descriptor is ready for.
    POLL_CODE one "" {
        POLL_IN = 1, POLL_OUT = 2, POLL_MSG = 3, POLL_ERR = 4, POLL_PRI = 5, POLL_HUP = 6,
    }
    /// Why a call was trapped.
    SYS_CODE one "" {
        SYS_SECCOMP = 1, SYS_USER_DISPATCH = 2,
    }
}
