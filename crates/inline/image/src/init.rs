//! Before the program's first instruction.
//!
//! # Safety
//! Runs once in a fresh image, on a stack in the pool, with one thread; all memory is mapped.
#![allow(unsafe_code)]

use crate::kernel::{self, nr, shared};
use crate::layout::{BASE, Header, POOL, Request, SHARED, SHARED_LEN, SLOT, SLOTS};
use crate::{guest, ruby, signal, task};

unsafe extern "C" {
    fn rt_start();
    static rt_config: u8;
    static rt_exempt: u8;
    static rt_exempt_end: u8;
    static rt_data: u8;
    static rt_data_end: u8;
    static rt_bss_end: u8;
}

/// The image's table of contents, laid out as [`Header`].
#[repr(C)]
struct Table {
    magic: [u8; 8],
    start: unsafe extern "C" fn(),
    places: [*const u8; 6],
    template: unsafe extern "C" fn(&mut Request),
}
// SAFETY: addresses, never written.
unsafe impl Sync for Table {}

#[used]
#[unsafe(link_section = ".header")]
static HEADER: Table = Table {
    magic: *b"HIJINKS1",
    start: rt_start,
    places: [
        &raw const rt_config,
        &raw const rt_exempt,
        &raw const rt_exempt_end,
        &raw const rt_data,
        &raw const rt_data_end,
        &raw const rt_bss_end,
    ],
    template: ruby::rt_template,
};
const _: () = assert!(size_of::<Table>() == size_of::<Header>());

#[unsafe(no_mangle)]
extern "C" fn rt_init(descriptor: u64) {
    kernel::count(&shared().images);
    guest::new_process();
    task::first_thread();
    signal::install();
    // SAFETY: the loader's descriptor is nobody else's; registers for what `patch` uses; seals what the program must not take away (kernels
    // before 6.10 answer ENOSYS). The pages stay as they are.
    unsafe {
        kernel::call(nr::CLOSE, &[descriptor]);
        kernel::call(nr::MEMBARRIER, &[1 << 6, 0]);
        let image_end = (&raw const rt_bss_end) as u64;
        kernel::call(nr::MSEAL, &[BASE, image_end - BASE, 0]);
        kernel::call(nr::MSEAL, &[SHARED, SHARED_LEN, 0]);
        kernel::call(nr::MSEAL, &[POOL, SLOT * SLOTS, 0]);
    }
}
