//! What `Time` asks of Rust: the clock, the calendar and the local zone. Its class is in
//! `prelude/time.rb`.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use mruby::{Args, Error, Value, Vm};

use crate::clock::{Zone, civil, days_of_month, read, seconds, strftime};
use crate::errors::failed;
use crate::host::Host;
use crate::kernel::Kernel;

const REALTIME: i64 = 0;

/// The zone of `TZ`, or of /etc/localtime; UTC where there is neither.
fn local_zone(host: &dyn Host) -> Zone {
    let kernel = Kernel(host);
    let variable = host.environment().into_iter().find(|(name, _)| name == b"TZ");
    let file = |path: &[u8]| kernel.read_file(path).ok().and_then(|file| Zone::parse(&file));
    let zone = match &variable {
        Some((_, value)) => {
            let name = value.strip_prefix(b":").unwrap_or(value);
            let mut path = b"/usr/share/zoneinfo/".to_vec();
            path.extend_from_slice(name);
            match name {
                b"" => None,
                [b'/', ..] => file(name),
                _ if name.windows(2).any(|w| w == b"..") => None,
                _ => file(&path).or_else(|| Zone::posix(name)),
            }
        }
        None => file(b"/etc/localtime"),
    };
    zone.unwrap_or_else(Zone::utc)
}

pub(crate) fn install(vm: &Vm, host: &Rc<dyn Host>) -> Result<(), Error> {
    let class = vm.define_class(Value::NIL, "Time", Value::NIL)?;
    let at = host.clone();
    vm.define_singleton_method(class, "__now", move |vm, _, _| {
        vm.to_ruby(Kernel(&*at).clock(REALTIME).map_err(|e| failed(vm, e, b"clock_gettime", ""))?)
    })?;
    let zone: Rc<RefCell<Option<Rc<Zone>>>> = Rc::default();
    let host = host.clone();
    // Read when first needed, once.
    let zone = move || {
        let known = zone.borrow().clone();
        known.unwrap_or_else(|| {
            let read = Rc::new(local_zone(&*host));
            *zone.borrow_mut() = Some(read.clone());
            read
        })
    };
    let local = zone.clone();
    vm.define_singleton_method(class, "__local", move |vm, _, args| {
        let zone = local();
        let here = zone.at(args.required(vm, 0)?);
        vm.to_ruby((here.offset, here.name.as_str(), here.summer))
    })?;
    vm.define_singleton_method(class, "__utc_of", move |vm, _, args| {
        vm.to_ruby(zone().utc_of(args.required(vm, 0)?))
    })?;
    vm.define_singleton_method(class, "__civil", |vm, _, args| {
        let c = civil(args.required(vm, 0)?);
        let fields = [c.year, c.month, c.day, c.hour, c.minute, c.second, c.weekday, c.yearday];
        vm.to_ruby(fields.as_slice())
    })?;
    vm.define_singleton_method(class, "__seconds", from_fields)?;
    vm.define_singleton_method(class, "__strftime", |vm, _, args| {
        args.arity(6..=6)?;
        let zone: Option<String> = args.optional(vm, 5)?;
        vm.string(strftime(
            &args.required::<Vec<u8>>(vm, 0)?,
            args.required(vm, 1)?,
            args.required(vm, 2)?,
            args.required(vm, 3)?,
            args[4].truthy(),
            zone.as_deref().unwrap_or(""),
        ))
    })?;
    vm.define_singleton_method(class, "__read", |vm, _, args| {
        let text: String = args.required(vm, 0)?;
        let Some(f) = read(&text) else { return Ok(Value::NIL) };
        let nanosecond = (f.nanosecond != 0).then_some(f.nanosecond);
        let fields = [f.year, f.month, f.day, f.hour, f.minute, f.second, nanosecond, f.offset];
        let all = vm.to_ruby(fields.as_slice())?;
        vm.push(all, Value::from(f.utc))?;
        Ok(all)
    })
}

/// Year, month, day, hour, minute, second: checked as Ruby checks them.
fn from_fields(vm: &Vm, _: Value, args: &Args<'_>) -> Result<Value, Error> {
    let field = |n: usize| args.required::<i64>(vm, n);
    let (year, month, day) = (field(0)?, field(1)?, field(2)?);
    let (hour, minute, second) = (field(3)?, field(4)?, field(5)?);
    let sane = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..=24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second)
        && (hour < 24 || minute == 0 && second == 0);
    if !sane {
        return Err(Error::argument("argument out of range"));
    }
    // 31 April is 1 May, as in Ruby.
    let over = day - days_of_month(year, month);
    let (month, day) = if over > 0 { (month + 1, over) } else { (month, day) };
    vm.integer(seconds(year, month, day, hour, minute, second))
}
