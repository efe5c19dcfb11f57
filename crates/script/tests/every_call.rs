//! Every call of the table, with arguments good and bad: nothing breaks, nothing is overlooked.

mod support;

use support::*;

const SOURCE: &str = r##"
on(:all) do |c|
  begin; c.args; rescue Errno::EFAULT; end
  [:inspect, :to_h, :to_json, :path, :fd, :data, :address, :size, :flags, :offset, :error].each do |name|
    begin
      case name
      when :inspect then c.inspect
      when :to_h    then c.to_h
      when :to_json then c.to_json
      when :path    then c.path
      when :fd      then c.fd.to_s
      when :data    then c.data
      when :address then c.address
      else c[name] if c.respond_to?(name)
      end
    rescue Errno::EFAULT, ArgumentError
    end
  end
  c.proceed
  c.inspect
  begin; c.args; rescue Errno::EFAULT; end
end
"##;

#[test]
fn no_argument_of_any_call_breaks_a_handler() {
    let (script, said) = load_with(SOURCE, script::Options { memory: 256 << 20, ..options() });
    let mut program = Program::new();
    let text = program.string("/some/text");
    let vector = program.words(&[text, 4, text, 5, 0, 0, 0, 0, 0, 0, 0, 0]);
    let nonsense =
        [0, 1, 8, NOWHERE, BASE, text, vector, u64::MAX, u64::MAX - 7, 1 << 63, BASE + 0xfff8];
    for call in syscalls::table() {
        for first in 0..nonsense.len() {
            let args: Vec<u64> =
                (0..6).map(|i| nonsense[(first + i * (1 + first)) % nonsense.len()]).collect();
            for result in [3, -14] {
                program.kernel(move |_, _| result);
                let seen = program.calls(&script, call.name, &args);
                assert_eq!(seen, result, "{} {args:x?}: {}", call.name, said.err());
            }
            program.asked.clear();
            program.scratch.clear();
        }
        assert_eq!(said.err(), "", "{}", call.name);
    }
}

#[test]
fn a_bad_pointer_is_efault_in_every_pointer_argument() {
    let (script, said) =
        load("on(:all) { |c| begin; puts \"#{c.name}: #{c[$index]}\"; rescue Errno::EFAULT; end }");
    let mut program = Program::new();
    for call in syscalls::table() {
        for (index, arg) in call.args.iter().enumerate() {
            let read = matches!(arg.direction, syscalls::Direction::Read);
            // What has a length of its own needs one; a pointer that is not followed is a number.
            if !read
                || !matches!(
                    arg.ty,
                    syscalls::Type::Path | syscalls::Type::Str | syscalls::Type::At(_)
                )
            {
                continue;
            }
            script.evaluate(&format!("$index = {index}"), "index.rb", 1).expect("sets");
            let mut args = [64; 6];
            args[index] = NOWHERE;
            program.kernel(|_, _| -14);
            assert_eq!(program.calls(&script, call.name, &args), -14, "{}", call.name);
        }
    }
    // Those that are addresses in this very call are shown as such; nothing is wrong with any.
    assert_eq!(said.err(), "");
    assert!(said.out().lines().count() < 12, "{}", said.out());
}
