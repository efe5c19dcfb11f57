//! Filters: what narrows a handler, checked before Ruby is entered.
//!
//! `on(:write, path: "/var/**", rate: 0.01)` becomes a list of [`Filter`]s when the script loads: a
//! [`Word`] says what is looked at, a `Test` what it must be. A word that the handler's calls
//! don't know is an error then, with the nearest words. Matching is `===` as in `case`: a String is
//! a glob, a Symbol a kind, an Array any of its members; Regexp and Proc are asked in Ruby.

mod kinds;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write as _;

use engine::CallSet;
use syscalls::{FlagSet, Type, Value};

use kinds::{Access, Net, access_of};
pub use kinds::{Nuance, address_text, host_of, seconds};

use crate::glob::Glob;
use crate::nearest::nearest;
use crate::process::FdKind;
use crate::world::World;

/// What a filter looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// Any path of the call, or its descriptor's file.
    Path,
    /// The descriptor.
    Fd,
    /// The process.
    Pid,
    /// The task.
    Tid,
    /// The program that the process runs.
    Program,
    /// The address's host, by number or name.
    Host,
    /// The address's port.
    Port,
    /// The address as text.
    Address,
    /// The address's (or the socket's) family.
    Family,
    /// The call's name.
    Name,
    /// An argument, by index per call.
    Argument,
    /// `mode: :write`: what a file is opened for.
    Access,
    /// The result.
    Result,
    /// Whether it failed, or how.
    Error,
    /// The error's number.
    Errno,
    /// Seconds that the kernel took.
    Elapsed,
    /// The n-th call that matched the rest.
    Nth,
    /// A share of the calls.
    Rate,
    /// At most so often.
    Times,
}

/// The words for all calls; any argument's name is one as well.
const WORDS: &[(&str, Word)] = &[
    ("path", Word::Path),
    ("fd", Word::Fd),
    ("pid", Word::Pid),
    ("tid", Word::Tid),
    ("program", Word::Program),
    ("host", Word::Host),
    ("port", Word::Port),
    ("address", Word::Address),
    ("family", Word::Family),
    ("name", Word::Name),
    ("flags", Word::Argument),
    ("mode", Word::Argument),
    ("size", Word::Argument),
    ("offset", Word::Argument),
    ("result", Word::Result),
    ("error", Word::Error),
    ("errno", Word::Errno),
    ("elapsed", Word::Elapsed),
    ("nth", Word::Nth),
    ("rate", Word::Rate),
    ("times", Word::Times),
];

/// Words that stand for an argument of whatever name, the likeliest name first.
pub const SYNONYMS: &[(&str, &[&str])] = &[
    (
        "size",
        &[
            "size", "count", "length", "len", "nbytes", "buflen", "bufsiz", "bufsize", "new_size",
            "new_len", "msgsz", "msg_len", "optlen", "addrlen", "vlen", "iovcnt",
        ],
    ),
    ("offset", &["offset", "off", "pos", "pgoff", "off_in"]),
    ("flags", &["flags", "flag", "oflag"]),
    ("mode", &["mode"]),
];

/// The index of an argument by its name or a synonym.
#[must_use]
pub fn argument_index(call: &syscalls::Syscall, name: &str) -> Option<usize> {
    let position = |name: &str| call.args.iter().position(|arg| arg.name == name);
    position(name).or_else(|| {
        let (_, names) = SYNONYMS.iter().find(|(word, _)| *word == name)?;
        names.iter().find_map(|name| position(name))
    })
}

/// A pattern as the script wrote it, without Ruby.
#[derive(Clone, PartialEq, Debug)]
pub enum Pattern {
    /// `nil`
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// An Integer.
    Int(i64),
    /// A Float.
    Float(f64),
    /// A String.
    Text(String),
    /// A Symbol.
    Symbol(String),
    /// A class of `Errno`.
    Errno(i32),
    /// A Range of numbers: from, to, and whether the end is out.
    Range(Option<f64>, Option<f64>, bool),
    /// An Array.
    Any(Vec<Pattern>),
    /// Anything else: the n-th object that the script's side keeps.
    Ruby(usize),
}

