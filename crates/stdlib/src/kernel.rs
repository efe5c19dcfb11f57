//! The few system calls the library makes, with their arguments in Rust's types.
//!
//! # Safety
//! Every pointer passed to the kernel is to a buffer or NUL-terminated copy that is alive until the
//! call returns, with its true length.
#![allow(unsafe_code)]

use alloc::vec::Vec;

use crate::host::Host;

/// An error number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

/// The kernel behind a host.
#[derive(Debug)]
pub struct Kernel<'h, H: ?Sized>(pub &'h H);

/// Relative to the working directory.
const AT_FDCWD: u64 = -100i64 as u64;
const AT_SYMLINK_NOFOLLOW: u64 = 0x100;
const AT_REMOVEDIR: u64 = 0x200;
const O_CLOEXEC: i64 = 0x8_0000;
const O_DIRECTORY: i64 = 0x1_0000;
const TCGETS: u64 = 0x5401;
const EINVAL: i32 = 22;
const EINTR: i32 = 4;
const ERANGE: i32 = 34;

/// Numbers of `asm/unistd_64.h`.
mod nr {
    pub(super) const READ: u64 = 0;
    pub(super) const WRITE: u64 = 1;
    pub(super) const CLOSE: u64 = 3;
    pub(super) const FSTAT: u64 = 5;
    pub(super) const LSEEK: u64 = 8;
    pub(super) const IOCTL: u64 = 16;
    pub(super) const NANOSLEEP: u64 = 35;
    pub(super) const GETPID: u64 = 39;
    pub(super) const FSYNC: u64 = 74;
    pub(super) const FTRUNCATE: u64 = 77;
    pub(super) const GETDENTS64: u64 = 217;
    pub(super) const GETCWD: u64 = 79;
    pub(super) const CHDIR: u64 = 80;
    pub(super) const RENAME: u64 = 82;
    pub(super) const UMASK: u64 = 95;
    pub(super) const KILL: u64 = 62;
    pub(super) const CLOCK_GETTIME: u64 = 228;
    pub(super) const CLOCK_GETRES: u64 = 229;
    pub(super) const OPENAT: u64 = 257;
    pub(super) const MKDIRAT: u64 = 258;
    pub(super) const FCHOWNAT: u64 = 260;
    pub(super) const NEWFSTATAT: u64 = 262;
    pub(super) const UNLINKAT: u64 = 263;
    pub(super) const LINKAT: u64 = 265;
    pub(super) const SYMLINKAT: u64 = 266;
    pub(super) const READLINKAT: u64 = 267;
    pub(super) const FCHMODAT: u64 = 268;
    pub(super) const FACCESSAT: u64 = 269;
    pub(super) const UTIMENSAT: u64 = 280;
    pub(super) const GETRANDOM: u64 = 318;
}

/// A path with its NUL.
fn terminated(path: &[u8]) -> Result<Vec<u8>, Errno> {
    if path.contains(&0) {
        return Err(Errno(EINVAL));
    }
    let mut text = Vec::with_capacity(path.len() + 1);
    text.extend_from_slice(path);
    text.push(0);
    Ok(text)
}

fn addr<T: ?Sized>(p: *const T) -> u64 {
    p.cast::<()>().addr() as u64
}

fn word(n: i64) -> u64 {
    n.cast_unsigned()
}

