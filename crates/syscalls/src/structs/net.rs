//! Sockets.
use super::fs::IOVEC;
use super::structs;
use crate::types::of;
use crate::types::short::*;
use crate::{Len, Type, flags};

structs! {
    /// A message with its address, buffers and control messages.
    MSGHDR "msghdr" {
        msg_name: Type::SockAddr(Len::Field("msg_namelen")), msg_namelen: I32,
        msg_iov: Type::Array(of!(Type::Struct(&IOVEC)), Len::Field("msg_iovlen")), msg_iovlen: U64,
        msg_control: Type::Control(Len::Field("msg_controllen")), msg_controllen: U64,
        msg_flags: bits(&flags::MSG),
    };
    /// One of several messages, and how many bytes of it went.
    MMSGHDR "mmsghdr" { msg_hdr: nested(&MSGHDR), msg_len: U32 };
    /// Whether `close` waits for data.
    LINGER "linger" { l_onoff: I32, l_linger: I32 };
    /// Who is at the other end of a Unix socket.
    UCRED "ucred" { pid: Type::Pid, uid: Type::Id, gid: Type::Id };
    /// A multicast group of IPv4.
    IP_MREQ "ip_mreq" { imr_multiaddr: Type::Inline(&U8, 4), imr_interface: Type::Inline(&U8, 4) };
    /// A network interface and something about it.
    IFREQ "ifreq" { ifr_name: Type::Name(16), ifr_data: Type::Chars(24) };
    /// Where the list of interfaces goes.
    IFCONF "ifconf" { ifc_len: I32, ifc_buf: Type::Ptr };
    /// The head of a netlink message.
    NLMSGHDR "nlmsghdr" {
        nlmsg_len: U32, nlmsg_type: X16, nlmsg_flags: X16, nlmsg_seq: U32, nlmsg_pid: U32,
    };
}
