//! The words between the brackets of `USING ruby(script='users.rb', id INTEGER, url='…')`.
//!
//! `name=value` is an option, quoted as SQL quotes or bare. Anything else is a column with its type,
//! for classes that declare none.

use tables::{Column, Error, Result, Type};

/// What a `CREATE VIRTUAL TABLE` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) script: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) class: Option<String>,
    pub(crate) options: Vec<(String, String)>,
    pub(crate) columns: Vec<Column>,
}

impl Arguments {
    /// Reads them.
    pub(crate) fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        for word in words {
            let word = word.trim();
            if word.is_empty() {
                continue;
            }
            match option(word) {
                Some((name, value)) => {
                    let value = unquote(value)?;
                    match name.to_ascii_lowercase().as_str() {
                        "script" => arguments.script = Some(value),
                        "source" => arguments.source = Some(value),
                        "class" => arguments.class = Some(value),
                        _ => arguments.options.push((name.to_owned(), value)),
                    }
                }
                None => {
                    let quote = word.chars().next().filter(|c| matches!(c, '"' | '`'));
                    let end = match quote.and_then(|quote| word[1..].find(quote)) {
                        Some(close) => close + 2,
                        None => word.find(char::is_whitespace).unwrap_or(word.len()),
                    };
                    let (name, ty) = word.split_at(end);
                    arguments.columns.push(Column::new(unquote(name)?, Type::named(ty)));
                }
            }
        }
        Ok(arguments)
    }
}

/// Name and value, if the word is `name=value`.
fn option(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let name = name.trim();
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(plain)).then(|| (name, value.trim()))
}

/// A word without its quotes: `'it''s'` is `it's`.
fn unquote(word: &str) -> Result<String> {
    let Some(quote) = word.chars().next().filter(|c| matches!(c, '\'' | '"' | '`')) else {
        return Ok(word.to_owned());
    };
    let inner = word[1..].strip_suffix(quote);
    let inner =
        inner.ok_or_else(|| Error::Definition(format!("a quote is not closed in {word}")))?;
    Ok(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_from_columns() {
        let words =
            ["script='it''s.rb'", " class = Users ", "id INTEGER", "\"my name\"", "url='a=b'"];
        let got = Arguments::parse(words).unwrap();
        assert_eq!(got.script.as_deref(), Some("it's.rb"));
        assert_eq!(got.class.as_deref(), Some("Users"));
        assert_eq!(got.options, [("url".to_owned(), "a=b".to_owned())]);
        assert_eq!(got.columns[0], Column::new("id", Type::Integer(64)));
        assert_eq!(got.columns[1], Column::new("my name", Type::Any));
        assert!(Arguments::parse(["script='x"]).is_err());
    }
}
