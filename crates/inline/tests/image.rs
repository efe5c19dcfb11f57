//! What must hold of the finished image, whoever changes a dependency or a flag: it enters a foreign
//! thread after saving sixteen SSE registers and nothing else.

use iced_x86::{CpuidFeature, Decoder, DecoderOptions, Instruction, Mnemonic, Register};
use inline::layout::{BASE, STUB, STUB_SYSCALL, STUBS};
use inline::{ELF, Image};

fn word(at: usize, len: usize) -> u64 {
    ELF[at..at + len].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Sections: name, type, address, bytes.
fn sections() -> Vec<(String, u64, u64, &'static [u8])> {
    let (table, count, names) = (word(40, 8) as usize, word(60, 2) as usize, word(62, 2) as usize);
    let header = |i: usize| table + i * 64;
    let names = word(header(names) + 24, 8) as usize;
    (0..count)
        .map(|i| {
            let at = header(i);
            let name = &ELF[names + word(at, 4) as usize..];
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            let kind = word(at + 4, 4);
            let (offset, len) = (word(at + 24, 8) as usize, word(at + 32, 8) as usize);
            let bytes = if kind == 8 { &[][..] } else { &ELF[offset..offset + len] };
            (String::from_utf8_lossy(name).into_owned(), kind, word(at + 16, 8), bytes)
        })
        .collect()
}

fn instructions(section: &str) -> Vec<Instruction> {
    let (_, _, address, bytes) =
        sections().into_iter().find(|(name, ..)| name == section).expect("it is there");
    Decoder::with_ip(64, bytes, address, DecoderOptions::NONE).into_iter().collect()
}

fn all_code() -> Vec<Instruction> {
    [".stubs", ".gate", ".text"].into_iter().flat_map(instructions).collect()
}

#[test]
fn nothing_is_left_to_relocate_resolve_or_set_up() {
    const RELA: u64 = 4;
    const REL: u64 = 9;
    // An empty `.dynamic` may be left by the linker; that nothing loads it is checked in build.rs,
    // where a PT_DYNAMIC, PT_INTERP or PT_TLS ends the build.
    for (name, kind, _, bytes) in sections() {
        assert!(![RELA, REL].contains(&kind) || bytes.is_empty(), "{name}");
        assert!(![".tdata", ".tbss", ".interp", ".init_array"].contains(&name.as_str()), "{name}");
    }
    let undefined = std::process::Command::new("nm")
        .arg("-u")
        .arg(concat!(env!("OUT_DIR"), "/image.elf"))
        .output()
        .expect("binutils are installed");
    assert!(undefined.stdout.is_empty(), "{undefined:?}");
}

#[test]
fn no_register_beyond_sse2_and_no_segment_is_touched() {
    for i in all_code() {
        let segment = i.segment_prefix();
        assert!(![Register::FS, Register::GS].contains(&segment), "{:x} {i}", i.ip());
        for feature in i.cpuid_features() {
            let fine = [
                CpuidFeature::INTEL8086,
                CpuidFeature::INTEL186,
                CpuidFeature::INTEL286, // ud2, which nobody reaches
                CpuidFeature::INTEL386,
                CpuidFeature::INTEL486,
                CpuidFeature::X64,
                CpuidFeature::CMOV,
                CpuidFeature::SSE,
                CpuidFeature::SSE2,
                CpuidFeature::SSE4_2, // crc32, which knows general registers only
                CpuidFeature::BMI1,   // tzcnt, which is `rep bsf` to older processors
                CpuidFeature::MULTIBYTENOP,
                CpuidFeature::SYSCALL,
                CpuidFeature::PAUSE,
                CpuidFeature::CET_SS, // rdssp, incssp: no-ops where there is no shadow stack
                CpuidFeature::CX8,
                CpuidFeature::FSGSBASE,
            ];
            assert!(fine.contains(feature), "{:x} {i} {feature:?}", i.ip());
        }
        if i.cpuid_features().contains(&CpuidFeature::SSE4_2) {
            assert_eq!(i.mnemonic(), Mnemonic::Crc32, "{:x} {i}", i.ip());
        }
        if i.cpuid_features().contains(&CpuidFeature::BMI1) {
            assert_eq!(i.mnemonic(), Mnemonic::Tzcnt, "{:x} {i}", i.ip());
        }
        assert_ne!(i.mnemonic(), Mnemonic::Cpuid, "{:x}", i.ip());
    }
}

#[test]
fn the_kernel_is_entered_from_the_gate_and_the_stubs_only() {
    let header = Image::default().header();
    let is_entry = |i: &&Instruction| {
        [Mnemonic::Syscall, Mnemonic::Sysenter, Mnemonic::Int].contains(&i.mnemonic())
    };
    let stubs = instructions(".stubs");
    let stubs = stubs.iter().filter(is_entry).filter(|i| {
        assert!(header.exempt < i.next_ip() && i.next_ip() <= header.exempt_end);
        (i.ip() - header.exempt) % STUB == STUB_SYSCALL
    });
    assert_eq!(stubs.count(), STUBS);
    let outside = instructions(".text").iter().filter(is_entry).count();
    assert_eq!(outside, 2, "the two deliberate traps");
    let in_gate = instructions(".gate").iter().filter(is_entry).count();
    assert_eq!(in_gate, 5, "own, theirs, sigreturn, app, clone");
}

#[test]
fn what_is_executed_is_never_writable() {
    let (table, count) = (word(32, 8) as usize, word(56, 2) as usize);
    for header in (0..count).map(|i| table + i * 56) {
        if word(header, 4) == 1 {
            let flags = word(header + 4, 4);
            assert_ne!(flags & 3, 3, "a segment is writable and executable");
        }
    }
    let header = Image::default().header();
    assert_eq!(header.magic, *b"HIJINKS1");
    assert!(header.exempt > BASE && header.exempt_end < header.data);
}
