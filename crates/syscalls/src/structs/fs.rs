//! Files.
use super::structs;
use crate::Width::{B2, B4, B8};
use crate::types::short::*;
use crate::{Len, Type, flags};

structs! {
    /// What `stat` says of a file.
    STAT "stat" {
        st_dev: Type::Dev(B8), st_ino: U64, st_nlink: U64, st_mode: Type::FileMode(B4),
        st_uid: U32, st_gid: U32, _pad0: U32, st_rdev: Type::Dev(B8), st_size: U64,
        st_blksize: U64, st_blocks: U64, st_atime: Type::UnixTime(B8), st_atime_nsec: U64,
        st_mtime: Type::UnixTime(B8), st_mtime_nsec: U64, st_ctime: Type::UnixTime(B8),
        st_ctime_nsec: U64, _unused: Type::Chars(24),
    } shown [
        st_dev st_ino st_mode st_nlink st_uid st_gid st_blksize st_blocks st_size st_rdev
        st_atime st_atime_nsec st_mtime st_mtime_nsec st_ctime st_ctime_nsec
    ] brief [st_mode st_size];
    /// A time of `statx`.
    STATX_TIMESTAMP "statx_timestamp" { tv_sec: Type::UnixTime(B8), tv_nsec: U32, _pad: I32 }
        shown [tv_sec tv_nsec];
    /// What `statx` says of a file.
    STATX "statx" {
        stx_mask: bits(&flags::STATX_MASK), stx_blksize: U32,
        stx_attributes: bits8(&flags::STATX_ATTR), stx_nlink: U32, stx_uid: U32, stx_gid: U32,
        stx_mode: Type::FileMode(B2), _pad1: U16, stx_ino: U64, stx_size: U64, stx_blocks: U64,
        stx_attributes_mask: bits8(&flags::STATX_ATTR), stx_atime: nested(&STATX_TIMESTAMP),
        stx_btime: nested(&STATX_TIMESTAMP), stx_ctime: nested(&STATX_TIMESTAMP),
        stx_mtime: nested(&STATX_TIMESTAMP), stx_rdev_major: U32, stx_rdev_minor: U32,
        stx_dev_major: U32, stx_dev_minor: U32, stx_mnt_id: X64, stx_dio_mem_align: U32,
        stx_dio_offset_align: U32, stx_subvol: X64, stx_atomic_write_unit_min: U32,
        stx_atomic_write_unit_max: U32, stx_atomic_write_segments_max: U32,
        stx_dio_read_offset_align: U32, stx_atomic_write_unit_max_opt: U32, _pad2: U32,
        _spare: Type::Chars(64),
    } shown [
        stx_mask stx_blksize stx_attributes stx_nlink stx_uid stx_gid stx_mode stx_ino stx_size
        stx_blocks stx_attributes_mask stx_atime stx_btime stx_ctime stx_mtime stx_rdev_major
        stx_rdev_minor stx_dev_major stx_dev_minor stx_mnt_id
    ] brief [stx_mask stx_attributes stx_mode stx_size];
    /// What `statfs` says of a file system.
    STATFS "statfs" {
        f_type: bits8(&flags::FS_MAGIC), f_bsize: U64, f_blocks: U64, f_bfree: U64,
        f_bavail: U64, f_files: U64, f_ffree: U64, f_fsid: Type::Inline(&X32, 2), f_namelen: U64,
        f_frsize: U64, f_flags: bits8(&flags::STATFS_FLAGS), _spare: Type::Chars(32),
    } shown [
        f_type f_bsize f_blocks f_bfree f_bavail f_files f_ffree f_fsid f_namelen f_frsize f_flags
    ];
    /// How `openat2` opens.
    OPEN_HOW "open_how" {
        flags: bits8(&flags::OPEN), mode: Type::Dev(B8), resolve: bits8(&flags::RESOLVE),
    };
    /// A record lock.
    FLOCK_LOCK "flock" {
        l_type: bits2(&flags::LOCK_TYPE), l_whence: bits2(&flags::SEEK), l_start: I64, l_len: I64,
        l_pid: Type::Pid,
    } shown [l_type l_whence l_start l_len];
    /// The same as an answer, with who holds it.
    FLOCK_HELD "flock" {
        l_type: bits2(&flags::LOCK_TYPE), l_whence: bits2(&flags::SEEK), l_start: I64, l_len: I64,
        l_pid: Type::Pid,
    };
    /// Who gets a descriptor's signals.
    F_OWNER_EX "f_owner_ex" { r#type: bits(&flags::OWNER_TYPE), pid: Type::Pid };
    /// A buffer of `readv` and its like.
    IOVEC "iovec" { iov_base: buffer("iov_len"), iov_len: U64 };
    /// A buffer that nobody reads here.
    IOVEC_BARE "iovec" { iov_base: Type::Ptr, iov_len: U64 };
    /// What `poll` waits for and found.
    POLLFD "pollfd" { fd: Type::Fd, events: bits2(&flags::POLL), revents: bits2(&flags::POLL) };
    /// An event of epoll, with the word that the program attached.
    EPOLL_EVENT "epoll_event" packed { events: bits(&flags::EPOLL), data: X64 };
    /// Attributes of a mount.
    MOUNT_ATTR "mount_attr" {
        attr_set: bits8(&flags::MOUNT_ATTR_SET), attr_clr: bits8(&flags::MOUNT_ATTR_SET),
        propagation: bits8(&flags::PROPAGATION), userns_fd: U64,
    };
    /// A file's handle, without its opaque bytes.
    FILE_HANDLE "file_handle" { handle_bytes: U32, handle_type: I32, f_handle: Type::Tail("handle_bytes") };
    /// Attributes of a file as XFS has them.
    FSXATTR "fsxattr" {
        fsx_xflags: X32, fsx_extsize: U32, fsx_nextents: U32, fsx_projid: U32, fsx_cowextsize: U32,
        fsx_pad: Type::Chars(8),
    } shown [fsx_xflags fsx_extsize fsx_nextents fsx_projid fsx_cowextsize];
    /// A range of another file.
    FILE_CLONE_RANGE "file_clone_range" {
        src_fd: I64, src_offset: U64, src_length: U64, dest_offset: U64,
    };
    /// A range to be trimmed.
    FSTRIM_RANGE "fstrim_range" { start: X64, len: X64, minlen: X64 };
    /// The set and its length, as `pselect6` wants them in one argument.
    SIGSET_ARG "sigset_arg" { sigmask: Type::SigSetAt(Len::Field("sigsetsize")), sigsetsize: U64 };
    /// An extended attribute's value, for `setxattrat`.
    XATTR_ARGS "xattr_args" { value: Type::Ptr, size: U32, flags: bits(&flags::XATTR) };
    /// What `file_getattr` says.
    FILE_ATTR "file_attr" {
        fa_xflags: X64, fa_extsize: U32, fa_nextents: U32, fa_projid: U32, fa_cowextsize: U32,
    };
    /// Whom `statmount` and `listmount` are asked about.
    MNT_ID_REQ "mnt_id_req" { size: U32, mnt_ns_fd: U32, mnt_id: X64, param: X64, mnt_ns_id: X64 };
    /// A descriptor inside an epoll set, for `kcmp`.
    EPOLL_SLOT "kcmp_epoll_slot" { efd: U32, tfd: U32, toff: U32 };
}
