//! From tree to program: the instructions that [`super::search`] runs.
//!
//! A repeat of a single character (`.*`, `\w+`) becomes one `Span`; everything else is the classic
//! split-and-jump code. Repeats with bounds are unrolled, groups that are called (`\g<name>`) become
//! subroutines. Whatever is needed to find likely starts quickly is worked out here as well.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::parse::{Anchor, Greed, Node, Reference, STRAY, Tree};
use super::set::{Class, fold, variants};
use super::{Options, SyntaxError};

/// Unrolled repeats beyond this many instructions are refused.
const MOST_INSTRUCTIONS: usize = 60_000;

/// What matches exactly one character (or stray byte).
#[derive(Debug)]
pub(crate) enum One {
    Unit(u32),
    /// A letter in any case, given by its fold.
    Fold(u32),
    Any,
    NotNewline,
    Class(Box<Class>),
}

#[derive(Debug)]
pub(crate) enum Inst {
    Literal(Box<[u8]>),
    One(One),
    /// `one{min,max}`; the number is the first of its two memo rows.
    Span {
        one: One,
        min: usize,
        max: usize,
        greed: Greed,
        memo: usize,
    },
    /// Tries the first, then the second; with its memo row.
    Split(usize, usize, usize),
    Jump(usize),
    Save(usize),
    Anchor(Anchor),
    /// The body follows and ends in `Accept`; `end` is behind it.
    Ahead {
        negative: bool,
        end: usize,
    },
    /// The body takes between `min` and `max` characters and ends in `AcceptHere`.
    Behind {
        negative: bool,
        min: usize,
        max: usize,
        end: usize,
    },
    Atomic {
        end: usize,
    },
    Accept,
    AcceptHere,
    Back {
        groups: Vec<usize>,
        ignore_case: bool,
    },
    Call(usize),
    /// The group of this call went from where the call was made to here.
    SaveCalled(usize),
    Return,
    /// Goes to the second part unless one of the groups has matched.
    Condition {
        groups: Vec<usize>,
        no: usize,
    },
    /// Notes in a register where an iteration begins.
    LoopStart(usize),
    /// Leaves the loop if the iteration took nothing.
    LoopEnd {
        register: usize,
        exit: usize,
    },
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) code: Vec<Inst>,
    /// Capture slots, then loop registers.
    pub(crate) slots: usize,
    pub(crate) memo_rows: usize,
    /// Whether a state that failed once fails always, so that memoising it is sound.
    pub(crate) regular: bool,
    /// Bytes a match can begin with, unless it may be empty.
    pub(crate) first: Option<Box<[bool; 256]>>,
    /// The pattern begins with `\A`.
    pub(crate) at_start_only: bool,
}

pub(crate) fn compile(tree: &Tree, options: Options) -> Result<Program, SyntaxError> {
    let mut called = Vec::new();
    let mut compiler = Compiler {
        tree,
        bytes: options.bytes,
        code: Vec::new(),
        registers: 0,
        memo_rows: 0,
        regular: true,
        called: Vec::new(),
        entries: alloc::vec![None; tree.groups + 1],
        pending: Vec::new(),
    };
    compiler.calls(&tree.node, &mut called)?;
    compiler.called = called;
    if compiler.called.contains(&0) {
        // `\g<0>`: the whole pattern is a subroutine.
        compiler.code.push(Inst::Call(2));
        compiler.code.push(Inst::Accept);
        compiler.entries[0] = Some(2);
        compiler.node(&tree.node)?;
        compiler.code.push(Inst::Return);
        // Group 0's slots are set by the search itself.
    } else {
        compiler.node(&tree.node)?;
        compiler.code.push(Inst::Accept);
    }
    for (at, group) in core::mem::take(&mut compiler.pending) {
        let entry = compiler.entries[group];
        compiler.code[at] = Inst::Call(entry.ok_or_else(|| error("undefined group call"))?);
    }
    let mut first = Box::new([false; 256]);
    let empty = may_be_empty(&tree.node, &mut first, options.bytes);
    Ok(Program {
        slots: 2 * (tree.groups + 1) + compiler.registers,
        memo_rows: compiler.memo_rows,
        regular: compiler.regular,
        at_start_only: starts_with_anchor(&tree.node),
        first: (!empty).then_some(first),
        code: compiler.code,
    })
}

fn error(what: &str) -> SyntaxError {
    SyntaxError { what: what.into(), pattern: alloc::string::String::new() }
}