/// What something must be.
#[derive(Clone, Debug)]
enum Test {
    Nil,
    Bool(bool),
    Number(f64),
    Int(i64),
    Range(Option<f64>, Option<f64>, bool),
    Glob(Glob),
    FdKind(FdKind),
    AnyErrno(i32),
    Net(Net),
    Access(Access),
    /// A name of a flag set: by the set, the bits and where they are.
    Flag(Vec<(&'static FlagSet, u64, u64)>),
    /// Integer bits: all of them.
    Bits(u64),
    Any(Vec<Test>),
    Ruby(usize),
}

/// Something that is wrong with a filter, for the script's author.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterError {
    /// What is wrong.
    pub message: String,
    /// The nearest words, best first.
    pub suggestions: Vec<String>,
}

fn error<T>(message: String) -> Result<T, FilterError> {
    Err(FilterError { message, suggestions: Vec::new() })
}

/// One condition.
#[derive(Clone, Debug)]
pub struct Filter {
    word: Word,
    test: Test,
    /// For [`Word::Argument`]: which argument, by call; ascending.
    slots: Vec<(u16, u8)>,
}

/// What a filter sees of a call.
pub trait Facts {
    /// The call's number.
    fn nr(&self) -> u64;
    /// Any path of the call, as the program wrote it and as it is meant.
    fn any_path(&self, test: &mut dyn FnMut(&[u8]) -> bool) -> bool;
    /// The descriptor.
    fn fd(&self) -> Option<i32>;
    /// The file behind it.
    fn fd_path(&self, fd: i32) -> Option<String>;
    /// What kind of file.
    fn fd_kind(&self, fd: i32) -> Option<FdKind>;
    /// Process and task.
    fn ids(&self) -> (i32, i32);
    /// The program: its path, its last name, and what it calls itself.
    fn any_program(&self, test: &mut dyn FnMut(&[u8]) -> bool) -> bool;
    /// The address.
    fn address(&self) -> Option<syscalls::SockAddr>;
    /// Names of the address's host.
    fn any_name(&self, test: &mut dyn FnMut(&[u8]) -> bool) -> bool;
    /// An argument, decoded.
    fn argument(&self, index: usize) -> Option<Value>;
    /// The result.
    fn result(&self) -> Option<i64>;
    /// Seconds that the kernel took.
    fn elapsed(&self) -> Option<f64>;
    /// Asks `===` of the n-th object that Ruby keeps.
    fn ruby(&self, pattern: usize, word: Word, index: Option<usize>) -> bool;
}

impl Filter {
    /// Makes sense of `key: pattern` for these calls.
    ///
    /// # Errors
    /// [`FilterError`] for a word that none of the calls knows, or a pattern that can never match.
    pub fn new(
        key: &str,
        pattern: &Pattern,
        calls: &CallSet,
        world: &World,
    ) -> Result<Filter, FilterError> {
        let table = || calls.iter().filter_map(syscalls::syscall);
        let slots: Vec<(u16, u8)> = table()
            .filter_map(|call| Some((call.nr as u16, argument_index(call, key)? as u8)))
            .collect();
        let mut word = match WORDS.iter().find(|(word, _)| *word == key) {
            Some((_, word)) => *word,
            None if !slots.is_empty() => Word::Argument,
            None => {
                let words = WORDS.iter().map(|(word, _)| *word);
                let names = table().flat_map(|call| call.args.iter().map(|arg| arg.name));
                let suggestions = nearest(key, words.chain(names).chain(["exact"]));
                return Err(FilterError {
                    message: format!("there is no filter `{key}`"),
                    suggestions,
                });
            }
        };
        // `family` is an argument of socket (there called so or domain), else the address's.
        if word == Word::Family && !slots.is_empty() {
            word = Word::Argument;
        }
        if key == "mode" && is_access(pattern) {
            word = Word::Access;
        }
        let has = |ty: fn(&Type) -> bool| table().any(|call| call.args.iter().any(|a| ty(&a.ty)));
        let applies = match word {
            Word::Path => has(|ty| matches!(ty, Type::Path | Type::Fd)),
            Word::Fd => has(|ty| matches!(ty, Type::Fd)),
            Word::Host | Word::Port | Word::Address => {
                has(|ty| matches!(ty, Type::SockAddr(_) | Type::Fd))
            }
            Word::Family => has(|ty| matches!(ty, Type::SockAddr(_) | Type::Fd)),
            Word::Argument => !slots.is_empty(),
            _ => true,
        };
        if !applies {
            let names = table().take(3).map(|c| c.name).collect::<Vec<_>>().join(", ");
            return error(format!(
                "the filter `{key}` makes no sense for {names}: no such argument"
            ));
        }
        let test = Test::new(key, word, pattern, &slots, world)?;
        Ok(Filter { word, test, slots })
    }

