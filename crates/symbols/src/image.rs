//! What one file tells of the code in it: how to unwind, what a place is called.
//!
//! Sections are copied, not mapped: a file that is cut short while it is mapped would kill us.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use addr2line::Loader;
use engine::{Addr, Memory, Pid};
use framehop::{ExplicitModuleSectionInfo, Module};
use object::read::{Object, ObjectSection, ObjectSegment, ObjectSymbol, ReadCache, ReadRef};

use crate::Section;
use crate::maps::Mapping;

/// Which file, in which state.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    File {
        device: u64,
        inode: u64,
        size: u64,
        modified: (i64, i64),
    },
    /// The kernel's own, the same for every process since boot.
    Vdso,
}

impl Identity {
    pub(crate) fn of(pid: Pid, mapping: &Mapping) -> Option<Identity> {
        if mapping.name == "[vdso]" {
            return Some(Identity::Vdso);
        }
        let meta = fs::metadata(path(pid, mapping)?).ok()?;
        // Another file may have taken the name since it was mapped.
        (meta.ino() == mapping.inode).then_some(Identity::File {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
        })
    }
}

/// The file as we reach it: the process may live in another root directory.
fn path(pid: Pid, mapping: &Mapping) -> Option<PathBuf> {
    let name = mapping.name.strip_prefix('/')?;
    Some(Path::new("/proc").join(pid.to_string()).join("root").join(name))
}

/// A place in a file.
#[derive(Default)]
pub(crate) struct Place {
    /// The function's name, demangled, and its address.
    pub(crate) function: Option<(String, u64)>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
}

/// Where a code segment's bytes lie in the file and where they want to be in memory.
struct Segment {
    file: Range<u64>,
    address: u64,
}

/// A file's code.
pub(crate) struct Image {
    segments: Vec<Segment>,
    eh_frame: Option<(Range<u64>, Section)>,
    eh_frame_hdr: Option<(Range<u64>, Section)>,
    got: Option<Range<u64>>,
    text: Option<Range<u64>>,
    /// Symbols of an image that is no file.
    symbols: Vec<(Range<u64>, String)>,
    path: Option<PathBuf>,
    loader: OnceCell<Option<Loader>>,
}

impl Image {
    pub(crate) fn load(pid: Pid, mapping: &Mapping, memory: &dyn Memory) -> Option<Image> {
        match path(pid, mapping) {
            Some(path) => {
                let cache = ReadCache::new(File::open(&path).ok()?);
                let mut image = Image::read(&object::File::parse(&cache).ok()?);
                // Symbols and lines are read when the first name is asked for.
                image.symbols = Vec::new();
                image.path = Some(path);
                Some(image)
            }
            None => {
                let len = usize::try_from(mapping.end - mapping.start).ok()?;
                let mut bytes = vec![0; len];
                memory.read(mapping.start, &mut bytes).ok()?;
                let mut image = Image::read(&object::File::parse(bytes.as_slice()).ok()?);
                image.path = None;
                Some(image)
            }
        }
    }

    fn read<'d, R: ReadRef<'d>>(file: &object::File<'d, R>) -> Image {
        let section = |name: &str| {
            let section = file.section_by_name(name)?;
            let range = section.address()..section.address() + section.size();
            Some((range, Section::from(section.data().ok()?)))
        };
        let range = |name: &str| {
            let section = file.section_by_name(name)?;
            Some(section.address()..section.address() + section.size())
        };
        let segment = |segment: object::Segment<'d, '_, R>| {
            let (at, len) = segment.file_range();
            Segment { file: at..at + len, address: segment.address() }
        };
        // Only code is asked for; a data segment may begin in the same page of the file.
        let is_code = |segment: &object::Segment<'d, '_, R>| {
            matches!(segment.flags(), object::SegmentFlags::Elf { p_flags, .. }
                if p_flags.0 & object::elf::PF_X.0 != 0)
        };
        let symbols = file.dynamic_symbols().filter(|symbol| symbol.size() > 0);
        Image {
            segments: file.segments().filter(is_code).map(segment).collect(),
            eh_frame: section(".eh_frame"),
            eh_frame_hdr: section(".eh_frame_hdr"),
            got: range(".got"),
            text: range(".text"),
            symbols: symbols
                .filter_map(|symbol| {
                    let range = symbol.address()..symbol.address() + symbol.size();
                    Some((range, symbol.name().ok()?.to_owned()))
                })
                .collect(),
            path: None,
            loader: OnceCell::new(),
        }
    }

    /// What to add to the file's addresses, when this offset of it is mapped at `start`.
    pub(crate) fn bias(&self, start: Addr, offset: u64) -> u64 {
        // A segment begins anywhere in a page, its mapping at the page.
        let holds = |segment: &&Segment| {
            (segment.file.start & !0xfff..segment.file.end.max(segment.file.start + 1))
                .contains(&offset)
        };
        let stated = match self.segments.iter().rfind(holds) {
            Some(segment) => segment.address.wrapping_add(offset.wrapping_sub(segment.file.start)),
            None => offset,
        };
        start.wrapping_sub(stated)
    }

    pub(crate) fn module(&self, name: &str, range: Range<Addr>, bias: u64) -> Module<Section> {
        Module::new(
            name.to_owned(),
            range,
            bias,
            ExplicitModuleSectionInfo {
                base_svma: 0,
                text_svma: self.text.clone(),
                got_svma: self.got.clone(),
                eh_frame_svma: self.eh_frame.as_ref().map(|(range, _)| range.clone()),
                eh_frame: self.eh_frame.as_ref().map(|(_, data)| Rc::clone(data)),
                eh_frame_hdr_svma: self.eh_frame_hdr.as_ref().map(|(range, _)| range.clone()),
                eh_frame_hdr: self.eh_frame_hdr.as_ref().map(|(_, data)| Rc::clone(data)),
                ..ExplicitModuleSectionInfo::default()
            },
        )
    }

    /// What is at an address of the file.
    pub(crate) fn place(&self, stated: u64) -> Place {
        let Some(path) = &self.path else {
            let symbol = self.symbols.iter().find(|(range, _)| range.contains(&stated));
            let function = symbol.map(|(range, name)| (name.clone(), range.start));
            return Place { function, ..Place::default() };
        };
        let Some(loader) = self.loader.get_or_init(|| Loader::new(path).ok()) else {
            return Place::default();
        };
        let symbol = loader.find_symbol_info(stated);
        let function = symbol.map(|symbol| {
            let name = symbol.name().split('@').next().unwrap_or_default();
            (addr2line::demangle_auto(name.into(), None).into_owned(), symbol.address())
        });
        let location = loader.find_location(stated).ok().flatten();
        let file = location.as_ref().and_then(|place| place.file).map(str::to_owned);
        Place { function, file, line: location.and_then(|place| place.line) }
    }
}
