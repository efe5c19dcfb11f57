//! Getting the runtime into a fresh program, at the stop that follows its `execve`.
//!
//! The loader's code is written over the bytes at the start of the page of the entry point, runs
//! there up to its breakpoint, and the bytes are put back. Then the thread is sent to the runtime's
//! start, which ends at the entry point with the registers of a fresh program.
//!
//! # Safety
//! The labels of `loader.s` enclose constant bytes.
#![allow(unsafe_code)]

use std::arch::global_asm;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use inline::layout::{
    ALT_LEN, ALTS, BASE, Config, HEAP, HEAP_LEN, LOADER_MAGIC, POOL, SHARED, SHARED_LEN, SLOT,
    SLOTS,
};
use inline::{Image, layout::Header};
use libc::{pid_t, user_regs_struct};

use crate::sys;

global_asm!(include_str!("loader.s"), MAGIC = const LOADER_MAGIC, options(att_syntax));

unsafe extern "C" {
    static hijinks_loader: u8;
    static hijinks_loader_stop: u8;
    static hijinks_loader_table: u8;
}

/// The file that all programs of the run map: the image, and behind it the shared part.
#[derive(Debug)]
pub struct Loader {
    /// The file.
    pub file: File,
    header: Header,
    code: Vec<u8>,
    stop: u64,
}

/// A program that is being loaded into.
#[derive(Debug)]
pub struct Loading {
    registers: user_regs_struct,
    at: u64,
    bytes: Vec<u8>,
}

/// How loading went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loaded {
    /// The thread starts in the runtime when it is let go.
    Yes,
    /// This stop was not the loader's.
    NotYet,
    /// The program can't hold the runtime: the kernel's answer to a mapping.
    No(i64),
}

const PRIVATE: u64 = 2;
const SHARED_MAPPING: u64 = 1;
const ANONYMOUS: u64 = 0x20;
const NORESERVE: u64 = 0x4000;
const FIXED_NOREPLACE: u64 = 0x10_0000;

const RW: u64 = 3;
const RX: u64 = 5;

/// Arguments of `mmap`; the descriptor is the image's.
#[derive(Clone, Copy, Debug)]
pub struct Mapping {
    /// Where, exactly.
    pub address: u64,
    /// Bytes.
    pub len: u64,
    /// `PROT_*`
    pub protection: u64,
    /// `MAP_*`
    pub flags: u64,
    /// In the file.
    pub offset: u64,
}

impl Mapping {
    fn file(address: u64, end: u64, protection: u64, offset: u64) -> Mapping {
        let flags = FIXED_NOREPLACE | PRIVATE;
        Mapping { address, len: end - address, protection, flags, offset }
    }

    fn nothing(address: u64, end: u64) -> Mapping {
        let flags = FIXED_NOREPLACE | PRIVATE | ANONYMOUS | NORESERVE;
        Mapping { address, len: end - address, protection: RW, flags, offset: 0 }
    }
}

/// The file: text, data and zeroes as in memory, the shared part, the heap.
impl Loader {
    /// Writes the image to a file and prepares the loader for it.
    pub fn new(image: &Image) -> io::Result<Loader> {
        let header = image.header();
        let file = sys::nameless_file()?;
        file.write_all_at(image.bytes(), 0)?;
        let start = &raw const hijinks_loader;
        let stop = &raw const hijinks_loader_stop as u64 - start as u64;
        let mut loader = Loader { file, header, code: Vec::new(), stop };
        loader.file.set_len(loader.heap_offset())?;
        loader.map(&[
            loader.text(),
            Mapping::file(header.data, header.data_end, RW, header.data - BASE),
            Mapping::nothing(header.data_end, header.bss_end),
        ]);
        Ok(loader)
    }

    /// Programs start with a script's snapshot, which is in the file by now.
    pub fn start_from(&mut self, image: &Image, heap_top: u64) -> io::Result<()> {
        let header = self.header;
        let config = (header.config - BASE) as usize;
        let told = &image.bytes()[config..config + size_of::<Config>()];
        self.file.write_all_at(told, config as u64)?;
        let heap_top = heap_top.next_multiple_of(4096);
        self.file.set_len(self.heap_offset() + heap_top - HEAP)?;
        self.map(&[
            self.text(),
            Mapping::file(header.data, header.bss_end, RW, header.data - BASE),
            Mapping::file(HEAP, heap_top, RW, self.heap_offset()),
            Mapping::nothing(heap_top, HEAP + HEAP_LEN),
        ]);
        Ok(())
    }

