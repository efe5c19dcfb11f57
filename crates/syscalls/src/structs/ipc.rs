//! System V and POSIX inter-process communication.
use super::structs;
use crate::types::short::*;
use crate::{Type, flags};

structs! {
    /// Owner and permissions.
    IPC_PERM "ipc_perm" {
        key: U32, uid: Type::Id, gid: Type::Id, cuid: Type::Id, cgid: Type::Id, mode: Type::Mode,
        __seq: U16, _pad: Type::Chars(22),
    } shown [uid gid mode key cuid cgid];
    /// What `IPC_SET` takes of them.
    IPC_PERM_SET "ipc_perm" {
        key: U32, uid: Type::Id, gid: Type::Id, cuid: Type::Id, cgid: Type::Id, mode: Type::Mode,
        __seq: U16, _pad: Type::Chars(22),
    } shown [uid gid mode];
    /// What `IPC_SET` takes of a shared memory segment.
    SHMID_SET "shmid_ds" { shm_perm: nested(&IPC_PERM_SET), _pad: Type::Chars(64) } shown [shm_perm];
    /// What `IPC_SET` takes of a set of semaphores.
    SEMID_SET "semid_ds" { sem_perm: nested(&IPC_PERM_SET), _pad: Type::Chars(56) } shown [sem_perm];
    /// A shared memory segment.
    SHMID_DS "shmid_ds" {
        shm_perm: nested(&IPC_PERM), shm_segsz: U64, shm_atime: U64,
        shm_dtime: U64, shm_ctime: U64, shm_cpid: Type::Pid,
        shm_lpid: Type::Pid, shm_nattch: U64, _unused: Type::Chars(16),
    } shown [shm_perm shm_segsz shm_cpid shm_lpid shm_nattch shm_atime shm_dtime shm_ctime];
    /// What `IPC_SET` takes of a message queue.
    MSQID_SET "msqid_ds" {
        msg_perm: nested(&IPC_PERM_SET), _times: Type::Chars(40), msg_qbytes: U64,
        _pad: Type::Chars(24),
    } shown [msg_perm msg_qbytes];
    /// A message queue.
    MSQID_DS "msqid_ds" {
        msg_perm: nested(&IPC_PERM), msg_stime: U64, msg_rtime: U64,
        msg_ctime: U64, msg_cbytes: U64, msg_qnum: U64, msg_qbytes: U64,
        msg_lspid: Type::Pid, msg_lrpid: Type::Pid, _unused: Type::Chars(16),
    } shown [
        msg_perm msg_stime msg_rtime msg_ctime msg_qnum msg_qbytes msg_lspid msg_lrpid
    ];
    /// A set of semaphores.
    SEMID_DS "semid_ds" {
        sem_perm: nested(&IPC_PERM), sem_otime: U64, _unused1: U64,
        sem_ctime: U64, _unused2: U64, sem_nsems: U64, _unused3: Type::Chars(16),
    } shown [sem_perm sem_otime sem_ctime sem_nsems];
    /// An operation on a semaphore.
    SEMBUF "sembuf" { sem_num: U16, sem_op: I16, sem_flg: bits2(&flags::SEM_OP) };
    /// A message of a queue: its type, and as many bytes as the call says.
    MSGBUF "msgbuf" { mtype: I64, mtext: Type::Ptr };
    /// Attributes of a POSIX message queue.
    MQ_ATTR "mq_attr" {
        mq_flags: bits8(&flags::MQ_FLAGS), mq_maxmsg: I64, mq_msgsize: I64, mq_curmsgs: I64,
        _reserved: Type::Chars(32),
    } shown [mq_flags mq_maxmsg mq_msgsize mq_curmsgs];
}