impl<H: Host + ?Sized> Kernel<'_, H> {
    /// A call without pointers, or whose pointers the caller answers for.
    fn call(&self, number: u64, args: &[u64]) -> Result<i64, Errno> {
        let mut all = [0; 6];
        all[..args.len()].copy_from_slice(args);
        // SAFETY: see the module: the callers below keep what they point to alive.
        let result = unsafe { self.0.syscall(number, all) };
        if (-4095..0).contains(&result) {
            Err(Errno(i32::try_from(-result).unwrap_or(EINVAL)))
        } else {
            Ok(result)
        }
    }

    /// A call without pointers that takes at most two numbers: `getpid`, `setsid`, `umask`...
    pub fn plain(&self, number: u64, a: i64, b: i64) -> Result<i64, Errno> {
        self.call(number, &[word(a), word(b)])
    }

    /// `openat`
    pub fn open(&self, path: &[u8], flags: i64, mode: i64) -> Result<i64, Errno> {
        let path = terminated(path)?;
        self.call(nr::OPENAT, &[AT_FDCWD, addr(path.as_ptr()), word(flags | O_CLOEXEC), word(mode)])
    }

    /// `close`
    pub fn close(&self, fd: i64) -> Result<(), Errno> {
        self.call(nr::CLOSE, &[word(fd)]).map(drop)
    }

    /// Reads at most `most` bytes and appends them; how many.
    pub fn read(&self, fd: i64, into: &mut Vec<u8>, most: usize) -> Result<usize, Errno> {
        let start = into.len();
        into.resize(start + most, 0);
        let result = loop {
            let args = [word(fd), addr(into[start..].as_mut_ptr()), most as u64];
            match self.call(nr::READ, &args) {
                Err(Errno(EINTR)) => {}
                other => break other,
            }
        };
        let count = result.as_ref().map_or(0, |n| usize::try_from(*n).unwrap_or(0));
        into.truncate(start + count.min(most));
        result.map(|_| count)
    }

    /// Reads to the end.
    pub fn read_all(&self, fd: i64, into: &mut Vec<u8>) -> Result<(), Errno> {
        let mut chunk = 4096;
        while self.read(fd, into, chunk)? > 0 {
            chunk = (chunk * 2).min(1 << 20);
        }
        Ok(())
    }

    /// A whole file.
    pub fn read_file(&self, path: &[u8]) -> Result<Vec<u8>, Errno> {
        let fd = self.open(path, 0, 0)?;
        let mut content = Vec::new();
        let result = self.read_all(fd, &mut content);
        let closed = self.close(fd);
        result.and(closed).map(|()| content)
    }

    /// Writes all of it.
    pub fn write(&self, fd: i64, mut bytes: &[u8]) -> Result<(), Errno> {
        while !bytes.is_empty() {
            match self.call(nr::WRITE, &[word(fd), addr(bytes.as_ptr()), bytes.len() as u64]) {
                Ok(count) => bytes = &bytes[usize::try_from(count).unwrap_or(0).min(bytes.len())..],
                Err(Errno(EINTR)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// `lseek`
    pub fn seek(&self, fd: i64, offset: i64, whence: i64) -> Result<i64, Errno> {
        self.call(nr::LSEEK, &[word(fd), word(offset), word(whence)])
    }

    /// `fsync`
    pub fn sync(&self, fd: i64) -> Result<(), Errno> {
        self.call(nr::FSYNC, &[word(fd)]).map(drop)
    }

    /// `ftruncate`
    pub fn truncate(&self, fd: i64, size: i64) -> Result<(), Errno> {
        self.call(nr::FTRUNCATE, &[word(fd), word(size)]).map(drop)
    }

    /// Whether it is a terminal.
    pub fn is_terminal(&self, fd: i64) -> bool {
        let mut termios = [0u8; 64];
        self.call(nr::IOCTL, &[word(fd), TCGETS, addr(termios.as_mut_ptr())]).is_ok()
    }

    /// The bytes of `struct stat`, of the link itself if not to be followed.
    pub fn stat(&self, path: &[u8], follow: bool) -> Result<[u8; 144], Errno> {
        let path = terminated(path)?;
        let mut stat = [0u8; 144];
        let flags = if follow { 0 } else { AT_SYMLINK_NOFOLLOW };
        let args = [AT_FDCWD, addr(path.as_ptr()), addr(stat.as_mut_ptr()), flags];
        self.call(nr::NEWFSTATAT, &args).map(|_| stat)
    }

    /// `fstat`
    pub fn stat_of(&self, fd: i64) -> Result<[u8; 144], Errno> {
        let mut stat = [0u8; 144];
        self.call(nr::FSTAT, &[word(fd), addr(stat.as_mut_ptr())]).map(|_| stat)
    }

    /// `access`
    pub fn access(&self, path: &[u8], mode: i64) -> Result<(), Errno> {
        let path = terminated(path)?;
        self.call(nr::FACCESSAT, &[AT_FDCWD, addr(path.as_ptr()), word(mode)]).map(drop)
    }

    /// `readlink`
    pub fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Errno> {
        let path = terminated(path)?;
        let mut target = alloc::vec![0u8; 4096];
        let args = [AT_FDCWD, addr(path.as_ptr()), addr(target.as_mut_ptr()), target.len() as u64];
        let length = self.call(nr::READLINKAT, &args)?;
        target.truncate(usize::try_from(length).unwrap_or(0));
        Ok(target)
    }

    /// The names in a directory with their types (`d_type`), `.` and `..` included.
    pub fn entries(&self, path: &[u8]) -> Result<Vec<(Vec<u8>, u8)>, Errno> {
        let fd = self.open(path, O_DIRECTORY, 0)?;
        let mut names = Vec::new();
        let mut buffer = alloc::vec![0u8; 32 << 10];
        let result = loop {
            let args = [word(fd), addr(buffer.as_mut_ptr()), buffer.len() as u64];
            match self.call(nr::GETDENTS64, &args) {
                Ok(0) => break Ok(names),
                Ok(length) => {
                    let mut rest = &buffer[..usize::try_from(length).unwrap_or(0)];
                    // struct linux_dirent64: ino 8, offset 8, length 2, type 1, name.
                    while rest.len() > 19 {
                        let size = usize::from(u16::from_ne_bytes([rest[16], rest[17]]));
                        let (entry, next) = rest.split_at(size.clamp(19, rest.len()));
                        let name = &entry[19..];
                        let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
                        names.push((name[..end].to_vec(), entry[18]));
                        rest = next;
                    }
                }
                Err(error) => break Err(error),
            }
        };
        let _ = self.close(fd);
        result
    }

    /// `getcwd`
    pub fn working_directory(&self) -> Result<Vec<u8>, Errno> {
        let mut path = alloc::vec![0u8; 4096];
        let length = self.call(nr::GETCWD, &[addr(path.as_mut_ptr()), path.len() as u64])?;
        path.truncate(usize::try_from(length).unwrap_or(1).saturating_sub(1));
        Ok(path)
    }

    /// `chdir`
    pub fn change_directory(&self, path: &[u8]) -> Result<(), Errno> {
        let path = terminated(path)?;
        self.call(nr::CHDIR, &[addr(path.as_ptr())]).map(drop)
    }

    /// `mkdir`
    pub fn make_directory(&self, path: &[u8], mode: i64) -> Result<(), Errno> {
        let path = terminated(path)?;
        self.call(nr::MKDIRAT, &[AT_FDCWD, addr(path.as_ptr()), word(mode)]).map(drop)
    }

    /// `rmdir`, or `unlink`.
    pub fn remove(&self, path: &[u8], directory: bool) -> Result<(), Errno> {
        let path = terminated(path)?;
        let flags = if directory { AT_REMOVEDIR } else { 0 };
        self.call(nr::UNLINKAT, &[AT_FDCWD, addr(path.as_ptr()), flags]).map(drop)
    }

    /// `rename`
    pub fn rename(&self, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        let (from, to) = (terminated(from)?, terminated(to)?);
        self.call(nr::RENAME, &[addr(from.as_ptr()), addr(to.as_ptr())]).map(drop)
    }

    /// `symlink`
    pub fn make_symlink(&self, target: &[u8], path: &[u8]) -> Result<(), Errno> {
        let (target, path) = (terminated(target)?, terminated(path)?);
        let args = [addr(target.as_ptr()), AT_FDCWD, addr(path.as_ptr())];
        self.call(nr::SYMLINKAT, &args).map(drop)
    }

    /// `link`
    pub fn make_link(&self, target: &[u8], path: &[u8]) -> Result<(), Errno> {
        let (target, path) = (terminated(target)?, terminated(path)?);
        let args = [AT_FDCWD, addr(target.as_ptr()), AT_FDCWD, addr(path.as_ptr()), 0];
        self.call(nr::LINKAT, &args).map(drop)
    }

    /// `chmod`
    pub fn change_mode(&self, path: &[u8], mode: i64) -> Result<(), Errno> {
        let path = terminated(path)?;
        self.call(nr::FCHMODAT, &[AT_FDCWD, addr(path.as_ptr()), word(mode)]).map(drop)
    }

    /// `chown`
    pub fn change_owner(&self, path: &[u8], uid: i64, gid: i64) -> Result<(), Errno> {
        let path = terminated(path)?;
        let args = [AT_FDCWD, addr(path.as_ptr()), word(uid), word(gid), 0];
        self.call(nr::FCHOWNAT, &args).map(drop)
    }

    /// `utimensat`: seconds and nanoseconds of the last access and the last change.
    pub fn change_times(&self, path: &[u8], times: [i64; 4]) -> Result<(), Errno> {
        let path = terminated(path)?;
        let args = [AT_FDCWD, addr(path.as_ptr()), addr(times.as_ptr()), 0];
        self.call(nr::UTIMENSAT, &args).map(drop)
    }

    /// `umask`
    pub fn umask(&self, mask: i64) -> Result<i64, Errno> {
        self.call(nr::UMASK, &[word(mask)])
    }

    /// `kill`
    pub fn kill(&self, pid: i64, signal: i64) -> Result<(), Errno> {
        self.call(nr::KILL, &[word(pid), word(signal)]).map(drop)
    }

    /// `getpid`
    pub fn pid(&self) -> i64 {
        self.call(nr::GETPID, &[]).unwrap_or(0)
    }

    /// Seconds and nanoseconds of a clock.
    pub fn clock(&self, clock: i64) -> Result<(i64, i64), Errno> {
        let mut time = [0i64; 2];
        self.call(nr::CLOCK_GETTIME, &[word(clock), addr(time.as_mut_ptr())])?;
        Ok((time[0], time[1]))
    }

    /// How fine a clock is.
    pub fn clock_resolution(&self, clock: i64) -> Result<(i64, i64), Errno> {
        let mut time = [0i64; 2];
        self.call(nr::CLOCK_GETRES, &[word(clock), addr(time.as_mut_ptr())])?;
        Ok((time[0], time[1]))
    }

    /// Lets time pass.
    pub fn sleep(&self, nanoseconds: u64) {
        let mut time = [nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000];
        // The kernel writes what is left when a signal comes.
        let place = addr(time.as_mut_ptr());
        while self.call(nr::NANOSLEEP, &[place, place]) == Err(Errno(EINTR)) {}
    }

    /// Random bytes.
    pub fn random(&self, bytes: &mut [u8]) -> Result<(), Errno> {
        for chunk in bytes.chunks_mut(256) {
            let args = [addr(chunk.as_mut_ptr()), chunk.len() as u64, 0];
            // Up to 256 bytes come whole (getrandom(2)).
            if self.call(nr::GETRANDOM, &args)? != i64::try_from(chunk.len()).unwrap_or(0) {
                return Err(Errno(ERANGE));
            }
        }
        Ok(())
    }
}
