//! Answers of the server, in both protocols.

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    BigNumber(String),
    Double(String),
    Bulk(Vec<u8>),
    Status(String),
    Error(String),
    Array(Vec<Value>),
    Set(Vec<Value>),
    Map(Vec<(Value, Value)>),
}

impl Value {
    /// The bytes of a string.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Value::Bulk(bytes) => bytes,
            other => panic!("no string: {}", other.text()),
        }
    }

    /// The value of a key of a map, or of a map that is sent flat.
    pub fn get(&self, name: &str) -> &Value {
        let wanted = Value::Bulk(name.into());
        let found = match self {
            Value::Map(pairs) => pairs.iter().find(|pair| pair.0 == wanted).map(|pair| &pair.1),
            Value::Array(flat) => {
                flat.chunks_exact(2).find(|pair| pair[0] == wanted).map(|pair| &pair[1])
            }
            _ => None,
        };
        found.unwrap_or_else(|| panic!("no {name} in {}", self.text()))
    }

    /// As a person writes it.
    pub fn text(&self) -> String {
        let list = |items: &[Value]| items.iter().map(Value::text).collect::<Vec<_>>().join(", ");
        match self {
            Value::Null => "nil".into(),
            Value::Boolean(truth) => truth.to_string(),
            Value::Integer(n) => n.to_string(),
            Value::BigNumber(digits) => format!("({digits}"),
            Value::Double(digits) => format!(",{digits}"),
            Value::Bulk(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Value::Status(text) => format!("+{text}"),
            Value::Error(text) => format!("-{text}"),
            Value::Array(items) => format!("[{}]", list(items)),
            Value::Set(items) => format!("~[{}]", list(items)),
            Value::Map(pairs) => {
                let pair =
                    |(key, value): &(Value, Value)| format!("{}: {}", key.text(), value.text());
                format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
            }
        }
    }
}
