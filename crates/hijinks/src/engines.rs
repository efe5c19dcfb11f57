//! Which engine runs a program: what `--engine` asked for, or the fastest that works, and why not a
//! faster one.

use crate::cli::EngineChoice;
use crate::report::Failure;

/// An engine of this build.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// A supervisor process stops the program at hooked calls.
    Ptrace,
}

impl Engine {
    /// As `--engine` spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Engine::Ptrace => "ptrace",
        }
    }
}

/// An engine, and why it is not the fastest.
#[derive(Debug)]
pub struct Choice {
    /// What will be used.
    pub engine: Engine,
    /// Why nothing faster is.
    pub reason: Option<&'static str>,
}

const NO_INLINE: &str = "the inline engine is not built yet";

/// Chooses.
///
/// # Errors
/// [`Failure::Usage`] when the engine that was asked for can't be had.
pub fn choose(asked: EngineChoice) -> Result<Choice, Failure> {
    match asked {
        EngineChoice::Ptrace => Ok(Choice { engine: Engine::Ptrace, reason: None }),
        EngineChoice::Auto => Ok(Choice { engine: Engine::Ptrace, reason: Some(NO_INLINE) }),
        EngineChoice::Inline => Err(Failure::usage(
            NO_INLINE,
            Some("use --engine ptrace, or leave --engine out".into()),
        )),
    }
}
