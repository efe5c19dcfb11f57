//! The command line: every option once, with the words that `--help`, the man page and the
//! completions are made from.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

/// Ruby in the place of any program's system calls.
///
/// A Ruby block sees, changes or replaces what the operating system does for a program: any
/// program, static ones, Go and the JVM included, with all its threads and children.
#[derive(Parser, Debug)]
#[command(
    name = "hijinks",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "hijinks -e CODE... [OPTIONS] -- PROGRAM [ARGS]...\n       hijinks -e CODE... [OPTIONS] -p PID\n       hijinks COMMAND [OPTIONS] ...",
    after_help = EXAMPLES,
)]
pub struct Cli {
    /// What to do; without one, run a program under the `-e` code.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The default command.
    #[command(flatten)]
    pub one_liner: OneLiner,
}

const EXAMPLES: &str = "\
Examples:
  hijinks -e 'on(:open) { |c| puts c.path }' -- ls              what does it read?
  hijinks -e 'tally(:all) { |c| c.name }' -- make               strace -c, in one word
  hijinks -e 'replace(:getuid, :geteuid) { 0 }' -- id           you are root (you think)
  hijinks trace -e %network -- curl localhost                   strace's letters, no script
  hijinks lsof -- make                                          open files, and who opened them

`hijinks examples` lists whole scripts, `hijinks doc openat` explains a call.

Exit status: the program's own; 125 when hijinks itself fails; 126 and 127 as in a shell when the
program can't be executed or is not there.";

/// `hijinks -e CODE -- PROGRAM`, `hijinks -e CODE -p PID`.
#[derive(Args, Debug)]
pub struct OneLiner {
    /// Ruby code; may be given several times.
    #[arg(short = 'e', value_name = "CODE", required = true)]
    pub code: Vec<String>,

    /// Take over this running process instead of starting a program.
    #[arg(short = 'p', long = "pid", value_name = "PID", conflicts_with = "program")]
    pub pid: Option<i32>,

    /// How to run.
    #[command(flatten)]
    pub how: How,

    /// The program and its arguments, after `--`.
    #[arg(last = true, value_name = "PROGRAM", required_unless_present = "pid", value_hint = ValueHint::CommandWithArguments)]
    pub program: Vec<OsString>,
}

/// Options of every command that puts a script under a program.
#[derive(Args, Debug, Clone)]
pub struct How {
    /// Where scripts' own output (puts, tally, emit ...) goes [default: the terminal's stderr].
    #[arg(short = 'o', long = "output", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Which engine stops the program.
    #[arg(long, value_enum, default_value_t = EngineChoice::Auto)]
    pub engine: EngineChoice,

    /// What becomes of a call whose handler raises something that is no Errno.
    #[arg(long, value_enum, default_value_t = OnError::Pass)]
    pub on_error: OnError,

    /// Most Ruby instructions that one handler may run before it is stopped (0: no limit).
    #[arg(long, value_name = "N", default_value_t = 100_000_000)]
    pub budget: u64,

    /// Most memory that the script's Ruby may take, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    pub memory: usize,

    /// Let the program use io_uring, which no handler can see (refused with ENOSYS otherwise).
    #[arg(long)]
    pub allow_io_uring: bool,

    /// When to colour what hijinks prints.
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// `--engine`.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineChoice {
    /// The fastest that works here for this program.
    Auto,
    /// Handlers run inside the program.
    Inline,
    /// A supervisor process stops the program at hooked calls.
    Ptrace,
}

/// `--on-error`.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The call goes on untouched.
    Pass,
    /// The program sees EIO.
    Fail,
    /// The run ends.
    Abort,
}

/// `--color`.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a program under one or more scripts
    Run(Run),
    /// Take over a running process and its children; Ctrl-C detaches, a saved script goes live
    Attach(Attach),
    /// Show a program's system calls, with strace's letters
    Trace(Trace),
    /// Show open files with the call, time and stack that opened them
    Lsof(Lsof),
    /// Explain a system call, a group or a word of the scripts
    Doc(Doc),
    /// List the recipes, or print one
    Examples(Examples),
    /// Tell what this kernel allows and which engine will be used
    Doctor(Doctor),
    /// Print a completion script for a shell
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

