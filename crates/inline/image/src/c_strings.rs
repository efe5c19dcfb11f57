//! What mruby's C code expects of a C library beside memory: strings, characters, mathematics.
//!
//! # Safety
//! The functions have the C meaning and the C obligations.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};

use crate::kernel;

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn strlen(s: *const u8) -> usize {
    let mut len = 0;
    // SAFETY: up to the zero byte; volatile so that this is not recognised as strlen.
    while unsafe { s.add(len).read_volatile() } != 0 {
        len += 1;
    }
    len
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn strncmp(a: *const u8, b: *const u8, len: usize) -> c_int {
    for i in 0..len {
        // SAFETY: up to the zero byte of either.
        let (x, y) = unsafe { (*a.add(i), *b.add(i)) };
        if x != y || x == 0 {
            return c_int::from(x) - c_int::from(y);
        }
    }
    0
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn strcmp(a: *const u8, b: *const u8) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { strncmp(a, b, usize::MAX) }
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn strchr(mut s: *const c_char, c: c_int) -> *const c_char {
    // SAFETY: up to the zero byte.
    unsafe {
        loop {
            if *s == c as c_char {
                return s;
            }
            if *s == 0 {
                return core::ptr::null();
            }
            s = s.add(1);
        }
    }
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn memchr(s: *const u8, c: c_int, len: usize) -> *const u8 {
    // SAFETY: the caller's promise.
    let found = (0..len).find(|i| unsafe { *s.add(*i) } == c as u8);
    found.map_or(core::ptr::null(), |i| s.wrapping_add(i))
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn stpcpy(to: *mut u8, from: *const u8) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        let len = strlen(from);
        core::ptr::copy_nonoverlapping(from, to, len + 1);
        to.add(len)
    }
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn strcpy(to: *mut u8, from: *const u8) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { stpcpy(to, from) };
    to
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn strncat(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        let end = to.add(strlen(to));
        let len = (0..len).find(|i| *from.add(*i) == 0).unwrap_or(len);
        core::ptr::copy_nonoverlapping(from, end, len);
        *end.add(len) = 0;
    }
    to
}

struct Errno(UnsafeCell<c_int>);
// SAFETY: used by handlers only, one at a time.
unsafe impl Sync for Errno {}
static ERRNO: Errno = Errno(UnsafeCell::new(0));

#[unsafe(no_mangle)]
extern "C" fn __errno_location() -> *mut c_int {
    ERRNO.0.get()
}

#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    panic!()
}

#[unsafe(no_mangle)]
extern "C" fn exit(_: c_int) -> ! {
    panic!()
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn time(at: *mut i64) -> i64 {
    let mut now = [0i64; 2];
    // SAFETY: the kernel writes to memory of ours.
    unsafe { kernel::call(228, &[0, now.as_mut_ptr() as u64]) };
    let [seconds, _] = core::hint::black_box(now);
    if !at.is_null() {
        // SAFETY: the caller's promise.
        unsafe { *at = seconds };
    }
    seconds
}

/// glibc's table for `tolower`, `toupper`: -128 to 255.
struct Cases([i32; 384], UnsafeCell<*const i32>);
// SAFETY: the pointer is set to the same value by whoever comes first.
unsafe impl Sync for Cases {}

const fn cases(low: u8, high: u8) -> [i32; 384] {
    let mut table = [0; 384];
    let mut i = 0;
    while i < 384 {
        let c = i as i32 - 128;
        table[i] = if c >= low as i32 && c <= high as i32 { c ^ 32 } else { c };
        i += 1;
    }
    table
}

static LOWER: Cases = Cases(cases(b'A', b'Z'), UnsafeCell::new(core::ptr::null()));
static UPPER: Cases = Cases(cases(b'a', b'z'), UnsafeCell::new(core::ptr::null()));

fn location(cases: &'static Cases) -> *const *const i32 {
    // SAFETY: see above.
    unsafe { *cases.1.get() = cases.0.as_ptr().add(128) };
    cases.1.get()
}

#[unsafe(no_mangle)]
extern "C" fn __ctype_tolower_loc() -> *const *const i32 {
    location(&LOWER)
}

#[unsafe(no_mangle)]
extern "C" fn __ctype_toupper_loc() -> *const *const i32 {
    location(&UPPER)
}

macro_rules! of_one {
    ($($name:ident)*) => { $(
        #[unsafe(no_mangle)]
        extern "C" fn $name(x: f64) -> f64 { libm::$name(x) }
    )* };
}
macro_rules! of_two {
    ($($name:ident)*) => { $(
        #[unsafe(no_mangle)]
        extern "C" fn $name(x: f64, y: f64) -> f64 { libm::$name(x, y) }
    )* };
}
of_one!(acos acosh asin asinh atan atanh cbrt ceil cos cosh erf erfc exp floor log log10 log2 round
        sin sinh sqrt tan tanh trunc);
of_two!(atan2 fmod hypot pow);

#[unsafe(no_mangle)]
extern "C" fn ldexp(x: f64, n: c_int) -> f64 {
    libm::ldexp(x, n)
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn frexp(x: f64, exponent: *mut c_int) -> f64 {
    let (fraction, n) = libm::frexp(x);
    // SAFETY: the caller's promise.
    unsafe { *exponent = n };
    fraction
}
