//! Character classes: what `[a-z&&[^aeiou]]`, `\h` and `\p{Alpha}` contain.
//!
//! A class is ranges, Unicode properties and nested classes, evaluated as written; the answers for
//! ASCII are computed once into a bitmap, which is what nearly every test reads. Properties come from
//! `char`'s own methods, so no tables of ours have to be carried into the runtime image.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// A Unicode (or POSIX) property that `char` can answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Property {
    Alpha,
    Digit,
    Alnum,
    Upper,
    Lower,
    Space,
    Cntrl,
    Punct,
    Graph,
    Print,
    XDigit,
    Blank,
    Word,
    Ascii,
    Any,
    /// `\p{M}`: the combining marks of the blocks that are nothing else.
    Mark,
    Number,
    Symbol,
    Script(&'static [(u32, u32)]),
}

/// Blocks rather than exact scripts: what a script asks with `\p{Han}` are the letters in use.
const SCRIPTS: &[(&str, &[(u32, u32)])] = &[
    (
        "arabic",
        &[(0x600, 0x6ff), (0x750, 0x77f), (0x8a0, 0x8ff), (0xfb50, 0xfdff), (0xfe70, 0xfeff)],
    ),
    ("cyrillic", &[(0x400, 0x52f), (0x1c80, 0x1c8f), (0x2de0, 0x2dff), (0xa640, 0xa69f)]),
    ("greek", &[(0x370, 0x3ff), (0x1f00, 0x1fff)]),
    (
        "han",
        &[
            (0x2e80, 0x2fd5),
            (0x3005, 0x3007),
            (0x3021, 0x3029),
            (0x3400, 0x4dbf),
            (0x4e00, 0x9fff),
            (0xf900, 0xfaff),
            (0x20000, 0x323af),
        ],
    ),
    ("hangul", &[(0x1100, 0x11ff), (0x3130, 0x318f), (0xa960, 0xa97f), (0xac00, 0xd7ff)]),
    ("hebrew", &[(0x590, 0x5ff), (0xfb1d, 0xfb4f)]),
    ("hiragana", &[(0x3041, 0x3096), (0x309d, 0x309f)]),
    ("katakana", &[(0x30a1, 0x30fa), (0x30fd, 0x30ff), (0x31f0, 0x31ff), (0xff66, 0xff9d)]),
    (
        "latin",
        &[
            (0x41, 0x5a),
            (0x61, 0x7a),
            (0xaa, 0xaa),
            (0xba, 0xba),
            (0xc0, 0xd6),
            (0xd8, 0xf6),
            (0xf8, 0x2b8),
            (0x1e00, 0x1eff),
            (0x2c60, 0x2c7f),
            (0xa722, 0xa787),
            (0xfb00, 0xfb06),
            (0xff21, 0xff3a),
            (0xff41, 0xff5a),
        ],
    ),
    ("thai", &[(0xe01, 0xe3a), (0xe40, 0xe5b)]),
];

const MARKS: &[(u32, u32)] = &[
    (0x300, 0x36f),
    (0x483, 0x489),
    (0x591, 0x5bd),
    (0x1ab0, 0x1aff),
    (0x1dc0, 0x1dff),
    (0x20d0, 0x20ff),
    (0xfe00, 0xfe0f),
    (0xfe20, 0xfe2f),
];

