//! A table's columns and their types, as declared by the script (`column :id, :integer`) or, for a
//! class that declares none, by the host's own `CREATE TABLE`.
//!
//! A type decides which Ruby values a column takes: see `coerce`.

use serde::{Deserialize, Serialize};

use crate::Op;

/// A declared type, by the names that SQL and Ruby people use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// No type declared: each value keeps its own.
    #[default]
    Any,
    /// `true` and `false`.
    Boolean,
    /// An integer of so many bits: 16, 32 or 64.
    Integer(u8),
    /// Floating point of so many bits: 32 or 64.
    Float(u8),
    /// Exact decimal, as text when it fits no integer and no float.
    Numeric,
    /// UTF-8 without NUL.
    Text,
    /// Bytes.
    Blob,
    /// A JSON document.
    Json,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// Date and time as written, without a zone.
    Timestamp,
    /// A moment.
    TimestampTz,
    /// Any other type, by its name: values go through their text.
    Other(String),
}

impl Type {
    /// The type of a name in a script or in a host's catalog. An unknown name is [`Type::Other`].
    #[must_use]
    pub fn named(name: &str) -> Type {
        let lower = name.trim().to_ascii_lowercase();
        let base = lower.split('(').next().unwrap_or("").trim();
        match base {
            "" | "any" => Type::Any,
            "bool" | "boolean" => Type::Boolean,
            "smallint" | "int2" | "smallserial" => Type::Integer(16),
            "int4" | "serial" => Type::Integer(32),
            "int" | "integer" | "bigint" | "int8" | "bigserial" => Type::Integer(64),
            "real" | "float4" => Type::Float(32),
            "float" | "float8" | "double" | "double precision" => Type::Float(64),
            "numeric" | "decimal" => Type::Numeric,
            "text" | "string" | "varchar" | "character varying" | "char" | "character"
            | "bpchar" | "name" | "citext" | "symbol" => Type::Text,
            "blob" | "bytea" | "binary" => Type::Blob,
            "json" | "jsonb" => Type::Json,
            "date" => Type::Date,
            "time" | "time without time zone" => Type::Time,
            "timestamp" | "datetime" | "timestamp without time zone" => Type::Timestamp,
            "timestamptz" | "timestamp with time zone" => Type::TimestampTz,
            _ => Type::Other(lower),
        }
    }

    /// The name that a person would write, for messages and `CREATE TABLE`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Type::Any => "any",
            Type::Boolean => "boolean",
            Type::Integer(16) => "smallint",
            Type::Integer(32) => "int4",
            Type::Integer(_) => "integer",
            Type::Float(32) => "real",
            Type::Float(_) => "float",
            Type::Numeric => "numeric",
            Type::Text => "text",
            Type::Blob => "blob",
            Type::Json => "json",
            Type::Date => "date",
            Type::Time => "time",
            Type::Timestamp => "timestamp",
            Type::TimestampTz => "timestamptz",
            Type::Other(name) => name,
        }
    }
}

/// One column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type; of an array, the type of the elements.
    pub ty: Type,
    /// Whether a value is an array.
    pub array: bool,
    /// Whether it identifies a row for `update` and `delete`.
    pub key: bool,
    /// Which conditions on it the script can filter by.
    pub ops: Vec<Op>,
    /// Whether the script's filter is exact, so that the host need not look again.
    pub exact: bool,
}

impl Column {
    /// A column of that name and type that can't filter.
    #[must_use]
    pub fn new(name: impl Into<String>, ty: Type) -> Column {
        Column { name: name.into(), ty, ..Column::default() }
    }

    /// The type as written in SQL, with `[]` after an array's.
    #[must_use]
    pub fn type_name(&self) -> String {
        format!("{}{}", self.ty.name(), if self.array { "[]" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_the_names_of_both_databases() {
        assert_eq!(Type::named("BIGINT"), Type::Integer(64));
        assert_eq!(Type::named("varchar(20)"), Type::Text);
        assert_eq!(Type::named("double precision"), Type::Float(64));
        assert_eq!(Type::named("inet"), Type::Other("inet".into()));
        assert_eq!(Type::named(""), Type::Any);
    }
}
