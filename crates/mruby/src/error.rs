//! What can go wrong, as a Ruby exception.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::value::{Kind, Value};
use crate::vm::Vm;
use crate::{FromRuby, Root};

/// A Ruby exception: one that was raised, or one that a method written in Rust is about to raise.
///
/// A raised exception is kept alive and looked at only when asked for, so catching one is cheap.
///
/// ```
/// # let vm = mruby::Vm::new(Default::default()).unwrap();
/// let error = vm.eval("\nnil.upcase", "shout.rb", 1).unwrap_err();
/// assert_eq!(error.class_name(), "NoMethodError");
/// assert_eq!(error.backtrace()[0].line, 2);
/// assert_eq!(error.to_string(), "shout.rb:2: undefined method 'upcase' (NoMethodError)");
/// ```
pub struct Error(Repr);

enum Repr {
    Raised(Root),
    New(Box<New>),
}

/// An exception that has no object yet.
struct New {
    class: Class,
    message: String,
    variables: Vec<(&'static str, Value)>,
}

/// The class of a new exception: its path, or the class.
enum Class {
    Path(&'static str),
    Value(Value),
}

/// What kind of end a call came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An exception of the script's own business.
    Exception,
    /// The source can't be parsed.
    Syntax,
    /// [`Options::instructions`](crate::Options::instructions) are used up.
    BudgetExceeded,
    /// The [poll](Vm::set_poll) said stop.
    DeadlineExceeded,
    /// [`Options::memory`](crate::Options::memory) is used up.
    OutOfMemory,
    /// Calls within calls, or the native stack, went too deep.
    StackTooDeep,
    /// A `break` on its way through native code to the block's home: pass the error on.
    Break,
}

/// One line of a Ruby backtrace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    /// The file as named when the program was parsed.
    pub file: String,
    /// The line; 0 if unknown.
    pub line: u32,
    /// The method, unless at the top level.
    pub method: Option<String>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        self.method.iter().try_for_each(|method| write!(f, ":in {method}"))
    }
}

/// One complaint of the parser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// The line.
    pub line: u32,
    /// The column behind the token that did not fit.
    pub column: u32,
    /// The parser's words.
    pub message: String,
}

impl Error {
    /// An exception to raise, of a class named by its path (`"Errno::EPERM"`). If there is no such
    /// class, that is what will be raised (`NameError`).
    pub fn new(class: &'static str, message: impl Into<String>) -> Self {
        Error::with_class(Class::Path(class), message.into())
    }

    /// An exception to raise, of a class.
    pub fn of(class: Value, message: impl Into<String>) -> Self {
        Error::with_class(Class::Value(class), message.into())
    }

    fn with_class(class: Class, message: String) -> Self {
        Error(Repr::New(Box::new(New { class, message, variables: Vec::new() })))
    }

    /// `ArgumentError`
    pub fn argument(message: impl Into<String>) -> Self {
        Error::new("ArgumentError", message)
    }

    /// `TypeError`
    pub fn type_error(message: impl Into<String>) -> Self {
        Error::new("TypeError", message)
    }

    /// `RuntimeError`
    pub fn runtime(message: impl Into<String>) -> Self {
        Error::new("RuntimeError", message)
    }

    /// Sets an instance variable (`"@errno"`) of a new exception. No effect on one that was raised.
    #[must_use]
    pub fn with_variable(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        if let Repr::New(new) = &mut self.0 {
            new.variables.push((name, value.into()));
        }
        self
    }

    /// An exception object as an error: what `raise exception` raises.
    #[must_use]
    pub fn raised(vm: &Vm, exception: Value) -> Self {
        Error(Repr::Raised(vm.root(exception)))
    }

    /// The exception object, made now if there is none yet.
    #[must_use]
    pub fn exception(&self, vm: &Vm) -> Value {
        match &self.0 {
            Repr::Raised(root) => root.value(),
            // An exception about the exception tells more than none.
            Repr::New(new) => new.build(vm).unwrap_or_else(|error| error.exception(vm)),
        }
    }