/// `hijinks run S.rb... [ARGS] -- PROGRAM`.
#[derive(Args, Debug)]
pub struct Run {
    /// Scripts (names that end in .rb), then words for the scripts' ARGV.
    #[arg(required = true, value_name = "SCRIPT.rb", value_hint = ValueHint::FilePath)]
    pub scripts: Vec<OsString>,

    /// How to run.
    #[command(flatten)]
    pub how: How,

    /// The program and its arguments, after `--`.
    #[arg(last = true, required = true, value_name = "PROGRAM", value_hint = ValueHint::CommandWithArguments)]
    pub program: Vec<OsString>,
}

/// `hijinks attach PID S.rb...`.
#[derive(Args, Debug)]
pub struct Attach {
    /// The process.
    pub pid: i32,

    /// Scripts (names that end in .rb), then words for the scripts' ARGV.
    #[arg(required = true, value_name = "SCRIPT.rb", value_hint = ValueHint::FilePath)]
    pub scripts: Vec<OsString>,

    /// How to run.
    #[command(flatten)]
    pub how: How,
}

/// `hijinks trace`.
#[derive(Args, Debug)]
pub struct Trace {
    /// Which calls: names and %groups, comma-separated; `!` in front for all others
    /// (`trace=` before them is accepted).
    #[arg(short = 'e', value_name = "CALLS")]
    pub expressions: Vec<String>,

    /// Only calls on this path (or below it, for a directory).
    #[arg(short = 'P', value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// Only calls that failed.
    #[arg(short = 'Z', long = "failed-only")]
    pub failed_only: bool,

    /// Only calls that succeeded.
    #[arg(short = 'z', long = "successful-only", conflicts_with = "failed_only")]
    pub successful_only: bool,

    /// Count calls, errors and time; print a table at the end.
    #[arg(short = 'c', long = "summary-only")]
    pub summary_only: bool,

    /// Both: the calls as they come, and the table.
    #[arg(short = 'C', long = "summary", conflicts_with = "summary_only")]
    pub summary: bool,

    /// Order of the table: time, calls, errors, name.
    #[arg(short = 'S', long = "summary-sort-by", value_name = "KEY", default_value = "time")]
    pub sort: SummaryKey,

    /// Show the path behind each descriptor (twice: sockets' ends too).
    #[arg(short = 'y', action = clap::ArgAction::Count)]
    pub descriptor_paths: u8,

    /// Show the stack under each call.
    #[arg(short = 'k', long = "stack-trace")]
    pub stacks: bool,

    /// Time of day in front of each line (twice: with microseconds; three times: seconds since the epoch).
    #[arg(short = 't', action = clap::ArgAction::Count)]
    pub time: u8,

    /// Time since the line before.
    #[arg(short = 'r', long = "relative-timestamps")]
    pub relative: bool,

    /// Time spent in each call.
    #[arg(short = 'T', long = "syscall-times")]
    pub durations: bool,

    /// Longest string shown, in bytes.
    #[arg(short = 's', long = "string-limit", value_name = "N", default_value_t = 32)]
    pub string_limit: usize,

    /// Show structures and environments in full.
    #[arg(short = 'v', long = "no-abbrev")]
    pub verbose: bool,

    /// Do not follow children (they are followed by default).
    #[arg(long)]
    pub no_follow: bool,

    /// Accepted for strace's sake: children are followed anyway.
    #[arg(short = 'f', long = "follow-forks")]
    pub follow: bool,

    /// Say nothing of exits and attached processes.
    #[arg(short = 'q', long = "quiet", action = clap::ArgAction::Count)]
    pub quiet: u8,

    /// Column of the results.
    #[arg(short = 'a', long = "columns", value_name = "COLUMN", default_value_t = 40)]
    pub column: usize,

