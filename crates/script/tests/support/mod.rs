//! A program made of a vector and a kernel made of a closure: what a script does to a call, without
//! any process.
#![allow(dead_code, reason = "each test file uses a part")]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use engine::{Addr, Call, Event, Fault, Frame, Guest, Handler, Memory, Pid, Verdict};
use script::{Host, OnError, Options, Script, Stream};

/// Where the fake program's memory begins.
pub const BASE: Addr = 0x10_0000;
/// Where its scratch memory begins.
pub const SCRATCH: Addr = 0x20_0000;
/// An address that nothing is mapped at.
pub const NOWHERE: Addr = 0x666_0000;

/// What the kernel answers to the program's call; it sees the call and all memory.
pub type Answer = Box<dyn FnMut(&Call, &mut Program) -> i64>;

/// A task stopped at a call.
pub struct Program {
    pub memory: Vec<u8>,
    pub scratch: Vec<u8>,
    pub call: Call,
    pub pid: i32,
    pub asked: Vec<Call>,
    pub slept: Duration,
    pub injected: Vec<Call>,
    /// Who is at the other end of every socket.
    pub peer: Option<syscalls::SockAddr>,
    last: i64,
    used: usize,
    answer: Option<Answer>,
}

impl Program {
    pub fn new() -> Program {
        Program {
            memory: vec![0; 0x1_0000],
            scratch: Vec::new(),
            call: Call::default(),
            pid: std::process::id() as i32,
            asked: Vec::new(),
            slept: Duration::ZERO,
            injected: Vec::new(),
            peer: None,
            last: 0,
            used: 16,
            answer: Some(Box::new(|_, _| 0)),
        }
    }

    /// Puts bytes into the program's memory, before the call.
    pub fn put(&mut self, bytes: &[u8]) -> Addr {
        let at = self.used;
        self.memory[at..at + bytes.len()].copy_from_slice(bytes);
        self.used = (at + bytes.len()).next_multiple_of(16);
        BASE + at as u64
    }

    /// Puts a C string.
    pub fn string(&mut self, text: &str) -> Addr {
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0);
        self.put(&bytes)
    }

    /// Puts words of 64 bits.
    pub fn words(&mut self, words: &[u64]) -> Addr {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        self.put(&bytes)
    }

    /// What lies at an address.
    pub fn get(&self, addr: Addr, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        Memory::read(self, addr, &mut bytes).expect("mapped");
        bytes
    }

    /// The C string at an address.
    pub fn text(&self, addr: Addr) -> String {
        let bytes = (0..).map(|i| self.get(addr + i, 1)[0]).take_while(|b| *b != 0);
        String::from_utf8(bytes.collect()).expect("UTF-8")
    }

    /// What the kernel is to answer.
    pub fn kernel(&mut self, answer: impl FnMut(&Call, &mut Program) -> i64 + 'static) {
        self.answer = Some(Box::new(answer));
    }

    /// Makes a call under a script, and says what the program sees.
    pub fn calls(&mut self, script: &Script, name: &str, args: &[u64]) -> i64 {
        let nr = syscalls::by_name(name).expect("a call of that name").nr;
        self.call = Call::new(nr, args);
        if !script.calls().contains(nr) {
            return self.ask();
        }
        let before = self.asked.len();
        match script.call(self) {
            Verdict::Return(result) => result,
            Verdict::Pass if self.asked.len() > before => self.last,
            Verdict::Pass => self.ask(),
        }
    }

    fn ask(&mut self) -> i64 {
        let call = self.call;
        self.asked.push(call);
        let mut answer = self.answer.take().expect("the kernel is not asked by the kernel");
        self.last = answer(&call, self);
        self.answer = Some(answer);
        self.last
    }

    fn at(&self, addr: Addr, len: usize) -> Option<(bool, std::ops::Range<usize>)> {
        let inside = |base: Addr, size: usize| {
            let start = addr.checked_sub(base)? as usize;
            (start.checked_add(len)? <= size).then_some(start..start + len)
        };
        inside(SCRATCH, self.scratch.len())
            .map(|range| (true, range))
            .or_else(|| inside(BASE, self.memory.len()).map(|range| (false, range)))
    }
}

impl Memory for Program {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        let (scratch, range) = self.at(addr, buf.len()).ok_or(Fault { addr })?;
        buf.copy_from_slice(if scratch { &self.scratch[range] } else { &self.memory[range] });
        Ok(())
    }

    fn write(&mut self, addr: Addr, bytes: &[u8]) -> Result<(), Fault> {
        let (scratch, range) = self.at(addr, bytes.len()).ok_or(Fault { addr })?;
        let memory = if scratch { &mut self.scratch } else { &mut self.memory };
        memory[range].copy_from_slice(bytes);
        Ok(())
    }
}