    fn text(&self) -> Mapping {
        Mapping::file(BASE, self.header.data, RX, 0)
    }

    fn shared(&self) -> Mapping {
        let flags = FIXED_NOREPLACE | SHARED_MAPPING;
        let offset = self.shared_offset();
        Mapping { address: SHARED, len: SHARED_LEN, protection: RW, flags, offset }
    }

    /// The loader's code, and the table behind it: these, and what every program has.
    fn map(&mut self, mappings: &[Mapping]) {
        let start = &raw const hijinks_loader;
        let len = &raw const hijinks_loader_table as usize - start as usize;
        // SAFETY: see the module.
        self.code = unsafe { std::slice::from_raw_parts(start, len) }.to_vec();
        let pool = Mapping::nothing(POOL, POOL + SLOT * SLOTS + ALT_LEN * ALTS);
        for map in mappings.iter().chain(&[self.shared(), pool]) {
            for word in [map.address, map.len, map.protection, map.flags, map.offset] {
                self.code.extend(word.to_le_bytes());
            }
        }
        self.code.extend(0u64.to_le_bytes());
    }

    /// What the template process maps.
    pub fn template_mappings(&self) -> [Mapping; 5] {
        let header = self.header;
        [
            self.text(),
            Mapping::file(header.data, header.data_end, RW, header.data - BASE),
            Mapping::nothing(header.data_end, header.bss_end),
            Mapping::nothing(HEAP, HEAP + HEAP_LEN),
            self.shared(),
        ]
    }

    /// What it leaves in the file: address, bytes, offset.
    pub fn snapshot_parts(&self, heap_top: u64) -> [(u64, usize, u64); 2] {
        let header = self.header;
        [
            (header.data, (header.bss_end - header.data) as usize, header.data - BASE),
            (HEAP, (heap_top - HEAP) as usize, self.heap_offset()),
        ]
    }

    /// The image's table of contents.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where in the file the shared part starts.
    pub fn shared_offset(&self) -> u64 {
        self.header.bss_end - BASE
    }

    fn heap_offset(&self) -> u64 {
        self.shared_offset() + SHARED_LEN
    }

    /// At the stop behind `execve`: sends the thread into the loader.
    pub fn begin(&self, task: pid_t, hide_vdso: bool) -> io::Result<Loading> {
        let registers = sys::registers(task)?;
        let memory = sys::memory(task)?;
        if hide_vdso {
            forget_vdso(&memory, registers.rsp)?;
        }
        let at = registers.rip & !4095;
        let mut bytes = vec![0; self.code.len()];
        memory.read_exact_at(&mut bytes, at)?;
        memory.write_all_at(&self.code, at)?;
        let mut start = registers;
        start.rip = at;
        start.orig_rax = u64::MAX;
        sys::set_registers(task, &start)?;
        Ok(Loading { registers, at, bytes })
    }

    /// At a breakpoint: if it is the loader's, puts the program's bytes back and sends the thread
    /// to the runtime's start.
    pub fn finish(&self, task: pid_t, loading: &Loading) -> io::Result<Loaded> {
        let now = sys::registers(task)?;
        if now.rip != loading.at + self.stop {
            return Ok(Loaded::NotYet);
        }
        sys::memory(task)?.write_all_at(&loading.bytes, loading.at)?;
        let mut start = loading.registers;
        start.orig_rax = u64::MAX;
        if now.rax != 0 {
            sys::set_registers(task, &start)?;
            return Ok(Loaded::No(now.rax.cast_signed()));
        }
        start.rdi = loading.registers.rip;
        start.rsi = loading.registers.rsp;
        start.rdx = now.r12;
        start.rip = self.header.start;
        sys::set_registers(task, &start)?;
        Ok(Loaded::Yes)
    }
}

/// Takes the vDSO out of the auxiliary vector: the program's C library then asks the kernel for the
/// time, with a call that can be handled.
fn forget_vdso(memory: &File, stack: u64) -> io::Result<()> {
    const SYSINFO_EHDR: u64 = 33;
    const IGNORE: u64 = 1;
    let mut at = stack;
    let mut next = || -> io::Result<u64> {
        let mut word = [0; 8];
        memory.read_exact_at(&mut word, at)?;
        at += 8;
        Ok(u64::from_le_bytes(word))
    };
    for _ in 0..=next()? {
        next()?;
    }
    while next()? != 0 {}
    loop {
        match next()? {
            0 => return Ok(()),
            SYSINFO_EHDR => return memory.write_all_at(&IGNORE.to_le_bytes(), at - 8),
            _ => {
                next()?;
            }
        }
    }
}
