//! `Socket`'s constants, from the table of system calls, and reading of socket addresses for
//! `Addrinfo`.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;

use core::net::{Ipv4Addr, Ipv6Addr};
use mruby::{Error, Value, Vm};

use crate::host::Host;

/// Constants of `Socket` begin with one of these.
const PREFIXES: &[&str] = &[
    "AF_",
    "PF_",
    "SOCK_",
    "SO_",
    "SOL_",
    "MSG_",
    "IPPROTO_",
    "IP_",
    "IPV6_",
    "TCP_",
    "UDP_",
    "SHUT_",
    "SCM_",
    "SOMAXCONN",
    "INADDR_",
    "NI_",
    "AI_",
];

pub(crate) fn install(vm: &Vm, _: &Rc<dyn Host>) -> Result<(), Error> {
    let socket = vm.define_class(Value::NIL, "Socket", Value::NIL)?;
    let constants = vm.define_module(socket, "Constants")?;
    for scope in [socket, constants] {
        vm.define_singleton_method(scope, "const_missing", move |vm, this, args| {
            args.arity(1..=1)?;
            let name = vm.to_s(args[0]);
            let found = PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix))
                .then(|| {
                    // The protocol family is the address family.
                    let c = name.strip_prefix("PF_").map(|rest| format!("AF_{rest}"));
                    syscalls::constant(c.as_deref().unwrap_or(&name))
                })
                .flatten();
            let Some(value) = found else {
                let text = format!("uninitialized constant {}::{name}", vm.to_s(this));
                return Err(Error::new("NameError", text).with_variable("@name", args[0]));
            };
            let value = vm.integer(value)?;
            vm.define_const(this, name.as_str(), value)?;
            Ok(value)
        })?;
    }
    let addrinfo = vm.define_class(Value::NIL, "Addrinfo", Value::NIL)?;
    // An address as text in its proper form and its family, nil if it is none.
    vm.define_singleton_method(addrinfo, "__ip", |vm, _, args| {
        let text: String = args.required(vm, 0)?;
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<Ipv4Addr>() {
            return vm.to_ruby((2, format!("{address}"), address.octets().as_slice().to_vec()));
        }
        let bare = bare.split('%').next().unwrap_or(bare);
        match bare.parse::<Ipv6Addr>() {
            Ok(address) => {
                vm.to_ruby((10, format!("{address}"), address.octets().as_slice().to_vec()))
            }
            Err(_) => Ok(Value::NIL),
        }
    })?;
    // The text of an address's bytes.
    vm.define_singleton_method(addrinfo, "__text", |vm, _, args| {
        let bytes: alloc::vec::Vec<u8> = args.required(vm, 0)?;
        if let Ok(four) = <[u8; 4]>::try_from(bytes.as_slice()) {
            return vm.string(format!("{}", Ipv4Addr::from(four)));
        }
        match <[u8; 16]>::try_from(bytes.as_slice()) {
            Ok(sixteen) => vm.string(format!("{}", Ipv6Addr::from(sixteen))),
            Err(_) => Err(Error::argument("an address has 4 or 16 bytes")),
        }
    })
}