    /// Whether it can be decided only when the kernel has answered.
    #[must_use]
    pub fn needs_result(&self) -> bool {
        matches!(self.word, Word::Result | Word::Error | Word::Errno | Word::Elapsed)
    }

    /// What is looked at.
    #[must_use]
    pub fn word(&self) -> Word {
        self.word
    }

    /// Whether it names a host, so that name servers' answers matter.
    #[must_use]
    pub fn needs_names(&self) -> bool {
        matches!(self.word, Word::Host | Word::Address) && self.test.may_be_a_name()
    }

    /// For [`Word::Rate`]: the share.
    #[must_use]
    pub fn share(&self) -> f64 {
        if let Test::Number(share) = self.test { share } else { 1.0 }
    }

    /// For [`Word::Times`]: how often.
    #[must_use]
    pub fn count(&self) -> u64 {
        if let Test::Int(n) = self.test { n.max(0) as u64 } else { u64::MAX }
    }

    /// For [`Word::Nth`]: whether this is the one.
    #[must_use]
    pub fn matches_number(&self, n: i64) -> bool {
        self.test.number(n as f64)
    }

    /// Whether the call is meant.
    pub fn matches(&self, facts: &dyn Facts) -> bool {
        let slot = || {
            let at = self.slots.binary_search_by_key(&(facts.nr() as u16), |(nr, _)| *nr);
            at.ok().map(|at| usize::from(self.slots[at].1))
        };
        self.holds(&self.test, facts, &slot)
    }

