//! `ioctl`: the third argument, by command.

use super::{Args, args};
use crate::flags as f;
use crate::structs as s;
use crate::table::{FD, HEX, INT_ARG, Param, SIG, argument, arguments, r, rw, v, w};
use crate::types::of;
use crate::types::short::*;
use crate::{Arg, Type};

/// One line for commands that share the kind of their argument.
macro_rules! commands {
    ($given:expr; $($($command:literal)|+ => $param:expr;)*) => {
        match $given {
            $($($command)|+ => args!(fd: FD, request: v(bits(&f::IOCTL)), argp: $param),)*
            _ => None,
        }
    };
}

const INT_R: Param = r(Type::To(&I32));
const INT_W: Param = w(Type::To(&I32));
const UINT_W: Param = w(Type::To(&U32));
const PID_R: Param = r(Type::To(&Type::Pid));
const PID_W: Param = w(Type::To(&Type::Pid));

pub(crate) fn ioctl(args: &[u64; 6]) -> Args {
    let command = args[1] & 0xffff_ffff;
    match command {
        // FIOCLEX, FIONCLEX, TIOCNOTTY, TIOCSBRK, TIOCCBRK, TIOCEXCL, TIOCNXCL, TIOCVHANGUP,
        // TIOCCONS, BLKRRPART, BLKFLSBUF, FIFREEZE, FITHAW; LOOP_CLR_FD; the perf event switches
        0x5451 | 0x5450 | 0x5422 | 0x5427 | 0x5428 | 0x540c | 0x540d | 0x5437 | 0x541d | 0x125f
        | 0x1261 | 0x4c01 => {
            return args!(fd: FD, request: v(bits(&f::IOCTL)));
        }
        _ => {}
    }
    commands! { command;
        // TCGETS, TCSETS, TCSETSW, TCSETSF
        0x5401 => w(Type::At(&s::TERMIOS));
        0x5402 | 0x5403 | 0x5404 => r(Type::At(&s::TERMIOS));
        // TCGETS2 and its setters
        0x802c_542a => w(Type::At(&s::TERMIOS2));
        0x402c_542b | 0x402c_542c | 0x402c_542d => r(Type::At(&s::TERMIOS2));
        // TCSBRK, TCXONC, TCFLSH, TCSBRKP
        0x5409 | 0x5425 => INT_ARG;
        0x540a => v(bits(&f::TCXONC));
        0x540b => v(bits(&f::TCFLSH));
        // TIOCSCTTY, TIOCGPTPEER
        0x540e => INT_ARG;
        0x5441 => v(bits(&f::OPEN));
        // TIOCGPGRP, TIOCSPGRP, TIOCGSID
        0x540f | 0x5429 => PID_W;
        0x5410 => PID_R;
        // TIOCGWINSZ, TIOCSWINSZ
        0x5413 => w(Type::At(&s::WINSIZE));
        0x5414 => r(Type::At(&s::WINSIZE));
        // TIOCMGET, TIOCMBIS, TIOCMBIC, TIOCMSET
        0x5415 => w(Type::To(of!(Type::Flags(&f::TIOCM, crate::Width::B4))));
        0x5416 | 0x5417 | 0x5418 => r(Type::To(of!(Type::Flags(&f::TIOCM, crate::Width::B4))));
        // TIOCOUTQ, FIONREAD, TIOCGSOFTCAR, TIOCGETD, TIOCGPTN, TIOCGPTLCK, TIOCGDEV, TIOCGEXCL
        0x5411 | 0x541b | 0x5419 | 0x5424 => INT_W;
        0x8004_5430 | 0x8004_5432 => UINT_W;
        0x8004_5439 | 0x8004_5440 => INT_W;
        // TIOCSSOFTCAR, TIOCSETD, TIOCPKT, FIONBIO, FIOASYNC, TIOCSPTLCK
        0x541a | 0x5423 | 0x5420 | 0x5421 | 0x5452 | 0x4004_5431 => INT_R;
        // TIOCSTI, TIOCSIG
        0x5412 => r(Type::To(of!(Type::Chars(1))));
        0x4004_5436 => SIG;
        // BLKROSET, BLKROGET, BLKGETSIZE, BLKSSZGET, BLKBSZGET, BLKGETSIZE64, BLKPBSZGET...
        0x125d => INT_R;
        0x125e | 0x1268 | 0x127a => INT_W;
        0x1260 => w(Type::To(&U64));
        0x8008_1270 => INT_W;
        0x4008_1271 => INT_R;
        0x8008_1272 => w(Type::To(&U64));
        0x1278 | 0x1279 | 0x127b | 0x127c => UINT_W;
        // FICLONE, FICLONERANGE, FITRIM
        0x4004_9409 => FD;
        0x4020_940d => r(Type::At(&s::FILE_CLONE_RANGE));
        0xc018_5879 => rw(Type::At(&s::FSTRIM_RANGE));
        // FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR
        0x8008_6601 => w(Type::To(of!(Type::Flags(&f::FS_FLAGS, crate::Width::B4))));
        0x4008_6602 => r(Type::To(of!(Type::Flags(&f::FS_FLAGS, crate::Width::B4))));
        0x801c_581f => w(Type::At(&s::FSXATTR));
        0x401c_5820 => r(Type::At(&s::FSXATTR));
        // NS_GET_OWNER_UID; RNDGETENTCNT; the perf events' id
        0xb704 => w(Type::To(&Type::Id));
        0x8004_5200 => INT_W;
        0x8008_2407 => w(Type::To(&U64));
        // SIOCATMARK, SIOCGPGRP, SIOCSPGRP
        0x8905 | 0x8904 => INT_W;
        0x8902 | 0x8901 => INT_R;
        // SIOCGIFCONF
        0x8912 => rw(Type::At(&s::IFCONF));
        // Questions about an interface: its name goes in, the answer comes out.
        0x8910 | 0x8913 | 0x8915 | 0x8917 | 0x8919 | 0x891b | 0x891d | 0x8921 | 0x8927 | 0x8933
            | 0x8942 | 0x8970 => rw(Type::At(&s::IFREQ));
        // Orders to an interface.
        0x8914 | 0x8916 | 0x8918 | 0x891a | 0x891c | 0x891e | 0x8922 | 0x8923 | 0x8924 | 0x8943
            => r(Type::At(&s::IFREQ));
        // TUNSETIFF, TUNGETIFF, TUNSETPERSIST
        0x4004_54ca => rw(Type::At(&s::IFREQ));
        0x8004_54d2 => w(Type::At(&s::IFREQ));
        0x4004_54cb => HEX;
        // KDGETMODE, KDGKBTYPE, VT_ACTIVATE...
        0x4b3b | 0x4b44 => INT_W;
        0x5606 | 0x5607 | 0x5608 => INT_ARG;
    }
}