impl Guest for Program {
    fn pid(&self) -> Pid {
        Pid(self.pid)
    }
    fn tid(&self) -> Pid {
        Pid(self.pid)
    }
    fn call(&self) -> Call {
        self.call
    }
    fn set_call(&mut self, call: Call) {
        self.call = call;
    }
    fn site(&self) -> Addr {
        0x40_1234
    }
    fn stack_pointer(&self) -> Addr {
        BASE + 0x8000
    }
    fn scratch(&mut self, len: usize) -> Result<Addr, i32> {
        let at = self.scratch.len().next_multiple_of(16);
        self.scratch.resize(at + len, 0);
        Ok(SCRATCH + at as u64)
    }
    fn syscall(&mut self, call: Call) -> i64 {
        self.injected.push(call);
        match self.peer.as_ref() {
            Some(address)
                if syscalls::syscall(call.nr).is_some_and(|c| c.name == "getpeername") =>
            {
                let raw = address.encode();
                self.write(call.args[1], &raw).expect("scratch");
                self.write(call.args[2], &(raw.len() as u32).to_le_bytes()).expect("scratch");
                0
            }
            _ => -38,
        }
    }
    fn proceed(&mut self) -> i64 {
        self.ask()
    }
    fn sleep(&mut self, duration: Duration) {
        self.slept += duration;
    }
    fn backtrace(&mut self) -> Vec<Frame> {
        let frame = |function: &str, module: &str, offset| Frame {
            ip: 0x1000,
            module: Some(module.into()),
            function: Some(function.into()),
            offset,
            file: None,
            line: None,
        };
        vec![frame("write", "libc.so.6", 0x14), frame("main", "prog", 0x2a)]
    }
}

/// What a script has said.
#[derive(Clone, Default)]
pub struct Said(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    out: String,
    err: String,
    json: String,
    answers: VecDeque<bool>,
    questions: Vec<String>,
}

impl Said {
    /// What went to the terminal.
    pub fn out(&self) -> String {
        self.0.borrow().out.clone()
    }
    /// What was wrong, and `warn`.
    pub fn err(&self) -> String {
        self.0.borrow().err.clone()
    }
    /// What was emitted.
    pub fn json(&self) -> String {
        self.0.borrow().json.clone()
    }
    /// What a person is going to answer.
    pub fn answer(&self, yes: bool) {
        self.0.borrow_mut().answers.push_back(yes);
    }
    /// What a person was asked.
    pub fn questions(&self) -> Vec<String> {
        self.0.borrow().questions.clone()
    }
}

impl Host for Said {
    fn write(&mut self, stream: Stream, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        let mut inner = self.0.borrow_mut();
        match stream {
            Stream::Out => inner.out.push_str(&text),
            Stream::Err => inner.err.push_str(&text),
            Stream::Json => inner.json.push_str(&text),
        }
    }

    fn ask(&mut self, question: &str) -> Option<bool> {
        let mut inner = self.0.borrow_mut();
        inner.questions.push(question.into());
        inner.answers.pop_front()
    }
}

/// The options of most tests.
pub fn options() -> Options {
    Options {
        home: "/home/ann".into(),
        cwd: "/work".into(),
        seed: Some(42),
        instructions: 5_000_000,
        memory: 64 << 20,
        ..Options::new(script::Kernel::native())
    }
}

/// A script, and what it says.
pub fn load(source: &str) -> (Script, Said) {
    load_with(source, options())
}

/// The same with other options.
pub fn load_with(source: &str, options: Options) -> (Script, Said) {
    let said = Said::default();
    match Script::load(&[("test.rb", source)], options, Box::new(said.clone())) {
        Ok(script) => (script, said),
        Err(error) => panic!("{error}"),
    }
}

/// Why a script does not load.
pub fn refuse(source: &str) -> script::LoadError {
    let said = Said::default();
    let loaded = Script::load(&[("test.rb", source)], options(), Box::new(said));
    *loaded.expect_err("a script that does not load")
}

/// Options that let a broken handler end otherwise.
pub fn on_error(on_error: OnError) -> Options {
    Options { on_error, ..options() }
}

/// Tells a script of an event.
pub fn tell(script: &Script, event: Event<'_>) {
    script.event(&event);
}
