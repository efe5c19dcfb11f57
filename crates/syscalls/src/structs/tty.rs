//! Terminals.
use super::structs;
use crate::types::short::*;
use crate::{Type, flags};

structs! {
    /// A terminal's modes, as the kernel has them.
    TERMIOS "termios" {
        c_iflag: bits(&flags::TERMIOS_IFLAG), c_oflag: bits(&flags::TERMIOS_OFLAG),
        c_cflag: bits(&flags::TERMIOS_CFLAG), c_lflag: bits(&flags::TERMIOS_LFLAG), c_line: U8,
        c_cc: Type::Chars(19),
    };
    /// A terminal's modes with its speeds.
    TERMIOS2 "termios2" {
        c_iflag: bits(&flags::TERMIOS_IFLAG), c_oflag: bits(&flags::TERMIOS_OFLAG),
        c_cflag: bits(&flags::TERMIOS_CFLAG), c_lflag: bits(&flags::TERMIOS_LFLAG), c_line: U8,
        c_cc: Type::Chars(19), c_ispeed: U32, c_ospeed: U32,
    };
    /// A terminal's size.
    WINSIZE "winsize" { ws_row: U16, ws_col: U16, ws_xpixel: U16, ws_ypixel: U16 };
}
