//! What `replace` answers: a block's value as the result of a call.

use alloc::format;
use alloc::rc::Rc;

use mruby::{Error, Kind, Value, Vm};
use syscalls::{Direction, Type};

use crate::run::Run;
use crate::under_way::UnderWay;
use crate::values;

/// Integer as it is, nil and true 0, String into the caller's buffer, Hash into the struct.
///
/// # Errors
/// `TypeError` for a value that is no answer; `Errno::EFAULT` if the program's pointer is bad.
pub fn answer(run: &Run, call: &Rc<UnderWay>, value: Value) -> Result<i64, Error> {
    let vm = &run.vm;
    match value.kind() {
        Kind::Integer => Ok(value.as_i64().unwrap_or(0)),
        Kind::Nil | Kind::True => Ok(0),
        Kind::String => string(run, call, &vm.bytes(value)?),
        Kind::Hash => fields(run, call, value),
        Kind::False => Err(no_answer(vm, call, value, "write 0, nil, or raise an Errno")),
        Kind::Object if value.responds_to(vm, "to_int") => values::number(vm, value),
        Kind::Object if value.responds_to(vm, "to_h") => fields(run, call, value),
        _ => Err(no_answer(vm, call, value, "an Integer, String, Hash, true or nil is")),
    }
}

fn no_answer(vm: &Vm, call: &UnderWay, value: Value, hint: &str) -> Error {
    let class = vm.class_name(value);
    Error::type_error(format!("a {class} is no result of {}: {hint}", call.name()))
}

fn string(run: &Run, call: &Rc<UnderWay>, bytes: &[u8]) -> Result<i64, Error> {
    let refuse = |refusal| run.error(refusal);
    let Some(buffer) = call.data_buffer(Direction::Written) else {
        let text = format!("{} has no buffer for a String: answer it with an Integer", call.name());
        return Err(Error::type_error(text));
    };
    // getcwd's buffer holds a C string, and its result counts the NUL.
    if call.name() == "getcwd" {
        let bytes = [bytes, &[0]].concat();
        let room = call.now().args[1];
        if bytes.len() as u64 > room {
            return Ok(-34);
        }
        return Ok(call.fill(buffer, &bytes).map_err(refuse)? as i64);
    }
    Ok(call.fill(buffer, bytes).map_err(refuse)? as i64)
}

fn fields(run: &Run, call: &Rc<UnderWay>, value: Value) -> Result<i64, Error> {
    let args = call.syscall().map_or(&[][..], |entry| entry.args_of(&call.made.args));
    let place = args.iter().enumerate().find_map(|(index, arg)| {
        let written = matches!(arg.direction, Direction::Written | Direction::Both);
        match arg.ty {
            Type::At(def) if written => Some((index, def)),
            Type::To(Type::Struct(def)) if written => Some((index, *def)),
            _ => None,
        }
    });
    let Some((index, def)) = place else {
        let text = format!("{} has no struct for a Hash: answer it with an Integer", call.name());
        return Err(Error::type_error(text));
    };
    let mut bytes = alloc::vec![0; def.size];
    values::fill(&run.vm, def, value, &mut bytes)?;
    call.store(call.now().args[index], &bytes).map_err(|refusal| run.error(refusal))?;
    Ok(0)
}