    fn holds(&self, test: &Test, facts: &dyn Facts, slot: &dyn Fn() -> Option<usize>) -> bool {
        match test {
            Test::Any(tests) => return tests.iter().any(|test| self.holds(test, facts, slot)),
            Test::Ruby(pattern) => return facts.ruby(*pattern, self.word, slot()),
            _ => {}
        }
        match self.word {
            Word::Path => facts.any_path(&mut |path| test.path(path)),
            Word::Fd => facts.fd().is_some_and(|fd| match test {
                Test::FdKind(kind) => facts.fd_kind(fd) == Some(*kind),
                Test::Glob(glob) => {
                    facts.fd_path(fd).is_some_and(|path| glob.matches(path.as_bytes()))
                }
                test => test.number(fd.into()),
            }),
            Word::Pid => test.number(facts.ids().0.into()),
            Word::Tid => test.number(facts.ids().1.into()),
            Word::Program => facts.any_program(&mut |name| test.path(name)),
            Word::Name => {
                let name = syscalls::syscall(facts.nr()).map_or("", |call| call.name);
                test.text(name.as_bytes())
            }
            Word::Host => match test {
                Test::Net(net) => facts.address().is_some_and(|a| net.holds(&a)),
                test => facts.any_name(&mut |name| test.text(name)),
            },
            Word::Port => {
                let port = facts.address().and_then(|address| address.port());
                port.is_some_and(|port| test.number(port.into()))
            }
            Word::Address => facts.address().is_some_and(|address| match test {
                Test::Net(net) => net.holds(&address),
                test => {
                    let port = address.port();
                    test.text(address_text(&address).as_bytes())
                        || facts.any_name(&mut |name| {
                            let mut text = String::from_utf8_lossy(name).into_owned();
                            if let Some(port) = port {
                                let _ = write!(text, ":{port}");
                            }
                            test.text(text.as_bytes())
                        })
                }
            }),
            Word::Family => facts.address().is_some_and(|address| match test {
                Test::Net(net) => net.holds(&address),
                test => test.number(address.family().into()),
            }),
            Word::Access => access_of(facts).is_some_and(|flags| match test {
                Test::Access(access) => access.holds(flags),
                _ => false,
            }),
            Word::Argument => slot()
                .and_then(|index| facts.argument(index))
                .is_some_and(|value| test.value(&value)),
            Word::Result => facts.result().is_some_and(|result| match test {
                Test::Nil => false,
                test => test.number(result as f64),
            }),
            Word::Error | Word::Errno => facts.result().is_some_and(|result| {
                let errno = if (-4095..0).contains(&result) { -result } else { 0 };
                match test {
                    Test::Bool(wanted) => (errno != 0) == *wanted,
                    Test::Nil => errno == 0,
                    Test::AnyErrno(wanted) => errno == i64::from(*wanted),
                    test => errno != 0 && test.number(errno as f64),
                }
            }),
            Word::Elapsed => facts.elapsed().is_some_and(|seconds| test.number(seconds)),
            // Counted by the handler itself.
            Word::Nth | Word::Rate | Word::Times => true,
        }
    }
}

fn is_access(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Symbol(_) => true,
        Pattern::Any(list) => list.iter().all(is_access),
        _ => false,
    }
}

