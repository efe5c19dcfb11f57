//! Preallocated symbols: those that C code names with `MRB_SYM(x)` become constants of an enum.
//!
//! With `MRB_PRESYM_SCANNING` the headers turn each use into `<@! "x" !@>`; the preprocessed units
//! are searched for that, and the sorted names become `mruby/presym/{id,table}.h`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::{Result, at};

/// Sorted as the runtime's search expects: by length, then by bytes.
pub(crate) type Symbols = BTreeSet<(usize, String)>;

/// Adds the symbols that a preprocessed unit names.
pub(crate) fn scan(text: &str, symbols: &mut Symbols) {
    let mut rest = text;
    while let Some(start) = rest.find("<@! ") {
        rest = &rest[start + 4..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let Some(end) = line.find(" !@>") else { continue };
        if let Some(name) = literal(&line[..end]) {
            symbols.insert((name.len(), name));
        }
        rest = &rest[end..];
    }
}

/// The C string literals of a fragment, joined as the compiler would join them (escapes kept).
fn literal(fragment: &str) -> Option<String> {
    let mut name = None;
    let mut rest = fragment;
    while let Some(open) = rest.find('"') {
        let body = &rest[open + 1..];
        let mut escaped = false;
        let close = body.bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        })?;
        name.get_or_insert_with(String::new).push_str(&body[..close]);
        rest = &body[close + 1..];
    }
    name
}

/// Operators have no C name of their own.
const OPERATORS: &[(&str, &str)] = &[
    ("!", "not"),
    ("%", "mod"),
    ("&", "and"),
    ("*", "mul"),
    ("+", "add"),
    ("-", "sub"),
    ("/", "div"),
    ("<", "lt"),
    (">", "gt"),
    ("^", "xor"),
    ("`", "tick"),
    ("|", "or"),
    ("~", "neg"),
    ("!=", "neq"),
    ("!~", "nmatch"),
    ("&&", "andand"),
    ("**", "pow"),
    ("+@", "plus"),
    ("-@", "minus"),
    ("<<", "lshift"),
    ("<=", "le"),
    ("==", "eq"),
    ("=~", "match"),
    (">=", "ge"),
    (">>", "rshift"),
    ("[]", "aref"),
    ("||", "oror"),
    ("<=>", "cmp"),
    ("===", "eqq"),
    ("[]=", "aset"),
];

/// The name in the enum: `MRB_SYM__each`, `MRB_IVSYM__name`, `MRB_SYM_Q__nil`, `MRB_OPSYM__add`.
fn identifier(symbol: &str) -> Option<String> {
    let (prefix, rest) = match symbol {
        s if s.starts_with("@@") => ("CV", &s[2..]),
        s if s.starts_with('@') => ("IV", &s[1..]),
        s => ("", s),
    };
    let (suffix, word) = match rest.as_bytes().last() {
        Some(b'!') => ("_B", &rest[..rest.len() - 1]),
        Some(b'?') => ("_Q", &rest[..rest.len() - 1]),
        Some(b'=') => ("_E", &rest[..rest.len() - 1]),
        _ => ("", rest),
    };
    let is_word = word.bytes().next().is_some_and(|b| !b.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_word && (prefix.is_empty() || suffix.is_empty()) {
        return Some(format!("MRB_{prefix}SYM{suffix}__{word}"));
    }
    let (_, name) = OPERATORS.iter().find(|(operator, _)| *operator == symbol)?;
    Some(format!("MRB_OPSYM__{name}"))
}

/// Writes the two headers below `include`; the text of the enum, on which every unit depends.
pub(crate) fn write(include: &Path, symbols: &Symbols) -> Result<String> {
    let mut id = String::from("enum mruby_presym {\n");
    let mut lengths = String::from("static const uint16_t presym_length_table[] = {\n");
    let mut names = String::from("static const char * const presym_name_table[] = {\n");
    for (number, (_, symbol)) in symbols.iter().enumerate() {
        if let Some(identifier) = identifier(symbol) {
            id += &format!("  {identifier} = {},\n", number + 1);
        }
        lengths += &format!("  sizeof(\"{symbol}\") - 1,\n");
        names += &format!("  \"{symbol}\",\n");
    }
    id += &format!("}};\n\n#define MRB_PRESYM_MAX {}\n", symbols.len());
    let dir = include.join("mruby/presym");
    at(&dir, fs::create_dir_all(&dir))?;
    at(&dir, fs::write(dir.join("id.h"), &id))?;
    at(&dir, fs::write(dir.join("table.h"), format!("{lengths}}};\n\n{names}}};\n")))?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::{Symbols, identifier, scan};

    #[test]
    fn symbols_are_found_where_the_headers_mark_them_and_nowhere_else() {
        let mut symbols = Symbols::new();
        let text = "f(<@! \"each\" !@>, \"not this\");\n#define open <@! x\ng(<@! \"a\" \"=\" !@>)";
        scan(text, &mut symbols);
        let names: Vec<_> = symbols.into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["a=", "each"]);
    }

    #[test]
    fn every_form_of_name_has_its_place_in_the_enum() {
        for (symbol, wanted) in [
            ("each", Some("MRB_SYM__each")),
            ("nil?", Some("MRB_SYM_Q__nil")),
            ("map!", Some("MRB_SYM_B__map")),
            ("name=", Some("MRB_SYM_E__name")),
            ("@name", Some("MRB_IVSYM__name")),
            ("@@name", Some("MRB_CVSYM__name")),
            ("<=>", Some("MRB_OPSYM__cmp")),
            ("!=", Some("MRB_OPSYM__neq")),
            ("$gc root", None),
            ("1st", None),
        ] {
            assert_eq!(identifier(symbol).as_deref(), wanted, "{symbol}");
        }
    }
}