impl Property {
    /// The property of `[:name:]` or `\p{Name}`; spaces, `_`, `-` and case do not count.
    pub(crate) fn named(name: &[u8]) -> Option<Property> {
        let name: Vec<u8> = name
            .iter()
            .filter(|b| !matches!(b, b'_' | b'-' | b' '))
            .map(u8::to_ascii_lowercase)
            .collect();
        Some(match name.as_slice() {
            b"alpha" | b"alphabetic" | b"l" | b"letter" => Property::Alpha,
            b"digit" | b"nd" => Property::Digit,
            b"n" | b"number" => Property::Number,
            b"alnum" => Property::Alnum,
            b"upper" | b"uppercase" | b"lu" => Property::Upper,
            b"lower" | b"lowercase" | b"ll" => Property::Lower,
            b"space" | b"whitespace" => Property::Space,
            b"cntrl" | b"cc" => Property::Cntrl,
            b"punct" | b"p" | b"punctuation" => Property::Punct,
            b"s" | b"symbol" => Property::Symbol,
            b"graph" => Property::Graph,
            b"print" => Property::Print,
            b"xdigit" | b"asciihexdigit" => Property::XDigit,
            b"blank" => Property::Blank,
            b"word" | b"w" => Property::Word,
            b"ascii" => Property::Ascii,
            b"any" => Property::Any,
            b"m" | b"mark" | b"mn" => Property::Mark,
            other => {
                let script = SCRIPTS.iter().find(|(n, _)| n.as_bytes() == other)?;
                Property::Script(script.1)
            }
        })
    }

    fn contains(self, unit: u32) -> bool {
        let Some(c) = char::from_u32(unit) else { return false };
        let within = |ranges: &[(u32, u32)]| ranges.iter().any(|r| (r.0..=r.1).contains(&unit));
        match self {
            Property::Alpha => c.is_alphabetic(),
            Property::Digit => c.is_ascii_digit() || (!c.is_ascii() && decimal(c)),
            Property::Alnum => c.is_alphabetic() || (c.is_numeric() && decimal(c)),
            Property::Upper => c.is_uppercase(),
            Property::Lower => c.is_lowercase(),
            Property::Space => c.is_whitespace(),
            Property::Cntrl => c.is_control(),
            Property::Punct => {
                c.is_ascii_punctuation()
                    || within(&[
                        (0xa1, 0xa1),
                        (0xa7, 0xa7),
                        (0xab, 0xab),
                        (0xb6, 0xb7),
                        (0xbb, 0xbb),
                        (0xbf, 0xbf),
                        (0x2010, 0x2027),
                        (0x2030, 0x205e),
                        (0x3001, 0x3003),
                        (0x3008, 0x3011),
                        (0x3014, 0x301f),
                        (0xff01, 0xff03),
                        (0xff05, 0xff0a),
                        (0xff0c, 0xff0f),
                        (0xff1a, 0xff1b),
                        (0xff1f, 0xff20),
                        (0xff3b, 0xff3d),
                    ])
            }
            Property::Symbol => {
                matches!(c, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~')
                    || within(&[
                        (0xa2, 0xa6),
                        (0xa8, 0xa9),
                        (0xac, 0xac),
                        (0xae, 0xb1),
                        (0xb4, 0xb4),
                        (0xd7, 0xd7),
                        (0xf7, 0xf7),
                        (0x20a0, 0x20bf),
                        (0x2100, 0x214f),
                        (0x2190, 0x23ff),
                        (0x2500, 0x27bf),
                        (0x1f300, 0x1faff),
                    ])
            }
            Property::Graph => !c.is_whitespace() && !c.is_control(),
            Property::Print => (!c.is_whitespace() || c == ' ' || unit == 0xa0) && !c.is_control(),
            Property::XDigit => c.is_ascii_hexdigit(),
            Property::Blank => {
                matches!(c, ' ' | '\t')
                    || (unit > 0x7f && c.is_whitespace() && !matches!(unit, 0x85 | 0x2028 | 0x2029))
            }
            Property::Word => c.is_alphanumeric() || c == '_' || within(MARKS) || unit == 0x203f,
            Property::Ascii => c.is_ascii(),
            Property::Any => true,
            Property::Mark => within(MARKS),
            Property::Number => c.is_numeric(),
            Property::Script(ranges) => within(ranges),
        }
    }
}

/// Decimal digits of the living scripts start at these code points, ten in a row.
fn decimal(c: char) -> bool {
    const ZEROS: &[u32] = &[
        0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
        0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10,
    ];
    ZEROS.iter().any(|zero| (*zero..*zero + 10).contains(&u32::from(c)))
}

/// A class as written.
#[derive(Clone, Default, Debug)]
pub(crate) struct Set {
    pub(crate) negated: bool,
    pub(crate) ranges: Vec<(u32, u32)>,
    /// Properties, each as it is or inverted.
    pub(crate) properties: Vec<(Property, bool)>,
    /// Nested classes that are added.
    pub(crate) sets: Vec<Set>,
    /// What stands behind `&&`.
    pub(crate) and: Option<Box<Set>>,
    pub(crate) ignore_case: bool,
}

impl Set {
    pub(crate) fn of(ranges: &[(u32, u32)], negated: bool) -> Set {
        Set { negated, ranges: ranges.to_vec(), ..Set::default() }
    }

