//! Socket addresses, both ways.

use alloc::vec::Vec;

/// A socket address.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SockAddr {
    /// `AF_UNIX`: a path; an abstract name begins with a zero byte; empty is unnamed.
    Unix(Vec<u8>),
    /// `AF_INET`.
    Inet {
        /// The address, most significant byte first.
        addr: [u8; 4],
        /// The port.
        port: u16,
    },
    /// `AF_INET6`.
    Inet6 {
        /// The address.
        addr: [u8; 16],
        /// The port.
        port: u16,
        /// Flow information, in host order.
        flowinfo: u32,
        /// The interface, for link-local addresses.
        scope_id: u32,
    },
    /// `AF_NETLINK`.
    Netlink {
        /// The port, usually a process id.
        pid: u32,
        /// Multicast groups.
        groups: u32,
    },
    /// `AF_PACKET`.
    Packet {
        /// The protocol, in host order.
        protocol: u16,
        /// The interface.
        ifindex: i32,
        /// Its hardware type.
        hatype: u16,
        /// Who the packet was for.
        pkttype: u8,
        /// The hardware address.
        addr: Vec<u8>,
    },
    /// Any other family, or too few bytes for its own.
    Other {
        /// The family.
        family: u16,
        /// What follows it.
        data: Vec<u8>,
    },
}

impl SockAddr {
    /// From the kernel's form; two bytes are needed for the family, fewer are "unspecified".
    #[must_use]
    pub fn decode(raw: &[u8]) -> Self {
        let word = |at: usize| raw.get(at..at + 2).map_or([0; 2], |b| [b[0], b[1]]);
        let quad = |at: usize| raw.get(at..at + 4).map_or([0; 4], |b| [b[0], b[1], b[2], b[3]]);
        let family = u16::from_le_bytes(word(0));
        let rest = raw.get(2..).unwrap_or(&[]);
        match (family, raw.len()) {
            (1, 3..) => {
                // `sun_path` has 108 bytes; what a length says beyond is nobody's.
                let rest = &rest[..rest.len().min(108)];
                let end = match rest.first() {
                    Some(0) => rest.len(),
                    _ => rest.iter().position(|b| *b == 0).unwrap_or(rest.len()),
                };
                SockAddr::Unix(rest[..end].to_vec())
            }
            (2, 16..) => SockAddr::Inet { addr: quad(4), port: u16::from_be_bytes(word(2)) },
            (10, 24..) => {
                let mut addr = [0; 16];
                addr.copy_from_slice(&raw[8..24]);
                SockAddr::Inet6 {
                    addr,
                    port: u16::from_be_bytes(word(2)),
                    flowinfo: u32::from_be_bytes(quad(4)),
                    scope_id: u32::from_le_bytes(quad(24)),
                }
            }
            (16, 12..) => SockAddr::Netlink {
                pid: u32::from_le_bytes(quad(4)),
                groups: u32::from_le_bytes(quad(8)),
            },
            (17, 20..) => SockAddr::Packet {
                protocol: u16::from_be_bytes(word(2)),
                ifindex: i32::from_le_bytes(quad(4)),
                hatype: u16::from_le_bytes(word(8)),
                pkttype: raw[10],
                addr: raw[12..raw.len().min(12 + usize::from(raw[11]))].to_vec(),
            },
            _ => SockAddr::Other { family, data: rest.to_vec() },
        }
    }

    /// To the kernel's form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut raw = self.family().to_le_bytes().to_vec();
        match self {
            SockAddr::Unix(path) => {
                raw.extend_from_slice(path);
                if path.first().is_some_and(|b| *b != 0) {
                    raw.push(0);
                }
            }
            SockAddr::Inet { addr, port } => {
                raw.extend_from_slice(&port.to_be_bytes());
                raw.extend_from_slice(addr);
                raw.extend_from_slice(&[0; 8]);
            }
            SockAddr::Inet6 { addr, port, flowinfo, scope_id } => {
                raw.extend_from_slice(&port.to_be_bytes());
                raw.extend_from_slice(&flowinfo.to_be_bytes());
                raw.extend_from_slice(addr);
                raw.extend_from_slice(&scope_id.to_le_bytes());
            }
            SockAddr::Netlink { pid, groups } => {
                raw.extend_from_slice(&[0; 2]);
                raw.extend_from_slice(&pid.to_le_bytes());
                raw.extend_from_slice(&groups.to_le_bytes());
            }
            SockAddr::Packet { protocol, ifindex, hatype, pkttype, addr } => {
                raw.extend_from_slice(&protocol.to_be_bytes());
                raw.extend_from_slice(&ifindex.to_le_bytes());
                raw.extend_from_slice(&hatype.to_le_bytes());
                raw.push(*pkttype);
                let used = addr.len().min(8);
                raw.push(used as u8);
                raw.extend_from_slice(&addr[..used]);
                raw.resize(20, 0);
            }
            SockAddr::Other { data, .. } => raw.extend_from_slice(data),
        }
        raw
    }

    /// The family's number.
    #[must_use]
    pub fn family(&self) -> u16 {
        match self {
            SockAddr::Unix(_) => 1,
            SockAddr::Inet { .. } => 2,
            SockAddr::Inet6 { .. } => 10,
            SockAddr::Netlink { .. } => 16,
            SockAddr::Packet { .. } => 17,
            SockAddr::Other { family, .. } => *family,
        }
    }

    /// The port, for those that have one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            SockAddr::Inet { port, .. } | SockAddr::Inet6 { port, .. } => Some(*port),
            _ => None,
        }
    }
}
