//! The bytes of a call: what it writes or has read, in one buffer, many, or a message.
//!
//! For a write, other data lies in scratch memory and the registers point there; it is written
//! whole, and the program is told that what it asked for was written, or it would write the rest of
//! its own again. For a read, other data goes into the program's buffers, cut to their size.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use engine::Call;
use syscalls::{Addr, Direction, Syscall, Type};

use super::{Refusal, UnderWay};

const EAGAIN: i64 = -11;
/// How long data that replaces shorter or longer data waits for a full pipe, in milliseconds.
const PATIENCE: u32 = 30_000;

/// Where a call's bytes are: what it writes, or what it read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Buffer {
    /// An address and a length in these arguments.
    Plain(usize, usize),
    /// An array of iovec and their number in these arguments.
    Vectors(usize, usize),
    /// A `msghdr` at the address in this argument.
    Message(usize),
}

impl UnderWay {
    /// Writes all of the data that stands in for the program's, and tells the program that what it
    /// asked for was written: it must not write the rest of its own again.
    pub(super) fn proceed_with(&self, data: &[u8], wait: &impl Fn(&mut dyn FnMut())) -> i64 {
        let asked = self.asked_len().unwrap_or(data.len() as u64) as i64;
        let mut written = 0;
        let mut waited = 0;
        let first = self.now.get();
        let outcome = loop {
            let result = self.ask(wait);
            if result == EAGAIN && written > 0 && waited < PATIENCE {
                waited += 2;
                wait(&mut || {
                    let _ = self.live.with(|guest| guest.sleep(Duration::from_millis(2)));
                });
                continue;
            }
            if result < 0 && written == 0 {
                break result;
            }
            written += result.max(0) as usize;
            if result <= 0 || written >= data.len() {
                // All of it is all of it; of a part the program is told the same share.
                break if written >= data.len() {
                    asked
                } else if data.len() as i64 == asked {
                    written as i64
                } else {
                    (asked as i128 * written as i128 / data.len().max(1) as i128) as i64
                };
            }
            if self.point_to_rest(data, written, first).is_err() {
                break written as i64;
            }
        };
        self.change(first);
        outcome
    }

    /// After a partial write: the rest of the data, at the next offset for `pwrite`.
    fn point_to_rest(&self, data: &[u8], written: usize, first: Call) -> Result<(), Refusal> {
        let addr = self.place(&data[written..])?;
        self.point_to(addr, data.len() - written)?;
        let name = self.name();
        if name.starts_with("pwrite") {
            self.set_register(3, first.args[3].wrapping_add(written as u64));
        }
        Ok(())
    }

    /// Where the bytes are that the kernel reads (or writes) in this call.
    #[must_use]
    pub fn data_buffer(&self, direction: Direction) -> Option<Buffer> {
        buffer_of(self.syscall()?, direction)
    }

