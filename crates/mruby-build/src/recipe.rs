//! The recipe itself.

use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::{Compiler, archive, digest};
use crate::presym::Symbols;
use crate::{GEMS, Mrbc, Result, at, edits, gems, presym, tree, units};

/// What every build is compiled with. Optimisation stops at -O2: -O3 makes the interpreter's loop
/// slower. Hidden visibility makes -fPIC free. Frame pointers are for the stacks that users see.
const FLAGS: &[&str] = &[
    "-O2",
    "-g1",
    "-w",
    "-std=gnu99",
    "-fPIC",
    "-fvisibility=hidden",
    "-fno-omit-frame-pointer",
    "-ffunction-sections",
    "-fdata-sections",
];

/// What every build defines; the shim and all units must agree, for `struct mrb_state` depends on
/// it. Lengths are bounded because no instruction is counted inside a C function. The depth of
/// calls and the native stack are bounded at run time, hence the high maximum here. Floats are
/// objects: as immediates they would lose two bits, and 0.1 would not be 0.1.
const DEFINES: &[&str] = &[
    "MRB_UTF8_STRING",
    "MRB_USE_DEBUG_HOOK",
    "MRB_NO_STDIO",
    "MRB_GC_TURN_OFF_GENERATIONAL",
    "MRB_WORDBOX_NO_FLOAT_TRUNCATE",
    "MRB_STR_LENGTH_MAX=67108864",
    "MRB_ARY_LENGTH_MAX=8388608",
    "MRB_CALL_LEVEL_MAX=16384",
    // Growing by steps is quadratic in the depth of calls.
    "MRB_STACK_EXTEND_DOUBLING",
];

/// How to build one library. See the [crate](crate).
#[derive(Clone, Debug)]
pub struct Recipe {
    out: PathBuf,
    flags: Vec<String>,
    defines: Vec<String>,
    gems: Vec<String>,
    units: Vec<PathBuf>,
    reuse: Option<(PathBuf, Mrbc)>,
}

/// What a [`Recipe`] made.
#[derive(Clone, Debug)]
pub struct Built {
    /// The directory of `libmruby.a`.
    pub dir: PathBuf,
    /// The edited copy of mruby's source.
    pub tree: PathBuf,
    /// The bytecode compiler.
    pub mrbc: Mrbc,
    /// Include directories of the library.
    pub includes: Vec<PathBuf>,
    /// What was defined, `NAME` or `NAME=value`.
    pub defines: Vec<String>,
}

impl Recipe {
    /// A recipe with our flags, defines and [`GEMS`], and a directory of its own for its work.
    ///
    /// # Errors
    /// If the directory can't be made.
    pub fn new(out: impl Into<PathBuf>) -> Result<Self> {
        let out = out.into();
        at(&out, fs::create_dir_all(&out))?;
        let strings = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
        Ok(Recipe {
            out,
            flags: strings(FLAGS),
            defines: strings(DEFINES),
            gems: strings(GEMS),
            units: Vec::new(),
            reuse: None,
        })
    }

    /// More flags for the C compiler; a later flag wins over ours.
    #[must_use]
    pub fn flags<S: Into<String>>(mut self, flags: impl IntoIterator<Item = S>) -> Self {
        self.flags.extend(flags.into_iter().map(Into::into));
        self
    }

    /// One more define, `NAME` or `NAME=value`. Replaces a define of that name.
    #[must_use]
    pub fn define(mut self, define: impl Into<String>) -> Self {
        let define = define.into();
        let name = |d: &str| d.split('=').next().map(str::to_string);
        self.defines.retain(|d| name(d) != name(&define));
        self.defines.push(define);
        self
    }

    /// Leaves a gem out: the compiler, where only bytecode is run.
    #[must_use]
    pub fn without_gem(mut self, gem: &str) -> Self {
        self.gems.retain(|g| g != gem);
        self
    }

    /// One more C file, compiled with the library and scanned for symbols.
    #[must_use]
    pub fn unit(mut self, file: impl Into<PathBuf>) -> Self {
        self.units.push(file.into());
        self
    }

    /// Takes tree and compiler of an earlier build instead of making them again.
    #[must_use]
    pub fn reuse(mut self, tree: impl Into<PathBuf>, mrbc: &Mrbc) -> Self {
        self.reuse = Some((tree.into(), mrbc.clone()));
        self
    }

    /// Builds `libmruby.a`.
    ///
    /// # Errors
    /// If the source can't be found, an edit no longer fits it, or the C compiler complains.
    pub fn build(self) -> Result<Built> {
        let gems = gems::in_order(&self.gems);
        let (tree, mrbc) = match &self.reuse {
            Some((tree, mrbc)) => (tree.clone(), mrbc.clone()),
            None => self.prepare(&gems)?,
        };
        let mut defines = self.defines.clone();
        defines.extend(gems.iter().filter_map(|gem| gems::define(gem)).map(String::from));

        let mut units = units::collect(&tree, &gems, &mrbc, &self.out.join("generated"))?;
        for unit in &self.units {
            println!("cargo::rerun-if-changed={}", unit.display());
            units.files.push(at(unit, unit.canonicalize())?);
        }
        let mut includes = vec![self.out.join("include"), tree.join("include")];
        includes.append(&mut units.includes);

        let mut compiler = Compiler::new("CC");
        compiler.flags = self.flags.clone();
        compiler.flags.extend(defines.iter().map(|define| format!("-D{define}")));
        compiler.flags.extend(includes.iter().map(|dir| format!("-I{}", dir.display())));

        let mut symbols = Symbols::new();
        for text in compiler.preprocess(&units.files, &["-DMRB_PRESYM_SCANNING"])? {
            presym::scan(&text, &mut symbols);
        }
        let ids = presym::write(&self.out.join("include"), &symbols)?;
        let context = digest(&(ids, edits::EDITS));
        let objects = compiler.compile(&units.files, &self.out.join("objects"), context)?;
        archive(&objects, &self.out.join("libmruby.a"))?;
        Ok(Built { dir: self.out, tree, mrbc, includes, defines })
    }

    fn prepare(&self, gems: &[String]) -> Result<(PathBuf, Mrbc)> {
        let copy: &Path = &self.out.join("tree");
        tree::copy(&tree::locate()?, copy, gems)?;
        edits::apply(copy)?;
        Ok((copy.to_path_buf(), Mrbc::build(copy, &self.out)?))
    }
}
