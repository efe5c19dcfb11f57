use alloc::string::String;
use alloc::vec::Vec;

use super::*;

/// The groups of the first match; `-` is a group that took no part.
fn groups(pattern: &str, text: &str) -> String {
    let mut options = Options::default();
    let (pattern, flags) = pattern.rsplit_once('/').unwrap_or((pattern, ""));
    for flag in flags.bytes() {
        match flag {
            b'i' => options.ignore_case = true,
            b'm' => options.multiline = true,
            b'x' => options.extended = true,
            b'n' => options.bytes = true,
            _ => panic!("no such flag"),
        }
    }
    let regex = Regex::new(pattern.as_bytes(), options).unwrap();
    let Some(slots) = regex.find(text.as_bytes(), 0).unwrap() else { return "no".into() };
    let part = |pair: &[usize]| match pair {
        [UNSET, _] | [_, UNSET] => "-".into(),
        pair => String::from_utf8_lossy(&text.as_bytes()[pair[0]..pair[1]]).into_owned(),
    };
    slots.chunks(2).map(part).collect::<Vec<String>>().join(",")
}

fn error(pattern: &str) -> String {
    alloc::format!("{}", Regex::new(pattern.as_bytes(), Options::default()).unwrap_err())
}

#[test]
fn the_first_alternative_that_fits_wins() {
    assert_eq!(groups("(?:a|ab)(?:c|bcd)(d*)/", "abcd"), "abcd,");
    assert_eq!(groups("(a|b)*/", "abb"), "abb,b");
    assert_eq!(groups("(?:(a)|b)*/", "ab"), "ab,a");
    assert_eq!(groups("(a)|(b)/", "b"), "b,-,b");
}

#[test]
fn loops_over_nothing_end() {
    assert_eq!(groups("(a*)*/", "b"), ",");
    assert_eq!(groups("(a*)+/", "aa"), "aa,");
    assert_eq!(groups("(?:a?)*?b/", "aab"), "aab");
    assert_eq!(groups("(?:)*x/", "x"), "x");
}

#[test]
fn repeats_are_greedy_lazy_or_possessive() {
    assert_eq!(groups("<.+>/", "<a><b>"), "<a><b>");
    assert_eq!(groups("<.+?>/", "<a><b>"), "<a>");
    assert_eq!(groups("a++a/", "aaa"), "no");
    assert_eq!(groups("(?>a+)ab/", "aaab"), "no");
    assert_eq!(groups("a{2}?/", "aaa"), "aa");
    assert_eq!(groups("(?:ab){2,3}/", "ababababab"), "ababab");
    assert_eq!(groups("x{,2}/", "xxx"), "xx");
    assert_eq!(groups("a{1/", "a{1"), "a{1");
    assert_eq!(groups("a{,}/", "a{,}"), "a{,}");
}

#[test]
fn lines_begin_and_end_where_ruby_says() {
    assert_eq!(groups("^b$/", "a\nb\nc"), "b");
    assert_eq!(groups("\\Ab/", "a\nb"), "no");
    assert_eq!(groups("b\\Z/", "a\nb\n"), "b");
    assert_eq!(groups("b\\z/", "a\nb\n"), "no");
    let regex = Regex::new(b"^", Options::default()).unwrap();
    assert_eq!(regex.find(b"a\n", 1).unwrap(), None);
}

#[test]
fn looking_around_takes_nothing() {
    assert_eq!(groups("(?<=a)b/", "cbab"), "b");
    assert_eq!(groups("(?<!a)b/", "abcb"), "b");
    assert_eq!(groups("foo(?!bar)\\w+/", "foobar foobaz"), "foobaz");
    assert_eq!(groups("(?=(\\w+))\\1:/", "abc:"), "abc:,abc");
    assert_eq!(groups("(?<=ab|é)x/", "éx"), "x");
    assert_eq!(groups("a\\Kb/", "ab"), "b");
}

#[test]
fn groups_are_numbered_named_called_and_asked_for() {
    assert_eq!(groups("(?<x>a)(b)/", "ab"), "ab,a");
    assert_eq!(groups("(?<q>['\"]).*?\\k<q>/", "say 'a\"b'"), "'a\"b',\'");
    assert_eq!(groups("(?<n>\\((?:[^()]|\\g<n>)*\\))/", "x(a(b)c)"), "(a(b)c),(a(b)c)");
    assert_eq!(groups("()(?(1)a|b)/", "a"), "a,");
    assert_eq!(groups("(a)?(?(1)b|c)/", "c"), "c,-");
    assert_eq!(groups("(.)(.)\\2\\1/", "xabbay"), "abba,a,b");
    assert_eq!(groups("(a)\\1/i", "aA"), "aA,a");
}