    /// What the call writes, or what it has read. None before a read, or for a call without data.
    ///
    /// # Errors
    /// `EFAULT` for a bad pointer, or [`Refusal::NotAtHand`].
    pub fn data(&self) -> Result<Option<Vec<u8>>, Refusal> {
        if let Some(data) = &*self.data.borrow() {
            return Ok(Some(data.clone()));
        }
        if let Some(buffer) = self.data_buffer(Direction::Read) {
            let pieces = self.pieces(buffer)?;
            return self.gather(&pieces, u64::MAX).map(Some);
        }
        let Some(buffer) = self.data_buffer(Direction::Written) else { return Ok(None) };
        match self.result.get() {
            Some(read) if read >= 0 => {
                let pieces = self.pieces(buffer)?;
                self.gather(&pieces, read as u64).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Replaces what the kernel is going to be given, or what the program is going to find.
    ///
    /// # Errors
    /// [`Refusal::Senseless`] for a call without data, or before a read; `EFAULT`, `ENOMEM`.
    pub fn set_data(&self, bytes: &[u8]) -> Result<(), Refusal> {
        if self.data_buffer(Direction::Read).is_some() {
            if self.answered.get().is_some() {
                return Err(Refusal::Senseless(format!(
                    "{} is done: set its data before c.proceed",
                    self.name()
                )));
            }
            let addr = self.place(bytes)?;
            self.point_to(addr, bytes.len())?;
            *self.data.borrow_mut() = Some(bytes.to_vec());
            return Ok(());
        }
        let Some(buffer) = self.data_buffer(Direction::Written) else {
            return Err(Refusal::Senseless(format!("{} has no data", self.name())));
        };
        if self.result.get().is_none() {
            return Err(Refusal::Senseless(format!(
                "{} has no data yet: set it after c.proceed, or answer it with replace",
                self.name()
            )));
        }
        let written = self.fill(buffer, bytes)?;
        self.result.set(Some(written as i64));
        Ok(())
    }

    /// Bytes into the buffer that the program gave, cut to its size; how many fitted.
    ///
    /// # Errors
    /// `EFAULT`, or [`Refusal::NotAtHand`].
    pub fn fill(&self, buffer: Buffer, bytes: &[u8]) -> Result<usize, Refusal> {
        let mut done = 0;
        for (addr, room) in self.pieces(buffer)? {
            let n = (bytes.len() - done).min(room as usize);
            if n > 0 {
                self.store(addr, &bytes[done..done + n])?;
            }
            done += n;
        }
        Ok(done)
    }

    /// How many bytes the program wants to have written.
    fn asked_len(&self) -> Option<u64> {
        let buffer = self.data_buffer(Direction::Read)?;
        match buffer {
            Buffer::Plain(_, len) => Some(self.made.args[len]),
            _ => {
                let pieces = self.pieces_of(buffer, &self.made).ok()?;
                Some(pieces.iter().map(|(_, len)| len).sum())
            }
        }
    }

    /// Lets the call's arguments describe one buffer at that address.
    fn point_to(&self, addr: Addr, len: usize) -> Result<(), Refusal> {
        let Some(buffer) = self.data_buffer(Direction::Read) else { return Ok(()) };
        let vector = |addr: Addr| {
            let mut raw = [0; 16];
            raw[..8].copy_from_slice(&addr.to_le_bytes());
            raw[8..].copy_from_slice(&(len as u64).to_le_bytes());
            raw
        };
        match buffer {
            Buffer::Plain(at, length) => {
                self.set_register(at, addr);
                self.set_register(length, len as u64);
            }
            Buffer::Vectors(at, count) => {
                let vectors = self.place(&vector(addr))?;
                self.set_register(at, vectors);
                self.set_register(count, 1);
            }
            Buffer::Message(at) => {
                let mut header = self.read_bytes(self.made.args[at], 56)?;
                let vectors = self.place(&vector(addr))?;
                header[16..24].copy_from_slice(&vectors.to_le_bytes());
                header[24..32].copy_from_slice(&1_u64.to_le_bytes());
                let header = self.place(&header)?;
                self.set_register(at, header);
            }
        }
        Ok(())
    }

    fn pieces(&self, buffer: Buffer) -> Result<Vec<(Addr, u64)>, Refusal> {
        self.pieces_of(buffer, &self.now.get())
    }

    fn pieces_of(&self, buffer: Buffer, call: &Call) -> Result<Vec<(Addr, u64)>, Refusal> {
        let (vectors, count) = match buffer {
            Buffer::Plain(at, len) => return Ok(vec![(call.args[at], call.args[len])]),
            Buffer::Vectors(at, count) => (call.args[at], call.args[count]),
            Buffer::Message(at) => {
                let header = self.read_bytes(call.args[at], 56)?;
                (le_u64(&header[16..24]), le_u64(&header[24..32]))
            }
        };
        // IOV_MAX
        let raw = self.read_bytes(vectors, (count.min(1024) * 16) as usize)?;
        Ok(raw.chunks_exact(16).map(|v| (le_u64(&v[..8]), le_u64(&v[8..]))).collect())
    }

    fn gather(&self, pieces: &[(Addr, u64)], most: u64) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        let mut left = most;
        for (addr, len) in pieces {
            let n = (*len).min(left);
            left -= n;
            out.extend(self.read_bytes(*addr, n.min(1 << 30) as usize)?);
        }
        Ok(out)
    }
}

/// Where a call of the table has its bytes.
#[must_use]
pub fn buffer_of(call: &Syscall, direction: Direction) -> Option<Buffer> {
    // One call, many messages: there is no one piece of data.
    if matches!(call.name, "sendmmsg" | "recvmmsg") {
        return None;
    }
    call.args.iter().enumerate().find_map(|(i, arg)| match arg.ty {
        Type::Bytes(_) if arg.direction == direction && i + 1 < call.args.len() => {
            Some(Buffer::Plain(i, i + 1))
        }
        // A C string that the kernel writes: `getcwd`.
        Type::Str | Type::Path
            if arg.direction == Direction::Written
                && direction == Direction::Written
                && i + 1 < call.args.len() =>
        {
            Some(Buffer::Plain(i, i + 1))
        }
        Type::Array(Type::Struct(def), _) if def.name == "iovec" && arg.direction == direction => {
            Some(Buffer::Vectors(i, i + 1))
        }
        Type::At(def) if def.name == "msghdr" => {
            let is_receive = call.name.starts_with("recv");
            (is_receive == (direction == Direction::Written)).then_some(Buffer::Message(i))
        }
        _ => None,
    })
}

fn le_u64(raw: &[u8]) -> u64 {
    u64::from_le_bytes(raw.try_into().expect("eight bytes"))
}