impl Test {
    fn new(
        key: &str,
        word: Word,
        pattern: &Pattern,
        slots: &[(u16, u8)],
        world: &World,
    ) -> Result<Test, FilterError> {
        let kind = |what: &str| error(format!("the filter `{key}` can't be {what}"));
        Ok(match (word, pattern) {
            (_, Pattern::Any(list)) => Test::Any(
                list.iter()
                    .map(|one| Test::new(key, word, one, slots, world))
                    .collect::<Result<_, _>>()?,
            ),
            (Word::Rate, Pattern::Float(share)) if (0.0..=1.0).contains(share) => {
                Test::Number(*share)
            }
            (Word::Rate, Pattern::Int(share @ (0 | 1))) => Test::Number(*share as f64),
            (Word::Rate, _) => return error("`rate` is a share from 0.0 to 1.0".into()),
            (Word::Times, Pattern::Int(n)) if *n >= 0 => Test::Int(*n),
            (Word::Times, _) => return error("`times` is a number of calls".into()),
            (Word::Nth, Pattern::Int(n)) => Test::Int(*n),
            (Word::Nth, Pattern::Range(low, high, out)) => Test::Range(*low, *high, *out),
            (Word::Nth, _) => return error("`nth` is a number or a Range of numbers".into()),
            (_, Pattern::Ruby(n)) => Test::Ruby(*n),
            (Word::Error | Word::Errno, Pattern::Bool(b)) => Test::Bool(*b),
            (Word::Error | Word::Errno, Pattern::Errno(n)) => Test::AnyErrno(*n),
            (Word::Error | Word::Errno, Pattern::Symbol(s)) => Test::AnyErrno(errno(s)?),
            (Word::Argument, Pattern::Errno(n)) => Test::Int((*n).into()),
            (_, Pattern::Errno(_)) => return kind("an Errno"),
            (Word::Access, Pattern::Symbol(s)) => Test::Access(Access::new(s)?),
            (Word::Fd, Pattern::Symbol(s)) => match s.as_str() {
                "stdin" => Test::Int(0),
                "stdout" => Test::Int(1),
                "stderr" => Test::Int(2),
                "socket" => Test::FdKind(FdKind::Socket),
                "file" => Test::FdKind(FdKind::File),
                "directory" | "dir" => Test::FdKind(FdKind::Directory),
                "pipe" => Test::FdKind(FdKind::Pipe),
                "tty" => Test::FdKind(FdKind::Tty),
                _ => {
                    let kinds =
                        ["stdin", "stdout", "stderr", "socket", "file", "directory", "pipe", "tty"];
                    return Err(FilterError {
                        message: format!("there is no kind of descriptor `:{s}`"),
                        suggestions: nearest(s, kinds),
                    });
                }
            },
            (Word::Host | Word::Address | Word::Family, Pattern::Symbol(s)) => {
                Test::Net(Net::new(s)?)
            }
            (Word::Argument, Pattern::Symbol(s)) => Test::flag(key, s, slots)?,
            (Word::Program | Word::Name, Pattern::Symbol(s)) => Test::Glob(plain(s, world)),
            (_, Pattern::Symbol(s)) => return kind(&format!("`:{s}`")),
            (Word::Path | Word::Program | Word::Fd, Pattern::Text(text)) => {
                Test::Glob(plain(text, world))
            }
            (Word::Host | Word::Address | Word::Name | Word::Argument, Pattern::Text(text)) => {
                Test::Glob(plain(text, world))
            }
            (Word::Path | Word::Program | Word::Host | Word::Address | Word::Name, _) => {
                return kind("such a thing: give it a String, a Regexp, an Array or a Proc");
            }
            (_, Pattern::Text(text)) => return kind(&format!("\"{text}\"")),
            (Word::Argument, Pattern::Int(n)) => {
                let is_flags = slots.iter().any(|(nr, index)| {
                    let ty = arg_type(*nr, *index);
                    matches!(ty, Some(Type::Flags(set, _)) if !set.exclusive)
                });
                if is_flags && *n != 0 { Test::Bits(*n as u64) } else { Test::Int(*n) }
            }
            (_, Pattern::Int(n)) => Test::Int(*n),
            (_, Pattern::Float(x)) => Test::Number(*x),
            (_, Pattern::Range(low, high, out)) => Test::Range(*low, *high, *out),
            (Word::Result | Word::Argument, Pattern::Nil) => Test::Nil,
            (Word::Error | Word::Errno, Pattern::Nil) => Test::Nil,
            (_, Pattern::Nil) => return kind("nil"),
            (_, Pattern::Bool(b)) => return kind(&b.to_string()),
        })
    }

