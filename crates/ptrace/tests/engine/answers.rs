//! What a handler may answer, and what the program then sees.

use engine::{Exit, Verdict};
use libc::SYS_getppid;

use crate::support::{Build, Watch, build, guest, run};

#[test]
fn a_returned_value_is_what_the_program_sees() {
    let handler = Watch::new(&[SYS_getppid], |_| Verdict::Return(42));
    for program in [guest("parent.c"), build("parent.c", Build::Static), guest("parent.S")] {
        let outcome = run(&[&program], &handler);
        assert_eq!((outcome.exit, outcome.output.trim()), (Exit::Code(0), "42"), "{program}");
    }
}
