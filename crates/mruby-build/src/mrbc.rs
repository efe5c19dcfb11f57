//! The bytecode compiler, built for the machine that builds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive::{Compiler, digest, run};
use crate::{Result, at, edits, list};

/// mruby's compiler from Ruby to bytecode, as a program to call from build scripts.
#[derive(Clone, Debug)]
pub struct Mrbc {
    program: PathBuf,
}

impl Mrbc {
    /// A program that is there already.
    #[must_use]
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Mrbc { program: program.into() }
    }

    /// The compiler that `mruby-sys` built: for build scripts of crates that depend on it directly.
    ///
    /// # Errors
    /// If `DEP_MRUBY_MRBC` is not set, that is, without that dependency.
    pub fn from_env() -> Result<Self> {
        let program = std::env::var_os("DEP_MRUBY_MRBC")
            .ok_or("DEP_MRUBY_MRBC is not set: add mruby-sys to [dependencies]")?;
        Ok(Mrbc::at(program))
    }

    /// Builds the compiler from a tree.
    pub(crate) fn build(tree: &Path, out: &Path) -> Result<Self> {
        let mut files = list(&tree.join("src"), "c");
        let core = tree.join("mrbgems/mruby-compiler/core");
        files.extend(["codegen.c", "y.tab.c"].map(|file| core.join(file)));
        files.extend(list(&tree.join("mrbgems/mruby-bin-mrbc/tools/mrbc"), "c"));
        let mut compiler = Compiler::new("HOST_CC");
        let include = format!("-I{}", tree.join("include").display());
        compiler.flags =
            ["-O1", "-w", "-std=gnu99", "-DMRB_NO_PRESYM", &include].map(String::from).into();
        let objects = compiler.compile(&files, &out.join("host"), digest(&edits::EDITS))?;
        let program = out.join("mrbc");
        compiler.link(&objects, &program)?;
        Ok(Mrbc { program })
    }

    /// Where the program is.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Compiles Ruby files, one after the other as one program, to bytecode with line numbers, for
    /// `Vm::load`. A file name in a backtrace is the path as given here. Tells cargo to run the
    /// build script again when a file changes.
    ///
    /// # Errors
    /// With the compiler's message (file and line) if a file is not Ruby.
    pub fn compile<P: AsRef<Path>>(&self, files: &[P], bytecode: &Path) -> Result<()> {
        for file in files {
            println!("cargo::rerun-if-changed={}", file.as_ref().display());
        }
        let mut command = Command::new(&self.program);
        command.arg("-g").arg("-o").arg(bytecode);
        run(command.args(files.iter().map(AsRef::as_ref))).map(drop)
    }

    /// A C file with the files' bytecode as a static `struct RProc` of this name. `debug` keeps
    /// line numbers.
    pub(crate) fn to_c(&self, name: &str, files: &[PathBuf], c: &Path) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(["-S", "-s", &format!("-B{name}"), "-o"]).arg(c).args(files);
        run(&mut command)?;
        at(c, fs::read_to_string(c))
    }
}
