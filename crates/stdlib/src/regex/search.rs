//! The matcher: backtracking with an explicit stack, as Onigmo does, so that the first alternative
//! that fits wins and everything Ruby's syntax can say has its meaning.
//!
//! Text is bytes. A unit is a UTF-8 character or, where the bytes are not UTF-8, one stray byte; so
//! binary buffers can be searched too. Patterns that are regular in the strict sense (no
//! look-around, back-references, atomic groups) switch to memoising failed states when a search
//! gets long, which bounds it by pattern times text; the others stop at a fixed number of steps.

use alloc::vec::Vec;

use super::parse::{Anchor, Greed};
use super::program::{Inst, One, Program};
use super::set::{Property, Set, fold};
use super::{TooComplex, UNSET, decode};

/// Steps after which failed states are remembered.
const STEPS_UNTIL_MEMO: u64 = 4096;
/// Steps after which a search that can't be memoised is given up (some tenths of a second).
const MOST_STEPS: u64 = 20_000_000;
/// The memo is not made larger than this many 64-bit words.
const MOST_MEMO_WORDS: usize = 4 << 20;

/// What has to be undone or tried when a path fails.
#[derive(Debug)]
enum Frame {
    Branch {
        pc: usize,
        at: usize,
    },
    /// A greedy span that can give back: continue at `pc` anywhere from `low` up to before `at`.
    Shrink {
        pc: usize,
        low: usize,
        at: usize,
    },
    /// A lazy span that can take more: `taken` so far, ending at `at`.
    Grow {
        pc: usize,
        at: usize,
        taken: usize,
    },
    Slot {
        slot: usize,
        before: usize,
    },
    /// A call was made: take its return address off.
    Called,
    /// A call returned: put it back.
    Returned(Call),
}

/// A call of a group: where to go on, and where in the text it was made.
#[derive(Clone, Copy, Debug)]
struct Call {
    pc: usize,
    at: usize,
}

/// Buffers that one search leaves to the next.
#[derive(Default, Debug)]
pub(crate) struct Scratch {
    stack: Vec<Frame>,
    calls: Vec<Call>,
    pub(crate) slots: Vec<usize>,
    memo: Vec<u64>,
}

struct Search<'a> {
    program: &'a Program,
    text: &'a [u8],
    bytes: bool,
    scratch: &'a mut Scratch,
    steps: u64,
    remembering: bool,
    began: usize,
}

/// Looks for the first match that begins at `from` or behind it (exactly at `from` if `here`).
pub(crate) fn search(
    program: &Program,
    text: &[u8],
    from: usize,
    here: bool,
    bytes: bool,
    scratch: &mut Scratch,
) -> Result<bool, TooComplex> {
    scratch.memo.clear();
    let mut search =
        Search { program, text, bytes, scratch, steps: 0, remembering: false, began: from };
    let mut start = from;
    loop {
        if let Some(first) = &program.first {
            while !here && start < text.len() && !first[usize::from(text[start])] {
                start += 1;
            }
            if start >= text.len() {
                return Ok(false);
            }
            // A byte inside a character is no start.
            if !here && text[start] & 0xc0 == 0x80 && !bytes && inside(text, start) {
                start += 1;
                continue;
            }
        }
        if search.attempt(start)? {
            return Ok(true);
        }
        if here || program.at_start_only || start >= text.len() {
            return Ok(false);
        }
        start += decode(text, start, bytes).map_or(1, |(_, length)| length);
    }
}

/// Whether a continuation byte belongs to a character that began before it.
fn inside(text: &[u8], at: usize) -> bool {
    (1..=3.min(at)).any(|back| {
        let lead = at - back;
        text[lead] & 0xc0 != 0x80 && decode(text, lead, false).is_some_and(|(_, n)| n > back)
    })
}

/// Where the unit before `at` begins.
pub(crate) fn before(text: &[u8], at: usize, bytes: bool) -> usize {
    if !bytes && at > 0 && text[at - 1] & 0x80 != 0 {
        for back in 2..=4.min(at) {
            if text[at - back] & 0xc0 != 0x80 {
                if decode(text, at - back, false).is_some_and(|(_, n)| n == back) {
                    return at - back;
                }
                break;
            }
        }
    }
    at - 1
}

