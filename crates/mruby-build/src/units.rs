//! The C units of the library: mruby's own, and those that its build would have generated.
//!
//! Upstream's generated initialiser calls `exit` when a gem's Ruby code raises. Ours returns with
//! the exception set: it also runs inside processes that are not ours to end.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Mrbc, Result, at, list};

/// The files to compile and the include directories that gems bring.
#[derive(Debug, Default)]
pub(crate) struct Units {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) includes: Vec<PathBuf>,
}

/// Collects mruby's units and generates the rest into `out`.
pub(crate) fn collect(tree: &Path, gems: &[String], mrbc: &Mrbc, out: &Path) -> Result<Units> {
    at(out, fs::create_dir_all(out))?;
    let mut units = Units { files: list(&tree.join("src"), "c"), includes: Vec::new() };
    units.files.push(core_library(tree, mrbc, out)?);
    let mut list_of_gems = GemInit::default();
    for gem in gems {
        let dir = tree.join("mrbgems").join(gem);
        if !dir.is_dir() {
            return Err(format!("mruby has no gem {gem} in {}", dir.display()));
        }
        let sources = list(&dir.join("src"), "c");
        let has_init = !sources.is_empty();
        units.files.extend(sources);
        // The compiler's files; y.tab.c is checked in, so no bison is needed.
        units.files.extend(list(&dir.join("core"), "c"));
        units.includes.extend(Some(dir.join("include")).filter(|dir| dir.is_dir()));
        let ruby = list(&dir.join("mrblib"), "rb");
        if has_init || !ruby.is_empty() {
            let name = gem.replace('-', "_");
            units.files.push(gem_unit(&name, has_init, &ruby, mrbc, out)?);
            list_of_gems.add(&name, has_init);
        }
    }
    units.files.push(list_of_gems.write(out)?);
    Ok(units)
}

/// `mrblib/*.rb`, the part of the core library that is written in Ruby.
fn core_library(tree: &Path, mrbc: &Mrbc, out: &Path) -> Result<PathBuf> {
    let file = out.join("mrblib.c");
    let mut text = mrbc.to_c("mrblib_proc", &list(&tree.join("mrblib"), "rb"), &file)?;
    text += "void mrb_init_mrblib(mrb_state *mrb) {\n  mrblib_proc_init_syms(mrb);\n  \
             mrb_load_proc(mrb, mrblib_proc);\n}\n";
    at(&file, fs::write(&file, text))?;
    Ok(file)
}

/// One gem's initialiser: its C half, then its Ruby half, whose top-level frame is left clean.
fn gem_unit(
    name: &str,
    has_init: bool,
    ruby: &[PathBuf],
    mrbc: &Mrbc,
    out: &Path,
) -> Result<PathBuf> {
    let file = out.join(format!("gem_{name}.c"));
    let mut text = String::from("#include <mruby.h>\n#include <mruby/proc.h>\n");
    if !ruby.is_empty() {
        text = mrbc.to_c(&format!("gem_{name}_proc"), ruby, &file)?;
    }
    text +=
        &format!("void mrb_{name}_gem_init(mrb_state*);\nvoid hj_init_{name}(mrb_state *mrb) {{\n");
    if !ruby.is_empty() {
        text += &format!("  gem_{name}_proc_init_syms(mrb);\n");
    }
    if has_init {
        text += &format!("  mrb_{name}_gem_init(mrb);\n");
    }
    if !ruby.is_empty() {
        text += &format!(
            "  mrb_load_proc(mrb, gem_{name}_proc);\n  if (mrb->exc) return;\n  \
             struct REnv *e = mrb_vm_ci_env(mrb->c->cibase);\n  \
             mrb_vm_ci_env_set(mrb->c->cibase, NULL);\n  mrb_env_unshare(mrb, e, FALSE);\n"
        );
    }
    text += "}\n";
    at(&file, fs::write(&file, text))?;
    Ok(file)
}

/// `mrb_init_mrbgems`: every gem in order, and their finalisers in the reverse.
#[derive(Default)]
struct GemInit {
    declarations: String,
    calls: String,
    finals: Vec<String>,
}

impl GemInit {
    fn add(&mut self, name: &str, has_init: bool) {
        self.declarations += &format!("void hj_init_{name}(mrb_state*);\n");
        self.calls += &format!(
            "  hj_init_{name}(mrb);\n  mrb_gc_arena_restore(mrb, ai);\n  if (mrb->exc) return;\n"
        );
        if has_init {
            self.declarations += &format!("void mrb_{name}_gem_final(mrb_state*);\n");
            self.finals.push(format!("  mrb_{name}_gem_final(mrb);\n"));
        }
    }

    fn write(mut self, out: &Path) -> Result<PathBuf> {
        self.finals.reverse();
        let file = out.join("gems.c");
        let text = format!(
            "#include <mruby.h>\n{}static void finish(mrb_state *mrb) {{\n{}}}\n\
             void mrb_init_mrbgems(mrb_state *mrb) {{\n  int ai = mrb_gc_arena_save(mrb);\n{}  \
             mrb_state_atexit(mrb, finish);\n}}\n",
            self.declarations,
            self.finals.concat(),
            self.calls
        );
        at(&file, fs::write(&file, text))?;
        Ok(file)
    }
}