#[test]
fn classes_nest_and_intersect() {
    assert_eq!(groups("[a-z&&[^aeiou]]+/", "aeixyz"), "xyz");
    assert_eq!(groups("[[:digit:][:upper:]]+/", "aB1"), "B1");
    assert_eq!(groups("[]a]+/", "x]a"), "]a");
    assert_eq!(groups("[\\w.-]+/", "..a-b c"), "..a-b");
    assert_eq!(groups("\\p{Alpha}\\p{^Alpha}\\P{Alpha}/", "a12"), "a12");
    assert_eq!(groups("\\h+/", "xfe"), "fe");
    assert_eq!(groups("[^A]/i", "a"), "no");
}

#[test]
fn characters_are_unicode_and_shorthands_ascii() {
    assert_eq!(groups("^.$/", "é"), "é");
    assert_eq!(groups("\\w/", "é"), "no");
    assert_eq!(groups("[[:alpha:]]/", "é"), "é");
    assert_eq!(groups("É/i", "é"), "é");
    assert_eq!(groups("k/i", "\u{212a}"), "\u{212a}");
    assert_eq!(groups("\\Ba/", "éa"), "a");
    assert_eq!(groups("\\xE3\\x81\\x82/", "あ"), "あ");
    assert_eq!(groups("\\u{61 62}\\x63\\u0064/", "abcd"), "abcd");
    assert_eq!(groups("\\p{Han}+/", "ab漢字"), "漢字");
}

#[test]
fn binary_text_is_searched_byte_by_byte() {
    let regex = Regex::new(b"a.b", Options::default()).unwrap();
    assert_eq!(regex.find(b"\xff\xfea\xffb", 0).unwrap(), Some(alloc::vec![2, 5]));
    let regex = Regex::new(b"\\xff(.)", Options { bytes: true, ..Options::default() }).unwrap();
    assert_eq!(regex.find(b"\xff\xc3\xa9", 0).unwrap(), Some(alloc::vec![0, 2, 1, 2]));
}

#[test]
fn the_extended_form_ignores_spaces_and_comments() {
    assert_eq!(groups("a b # c\n [ ] \\  d/x", "ab  d"), "ab  d");
    assert_eq!(groups("a(?#no)b/", "ab"), "ab");
    assert_eq!(groups("(?i)FOO(?-i)b/", "foob"), "foob");
    assert_eq!(groups("(?i:a)B/", "AB"), "AB");
    assert_eq!(groups("a.b/m", "a\nb"), "a\nb");
}

#[test]
fn mistakes_are_named_as_ruby_names_them() {
    assert_eq!(error("a("), "end pattern with unmatched parenthesis: /a(/");
    assert_eq!(error("*a"), "target of repeat operator is not specified: /*a/");
    assert_eq!(error("[a"), "premature end of char-class: /[a/");
    assert_eq!(error("a)"), "unmatched close parenthesis: /a)/");
    assert_eq!(error("\\"), "too short escape sequence: /\\/");
    assert_eq!(error("[b-a]"), "empty range in char class: /[b-a]/");
    assert_eq!(error("(?z)"), "undefined group option: /(?z)/");
    assert_eq!(error("\\k<a>"), "undefined name <a> reference: /\\k<a>/");
    assert_eq!(error("(a)\\2"), "invalid backref number/name: /(a)\\2/");
    assert_eq!(error("\\p{Foo}"), "invalid character property name {Foo}: /\\p{Foo}/");
    assert_eq!(error("(?<=a*)b"), "invalid pattern in look-behind: /(?<=a*)b/");
    assert_eq!(error("(?~a)"), "the absence operator (?~...) is not supported: /(?~a)/");
}

#[test]
fn an_ambiguous_pattern_takes_linear_time_or_gives_up() {
    let long = "a".repeat(30_000);
    assert_eq!(groups("(a|a)*b/", &long), "no");
    assert_eq!(groups("(a*)*b/", &long[..3000]), "no");
    assert_eq!(groups("(?:a?){30}a{30}/", &long[..30]), &long[..30]);
    let regex = Regex::new(b"(?:(a+)+)\\1b", Options::default()).unwrap();
    assert_eq!(regex.find(&long.as_bytes()[..40], 0), Err(TooComplex));
}

#[test]
fn the_last_match_is_found_backwards() {
    let regex = Regex::new(b"\\d+", Options::default()).unwrap();
    assert_eq!(regex.find_last(b"a12b34c", 7).unwrap(), Some(alloc::vec![5, 6]));
}