    pub(crate) fn property(property: Property, inverted: bool) -> Set {
        let mut set = Set::default();
        set.properties.push((property, inverted));
        set
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.properties.is_empty() && self.sets.is_empty()
    }

    fn has(&self, unit: u32) -> bool {
        let here = self.ranges.iter().any(|r| (r.0..=r.1).contains(&unit))
            || self.properties.iter().any(|(p, inverted)| p.contains(unit) != *inverted)
            || self.sets.iter().any(|s| s.contains(unit));
        here && self.and.as_ref().is_none_or(|and| and.contains(unit))
    }

    /// Whether a character (or a stray byte, see [`super::search`]) is in the class.
    pub(crate) fn contains(&self, unit: u32) -> bool {
        let mut inside = self.has(unit);
        if !inside && self.ignore_case {
            inside = variants(unit).into_iter().any(|v| v != unit && self.has(v));
        }
        inside != self.negated
    }
}

/// The forms of a letter: lower, upper, and the few that share a fold with ASCII.
pub(crate) fn variants(unit: u32) -> [u32; 3] {
    let Some(c) = char::from_u32(unit) else { return [unit; 3] };
    let single = |mut forms: alloc::vec::Vec<char>| {
        if forms.len() == 1 { u32::from(forms.remove(0)) } else { unit }
    };
    let lower = single(c.to_lowercase().collect());
    let upper = single(c.to_uppercase().collect());
    let odd = match unit {
        0x6b | 0x4b => 0x212a,
        0x73 | 0x53 => 0x17f,
        0xe5 | 0xc5 => 0x212b,
        _ => unit,
    };
    [lower, upper, odd]
}

/// What two characters that differ in case only have in common.
pub(crate) fn fold(unit: u32) -> u32 {
    if unit < 0x80 {
        return if (0x41..=0x5a).contains(&unit) { unit + 32 } else { unit };
    }
    let Some(c) = char::from_u32(unit) else { return unit };
    if unit == 0x17f {
        return 0x73;
    }
    // Through upper case, so that final sigma and its like meet.
    let mut upper = c.to_uppercase();
    let up = match (upper.next(), upper.next()) {
        (Some(up), None) => up,
        _ => c,
    };
    let mut lower = up.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(low), None) => u32::from(low),
        _ => unit,
    }
}

/// A class ready to be asked: the ASCII half is a bitmap.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    ascii: u128,
    set: Set,
}

impl Class {
    pub(crate) fn new(set: Set) -> Class {
        let ascii = (0..128).filter(|u| set.contains(*u)).fold(0u128, |bits, u| bits | 1 << u);
        Class { ascii, set }
    }

    #[inline]
    pub(crate) fn contains(&self, unit: u32) -> bool {
        if unit < 128 { self.ascii >> unit & 1 == 1 } else { self.set.contains(unit) }
    }

    /// The members below 128, one bit each.
    pub(crate) fn ascii(&self) -> u128 {
        self.ascii
    }
}
