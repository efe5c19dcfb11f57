//! What went wrong, as a value: a Ruby exception with its class, place and backtrace, or a reason
//! why no Ruby ran.
//!
//! [`Error::kind`] is for hosts that have codes (SQLSTATE, `SQLITE_CONSTRAINT`); the text is for
//! the person who wrote the query.

use std::fmt;

/// A result with our [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A Ruby exception that nobody rescued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raised {
    /// Its message.
    pub message: String,
    /// Its class.
    pub class: String,
    /// `file:line` of where it was raised, if known.
    pub location: Option<String>,
    /// The backtrace, innermost first.
    pub backtrace: Vec<String>,
    /// The five letters that its method `sqlstate` answers, if it has one.
    pub sqlstate: Option<String>,
}

/// `message (Class) at file:line`.
impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.class)?;
        match &self.location {
            Some(location) => write!(f, " at {location}"),
            None => Ok(()),
        }
    }
}

/// Why a script, a table or a scan failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The script raised; also a wrong row or value, raised where the script gave it.
    #[error("Ruby: {0}")]
    Ruby(Box<Raised>),
    /// The script can't be parsed.
    #[error("Ruby: {0}")]
    Syntax(String),
    /// The script's file can't be read.
    #[error("script {path}: {reason}")]
    Script {
        /// The path as given.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The script lies where no script may.
    #[error("script {path}: {reason}")]
    Forbidden {
        /// The path as given.
        path: String,
        /// The rule.
        reason: String,
    },
    /// The script is fine, but what was asked of it is not there.
    #[error("{0}")]
    Definition(String),
    /// The table does not do that.
    #[error("{class} can't {action}: it has no method `{method}`")]
    Unsupported {
        /// The table's class.
        class: String,
        /// What was asked, in SQL's words.
        action: &'static str,
        /// The method that would do it.
        method: &'static str,
    },
    /// The host asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// A fault on our side; the VM is not used again.
    #[error("internal fault: {0}")]
    Fault(String),
}

/// What an [`Error`] is about, for codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Any exception of the script.
    Script,
    /// A value that its column can't hold, or a row of the wrong width.
    Data,
    /// `Table::ConstraintError`: the script refuses a write.
    Constraint,
    /// Instructions, memory or depth used up.
    Limit,
    /// The host asked to stop.
    Interrupted,
    /// No such script, class or option; or not allowed.
    Setup,
    /// The table does not do that.
    Unsupported,
    /// A fault on our side.
    Fault,
}

impl Error {
    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Error::Ruby(raised) => match raised.class.as_str() {
                "Table::DataError" => Kind::Data,
                "Table::ConstraintError" => Kind::Constraint,
                "BudgetExceeded" | "DeadlineExceeded" | "NoMemoryError" | "SystemStackError" => {
                    Kind::Limit
                }
                _ => Kind::Script,
            },
            Error::Syntax(_) => Kind::Script,
            Error::Script { .. } | Error::Forbidden { .. } | Error::Definition(_) => Kind::Setup,
            Error::Unsupported { .. } => Kind::Unsupported,
            Error::Interrupted => Kind::Interrupted,
            Error::Fault(_) => Kind::Fault,
        }
    }

    /// The Ruby exception, if it was one.
    #[must_use]
    pub fn raised(&self) -> Option<&Raised> {
        match self {
            Error::Ruby(raised) => Some(raised),
            _ => None,
        }
    }
}
