//! The host of an ordinary process: system calls by instruction, output to descriptors 1 and 2.
//!
//! # Safety
//! One instruction, with the registers that the kernel's ABI says it changes declared as changed.
#![allow(unsafe_code)]

use alloc::vec::Vec;
use core::arch::asm;
use std::os::unix::ffi::OsStringExt;

use crate::host::{Host, Stream};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Native {
    /// `$0`
    pub script: Vec<u8>,
    /// `ARGV`
    pub arguments: Vec<Vec<u8>>,
    /// `ENV`, if it is not to be the process's own.
    pub variables: Option<Vec<(Vec<u8>, Vec<u8>)>>,
}

impl Host for Native {
    #[cfg(target_arch = "x86_64")]
    unsafe fn syscall(&self, number: u64, args: [u64; 6]) -> i64 {
        let result: i64;
        // SAFETY: what the call does is the caller's promise; the clobbers are syscall(2)'s.
        unsafe {
            asm!(
                "syscall",
                inlateout("rax") number => result,
                in("rdi") args[0],
                in("rsi") args[1],
                in("rdx") args[2],
                in("r10") args[3],
                in("r8") args[4],
                in("r9") args[5],
                lateout("rcx") _,
                lateout("r11") _,
                options(nostack),
            );
        }
        result
    }

    fn write(&self, stream: Stream, bytes: &[u8]) {
        let fd = if stream == Stream::Out { 1 } else { 2 };
        // A closed terminal is no reason to stop a script.
        let _ = crate::kernel::Kernel(self).write(fd, bytes);
    }

    fn arguments(&self) -> Vec<Vec<u8>> {
        self.arguments.clone()
    }

    fn environment(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let own = || {
            std::env::vars_os().map(|(name, value)| (name.into_vec(), value.into_vec())).collect()
        };
        self.variables.clone().unwrap_or_else(own)
    }

    fn script(&self) -> Vec<u8> {
        self.script.clone()
    }
}
