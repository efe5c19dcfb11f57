//! The heap: one arena at a fixed address, so that a snapshot of it is valid in every process.
//!
//! Used by handlers only, which run under `lock::HANDLERS`; so it has no lock of its own. Signal
//! handlers and the stand-ins of `virt` allocate nothing.
//!
//! # Safety
//! The arena is mapped (privately, on demand) before the first allocation.
#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

use dlmalloc::Dlmalloc;

use crate::layout::{HEAP, HEAP_LEN};

/// First byte that was never used.
static TOP: AtomicUsize = AtomicUsize::new(HEAP as usize);

/// End of what a snapshot must keep.
pub fn top() -> u64 {
    TOP.load(Ordering::Relaxed) as u64
}

/// Hands out the arena from low to high; what is freed stays dlmalloc's.
struct Arena;

// SAFETY: every range is handed out once.
unsafe impl dlmalloc::Allocator for Arena {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        let at = TOP.load(Ordering::Relaxed);
        if at + size > (HEAP + HEAP_LEN) as usize {
            return (core::ptr::null_mut(), 0, 0);
        }
        TOP.store(at + size, Ordering::Relaxed);
        (at as *mut u8, size, 0)
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        core::ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        4096
    }
}

struct Heap(UnsafeCell<Dlmalloc<Arena>>);

// SAFETY: see the module.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP_OF_HANDLERS: Heap = Heap(UnsafeCell::new(Dlmalloc::new_with_allocator(Arena)));

// SAFETY: dlmalloc keeps the contract; nobody else is in it.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see the module.
        unsafe { (*self.0.get()).malloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: see the module; it came from here.
        unsafe { (*self.0.get()).free(at, layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see the module; it came from here.
        unsafe { (*self.0.get()).realloc(at, layout.size(), layout.align(), size) }
    }
}

/// # Safety
/// As C's; gcc turns `realloc(NULL, n)` into it.
#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(size: usize) -> *mut u8 {
    // SAFETY: see the module.
    unsafe { (*HEAP_OF_HANDLERS.0.get()).c_malloc(size) }
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(at: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: see the module.
    unsafe {
        let heap = &mut *HEAP_OF_HANDLERS.0.get();
        if at.is_null() { heap.c_malloc(size) } else { heap.c_realloc(at, size) }
    }
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(at: *mut u8) {
    if !at.is_null() {
        // SAFETY: see the module; it came from here.
        unsafe { (*HEAP_OF_HANDLERS.0.get()).c_free(at) };
    }
}
