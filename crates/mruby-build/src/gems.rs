//! Which of mruby's gems we build, in what order, and what they want defined.

/// The gems of every build. Deliberately without io, socket, dir, eval, sleep, exit (nothing in the
/// library may open, print, wait or end on its own) and without print and time, which `stdlib`
/// writes over its own system calls.
pub const GEMS: &[&str] = &[
    "mruby-compiler",
    "mruby-error",
    "mruby-sprintf",
    "mruby-math",
    "mruby-struct",
    "mruby-data",
    "mruby-compar-ext",
    "mruby-enum-ext",
    "mruby-string-ext",
    "mruby-numeric-ext",
    "mruby-array-ext",
    "mruby-hash-ext",
    "mruby-range-ext",
    "mruby-proc-ext",
    "mruby-symbol-ext",
    "mruby-object-ext",
    "mruby-kernel-ext",
    "mruby-class-ext",
    "mruby-toplevel-ext",
    "mruby-fiber",
    "mruby-enumerator",
    "mruby-enum-lazy",
    "mruby-enum-chain",
    "mruby-random",
    "mruby-catch",
    "mruby-set",
    "mruby-method",
    "mruby-metaprog",
    "mruby-pack",
    "mruby-bigint",
    "mruby-rational",
];

fn needs(gem: &str) -> &'static [&'static str] {
    match gem {
        "mruby-enum-chain" => &["mruby-enumerator"],
        "mruby-enum-lazy" => &["mruby-enumerator", "mruby-enum-ext"],
        "mruby-enumerator" => &["mruby-fiber"],
        "mruby-hash-ext" => &["mruby-array-ext"],
        "mruby-method" => &["mruby-proc-ext"],
        "mruby-set" => &["mruby-hash-ext", "mruby-enumerator"],
        _ => &[],
    }
}

/// What a gem's presence changes in the core: seen by every unit.
pub(crate) fn define(gem: &str) -> Option<&'static str> {
    match gem {
        "mruby-bigint" => Some("MRB_USE_BIGINT"),
        "mruby-rational" => Some("MRB_USE_RATIONAL"),
        _ => None,
    }
}

/// The gems with what they need, dependencies first: the order of initialisation.
pub(crate) fn in_order(gems: &[String]) -> Vec<String> {
    fn visit(gem: &str, order: &mut Vec<String>) {
        if order.iter().any(|g| g == gem) {
            return;
        }
        for need in needs(gem) {
            visit(need, order);
        }
        order.push(gem.into());
    }
    let mut order = Vec::new();
    for gem in gems {
        visit(gem, &mut order);
    }
    order
}
