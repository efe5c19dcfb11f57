//! `--json`: one object a line. The schema is docs/trace-json.md; fields are added, never changed.

use std::time::{Duration, SystemTime};

use engine::{Call, Frame, Memory, Pid};
use serde_json::{Map, Value as Json, json};
use syscalls::{Decoder, Direction, Limits, Value};

/// A call's arguments: what the kernel reads as it was before, what it writes as it is after.
#[derive(Debug)]
pub struct Arguments(Vec<(&'static str, Json)>);

/// Bytes of a buffer that are kept.
const LIMITS: Limits = Limits { bytes: 4096, elements: 256 };

impl Arguments {
    /// Before the kernel is asked.
    pub fn enter(call: &Call, mem: &dyn Memory) -> Arguments {
        let decoder = Decoder { nr: call.nr, args: call.args, result: None, mem, limits: LIMITS };
        if decoder.syscall().is_none() {
            let raw = call.args.iter().map(|arg| ("arg", json!(arg)));
            return Arguments(raw.collect());
        }
        Arguments(
            decoder.all().into_iter().map(|(name, value)| (name, value_json(&value))).collect(),
        )
    }

    /// After it answered.
    pub fn exit(&mut self, call: &Call, result: Option<i64>, mem: &dyn Memory) {
        let decoder = Decoder { nr: call.nr, args: call.args, result, mem, limits: LIMITS };
        for (index, arg) in decoder.params().iter().enumerate() {
            if matches!(arg.direction, Direction::Written | Direction::Both)
                && let Some((_, slot)) = self.0.get_mut(index)
            {
                *slot = value_json(&decoder.arg(index));
            }
        }
    }
}

/// All that is told of a call.
#[derive(Debug)]
pub struct Seen<'a> {
    pub pid: Pid,
    pub tid: Pid,
    pub program: &'a str,
    pub time: SystemTime,
    pub elapsed: Option<Duration>,
    pub call: &'a Call,
    pub arguments: Arguments,
    pub result: Option<i64>,
    pub line: &'a str,
    pub stack: &'a [Frame],
}

/// The object of a call.
pub fn call(seen: &Seen<'_>) -> Json {
    let mut object = Map::new();
    let mut put = |name: &str, value: Json| object.insert(name.to_owned(), value);
    put("type", json!("call"));
    put("time", json!(seconds(super::epoch(seen.time))));
    put("pid", json!(seen.pid.0));
    put("tid", json!(seen.tid.0));
    put("program", json!(seen.program));
    put("name", json!(syscalls::syscall(seen.call.nr).map(|entry| entry.name)));
    put("number", json!(seen.call.nr));
    let arguments: Vec<Json> = seen
        .arguments
        .0
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    put("args", Json::Array(arguments));
    put("result", json!(seen.result));
    let errno = seen.result.filter(|r| (-4095..0).contains(r)).map(|r| -r);
    put("errno", json!(errno.and_then(|n| i32::try_from(n).ok()).and_then(syscalls::errno::name)));
    put("elapsed", json!(seen.elapsed.map(seconds)));
    put("line", json!(seen.line));
    if !seen.stack.is_empty() {
        put("stack", seen.stack.iter().map(frame).collect());
    }
    Json::Object(object)
}

/// The object of what is no call: an exit, a signal.
pub fn event(kind: &str, tid: Pid, time: SystemTime, more: &[(&str, Json)]) -> Json {
    let mut object = Map::new();
    object.insert("type".into(), json!(kind));
    object.insert("time".into(), json!(seconds(super::epoch(time))));
    object.insert("tid".into(), json!(tid.0));
    for (name, value) in more {
        object.insert((*name).to_owned(), value.clone());
    }
    Json::Object(object)
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// A frame of a stack.
pub fn frame(frame: &Frame) -> Json {
    json!({
        "ip": frame.ip,
        "module": frame.module,
        "function": frame.function,
        "offset": frame.offset,
        "file": frame.file,
        "line": frame.line,
    })
}

/// Text where it is text; bytes that are no UTF-8 as `{"hex": ...}`.
fn text(bytes: &[u8]) -> Json {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({"hex": bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()}),
    }
}

/// `O_RDONLY|O_CLOEXEC`, with what has no name in hexadecimal.
fn names(set: &syscalls::FlagSet, bits: u64) -> String {
    let (names, rest) = set.split(bits);
    let mut words: Vec<String> = names.into_iter().map(str::to_owned).collect();
    if rest != 0 || words.is_empty() {
        words.push(format!("{rest:#x}"));
    }
    words.join("|")
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Flags(set, bits) => json!(names(set, *bits)),
        Value::DirFd(-100) => json!("AT_FDCWD"),
        Value::Signal(signal) => json!(super::line::signal_name(*signal)),
        Value::Path(bytes, _) | Value::Str(bytes, _) => text(bytes),
        Value::Bytes(bytes, _) => text(bytes),
        Value::Struct(_, fields) => Json::Object(
            fields.iter().map(|(name, value)| ((*name).to_owned(), value_json(value))).collect(),
        ),
        Value::Array(items, _) | Value::Argv(items, _) | Value::Envp(_, items, _) => {
            items.iter().map(value_json).collect()
        }
        Value::Pointee(value) => value_json(value),
        Value::Address(_) => json!(syscalls::text(value, &syscalls::Style::default())),
        Value::FdSet(fds) => json!(fds),
        Value::Null => Json::Null,
        Value::Fault(addr) => json!({"fault": addr}),
        Value::Ptr(addr) => json!({"address": addr}),
        Value::Uint(n) | Value::Hex(n) | Value::Dev(n) | Value::SigSet(n) => json!(n),
        other => json!(other.as_int()),
    }
}