    fn flag(key: &str, name: &str, slots: &[(u16, u8)]) -> Result<Test, FilterError> {
        let mut sets: Vec<&'static FlagSet> = Vec::new();
        for (nr, index) in slots {
            if let Some(Type::Flags(set, _)) = arg_type(*nr, *index)
                && !sets.contains(&set)
            {
                sets.push(set);
            }
        }
        let hits: Vec<_> = sets
            .iter()
            .filter_map(|set| {
                let value = set.value(name)?;
                let mask = set.flags.iter().find(|f| f.value == value).map_or(value, |f| f.mask);
                Some((*set, value, mask))
            })
            .collect();
        if hits.is_empty() {
            let prefix_free = |set: &&'static FlagSet| {
                let prefix = set.prefix();
                set.flags.iter().map(move |f| f.name.strip_prefix(prefix).unwrap_or(f.name))
            };
            let names: Vec<String> =
                sets.iter().flat_map(prefix_free).map(str::to_ascii_lowercase).collect();
            return Err(FilterError {
                message: format!("`{key}` is never `:{name}`"),
                suggestions: nearest(name, names.iter().map(String::as_str)),
            });
        }
        Ok(Test::Flag(hits))
    }

    /// Whether a host's name can match, not its number alone.
    fn may_be_a_name(&self) -> bool {
        match self {
            Test::Any(tests) => tests.iter().any(Test::may_be_a_name),
            Test::Ruby(_) => true,
            Test::Glob(glob) => {
                let source = glob.source();
                let is_path = source.starts_with(['/', '@']);
                let is_number = source.matches(':').count() > 1
                    || !source.bytes().any(|byte| byte.is_ascii_alphabetic());
                !is_path && !is_number
            }
            _ => false,
        }
    }

    fn number(&self, n: f64) -> bool {
        match self {
            Test::Int(wanted) => *wanted as f64 == n,
            Test::Number(wanted) => *wanted == n,
            Test::Range(low, high, out) => {
                low.is_none_or(|low| n >= low)
                    && high.is_none_or(|high| if *out { n < high } else { n <= high })
            }
            _ => false,
        }
    }

    fn path(&self, path: &[u8]) -> bool {
        if let Test::Glob(glob) = self { glob.matches(path) } else { false }
    }

    fn text(&self, text: &[u8]) -> bool {
        if let Test::Glob(glob) = self { glob.matches_text(text) } else { false }
    }

    fn value(&self, value: &Value) -> bool {
        match (self, value) {
            (Test::Nil, value) => *value == Value::Null,
            (Test::Flag(names), Value::Flags(set, bits)) => {
                let one = names.iter().find(|(of, ..)| of == set);
                one.is_some_and(
                    |(set, value, mask)| {
                        if set.exclusive { bits == value } else { bits & mask == *value }
                    },
                )
            }
            (Test::Bits(wanted), value) => {
                value.as_int().is_some_and(|bits| bits as u64 & wanted == *wanted)
            }
            (Test::Glob(_), Value::Array(list, _) | Value::Argv(list, _)) => {
                list.iter().any(|one| self.value(one))
            }
            (Test::Glob(glob), value) => {
                value.as_bytes().is_some_and(|bytes| glob.matches_text(bytes))
            }
            // Unsigned: a length of 2^63 is no negative number.
            (test, Value::Uint(n) | Value::Hex(n)) => match test {
                Test::Int(wanted) => *wanted as u64 == *n,
                test => test.number(*n as f64),
            },
            (Test::Int(wanted), value) => value.as_int() == Some(*wanted),
            (test, value) => seconds(value)
                .or_else(|| value.as_int().map(|n| n as f64))
                .is_some_and(|n| test.number(n)),
        }
    }
}

fn arg_type(nr: u16, index: u8) -> Option<Type> {
    Some(syscalls::syscall(nr.into())?.args.get(usize::from(index))?.ty)
}

fn plain(text: &str, world: &World) -> Glob {
    Glob::new(text, &world.home, &world.cwd)
}

fn errno(name: &str) -> Result<i32, FilterError> {
    let upper = name.to_ascii_uppercase();
    syscalls::errno::by_name(&upper).ok_or_else(|| FilterError {
        message: format!("there is no error `:{name}`"),
        suggestions: nearest(&upper, syscalls::errno::TABLE.iter().map(|(_, name, _)| *name)),
    })
}

/// A boxed list of filters, split by when they can be decided.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Before the kernel is asked.
    pub before: Box<[Filter]>,
    /// After.
    pub after: Box<[Filter]>,
    /// The share of calls that are taken.
    pub rate: Option<f64>,
    /// How often at most.
    pub times: Option<u64>,
    /// Which of those that matched.
    pub nth: Option<Filter>,
}

impl Filters {
    /// Whether one of them is of that word.
    #[must_use]
    pub fn has(&self, word: Word) -> bool {
        self.before.iter().chain(&self.after).any(|filter| filter.word == word)
    }

    /// Sorts filters by when they can be decided.
    #[must_use]
    pub fn new(list: Vec<Filter>) -> Filters {
        let mut filters = Filters::default();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for filter in list {
            match filter.word {
                Word::Rate => filters.rate = Some(filter.share()),
                Word::Times => filters.times = Some(filter.count()),
                Word::Nth => filters.nth = Some(filter),
                _ if filter.needs_result() => after.push(filter),
                _ => before.push(filter),
            }
        }
        filters.before = before.into();
        filters.after = after.into();
        filters
    }
}
