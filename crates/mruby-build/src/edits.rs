//! Corrections to mruby 3.2.0, made in our copy of its source.
//!
//! Each is a replacement of text that must be there as often as said: when a newer tree no longer has
//! it, the build stops and says which correction to think about again.

use std::fs;
use std::path::Path;

use crate::{Result, at};

/// One correction.
#[derive(Debug, Hash)]
pub struct Edit {
    /// The file, below the tree.
    pub file: &'static str,
    /// What was wrong.
    pub reason: &'static str,
    /// How often the text is there.
    pub count: usize,
    /// The text as released.
    pub from: &'static str,
    /// The text that replaces it.
    pub to: &'static str,
}

/// All corrections.
pub static EDITS: &[Edit] = &[
    Edit {
        file: "mrbgems/mruby-fiber/src/fiber.c",
        reason: "Fiber#resume, and so Enumerator#next, refuses to run in a block that native code \
                 called, though only Fiber.yield must not cross it (removed in 3.3)",
        count: 1,
        from: "  fiber_check_cfunc(mrb, mrb->c);\n  mrb_get_args(mrb, \"*!\", &a, &len);\n  \
               if (mrb->c->ci->cci > 0) {",
        to: "  mrb_get_args(mrb, \"*!\", &a, &len);\n  if (mrb->c->ci->cci > 0) {",
    },
    Edit {
        file: "mrbgems/mruby-compiler/core/codegen.c",
        reason: "CVE-2025-7207: a scope with locals but no code had no registers for them",
        count: 1,
        from: "  s->nlocals = s->sp;\n",
        to: "  s->nlocals = s->nregs = s->sp;\n",
    },
    Edit {
        file: "src/gc.c",
        reason: "a major collection that was cut short left old objects marked (fixed in 3.3)",
        count: 1,
        from: "  else {\n    /* Sweep the dead objects, then",
        to: "  {\n    /* Sweep the dead objects, then",
    },
    Edit {
        file: "src/fmt_fp.c",
        reason: "Float#to_s: rounding in the powers of ten can leave f outside 1...10, and then \
                 1e100 prints as 0.0,6.04*2000001e+99",
        count: 1,
        from: "        f *= *neg_pow;\n      }\n    }\n",
        to: "        f *= *neg_pow;\n      }\n    }\n    while (f >= 10.0) { f *= 0.1; e++; }\n    \
             if (f < 1.0) f = 1.0;\n",
    },
    Edit {
        file: "src/readfloat.c",
        reason: "0.3 reads as 0.30000000000000004: where digits and power of ten are both exact, \
                 one operation gives the nearest double (Clinger 1990)",
        count: 1,
        from: "done:\n  *fp = d;\n",
        to: "done:\n  {\n    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, \
             1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, \
             1e22};\n    const char *q = str;\n    uint64_t m = 0;\n    \
             int power = 0, negative = 0, exact = 1, dot = 0;\n    while (ISSPACE(*q)) q++;\n    \
             if (*q == '-') { negative = 1; q++; }\n    else if (*q == '+') q++;\n    \
             for (; q < a && (ISDIGIT(*q) || (*q == '.' && !dot)); q++) {\n      \
             if (*q == '.') { dot = 1; continue; }\n      \
             if (m > (UINT64_C(1) << 53) / 10 - 1) { exact = 0; break; }\n      \
             m = m * 10 + (uint64_t)(*q - '0');\n      power -= dot;\n    }\n    \
             if (exact && q < a && (*q == 'e' || *q == 'E')) {\n      int down = 0, x = 0;\n      \
             q++;\n      if (*q == '-') { down = 1; q++; }\n      else if (*q == '+') q++;\n      \
             for (; q < a && ISDIGIT(*q); q++) if (x < 10000) x = x * 10 + (*q - '0');\n      \
             power += down ? -x : x;\n    }\n    \
             if (exact && power >= -22 && power <= 22) {\n      \
             d = power < 0 ? (double)m / tens[-power] : (double)m * tens[power];\n      \
             if (negative) d = -d;\n    }\n  }\n  *fp = d;\n",
    },
    Edit {
        file: "src/vm.c",
        reason: "`def m(hash)` called as `m(a: 1)`: the short way in for methods with required \
                 arguments only must not be taken when there are keywords to fold (fixed in 3.3)",
        count: 1,
        from: "      if ((a & ~0x7c0001) == 0 && argc < 15 && MRB_PROC_STRICT_P(proc)) {\n",
        to: "      if ((a & ~0x7c0001) == 0 && argc < 15 && ci->nk == 0 && \
             MRB_PROC_STRICT_P(proc)) {\n",
    },
    Edit {
        file: "mrbgems/mruby-sprintf/src/sprintf.c",
        reason: "sprintf reads the format while to_s of an argument may change it: use a copy",
        count: 1,
        from: "  mrb_value hash = mrb_undef_value();\n\n#define CHECK_FOR_WIDTH(f)",
        to: "  mrb_value hash = mrb_undef_value();\n  \
             fmt = mrb_str_dup(mrb, mrb_ensure_string_type(mrb, fmt));\n\n\
             #define CHECK_FOR_WIDTH(f)",
    },
    Edit {
        file: "mrbgems/mruby-bigint/core/bigint.c",
        reason: "no instruction is counted inside a multiplication: half a million bits are enough",
        count: 1,
        from: "  if (x->sz < size) {\n    x->p=(mp_limb*)mrb_realloc",
        to: "  if (size > 16384) mrb_raise(mrb, E_RANGE_ERROR, \"the Integer is too big\");\n  \
             if (x->sz < size) {\n    x->p=(mp_limb*)mrb_realloc",
    },
    Edit {
        file: "include/mruby.h",
        reason: "the depth of calls and the native stack are bounded where calls happen",
        count: 1,
        from: "  void *ud; /* auxiliary data */\n",
        to: "  void *ud; /* auxiliary data */\n  char *native_stack_limit;\n  \
             ptrdiff_t call_depth_max;\n  \
             void (*mark_hook)(struct mrb_state*, \
             void (*mark_context)(struct mrb_state*, struct mrb_context*));\n",
    },
    Edit {
        file: "src/gc.c",
        reason: "values held by Rust and parked stacks are roots, in both phases that look at roots",
        count: 2,
        from: "  /* mark arena */\n",
        to: "  if (mrb->mark_hook) mrb->mark_hook(mrb, mark_context);\n  /* mark arena */\n",
    },
    Edit {
        file: "src/vm.c",
        reason: "as above: zero means no bound, as in mrbc",
        count: 1,
        from: "  mrb_callinfo *ci = c->ci;\n\n  if (ci + 1 == c->ciend) {\n    \
               ptrdiff_t size = ci - c->cibase;\n",
        to: "  mrb_callinfo *ci = c->ci;\n\n  \
             if ((char*)__builtin_frame_address(0) < mrb->native_stack_limit ||\n      \
             (mrb->call_depth_max && ci - c->cibase >= mrb->call_depth_max)) {\n    \
             mrb_exc_raise(mrb, mrb_obj_value(mrb->stack_err));\n  }\n  \
             if (ci + 1 == c->ciend) {\n    ptrdiff_t size = ci - c->cibase;\n",
    },
];

/// Applies all corrections to a copy of the tree.
pub(crate) fn apply(tree: &Path) -> Result<()> {
    for edit in EDITS {
        let file = tree.join(edit.file);
        let text = at(&file, fs::read_to_string(&file))?;
        if text.matches(edit.from).count() != edit.count {
            return Err(format!(
                "{} is not that of mruby 3.2.0: the correction \"{}\" has no place in it",
                file.display(),
                edit.reason
            ));
        }
        at(&file, fs::write(&file, text.replace(edit.from, edit.to)))?;
    }
    Ok(())
}
