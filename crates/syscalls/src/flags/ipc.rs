//! System V and POSIX inter-process communication, and keys.
use super::sets;

sets! {
    /// Flags of `shmget`, `semget` and `msgget`.
    IPC_GET bits "IPC_???" {
        IPC_CREAT = 0x200, IPC_EXCL = 0x400, IPC_NOWAIT = 0x800,
    }
    /// Flags of `shmget`.
    SHM_GET bits "SHM_???" {
        IPC_CREAT = 0x200, IPC_EXCL = 0x400, SHM_HUGETLB = 0x800, SHM_NORESERVE = 0x1000,
    }
    /// Flags of `shmat`.
    SHM_AT bits "SHM_???" {
        SHM_RDONLY = 0x1000, SHM_RND = 0x2000, SHM_REMAP = 0x4000, SHM_EXEC = 0x8000,
    }
    /// Commands of `shmctl`.
    SHM_CTL one "SHM_???" {
        IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, SHM_STAT = 0xd, SHM_INFO = 0xe,
        SHM_STAT_ANY = 0xf, SHM_LOCK = 0xb, SHM_UNLOCK = 0xc,
    }
    /// Commands of `semctl`.
    SEM_CTL one "SEM_???" {
        IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, SEM_STAT = 0x12, SEM_INFO = 0x13,
        SEM_STAT_ANY = 0x14, GETPID = 0xb, GETVAL = 0xc, GETALL = 0xd, GETNCNT = 0xe, GETZCNT = 0xf,
        SETVAL = 0x10, SETALL = 0x11,
    }
    /// Commands of `msgctl`.
    MSG_CTL one "MSG_???" {
        IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, MSG_STAT = 0xb, MSG_INFO = 0xc,
        MSG_STAT_ANY = 0xd,
    }
    /// Flags of `semop`.
    SEM_OP bits "SEM_???" {
        SEM_UNDO = 0x1000, IPC_NOWAIT = 0x800,
    }
    /// Flags of `msgsnd` and `msgrcv`.
    MSG_IPC bits "MSG_???" {
        MSG_NOERROR = 0x1000, MSG_EXCEPT = 0x2000, MSG_COPY = 0x4000, IPC_NOWAIT = 0x800,
    }
    /// Commands of `keyctl`.
    KEYCTL one "KEYCTL_???" {
        KEYCTL_GET_KEYRING_ID = 0, KEYCTL_JOIN_SESSION_KEYRING = 1, KEYCTL_UPDATE = 2,
        KEYCTL_REVOKE = 3, KEYCTL_CHOWN = 4, KEYCTL_SETPERM = 5, KEYCTL_DESCRIBE = 6,
        KEYCTL_CLEAR = 7, KEYCTL_LINK = 8, KEYCTL_UNLINK = 9, KEYCTL_SEARCH = 0xa,
        KEYCTL_READ = 0xb, KEYCTL_INSTANTIATE = 0xc, KEYCTL_NEGATE = 0xd,
        KEYCTL_SET_REQKEY_KEYRING = 0xe, KEYCTL_SET_TIMEOUT = 0xf, KEYCTL_ASSUME_AUTHORITY = 0x10,
        KEYCTL_GET_SECURITY = 0x11, KEYCTL_SESSION_TO_PARENT = 0x12, KEYCTL_REJECT = 0x13,
        KEYCTL_INSTANTIATE_IOV = 0x14, KEYCTL_INVALIDATE = 0x15, KEYCTL_GET_PERSISTENT = 0x16,
        KEYCTL_DH_COMPUTE = 0x17, KEYCTL_PKEY_QUERY = 0x18, KEYCTL_PKEY_ENCRYPT = 0x19,
        KEYCTL_PKEY_DECRYPT = 0x1a, KEYCTL_PKEY_SIGN = 0x1b, KEYCTL_PKEY_VERIFY = 0x1c,
        KEYCTL_RESTRICT_KEYRING = 0x1d, KEYCTL_MOVE = 0x1e, KEYCTL_CAPABILITIES = 0x1f,
        KEYCTL_WATCH_KEY = 0x20,
    }
    /// Special keyrings.
    KEY_SPEC one "%d" {
        KEY_SPEC_THREAD_KEYRING = 0xffffffff, KEY_SPEC_PROCESS_KEYRING = 0xfffffffe,
        KEY_SPEC_SESSION_KEYRING = 0xfffffffd, KEY_SPEC_USER_KEYRING = 0xfffffffc,
        KEY_SPEC_USER_SESSION_KEYRING = 0xfffffffb, KEY_SPEC_GROUP_KEYRING = 0xfffffffa,
        KEY_SPEC_REQKEY_AUTH_KEY = 0xfffffff9, KEY_SPEC_REQUESTOR_KEYRING = 0xfffffff8,
    }
    /// Permissions of a key.
    KEY_PERM bits "KEY_???" {
        KEY_POS_VIEW = 0x1000000, KEY_POS_READ = 0x2000000, KEY_POS_WRITE = 0x4000000,
        KEY_POS_SEARCH = 0x8000000, KEY_POS_LINK = 0x10000000, KEY_POS_SETATTR = 0x20000000,
        KEY_USR_VIEW = 0x10000, KEY_USR_READ = 0x20000, KEY_USR_WRITE = 0x40000,
        KEY_USR_SEARCH = 0x80000, KEY_USR_LINK = 0x100000, KEY_USR_SETATTR = 0x200000,
        KEY_GRP_VIEW = 0x100, KEY_GRP_READ = 0x200, KEY_GRP_WRITE = 0x400, KEY_GRP_SEARCH = 0x800,
        KEY_GRP_LINK = 0x1000, KEY_GRP_SETATTR = 0x2000, KEY_OTH_VIEW = 1, KEY_OTH_READ = 2,
        KEY_OTH_WRITE = 4, KEY_OTH_SEARCH = 8, KEY_OTH_LINK = 0x10, KEY_OTH_SETATTR = 0x20,
    }
    /// Operations of asynchronous input and output.
    AIO_OP one "IOCB_CMD_???" {
        IOCB_CMD_PREAD = 0, IOCB_CMD_PWRITE = 1, IOCB_CMD_FSYNC = 2, IOCB_CMD_FDSYNC = 3,
        IOCB_CMD_PREADX = 4, IOCB_CMD_POLL = 5, IOCB_CMD_NOOP = 6, IOCB_CMD_PREADV = 7,
        IOCB_CMD_PWRITEV = 8,
    }
}