    /// The exception object, if one was raised already.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        match &self.0 {
            Repr::Raised(root) => Some(root.value()),
            Repr::New(_) => None,
        }
    }

    fn root(&self) -> Option<&Root> {
        match &self.0 {
            Repr::Raised(root) => Some(root),
            Repr::New(_) => None,
        }
    }

    /// What kind of end it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        let Some(root) = self.root() else { return ErrorKind::Exception };
        root.vm().error_kind(root.value())
    }

    /// Whether the exception is of this class, as `rescue` asks.
    #[must_use]
    pub fn is_a(&self, vm: &Vm, class: Value) -> bool {
        self.exception(vm).is_a(vm, class)
    }

    /// The class's path.
    #[must_use]
    pub fn class_name(&self) -> String {
        match &self.0 {
            Repr::Raised(root) if root.value().kind() == Kind::Break => "LocalJumpError".into(),
            Repr::Raised(root) => root.vm().class_name(root.value()),
            Repr::New(new) => match new.class {
                Class::Path(path) => path.to_string(),
                Class::Value(_) => "Exception".into(),
            },
        }
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> String {
        let root = match &self.0 {
            Repr::New(new) => return new.message.clone(),
            Repr::Raised(root) => root,
        };
        match self.kind() {
            ErrorKind::Break => "break from a block whose method has returned".into(),
            ErrorKind::OutOfMemory => "the script has used up its memory".into(),
            _ => {
                let _scope = root.vm().scope();
                let message = root.vm().call(root.value(), "message", &[]);
                message.map_or_else(
                    |_| "(an exception without a readable message)".into(),
                    |message| root.vm().to_s(message),
                )
            }
        }
    }

    /// Where it was raised and through which calls it went, innermost first. Empty for one that is
    /// not raised yet, and when there was no memory for it.
    #[must_use]
    pub fn backtrace(&self) -> Vec<Location> {
        let Some(root) = self.root().filter(|root| root.value().kind() == Kind::Exception) else {
            return Vec::new();
        };
        let vm = root.vm();
        let _scope = vm.scope();
        let lines = vm.raw_backtrace(root.value());
        // The frame at the bottom of a native stack is no code of anybody's.
        let known = |at: &Location| at.line > 0 || at.method.is_some();
        lines.into_iter().map(|line| location(&vm.to_s(line))).filter(known).collect()
    }

    /// The innermost line of a script: where to point the user at.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        if let Some(first) = self.syntax_errors().into_iter().next() {
            let file = self.message().split(':').next().unwrap_or_default().to_string();
            return Some(Location { file, line: first.line, method: None });
        }
        self.backtrace().into_iter().find(|at| at.line > 0)
    }

    /// The parser's complaints, up to ten; empty if this is no `SyntaxError`.
    #[must_use]
    pub fn syntax_errors(&self) -> Vec<SyntaxError> {
        let Some(root) = self.root().filter(|_| self.kind() == ErrorKind::Syntax) else {
            return Vec::new();
        };
        let vm = root.vm();
        let Ok(details) = vm.instance_variable(root.value(), "@details") else { return Vec::new() };
        let entries = Vec::<(u32, u32, String)>::from_ruby(vm, details).unwrap_or_default();
        let entry = |(line, column, message)| SyntaxError { line, column, message };
        entries.into_iter().map(entry).collect()
    }
}

impl New {
    fn build(&self, vm: &Vm) -> Result<Value, Error> {
        let class = match self.class {
            Class::Value(class) => class,
            Class::Path(path) => vm.constant(path)?,
        };
        let exception = vm.new_exception(class, &self.message)?;
        for (name, value) in &self.variables {
            vm.set_instance_variable(exception, *name, *value)?;
        }
        Ok(exception)
    }
}

/// Reads `file:line:in method`.
fn location(text: &str) -> Location {
    let (place, method) = match text.split_once(":in ") {
        Some((place, method)) => (place, Some(method.to_string())),
        None => (text, None),
    };
    let (file, line) = place.rsplit_once(':').unwrap_or((place, "0"));
    Location { file: file.to_string(), line: line.parse().unwrap_or(0), method }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind() != ErrorKind::Syntax
            && let Some(at) = self.location()
        {
            write!(f, "{}:{}: ", at.file, at.line)?;
        }
        write!(f, "{} ({})", self.message(), self.class_name())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl core::error::Error for Error {}
