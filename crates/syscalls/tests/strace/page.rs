//! The memory that the sweep's arguments point into: a page image at a fixed address.
//!
//! Fields of every struct get values that matter to somebody: zeros, ones, small and large
//! numbers, all bits, and for the structs that hold pointers one well-formed specimen each.

use syscalls::{Addr, Fault, Memory};

/// Where the image lies in the guest.
pub const BASE: Addr = 0x1000_0000;
/// An address below every mapping.
pub const BAD: Addr = 0x10;

/// The image, as our side reads it.
pub struct Page {
    bytes: Vec<u8>,
}

impl Memory for Page {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        let at = addr.checked_sub(BASE).ok_or(Fault { addr })? as usize;
        let end = at.checked_add(buf.len()).ok_or(Fault { addr })?;
        buf.copy_from_slice(self.bytes.get(at..end).ok_or(Fault { addr })?);
        Ok(())
    }

    fn write(&mut self, addr: Addr, _: &[u8]) -> Result<(), Fault> {
        Err(Fault { addr })
    }
}

/// Places in the image.
pub struct Places {
    /// Whole C strings.
    pub strings: Vec<Addr>,
    /// 512 bytes each, for any struct.
    pub areas: Vec<Addr>,
    /// NULL-terminated arrays of strings.
    pub argv: Vec<Addr>,
    /// Socket addresses with their lengths.
    pub addresses: Vec<(Addr, u64)>,
    /// Arrays of two iovecs.
    pub iovecs: Vec<Addr>,
    /// Messages.
    pub messages: Vec<Addr>,
    /// The last bytes before memory ends.
    pub edge: Addr,
}

impl Page {
    /// The image and where things are in it.
    pub fn build() -> (Page, Places) {
        let mut page = Page { bytes: Vec::new() };
        let strings = [
            &b"/etc/passwd"[..],
            b"",
            b"a longer name than thirty-two bytes, to be cut",
            b"exactly thirty-two bytes, ok....",
            b"tab\tquote\"back\\slash\nnul\x01end",
            b"\x7f\x80\xff123\x01\x02a\x033",
        ];
        let strings: Vec<Addr> =
            strings.iter().map(|s| page.add(&[s, &b"\0"[..]].concat())).collect();
        let mut areas = Vec::new();
        let word = |w: u32| w.to_le_bytes().repeat(128);
        for w in [0, 1, 2, 3, 0x21, 0xff, 0x1a4, 0x81a4, 0x2190, 0x7fff_ffff, u32::MAX] {
            areas.push(page.add(&word(w)));
        }
        let long = |w: u64| w.to_le_bytes().repeat(64);
        for w in [1u64, 5, 17, 33, 0x1000, 0x10_0000, 1_600_000_000, 1_000_000_007, u64::MAX >> 1] {
            areas.push(page.add(&long(w)));
        }
        let mut seed = 12345u32;
        for shift in [0, 16, 24, 28] {
            let mut random = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed >> shift
            };
            let bytes: Vec<u8> = (0..128).flat_map(|_| random().to_le_bytes()).collect();
            areas.push(page.add(&bytes));
        }
        let text: Vec<u8> = (0..512u32).map(|i| (i * 7 % 251) as u8).collect();
        areas.push(page.add(&text));

        let pointers = |page: &mut Page, list: &[Addr]| {
            let bytes: Vec<u8> = list.iter().flat_map(|a| a.to_le_bytes()).collect();
            page.add(&bytes)
        };
        let many: Vec<Addr> = (0..40).map(|i| strings[i % 3]).chain([0]).collect();
        let argv = vec![
            pointers(&mut page, &[strings[0], strings[1], 0]),
            pointers(&mut page, &[0]),
            pointers(&mut page, &[strings[2], BAD, strings[4], 0]),
            pointers(&mut page, &many),
        ];
        let mut addresses = Vec::new();
        let mut add = |page: &mut Page, bytes: &[u8], len: u64| {
            addresses.push((page.add(bytes), len));
        };
        add(&mut page, b"\x01\0/run/socket\0\0\0", 14);
        add(&mut page, b"\x01\0\0abstract\0\0", 11);
        add(&mut page, b"\x01\0", 2);
        add(&mut page, b"\x02\0\0\x50\x7f\0\0\x01\0\0\0\0\0\0\0\0", 16);
        add(&mut page, b"\x02\0\0\x50\x7f\0\0\x01\0\0\0\0\0\0\0\0", 8);
        let mut six = b"\x0a\0\x01\xbb\0\0\0\0".to_vec();
        six.extend_from_slice(&[
            0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0,
        ]);
        add(&mut page, &six, 28);
        six[8..24].copy_from_slice(&[0; 16]);
        add(&mut page, &six, 28);
        add(&mut page, b"\x10\0\0\0\x05\0\0\0\x01\0\0\0", 12);
        add(&mut page, b"\x11\0\x08\x00\x02\0\0\0\x01\0\x04\x06\x52\x54\0\x12\x34\x56\0\0", 20);
        add(&mut page, b"\x07\x01abcdefgh", 10);

        let iov = |page: &mut Page, list: &[(Addr, u64)]| {
            let bytes: Vec<u8> = list
                .iter()
                .flat_map(|(a, n)| [a.to_le_bytes(), n.to_le_bytes()].concat())
                .collect();
            page.add(&bytes)
        };
        let iovecs = vec![
            iov(&mut page, &[(strings[0], 11), (strings[2], 46), (0, 0)]),
            iov(&mut page, &[(areas[0], 2), (areas[2], 4), (strings[4], 5)]),
            iov(&mut page, &[(strings[0], 3), (BAD, 5), (0, 0)]),
        ];
        let mut rights = 20u64.to_le_bytes().to_vec();
        rights.extend_from_slice(&[1, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
        let mut creds = 28u64.to_le_bytes().to_vec();
        creds.extend_from_slice(&[1, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
        creds.resize(32, 0);
        let both = page.add(&[&rights[..], &creds].concat());
        let rights = page.add(&rights);
        let mut messages = Vec::new();
        for (name, control) in
            [((0, 0), (0, 0)), (addresses[3], (rights, 20)), (addresses[0], (both, 52))]
        {
            let words = [name.0, name.1, iovecs[0], 2, control.0, control.1, 0x40];
            let mut bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
            bytes.extend_from_slice(&57u64.to_le_bytes());
            bytes.extend_from_slice(&bytes.clone());
            messages.push(page.add(&bytes));
        }
        let size = (page.bytes.len() + 64).next_multiple_of(4096);
        page.bytes.resize(size, b'e');
        let edge = BASE + size as u64 - 6;
        (page, Places { strings, areas, argv, addresses, iovecs, messages, edge })
    }

    /// The image's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn add(&mut self, bytes: &[u8]) -> Addr {
        self.bytes.resize(self.bytes.len().next_multiple_of(16), 0);
        let at = BASE + self.bytes.len() as u64;
        self.bytes.extend_from_slice(bytes);
        at
    }
}
