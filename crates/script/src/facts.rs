//! A call under way, as filters see it.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use mruby::{Error, Value};
use syscalls::SockAddr;

use crate::filter::{self, Facts, Word};
use crate::process::{FdKind, basename};
use crate::run::Run;
use crate::under_way::UnderWay;

/// A call and the run it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The run.
    pub run: &'a Rc<Run>,
    /// The call.
    pub call: &'a Rc<UnderWay>,
}

impl Facts for View<'_> {
    fn nr(&self) -> u64 {
        self.call.made.nr
    }

    fn any_path(&self, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let (call, processes) = (self.call, &self.run.world.processes);
        let mut any = false;
        for (index, directory) in call.path_arguments() {
            any = true;
            let Ok(Some(path)) = call.string_argument(index) else { continue };
            if !path.is_empty() && test(&path) {
                return true;
            }
            let text = String::from_utf8_lossy(&path);
            let absolute = processes.absolute(call.pid, directory, &text);
            if absolute.as_bytes() != path && test(absolute.as_bytes()) {
                return true;
            }
        }
        if any {
            return false;
        }
        let path = call.fd().and_then(|fd| processes.fd_path(call.pid, fd));
        path.is_some_and(|path| test(path.as_bytes()))
    }

    fn fd(&self) -> Option<i32> {
        self.call.fd()
    }

    fn fd_path(&self, fd: i32) -> Option<String> {
        self.run.world.processes.fd_path(self.call.pid, fd)
    }

    fn fd_kind(&self, fd: i32) -> Option<FdKind> {
        self.run.world.processes.fd_kind(self.call.pid, fd)
    }

    fn ids(&self) -> (i32, i32) {
        (self.call.pid.0, self.call.tid.0)
    }

    fn any_program(&self, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let exe = self.run.world.processes.exe(self.call.pid);
        test(exe.as_bytes()) || test(basename(&exe).as_bytes()) || {
            let argv = self.run.world.processes.strings(self.call.pid, "cmdline");
            argv.first().is_some_and(|first| test(first))
        }
    }

    fn address(&self) -> Option<SockAddr> {
        self.call.address().ok().flatten()
    }

    fn any_name(&self, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let Some(address) = self.address() else { return false };
        let Some(ip) = filter::host_of(&address) else { return false };
        let text = alloc::format!("{ip}");
        test(text.as_bytes())
            || self.run.world.names.of(ip).iter().any(|name| test(name.as_bytes()))
    }

    fn argument(&self, index: usize) -> Option<syscalls::Value> {
        self.call.argument(index).ok()
    }

    fn result(&self) -> Option<i64> {
        self.call.result()
    }

    fn elapsed(&self) -> Option<f64> {
        self.call.elapsed().map(|nanos| nanos as f64 / 1e9)
    }

    fn ruby(&self, pattern: usize, word: Word, index: Option<usize>) -> bool {
        let Some(pattern) = self.run.patterns.borrow().get(pattern).map(mruby::Root::value) else {
            return false;
        };
        let asked = self.run.for_call(self.call, || {
            for value in self.values(word, index)? {
                if self.run.vm.call(pattern, "===", &[value])?.truthy() {
                    return Ok(true);
                }
            }
            Ok(false)
        });
        asked.unwrap_or_else(|error| {
            self.run.broken(self.call, &error, None);
            false
        })
    }
}

impl View<'_> {
    /// What a filter of that word looks at, as Ruby objects: any of them may match.
    fn values(&self, word: Word, index: Option<usize>) -> Result<Vec<Value>, Error> {
        let vm = &self.run.vm;
        let mut values = Vec::new();
        let mut strings: Vec<Vec<u8>> = Vec::new();
        let mut collect = |text: &[u8]| {
            strings.push(text.to_vec());
            false
        };
        match word {
            Word::Path => {
                self.any_path(&mut collect);
            }
            Word::Program => {
                self.any_program(&mut collect);
            }
            Word::Host => {
                self.any_name(&mut collect);
            }
            Word::Name => strings.push(self.call.name().into_bytes()),
            Word::Fd => {
                if let Some(fd) = self.fd() {
                    values.push(crate::values::fd(vm, self.call.pid.0, fd)?);
                }
            }
            Word::Address | Word::Port | Word::Family => {
                if let Some(address) = self.address() {
                    values.push(match word {
                        Word::Port => match address.port() {
                            Some(port) => vm.integer(port.into())?,
                            None => Value::NIL,
                        },
                        Word::Family => vm.integer(address.family().into())?,
                        _ => crate::values::address(self.run, &address)?,
                    });
                }
            }
            Word::Pid => values.push(vm.integer(self.ids().0.into())?),
            Word::Tid => values.push(vm.integer(self.ids().1.into())?),
            Word::Result => values.extend(self.result().map(|r| vm.integer(r)).transpose()?),
            Word::Elapsed => values.extend(self.elapsed().map(|s| vm.float(s)).transpose()?),
            Word::Error | Word::Errno => {
                values.extend(self.call.errno().map(|n| crate::values::errno(vm, n)).transpose()?);
            }
            Word::Argument | Word::Access => {
                if let Some(index) = index {
                    values.push(crate::values::argument(self.run, self.call, index)?);
                }
            }
            Word::Nth | Word::Rate | Word::Times => {}
        }
        for text in strings {
            values.push(vm.string(&text)?);
        }
        Ok(values)
    }
}
