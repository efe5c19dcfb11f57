//! `ioctl`: the third argument, by command.
//!
//! Which command takes what was taken from the kernel's headers and checked against strace; the
//! names are in [`flags::IOCTL`](crate::flags::IOCTL).

use super::{Args, args};
use crate::flags as f;
use crate::structs as s;
use crate::table::{FD, INT_ARG, argument, arguments, r, rw, v, w};
use crate::types::of;
use crate::types::short::*;
use crate::{Arg, Type};

/// One line for commands that share the kind of their argument.
macro_rules! commands {
    ($given:expr; $($command:pat => $param:expr;)*) => {
        match $given {
            $($command => args!(fd: FD, request: v(bits(&f::IOCTL)), argp: $param),)*
            _ => None,
        }
    };
}

pub(crate) fn ioctl(args: &[u64; 6]) -> Args {
    let command = args[1] & 0xffff_ffff;
    // Orders that need nothing but a descriptor: FIOCLEX, TIOCNOTTY, BLKRRPART, NS_GET_USERNS...
    if matches!(
        command,
        0x125f
            | 0x1261
            | 0x1274
            | 0x1275
            | 0x1276
            | 0x4b36
            | 0x4b37
            | 0x4b3c
            | 0x4b3d
            | 0x4b6d
            | 0x4c01
            | 0x4c07
            | 0x4c82
            | 0x5204
            | 0x5206
            | 0x5207
            | 0x540c
            | 0x540d
            | 0x541d
            | 0x541f
            | 0x5422
            | 0x5427
            | 0x5428
            | 0x5437
            | 0x5450
            | 0x5451
            | 0x9406
            | 0x9407
            | 0x9408
            | 0x941c
            | 0x942e
            | 0xb701
            | 0xb702
            | 0xb703
            | 0x5000_9402
            | 0x5000_940c
            | 0x8004_5705
            | 0xc004_5877
            | 0xc004_5878
    ) {
        return args!(fd: FD, request: v(bits(&f::IOCTL)));
    }
    commands! { command;
        // Numbers in the register itself: TCSBRK, TIOCSCTTY, LOOP_SET_FD...; BLKRASET...
        0x2402 | 0x2405 | 0x4c00 | 0x4c06 | 0x4c80 | 0x4c81 | 0x5409 | 0x540e | 0x5425
            | 0x4004_2408 | 0x4004_4581 => INT_ARG;
        0x321 | 0x322 | 0x323 | 0x325 | 0x326 | 0x327 | 0x32a | 0x32b | 0x32c | 0x32f
            | 0x1262 | 0x1264 | 0x4b4e | 0x4c08 | 0x4c09 | 0x4004_2409 | 0x4004_4590
            | 0x4004_4591 | 0x4008_700c | 0x4008_700e => v(U64);
        // A number that is told: FIONREAD, BLKSSZGET, TIOCGPTN...; BLKGETSIZE64...
        0x125e | 0x1267 | 0x1268 | 0x1278 | 0x1279 | 0x127a | 0x127b | 0x127c | 0x127e
            | 0x5411 | 0x5419 | 0x541b | 0x5424 | 0x8903 | 0x8904 | 0x8905 | 0x8925 | 0x894b
            | 0x8004_4584 | 0x8004_5200 | 0x8004_5430 | 0x8004_5432 | 0x8004_5440
            | 0x8004_5701 | 0x8004_5702 | 0x8004_5703 | 0x8004_5707 | 0x8004_5709
            | 0x8004_570a | 0x8008_1270 => w(Type::To(&I32));
        0x302 | 0x304 | 0x308 | 0x30a | 0x30b | 0x30e | 0x30f | 0x310 | 0x1260 | 0x1263
            | 0x1265 | 0x8008_1272 | 0x8008_1280 | 0x8008_2407 | 0x8008_700b | 0x8008_700d
            | 0x8008_9418 => w(Type::To(&U64));
        // A number that is given: FIONBIO, TIOCSPTLCK...; BLKBSZSET...
        0x125d | 0x541a | 0x5421 | 0x5423 | 0x5452 | 0x8901 | 0x8902 | 0x8926
            | 0x4004_45a0 | 0x4004_5201 | 0x4004_5431 | 0x4008_1271 | 0xc004_5706
            | 0xc004_5708 => r(Type::To(&I32));
        0x4008_2404 | 0x4008_9413 | 0x4008_9416 => r(Type::To(&U64));
        // BLKDISCARD, BLKSECDISCARD, BLKZEROOUT: start and length
        0x1277 | 0x127d | 0x127f => r(Type::To(of!(Type::Inline(&U64, 2))));
        // TCGETS, TCSETS, TCSETSW, TCSETSF
        0x5401 => w(Type::At(&s::TERMIOS));
        0x5402..=0x5404 => r(Type::At(&s::TERMIOS));
        // TCGETS2 and its setters
        0x802c_542a => w(Type::At(&s::TERMIOS2));
        0x402c_542b..=0x402c_542d => r(Type::At(&s::TERMIOS2));
        // TCXONC, TCFLSH
        0x540a => v(bits8(&f::TCXONC));
        0x540b => v(bits8(&f::TCFLSH));
        // TIOCGPGRP, TIOCSPGRP, TIOCGSID
        0x540f | 0x5429 => w(Type::To(&Type::Pid));
        0x5410 => r(Type::To(&Type::Pid));
        // TIOCGWINSZ, TIOCSWINSZ
        0x5413 => w(Type::At(&s::WINSIZE));
        0x5414 => r(Type::At(&s::WINSIZE));
        // TIOCMGET, TIOCMBIS, TIOCMBIC, TIOCMSET
        0x5415 => w(Type::To(of!(bits(&f::TIOCM))));
        0x5416..=0x5418 => r(Type::To(of!(bits(&f::TIOCM))));
        // TIOCSTI, TIOCSIG
        0x5412 => r(Type::To(of!(Type::Chars(1))));
        0x4004_5436 => v(Type::Ptr);
        // FICLONE, FICLONERANGE, FITRIM
        0x4004_9409 => FD;
        0x4020_940d => r(Type::At(&s::FILE_CLONE_RANGE));
        0xc018_5879 => r(Type::At(&s::FSTRIM_RANGE));
        // FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR
        0x8008_6601 => w(Type::To(of!(bits(&f::FS_FLAGS))));
        0x4008_6602 => r(Type::To(of!(bits(&f::FS_FLAGS))));
        0x801c_581f => w(Type::At(&s::FSXATTR));
        0x401c_5820 => r(Type::At(&s::FSXATTR));
        // NS_GET_OWNER_UID
        0xb704 => w(Type::To(&Type::Id));
        // SIOCGIFCONF
        0x8912 => rw(Type::At(&s::IFCONF));
        // Questions about an interface: its name goes in, the answer comes out; SIOCGIFNAME the
        // other way round.
        0x8910 | 0x8913 | 0x8915 | 0x8917 | 0x8919 | 0x891b | 0x891d | 0x8921 | 0x8927 | 0x8929
            | 0x8933 | 0x8942 | 0x8970 => rw(Type::At(&s::IFREQ));
        // Orders to an interface.
        0x8914 | 0x8916 | 0x8918 | 0x891a | 0x891c | 0x891e | 0x8922 | 0x8923 | 0x8924 | 0x8930
            | 0x8943 => r(Type::At(&s::IFREQ));
    }
}
