//! Memory of another program, as the decoder sees it.
//!
//! A system call's arguments are numbers; what they point to lies in the program's address space,
//! which may be another process (ptrace) or our own (inline). Every access can fail: a bad pointer
//! is a value here ([`Fault`]), never a crash of us or of the program.

/// An address in the program.
pub type Addr = u64;

/// The program's memory at `addr` can't be accessed; the kernel would answer `EFAULT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The first byte that could not be accessed.
    pub addr: Addr,
}

/// Read and write access to a program's memory.
pub trait Memory {
    /// Fills `buf` from `addr`.
    ///
    /// # Errors
    /// [`Fault`] if any byte can't be read; `buf` may then be partly filled.
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault>;

    /// Stores `bytes` at `addr`.
    ///
    /// # Errors
    /// [`Fault`] if any byte can't be written; a prefix may have been.
    fn write(&mut self, addr: Addr, bytes: &[u8]) -> Result<(), Fault>;

    /// Reads as many bytes as are mapped, at most `buf.len()`, and says how many.
    ///
    /// The default tries page by page, so that a string at the end of a mapping can be read.
    fn read_some(&self, addr: Addr, buf: &mut [u8]) -> usize {
        let mut done = 0;
        while done < buf.len() {
            let at = addr.wrapping_add(done as u64);
            let page_left = (4096 - (at & 4095)) as usize;
            let n = page_left.min(buf.len() - done);
            if self.read(at, &mut buf[done..done + n]).is_err() {
                break;
            }
            done += n;
        }
        done
    }
}