    /// Write there instead of stderr (each line begins with the process id then).
    #[arg(short = 'o', long = "output", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// One JSON object a line; the schema is in docs/trace-json.md.
    #[arg(long, conflicts_with_all = ["summary_only", "summary"])]
    pub json: bool,

    /// Attach to this process (and its threads and children).
    #[arg(short = 'p', long = "attach", value_name = "PID", conflicts_with = "program")]
    pub pid: Option<i32>,

    /// Let the program use io_uring, which can't be seen (refused with ENOSYS otherwise).
    #[arg(long)]
    pub allow_io_uring: bool,

    /// When to colour.
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,

    /// The program and its arguments; `--` before them is optional.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM", required_unless_present = "pid", value_hint = ValueHint::CommandWithArguments)]
    pub program: Vec<OsString>,
}

/// `-S`.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum SummaryKey {
    /// Most time first.
    Time,
    /// Most calls first.
    #[value(alias = "count")]
    Calls,
    /// Most errors first.
    #[value(alias = "error")]
    Errors,
    /// By name.
    Name,
}

/// `hijinks lsof`.
#[derive(Args, Debug)]
pub struct Lsof {
    /// A running process: what is open now (who opened it is known only for what opens under us).
    #[arg(conflicts_with = "program", required_unless_present = "program")]
    pub pid: Option<i32>,

    /// Standard streams too.
    #[arg(short = 'a', long)]
    pub all: bool,

    /// Frames of the opening stack to show.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub stack: usize,

    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,

    /// Write there instead of stdout (a PID's) or stderr (a program's).
    #[arg(short = 'o', long = "output", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// When to colour.
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,

    /// Run this program and tell, as each of its processes ends, what it left open and who opened it.
    #[arg(last = true, value_name = "PROGRAM", value_hint = ValueHint::CommandWithArguments)]
    pub program: Vec<OsString>,
}

/// `hijinks doc`.
#[derive(Args, Debug)]
pub struct Doc {
    /// A call (openat), a portable name (open), a group (%network), or a word (replace, tally).
    pub name: Option<String>,
}

/// `hijinks examples`.
#[derive(Args, Debug)]
pub struct Examples {
    /// A recipe's name.
    pub name: Option<String>,
}

/// `hijinks doctor`.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Which engine would this program get, and why?
    pub program: Option<OsString>,

    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    fn parse(line: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once(&"hijinks").chain(line))
    }

    #[test]
    fn a_one_liner_needs_code_and_a_program_or_a_pid() {
        let cli = parse(&["-e", "1", "-e", "2", "--", "ls", "-l"]).unwrap();
        assert_eq!(cli.one_liner.code, ["1", "2"]);
        assert_eq!(cli.one_liner.program, ["ls", "-l"]);
        assert!(parse(&["-e", "1", "-p", "42"]).is_ok());
        assert!(parse(&["-e", "1"]).is_err());
        assert!(parse(&["--", "ls"]).is_err());
    }

    #[test]
    fn run_takes_scripts_then_their_arguments_then_the_program() {
        let cli = parse(&["run", "a.rb", "x", "-o", "out", "--", "ls", "-o"]).unwrap();
        let Some(Command::Run(run)) = cli.command else { panic!("{cli:?}") };
        assert_eq!(run.scripts, ["a.rb", "x"]);
        assert_eq!(run.program, ["ls", "-o"]);
        assert_eq!(run.how.output.as_deref(), Some("out".as_ref()));
    }

    #[test]
    fn trace_reads_straces_letters_and_leaves_the_programs_options_alone() {
        let cli =
            parse(&["trace", "-fyyZ", "-e", "trace=openat,%network", "ls", "-e", "-y"]).unwrap();
        let Some(Command::Trace(trace)) = cli.command else { panic!("{cli:?}") };
        assert_eq!(trace.descriptor_paths, 2);
        assert!(trace.failed_only);
        assert_eq!(trace.expressions, ["trace=openat,%network"]);
        assert_eq!(trace.program, ["ls", "-e", "-y"]);
    }
}
