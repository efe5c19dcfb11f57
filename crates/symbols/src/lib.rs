//! The native stack of another process, unwound and symbolised.
//!
//! [`Symbols::backtrace`] takes three registers and a way to read memory, so it serves any engine.
//! Frames are found by the call frame information of the program's files (`framehop`), names and
//! lines by their symbol tables and DWARF (`addr2line`). What is found out about a file is kept as
//! long as the file is the same; a process's map is read again at each call and its unwinder kept
//! while the map is the same. A stack that can't be followed ends early: never an error.
#![forbid(unsafe_code)]

mod image;
mod maps;

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use engine::{Addr, Frame, Memory, Pid};
use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use framehop::{MayAllocateDuringUnwind, Unwinder};

use image::{Identity, Image};
use maps::{Mapping, mappings};

/// The registers that unwinding starts from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Registers {
    /// `rip`
    pub ip: Addr,
    /// `rsp`
    pub sp: Addr,
    /// `rbp`
    pub bp: Addr,
}

/// Frames that a stack may have before we stop: recursion without end has as many.
const DEEPEST: usize = 256;

/// The bytes of a section, shared by all processes that map its file.
type Section = Rc<[u8]>;

/// What is known of files and processes. One for a supervisor.
#[derive(Default)]
pub struct Symbols {
    images: HashMap<Identity, Rc<Image>>,
    processes: HashMap<Pid, Process>,
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Symbols")
            .field("images", &self.images.len())
            .field("processes", &self.processes.len())
            .finish()
    }
}

/// A process's address space as it was last seen.
struct Process {
    maps: Vec<Mapping>,
    /// For each mapping of code, its file and what to add to the file's addresses.
    code: Vec<Code>,
    unwinder: UnwinderX86_64<Section, MayAllocateDuringUnwind>,
    cache: CacheX86_64<MayAllocateDuringUnwind>,
}

struct Code {
    start: Addr,
    end: Addr,
    name: Rc<str>,
    loaded: Option<(Rc<Image>, u64)>,
}

impl Symbols {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Symbols {
        Symbols::default()
    }

    /// The process is gone, or runs another program now.
    pub fn forget(&mut self, pid: Pid) {
        self.processes.remove(&pid);
    }

    /// The stack of a task of the process, innermost first.
    #[must_use]
    pub fn backtrace(&mut self, pid: Pid, registers: Registers, memory: &dyn Memory) -> Vec<Frame> {
        self.look_at(pid, memory);
        let Some(process) = self.processes.get_mut(&pid) else { return Vec::new() };
        let mut read = |addr: u64| {
            let mut word = [0; 8];
            memory.read(addr, &mut word).map_err(drop)?;
            Ok(u64::from_le_bytes(word))
        };
        let from = UnwindRegsX86_64::new(registers.ip, registers.sp, registers.bp);
        let Process { unwinder, cache, .. } = process;
        let mut frames = unwinder.iter_frames(registers.ip, from, cache, &mut read);
        let mut found = Vec::new();
        while found.len() < DEEPEST
            && let Ok(Some(frame)) = frames.next()
        {
            found.push((frame.address(), frame.address_for_lookup()));
        }
        found.into_iter().map(|(ip, lookup)| process.describe(ip, lookup)).collect()
    }

    /// Reads the process's map, and loads what is new in it.
    fn look_at(&mut self, pid: Pid, memory: &dyn Memory) {
        let maps = mappings(pid);
        if self.processes.get(&pid).is_some_and(|process| process.maps == maps) {
            return;
        }
        let mut unwinder = UnwinderX86_64::new();
        let mut code = Vec::new();
        for mapping in maps.iter().filter(|mapping| mapping.executable) {
            let loaded = self.load(pid, mapping, memory).map(|image| {
                let bias = image.bias(mapping.start, mapping.offset);
                (image, bias)
            });
            if let Some((image, bias)) = &loaded {
                unwinder.add_module(image.module(&mapping.name, mapping.start..mapping.end, *bias));
            }
            code.push(Code {
                start: mapping.start,
                end: mapping.end,
                name: mapping.name.as_str().into(),
                loaded,
            });
        }
        let cache = CacheX86_64::new();
        self.processes.insert(pid, Process { maps, code, unwinder, cache });
    }

    fn load(&mut self, pid: Pid, mapping: &Mapping, memory: &dyn Memory) -> Option<Rc<Image>> {
        let identity = Identity::of(pid, mapping)?;
        if let Some(image) = self.images.get(&identity) {
            return Some(image.clone());
        }
        let image = Rc::new(Image::load(pid, mapping, memory)?);
        self.images.insert(identity, image.clone());
        Some(image)
    }
}

impl Process {
    fn describe(&self, ip: Addr, lookup: Addr) -> Frame {
        let Some(code) = self.code.iter().find(|code| (code.start..code.end).contains(&lookup))
        else {
            return Frame { ip, ..Frame::default() };
        };
        let module = (!code.name.is_empty()).then(|| code.name.to_string());
        let Some((image, bias)) = &code.loaded else {
            return Frame { ip, module, offset: ip - code.start, ..Frame::default() };
        };
        let place = image.place(lookup.wrapping_sub(*bias));
        let stated = ip.wrapping_sub(*bias);
        let (function, offset) = match place.function {
            Some((name, address)) => (Some(name), stated.wrapping_sub(address)),
            None => (None, stated),
        };
        Frame { ip, module, function, offset, file: place.file, line: place.line }
    }
}