impl One {
    #[inline]
    fn matches(&self, unit: u32) -> bool {
        match self {
            One::Unit(u) => *u == unit,
            One::Fold(f) => fold(unit) == *f,
            One::Any => true,
            One::NotNewline => unit != 0x0a,
            One::Class(class) => class.contains(unit),
        }
    }
}

impl Search<'_> {
    fn attempt(&mut self, start: usize) -> Result<bool, TooComplex> {
        self.scratch.slots.clear();
        self.scratch.slots.resize(self.program.slots, UNSET);
        self.scratch.slots[0] = start;
        self.scratch.stack.clear();
        self.scratch.calls.clear();
        let Some(end) = self.run(0, start, UNSET)? else { return Ok(false) };
        self.scratch.slots[1] = end;
        Ok(true)
    }

    #[inline]
    fn step(&self, one: &One, at: usize) -> Option<usize> {
        let byte = *self.text.get(at)?;
        if byte < 0x80 {
            return one.matches(u32::from(byte)).then_some(at + 1);
        }
        let (unit, length) = decode(self.text, at, self.bytes)?;
        one.matches(unit).then_some(at + length)
    }

    fn set(&mut self, slot: usize, value: usize) {
        let before = core::mem::replace(&mut self.scratch.slots[slot], value);
        self.scratch.stack.push(Frame::Slot { slot, before });
    }

    /// Notes that a state is being tried; false if it has been tried before.
    #[inline]
    fn fresh(&mut self, row: usize, at: usize) -> bool {
        if !self.remembering {
            return true;
        }
        let bit = row * (self.text.len() + 1) + at;
        let word = &mut self.scratch.memo[bit / 64];
        let fresh = *word >> (bit % 64) & 1 == 0;
        *word |= 1 << (bit % 64);
        fresh
    }

    fn count(&mut self) -> Result<(), TooComplex> {
        self.steps += 1;
        if self.steps == STEPS_UNTIL_MEMO && self.program.regular {
            let words = (self.program.memo_rows * (self.text.len() + 1)).div_ceil(64);
            if words <= MOST_MEMO_WORDS {
                self.scratch.memo.resize(words, 0);
                self.remembering = true;
            }
        }
        if self.steps > MOST_STEPS && !self.remembering { Err(TooComplex) } else { Ok(()) }
    }

    /// Undoes and retries: the next place to go on, none if all above `base` is used up.
    fn backtrack(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.scratch.stack.len() > base {
            match self.scratch.stack.pop()? {
                Frame::Branch { pc, at } => return Some((pc, at)),
                Frame::Slot { slot, before } => self.scratch.slots[slot] = before,
                Frame::Called => {
                    self.scratch.calls.pop();
                }
                Frame::Returned(call) => self.scratch.calls.push(call),
                Frame::Shrink { pc, low, at } => {
                    let at = before(self.text, at, self.bytes);
                    if at > low {
                        self.scratch.stack.push(Frame::Shrink { pc, low, at });
                    }
                    let Inst::Span { memo, .. } = self.program.code[pc] else { continue };
                    if self.fresh(memo + 1, at) {
                        return Some((pc + 1, at));
                    }
                }
                Frame::Grow { pc, at, taken } => {
                    let Inst::Span { one, max, memo, .. } = &self.program.code[pc] else {
                        continue;
                    };
                    let (max, memo) = (*max, *memo);
                    let Some(next) = self.step(one, at) else { continue };
                    if taken + 1 < max {
                        let frame = Frame::Grow { pc, at: next, taken: taken + 1 };
                        self.scratch.stack.push(frame);
                    }
                    if self.fresh(memo + 1, next) {
                        return Some((pc + 1, next));
                    }
                }
            }
        }
        None
    }

    /// Forgets the choices above `base` but keeps what is needed to undo captures.
    fn commit(&mut self, base: usize) {
        let mut kept = base;
        for n in base..self.scratch.stack.len() {
            let choice = matches!(
                self.scratch.stack[n],
                Frame::Branch { .. } | Frame::Shrink { .. } | Frame::Grow { .. }
            );
            if !choice {
                self.scratch.stack.swap(kept, n);
                kept += 1;
            }
        }
        self.scratch.stack.truncate(kept);
    }

    /// Undoes everything above `base`.
    fn undo(&mut self, base: usize) {
        while self.scratch.stack.len() > base {
            match self.scratch.stack.pop() {
                Some(Frame::Slot { slot, before }) => self.scratch.slots[slot] = before,
                Some(Frame::Called) => {
                    self.scratch.calls.pop();
                }
                Some(Frame::Returned(call)) => self.scratch.calls.push(call),
                _ => {}
            }
        }
    }

    /// Runs from `pc` to an `Accept`; `target` is where a look-behind must end.
    fn run(
        &mut self,
        mut pc: usize,
        mut at: usize,
        target: usize,
    ) -> Result<Option<usize>, TooComplex> {
        let base = self.scratch.stack.len();
        let program = self.program;
        loop {
            let next = match &program.code[pc] {
                Inst::Literal(bytes) => {
                    let end = at + bytes.len();
                    (self.text.get(at..end) == Some(&**bytes)).then_some((pc + 1, end))
                }
                Inst::One(one) => self.step(one, at).map(|at| (pc + 1, at)),
                Inst::Span { one, min, max, greed, memo } => {
                    if self.fresh(*memo, at) {
                        self.span(pc, one, (*min, *max), *greed, *memo, at).map(|at| (pc + 1, at))
                    } else {
                        None
                    }
                }
                Inst::Split(first, second, memo) => {
                    if self.fresh(*memo, at) {
                        self.scratch.stack.push(Frame::Branch { pc: *second, at });
                        Some((*first, at))
                    } else {
                        None
                    }
                }
                Inst::Jump(to) => Some((*to, at)),
                Inst::Save(slot) => {
                    self.set(*slot, at);
                    Some((pc + 1, at))
                }
                Inst::Anchor(anchor) => self.holds(*anchor, at).then_some((pc + 1, at)),
                Inst::Ahead { negative, end } => {
                    let mark = self.scratch.stack.len();
                    let found = self.run(pc + 1, at, UNSET)?.is_some();
                    if *negative {
                        self.undo(mark);
                    } else {
                        self.commit(mark);
                    }
                    (found != *negative).then_some((*end, at))
                }
                Inst::Behind { negative, min, max, end } => {
                    let mark = self.scratch.stack.len();
                    let found = self.behind(pc, at, *min, *max)?;
                    if *negative {
                        self.undo(mark);
                    } else {
                        self.commit(mark);
                    }
                    (found != *negative).then_some((*end, at))
                }
                Inst::Atomic { end } => {
                    let mark = self.scratch.stack.len();
                    let found = self.run(pc + 1, at, UNSET)?;
                    self.commit(mark);
                    found.map(|at| (*end, at))
                }
                Inst::Accept => return Ok(Some(at)),
                Inst::AcceptHere if at == target => return Ok(Some(at)),
                Inst::AcceptHere => None,
                Inst::Back { groups, ignore_case } => {
                    self.repeated(groups, *ignore_case, at).map(|at| (pc + 1, at))
                }
                Inst::Call(to) => {
                    // Endless recursion ends here; Onigmo refuses it when compiling.
                    if self.scratch.calls.len() > 20_000 {
                        return Err(TooComplex);
                    }
                    self.scratch.calls.push(Call { pc: pc + 1, at });
                    self.scratch.stack.push(Frame::Called);
                    Some((*to, at))
                }
                Inst::SaveCalled(group) => {
                    let start = self.scratch.calls.last().map_or(at, |call| call.at);
                    self.set(2 * group, start);
                    self.set(2 * group + 1, at);
                    Some((pc + 1, at))
                }
                Inst::Return => self.scratch.calls.pop().map(|call| {
                    self.scratch.stack.push(Frame::Returned(call));
                    (call.pc, at)
                }),
                Inst::Condition { groups, no } => {
                    let matched = groups.iter().any(|g| self.scratch.slots[2 * g + 1] != UNSET);
                    Some((if matched { pc + 1 } else { *no }, at))
                }
                Inst::LoopStart(register) => {
                    self.set(*register, at);
                    Some((pc + 1, at))
                }
                Inst::LoopEnd { register, exit } => {
                    let empty = self.scratch.slots[*register] == at;
                    Some((if empty { *exit } else { pc + 1 }, at))
                }
            };
            (pc, at) = match next {
                Some(next) => next,
                None => {
                    self.count()?;
                    match self.backtrack(base) {
                        Some(next) => next,
                        None => return Ok(None),
                    }
                }
            };
        }
    }

    fn span(
        &mut self,
        pc: usize,
        one: &One,
        (min, max): (usize, usize),
        greed: Greed,
        memo: usize,
        from: usize,
    ) -> Option<usize> {
        let mut at = from;
        for _ in 0..min {
            at = self.step(one, at)?;
        }
        if greed == Greed::Lazy {
            if min < max {
                self.scratch.stack.push(Frame::Grow { pc, at, taken: min });
            }
            return Some(at);
        }
        let low = at;
        let mut taken = min;
        if let (One::Any, usize::MAX) = (one, max) {
            at = self.text.len();
        } else {
            while taken < max
                && let Some(next) = self.step(one, at)
            {
                at = next;
                taken += 1;
            }
        }
        if greed == Greed::Greedy && at > low {
            self.scratch.stack.push(Frame::Shrink { pc, low, at });
        }
        self.fresh(memo + 1, at).then_some(at)
    }

    fn behind(&mut self, pc: usize, at: usize, min: usize, max: usize) -> Result<bool, TooComplex> {
        let mut start = at;
        for taken in 0..=max {
            if taken >= min && self.run(pc + 1, start, at)?.is_some() {
                return Ok(true);
            }
            if start == 0 {
                break;
            }
            start = before(self.text, start, self.bytes);
        }
        Ok(false)
    }

    fn repeated(&self, groups: &[usize], ignore_case: bool, at: usize) -> Option<usize> {
        // A name may stand for several groups: the last one that has matched counts.
        let group = groups.iter().rev().find(|g| self.scratch.slots[2 * **g + 1] != UNSET)?;
        let (start, end) = (self.scratch.slots[2 * group], self.scratch.slots[2 * group + 1]);
        let wanted = self.text.get(start..end)?;
        if !ignore_case {
            return self.text[at..].starts_with(wanted).then_some(at + wanted.len());
        }
        let (mut a, mut b) = (start, at);
        while a < end {
            let (x, m) = decode(self.text, a, self.bytes)?;
            let (y, n) = decode(self.text, b, self.bytes)?;
            if fold(x) != fold(y) {
                return None;
            }
            (a, b) = (a + m, b + n);
        }
        Some(b)
    }

    fn word(&self, at: usize) -> bool {
        match decode(self.text, at, self.bytes) {
            Some((unit, _)) if unit < 0x80 => {
                u8::try_from(unit).is_ok_and(|b| b.is_ascii_alphanumeric() || b == b'_')
            }
            Some((unit, _)) if !self.bytes => Set::property(Property::Word, false).contains(unit),
            _ => false,
        }
    }

    fn holds(&self, anchor: Anchor, at: usize) -> bool {
        let (text, length) = (self.text, self.text.len());
        match anchor {
            // Not behind a newline that ends the text: `gsub(/^/, "> ")` adds no line.
            Anchor::LineStart => at == 0 || at < length && text[at - 1] == b'\n',
            Anchor::LineEnd => at == length || text[at] == b'\n',
            Anchor::TextStart => at == 0,
            Anchor::TextEnd => at == length,
            Anchor::TextEndOrNewline => at == length || at + 1 == length && text[at] == b'\n',
            Anchor::SearchStart => at == self.began,
            Anchor::WordBoundary | Anchor::NotWordBoundary => {
                let left = at > 0 && self.word(before(text, at, self.bytes));
                let right = at < length && self.word(at);
                (left != right) == (anchor == Anchor::WordBoundary)
            }
        }
    }
}