struct Compiler<'t> {
    tree: &'t Tree,
    bytes: bool,
    code: Vec<Inst>,
    registers: usize,
    memo_rows: usize,
    regular: bool,
    /// Groups that some `\g` calls.
    called: Vec<usize>,
    /// Where a called group's body begins.
    entries: Vec<Option<usize>>,
    /// Calls whose target is not known yet.
    pending: Vec<(usize, usize)>,
}

impl Compiler<'_> {
    fn resolve(&self, reference: &Reference) -> Result<Vec<usize>, SyntaxError> {
        match reference {
            Reference::Number(number) => Ok(alloc::vec![*number]),
            Reference::Name(name) => {
                let found = self.tree.names.iter().find(|(n, _)| n == name);
                found
                    .map(|(_, groups)| groups.clone())
                    .ok_or_else(|| error(&alloc::format!("undefined name <{name}> reference")))
            }
        }
    }

    fn calls(&self, node: &Node, out: &mut Vec<usize>) -> Result<(), SyntaxError> {
        match node {
            Node::Call(reference) => out.extend(self.resolve(reference)?),
            Node::Concat(nodes) | Node::Either(nodes) => {
                for node in nodes {
                    self.calls(node, out)?;
                }
            }
            Node::Capture(_, node)
            | Node::Repeat { node, .. }
            | Node::Look { node, .. }
            | Node::Atomic(node) => self.calls(node, out)?,
            Node::Condition(_, yes, no) => {
                self.calls(yes, out)?;
                self.calls(no, out)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, inst: Inst) -> Result<usize, SyntaxError> {
        if self.code.len() >= MOST_INSTRUCTIONS {
            return Err(error("too big pattern"));
        }
        self.code.push(inst);
        Ok(self.code.len() - 1)
    }

    fn memo(&mut self) -> usize {
        self.memo_rows += 1;
        self.memo_rows - 1
    }

    fn one(&self, node: &Node) -> Option<One> {
        Some(match node {
            Node::Unit(unit, true) if variants(*unit) != [*unit; 3] => One::Fold(fold(*unit)),
            Node::Unit(unit, _) => One::Unit(*unit),
            Node::Any(true) => One::Any,
            Node::Any(false) => One::NotNewline,
            Node::Class(set) => One::Class(Box::new(Class::new(set.clone()))),
            _ => return None,
        })
    }

    /// The bytes of a plain character.
    fn plain(&self, node: &Node) -> Option<([u8; 4], usize)> {
        let Node::Unit(unit, ignore_case) = node else { return None };
        if *ignore_case && variants(*unit) != [*unit; 3] || *unit >= STRAY {
            return None;
        }
        let mut bytes = [0; 4];
        if self.bytes {
            bytes[0] = u8::try_from(*unit).ok()?;
            return Some((bytes, 1));
        }
        let length = char::from_u32(*unit)?.encode_utf8(&mut bytes).len();
        Some((bytes, length))
    }

    fn node(&mut self, node: &Node) -> Result<(), SyntaxError> {
        match node {
            Node::Empty => {}
            Node::Unit(..) | Node::Any(_) | Node::Class(_) => {
                let inst = match self.plain(node) {
                    Some((bytes, length)) => Inst::Literal(bytes[..length].into()),
                    None => Inst::One(self.one(node).ok_or_else(|| error("not a character"))?),
                };
                self.push(inst)?;
            }
            Node::Concat(nodes) => {
                let mut literal: Vec<u8> = Vec::new();
                for node in nodes {
                    if let Some((bytes, length)) = self.plain(node) {
                        literal.extend_from_slice(&bytes[..length]);
                        continue;
                    }
                    if !literal.is_empty() {
                        self.push(Inst::Literal(core::mem::take(&mut literal).into()))?;
                    }
                    self.node(node)?;
                }
                if !literal.is_empty() {
                    self.push(Inst::Literal(literal.into()))?;
                }
            }
            Node::Either(nodes) => {
                let mut ends = Vec::new();
                for (n, node) in nodes.iter().enumerate() {
                    if n + 1 == nodes.len() {
                        self.node(node)?;
                        break;
                    }
                    let memo = self.memo();
                    let split = self.push(Inst::Split(0, 0, memo))?;
                    self.node(node)?;
                    ends.push(self.push(Inst::Jump(0))?);
                    self.code[split] = Inst::Split(split + 1, self.code.len(), memo);
                }
                let end = self.code.len();
                for at in ends {
                    self.code[at] = Inst::Jump(end);
                }
            }
            Node::Capture(group, node) => self.capture(*group, node)?,
            Node::Repeat { node, min, max, greed } => self.repeat(node, *min, *max, *greed)?,
            Node::Anchor(anchor) => {
                if *anchor == Anchor::SearchStart {
                    self.regular = false;
                }
                self.push(Inst::Anchor(*anchor))?;
            }
            Node::Look { ahead: true, negative, node } => {
                self.regular = false;
                let at = self.push(Inst::Ahead { negative: *negative, end: 0 })?;
                self.node(node)?;
                self.push(Inst::Accept)?;
                self.code[at] = Inst::Ahead { negative: *negative, end: self.code.len() };
            }
            Node::Look { ahead: false, negative, node } => {
                self.regular = false;
                let Some((min, max)) = width(node) else {
                    return Err(error("invalid pattern in look-behind"));
                };
                let at = self.push(Inst::Jump(0))?;
                self.node(node)?;
                self.push(Inst::AcceptHere)?;
                let end = self.code.len();
                self.code[at] = Inst::Behind { negative: *negative, min, max, end };
            }
            Node::Atomic(node) => {
                self.regular = false;
                let at = self.push(Inst::Atomic { end: 0 })?;
                self.node(node)?;
                self.push(Inst::Accept)?;
                self.code[at] = Inst::Atomic { end: self.code.len() };
            }
            Node::BackReference(reference, ignore_case) => {
                self.regular = false;
                let groups = self.resolve(reference)?;
                self.push(Inst::Back { groups, ignore_case: *ignore_case })?;
            }
            Node::Call(reference) => {
                self.regular = false;
                let group = self.resolve(reference)?[0];
                let at = self.push(Inst::Call(0))?;
                self.pending.push((at, group));
            }
            Node::Condition(reference, yes, no) => {
                self.regular = false;
                let groups = self.resolve(reference)?;
                let at = self.push(Inst::Jump(0))?;
                self.node(yes)?;
                let jump = self.push(Inst::Jump(0))?;
                self.code[at] = Inst::Condition { groups, no: self.code.len() };
                self.node(no)?;
                self.code[jump] = Inst::Jump(self.code.len());
            }
            Node::Keep => {
                self.push(Inst::Save(0))?;
            }
        }
        Ok(())
    }

    fn capture(&mut self, group: usize, node: &Node) -> Result<(), SyntaxError> {
        if !self.called.contains(&group) {
            self.push(Inst::Save(2 * group))?;
            self.node(node)?;
            self.push(Inst::Save(2 * group + 1))?;
            return Ok(());
        }
        let call = self.push(Inst::Call(0))?;
        self.code[call] = Inst::Call(call + 2);
        let over = self.push(Inst::Jump(0))?;
        self.entries[group] = Some(call + 2);
        self.node(node)?;
        self.push(Inst::SaveCalled(group))?;
        self.push(Inst::Return)?;
        self.code[over] = Inst::Jump(self.code.len());
        Ok(())
    }

    fn repeat(
        &mut self,
        node: &Node,
        min: u32,
        max: Option<u32>,
        greed: Greed,
    ) -> Result<(), SyntaxError> {
        let least = min as usize;
        if let Some(one) = self.one(node) {
            let max = max.map_or(usize::MAX, |m| m as usize);
            let memo = self.memo();
            self.memo();
            self.push(Inst::Span { one, min: least, max, greed, memo })?;
            return Ok(());
        }
        if greed == Greed::Possessive {
            self.regular = false;
            let at = self.push(Inst::Atomic { end: 0 })?;
            self.repeat(node, min, max, Greed::Greedy)?;
            self.push(Inst::Accept)?;
            self.code[at] = Inst::Atomic { end: self.code.len() };
            return Ok(());
        }
        for _ in 0..least {
            self.node(node)?;
        }
        let greedy = greed == Greed::Greedy;
        match max {
            None => {
                let memo = self.memo();
                let split = self.push(Inst::Split(0, 0, memo))?;
                let guard = may_be_empty(node, &mut [false; 256], self.bytes).then(|| {
                    self.registers += 1;
                    2 * (self.tree.groups + 1) + self.registers - 1
                });
                if let Some(register) = guard {
                    self.push(Inst::LoopStart(register))?;
                }
                self.node(node)?;
                let check = match guard {
                    Some(register) => {
                        Some((self.push(Inst::LoopEnd { register, exit: 0 })?, register))
                    }
                    None => None,
                };
                self.push(Inst::Jump(split))?;
                let exit = self.code.len();
                if let Some((at, register)) = check {
                    self.code[at] = Inst::LoopEnd { register, exit };
                }
                self.code[split] = split_of(greedy, split + 1, exit, memo);
            }
            Some(max) => {
                let mut splits = Vec::new();
                for _ in least..max as usize {
                    let memo = self.memo();
                    splits.push((self.push(Inst::Split(0, 0, memo))?, memo));
                    self.node(node)?;
                }
                let exit = self.code.len();
                for (at, memo) in splits {
                    self.code[at] = split_of(greedy, at + 1, exit, memo);
                }
            }
        }
        Ok(())
    }
}

fn split_of(greedy: bool, body: usize, exit: usize, memo: usize) -> Inst {
    if greedy { Inst::Split(body, exit, memo) } else { Inst::Split(exit, body, memo) }
}

/// How many characters a node takes, at least and at most; none if there is no bound.
fn width(node: &Node) -> Option<(usize, usize)> {
    Some(match node {
        Node::Empty | Node::Anchor(_) | Node::Look { .. } | Node::Keep => (0, 0),
        Node::Unit(..) | Node::Any(_) | Node::Class(_) => (1, 1),
        Node::Concat(nodes) => {
            let mut sum = (0usize, 0usize);
            for node in nodes {
                let (min, max) = width(node)?;
                sum = (sum.0 + min, sum.1 + max);
            }
            sum
        }
        Node::Either(nodes) => {
            let mut all = (usize::MAX, 0);
            for node in nodes {
                let (min, max) = width(node)?;
                all = (all.0.min(min), all.1.max(max));
            }
            all
        }
        Node::Capture(_, node) | Node::Atomic(node) => width(node)?,
        Node::Repeat { node, min, max, .. } => {
            let (low, high) = width(node)?;
            (low * *min as usize, high.checked_mul((*max)? as usize)?)
        }
        Node::BackReference(..) | Node::Call(_) | Node::Condition(..) => return None,
    })
}

/// Adds the bytes that a match of `node` can begin with; true if it can match nothing.
fn may_be_empty(node: &Node, first: &mut [bool; 256], bytes: bool) -> bool {
    let mut everything = || first.iter_mut().for_each(|b| *b = true);
    match node {
        Node::Empty | Node::Anchor(_) | Node::Look { .. } | Node::Keep => true,
        Node::Unit(unit, ignore_case) => {
            let forms = if *ignore_case { variants(*unit) } else { [*unit; 3] };
            for unit in forms.into_iter().chain([*unit]) {
                let byte = if unit >= STRAY {
                    (unit - STRAY) as usize
                } else if unit < 0x80 || bytes {
                    (unit & 0xff) as usize
                } else {
                    let mut buffer = [0; 4];
                    let c = char::from_u32(unit).unwrap_or('\u{fffd}');
                    usize::from(c.encode_utf8(&mut buffer).as_bytes()[0])
                };
                first[byte] = true;
            }
            // Folds can lead out of ASCII in ways that are not worth a table.
            if *ignore_case {
                first[0x80..].iter_mut().for_each(|b| *b = true);
            }
            false
        }
        Node::Any(_) => {
            everything();
            false
        }
        Node::Class(set) => {
            let ascii = Class::new(set.clone()).ascii();
            for (byte, may) in first.iter_mut().enumerate() {
                *may |= byte >= 0x80 || ascii >> byte & 1 == 1;
            }
            false
        }
        Node::Concat(nodes) => nodes.iter().all(|n| may_be_empty(n, first, bytes)),
        Node::Either(nodes) => {
            nodes.iter().fold(false, |empty, n| may_be_empty(n, first, bytes) | empty)
        }
        Node::Capture(_, node) | Node::Atomic(node) => may_be_empty(node, first, bytes),
        Node::Repeat { node, min, .. } => may_be_empty(node, first, bytes) || *min == 0,
        Node::BackReference(..) | Node::Call(_) | Node::Condition(..) => {
            everything();
            true
        }
    }
}

fn starts_with_anchor(node: &Node) -> bool {
    match node {
        Node::Anchor(Anchor::TextStart) => true,
        Node::Concat(nodes) => nodes.first().is_some_and(starts_with_anchor),
        Node::Either(nodes) => nodes.iter().all(starts_with_anchor),
        Node::Capture(_, node) | Node::Atomic(node) => starts_with_anchor(node),
        _ => false,
    }
}
