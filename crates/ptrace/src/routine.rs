//! A handler's invocation on a native stack of its own, so that it can be left in the middle of
//! `proceed` and gone on with when the kernel has answered.
//!
//! Stacks are mapped lazily by the kernel, end in a guard page, and are used again. A routine that
//! will never be resumed is thrown away without unwinding: there may be C frames on it.
//!
//! # Safety
//! A routine borrows for `'e` what its closure borrows, and is reset before `'e` ends (`Drop`).
//! Nothing on a thrown-away stack is reachable from elsewhere: the closure hands out no reference
//! to it, and [`engine::Handler::abandoned`] tells the handler to forget what it kept.
#![allow(unsafe_code)]

use std::any::Any;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// Room for deep recursion in a script; only touched pages cost memory.
const STACK: usize = 1 << 20;
/// How many idle stacks are worth keeping.
const KEPT: usize = 64;

/// Stacks for the next routines.
#[derive(Default)]
pub struct Stacks(Vec<DefaultStack>);

impl Stacks {
    fn take(&mut self) -> std::io::Result<DefaultStack> {
        match self.0.pop() {
            Some(stack) => Ok(stack),
            None => DefaultStack::new(STACK),
        }
    }

    fn give(&mut self, stack: DefaultStack) {
        if self.0.len() < KEPT {
            self.0.push(stack);
        }
    }
}

type Panic = Box<dyn Any + Send>;

/// What a routine answers when it is resumed.
pub enum Step<Ask, Out> {
    /// It suspended itself.
    Asks(Ask),
    /// It is done.
    Done(Out),
    /// It panicked.
    Panicked(Panic),
}

/// Code in the middle of its work.
pub struct Routine<'e, In, Ask, Out> {
    coroutine: Option<Coroutine<In, Ask, Result<Out, Panic>>>,
    borrows: PhantomData<&'e ()>,
}

impl<'e, In, Ask, Out> Routine<'e, In, Ask, Out> {
    /// A routine that has not begun.
    pub fn new<F>(stacks: &mut Stacks, code: F) -> std::io::Result<Self>
    where
        F: FnOnce(&Yielder<In, Ask>, In) -> Out + 'e,
    {
        let guarded = move |yielder: &Yielder<In, Ask>, input: In| {
            catch_unwind(AssertUnwindSafe(|| code(yielder, input)))
        };
        // SAFETY: what `code` borrows lives for 'e, and this value can't outlive 'e; dropped, it
        // is reset and never resumed again.
        let coroutine = unsafe { Coroutine::with_stack_unchecked(stacks.take()?, guarded) };
        Ok(Routine { coroutine: Some(coroutine), borrows: PhantomData })
    }

    /// Goes on.
    pub fn resume(&mut self, input: In) -> Step<Ask, Out> {
        match self.coroutine.as_mut().expect("only a dropped routine has none").resume(input) {
            CoroutineResult::Yield(ask) => Step::Asks(ask),
            CoroutineResult::Return(Ok(out)) => Step::Done(out),
            CoroutineResult::Return(Err(panic)) => Step::Panicked(panic),
        }
    }

    /// Ends it, wherever it is, and keeps its stack.
    pub fn recycle(mut self, stacks: &mut Stacks) {
        if let Some(coroutine) = self.reset() {
            stacks.give(coroutine.into_stack());
        }
    }

    fn reset(&mut self) -> Option<Coroutine<In, Ask, Result<Out, Panic>>> {
        let mut coroutine = self.coroutine.take()?;
        // SAFETY: the module's invariant; a leak is all that missing destructors cause.
        unsafe { coroutine.force_reset() };
        Some(coroutine)
    }
}

impl<In, Ask, Out> Drop for Routine<'_, In, Ask, Out> {
    fn drop(&mut self) {
        mem::drop(self.reset());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routine_goes_on_where_it_suspended_itself() {
        let mut stacks = Stacks::default();
        let base = 40;
        let mut routine = Routine::new(&mut stacks, |yielder, first: i32| {
            let second = yielder.suspend(first + base);
            second * 2
        })
        .unwrap();
        assert!(matches!(routine.resume(2), Step::Asks(42)));
        assert!(matches!(routine.resume(21), Step::Done(42)));
        routine.recycle(&mut stacks);
        assert_eq!(stacks.0.len(), 1);
    }

    #[test]
    fn a_panic_comes_out_as_a_value_and_a_forgotten_routine_frees_its_stack() {
        let mut stacks = Stacks::default();
        let mut routine =
            Routine::<(), (), ()>::new(&mut stacks, |_, ()| panic!("in a routine")).unwrap();
        assert!(matches!(routine.resume(()), Step::Panicked(_)));
        routine.recycle(&mut stacks);
        let mut routine = Routine::<(), (), ()>::new(&mut stacks, |y, ()| y.suspend(())).unwrap();
        assert!(matches!(routine.resume(()), Step::Asks(())));
        routine.recycle(&mut stacks);
        assert_eq!(stacks.0.len(), 1);
    }
}
