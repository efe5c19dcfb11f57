//! Names of addresses, learnt from the answers that the program itself gets from its resolver.
//!
//! `host: "api.stripe.com"` is a name, `connect` has an address. Between the two there was an
//! answer from a name server, read by the program with `recvfrom`, `recvmsg` or `read`: it is
//! parsed here (RFC 1035, section 4.1), and `/etc/hosts` is read once. Nobody is asked anything.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A message of more records than this is no answer to a name.
const MOST_RECORDS: u16 = 64;

/// Which names lead to an address.
#[derive(Debug, Default)]
pub struct Names {
    names: RefCell<BTreeMap<IpAddr, Vec<Rc<str>>>>,
}

impl Names {
    /// A name of an address is known from now on.
    pub fn learn(&self, name: &str, address: IpAddr) {
        let mut names = self.names.borrow_mut();
        let known = names.entry(address).or_default();
        if !known.iter().any(|old| old.eq_ignore_ascii_case(name)) {
            known.push(name.into());
        }
    }

    /// The names of an address, in the order in which they were learnt.
    #[must_use]
    pub fn of(&self, address: IpAddr) -> Vec<Rc<str>> {
        self.names.borrow().get(&address).cloned().unwrap_or_default()
    }

    /// Learns from a file in the form of `/etc/hosts`.
    pub fn learn_hosts(&self, text: &str) {
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or("").split_whitespace();
            let Some(Ok(address)) = words.next().map(str::parse) else { continue };
            words.for_each(|name| self.learn(name, address));
        }
    }

    /// Learns from a name server's answer, with or without TCP's length in front; anything else is
    /// ignored.
    pub fn learn_answer(&self, message: &[u8]) {
        if parse(message, self).is_none()
            && let Some((length, rest)) = message.split_at_checked(2)
            && usize::from(u16::from_be_bytes([length[0], length[1]])) == rest.len()
        {
            parse(rest, self);
        }
    }
}

/// All names of the chain (question, aliases) get the addresses in the answer.
fn parse(message: &[u8], names: &Names) -> Option<()> {
    let word = |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
    let (flags, questions, answers) = (word(2)?, word(4)?, word(6)?);
    // An answer, to a standard query, without error.
    if flags & 0xf80f != 0x8000 || questions != 1 || !(1..=MOST_RECORDS).contains(&answers) {
        return None;
    }
    let (question, mut at) = name(message, 12)?;
    at += 4;
    let mut aliases = Vec::from([question]);
    let mut found = Vec::new();
    for _ in 0..answers {
        let (owner, behind) = name(message, at)?;
        let (kind, length) = (word(behind)?, usize::from(word(behind + 8)?));
        let data = message.get(behind + 10..behind + 10 + length)?;
        match (kind, data.len()) {
            (1, 4) => found.push(IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?))),
            (28, 16) => found.push(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?))),
            _ => {}
        }
        if !aliases.contains(&owner) {
            aliases.push(owner);
        }
        at = behind + 10 + length;
    }
    for address in found {
        aliases.iter().for_each(|alias| names.learn(alias, address));
    }
    Some(())
}

/// A name of labels and at most a few pointers back; and where it ends in the message.
fn name(message: &[u8], start: usize) -> Option<(String, usize)> {
    let (mut at, mut end, mut jumps) = (start, None, 0);
    let mut text = String::new();
    loop {
        let length = usize::from(*message.get(at)?);
        match length {
            0 => return Some((text, end.unwrap_or(at + 1))),
            1..=63 => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(core::str::from_utf8(message.get(at + 1..at + 1 + length)?).ok()?);
                at += 1 + length;
            }
            192.. if jumps < 16 => {
                jumps += 1;
                end = end.or(Some(at + 2));
                at = (length & 63) << 8 | usize::from(*message.get(at + 1)?);
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `api.stripe.com` is an alias of `x.stripe.com`, which has 1.2.3.4.
    fn answer() -> Vec<u8> {
        let mut m = Vec::from(*b"\x12\x34\x81\x80\0\x01\0\x02\0\0\0\0");
        m.extend(b"\x03api\x06stripe\x03com\0\0\x01\0\x01");
        m.extend(b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01x\xc0\x10");
        m.extend(b"\xc0\x2c\0\x01\0\x01\0\0\0\x3c\0\x04\x01\x02\x03\x04");
        m
    }

    #[test]
    fn an_address_gets_the_name_that_was_asked_for_and_its_aliases() {
        let names = Names::default();
        names.learn_answer(&answer());
        let of = names.of("1.2.3.4".parse().unwrap());
        assert_eq!(of.iter().map(|n| &**n).collect::<Vec<_>>(), ["api.stripe.com", "x.stripe.com"]);
    }

    #[test]
    fn an_answer_over_tcp_has_its_length_in_front() {
        let names = Names::default();
        let mut framed = Vec::from((answer().len() as u16).to_be_bytes());
        framed.extend(answer());
        names.learn_answer(&framed);
        assert_eq!(names.of("1.2.3.4".parse().unwrap()).len(), 2);
    }

    #[test]
    fn what_is_no_answer_teaches_nothing_and_breaks_nothing() {
        let names = Names::default();
        let whole = answer();
        for cut in 0..whole.len() {
            names.learn_answer(&whole[..cut]);
        }
        let mut looping = whole;
        looping[12] = 0xc0;
        looping[13] = 12;
        names.learn_answer(&looping);
        names.learn_answer(b"HTTP/1.1 200 OK\r\n\r\n");
        assert!(names.of("1.2.3.4".parse().unwrap()).is_empty());
    }

    #[test]
    fn the_hosts_file_counts_too() {
        let names = Names::default();
        names.learn_hosts("127.0.0.1 localhost db.prod # ours\n::1 localhost\nrubbish\n");
        assert_eq!(names.of("127.0.0.1".parse().unwrap()).len(), 2);
        assert_eq!(names.of("::1".parse().unwrap()).len(), 1);
    }
}
