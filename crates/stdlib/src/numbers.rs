//! `Float#to_s` as Ruby has it: the shortest digits that read back as the same number.
//!
//! mruby's own prints some powers of ten wrong.

use alloc::format;
use alloc::string::String;

use mruby::{Error, Vm};

/// `1.0`, `1.0e+20`, `1.5e-07`, `NaN`, `-Infinity`
#[must_use]
pub fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        let text = format!("{number:e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let point = if digits.contains('.') { "" } else { ".0" };
        let (sign, power) = match power.strip_prefix('-') {
            Some(power) => ('-', power),
            None => ('+', power),
        };
        return format!("{digits}{point}e{sign}{power:0>2}");
    }
    let text = format!("{number}");
    if text.contains('.') { text } else { text + ".0" }
}

pub(crate) fn install(vm: &Vm) -> Result<(), Error> {
    let class = vm.constant("Float")?;
    for name in ["to_s", "inspect"] {
        vm.define_method(class, name, |vm, this, _| {
            vm.string(float(this.as_f64().unwrap_or_default()))
        })?;
    }
    // Beyond 64 bits mruby's conversion saturates.
    for (name, kept) in [
        ("to_i", "__to_i"),
        ("truncate", "__truncate"),
        ("floor", "__floor"),
        ("ceil", "__ceil"),
        ("round", "__round"),
    ] {
        let (symbol, kept) = (vm.intern(name)?, vm.intern(kept)?);
        vm.call(class, "alias_method", &[kept.into(), symbol.into()])?;
        vm.define_method(class, name, move |vm, this, args| {
            let number = this.as_f64().unwrap_or_default();
            if number.is_finite() && number.abs() >= 9.2e18 {
                return vm.call(vm.string(format!("{number:.0}"))?, "to_i", &[]);
            }
            match args.keywords() {
                Some(how) if name == "round" => {
                    let digits = args.positional().first().copied().unwrap_or_else(|| 0.into());
                    vm.call(this, "__round_half", &[digits, how])
                }
                _ => vm.call(this, kept, args.positional()),
            }
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn floats_are_written_as_ruby_writes_them() {
        let pairs = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1.0e+15"),
            (1e16, "1.0e+16"),
            (1e100, "1.0e+100"),
            (0.0001, "0.0001"),
            (0.00001, "1.0e-05"),
            (-1.5e-7, "-1.5e-07"),
            (f64::INFINITY, "Infinity"),
        ];
        for (number, text) in pairs {
            assert_eq!(float(number), text);
        }
    }
}
