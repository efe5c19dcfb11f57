//! What a host asks of one scan: columns, conditions, order, limit. `q` in a script's `each(q)`.
//!
//! A plan is made while the host plans its query, when most operands are not known yet: they are
//! [`Operand::Argument`]s, to be bound at the start of the scan and again at each rescan. Until then
//! it must survive in the host's own plan, hence it can be written as text.

use serde::{Deserialize, Serialize};

use crate::Value;

/// A condition's operator, by the name that a script sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Like,
    NotLike,
    Ilike,
    NotIlike,
    Glob,
    Regexp,
    Match,
    In,
    NotIn,
    Null,
    NotNull,
    Is,
    IsNot,
}

/// All operators with their names in Ruby.
const OPS: &[(Op, &str)] = &[
    (Op::Eq, "eq"),
    (Op::Ne, "ne"),
    (Op::Lt, "lt"),
    (Op::Le, "le"),
    (Op::Gt, "gt"),
    (Op::Ge, "ge"),
    (Op::Like, "like"),
    (Op::NotLike, "not_like"),
    (Op::Ilike, "ilike"),
    (Op::NotIlike, "not_ilike"),
    (Op::Glob, "glob"),
    (Op::Regexp, "regexp"),
    (Op::Match, "match"),
    (Op::In, "in"),
    (Op::NotIn, "not_in"),
    (Op::Null, "null"),
    (Op::NotNull, "not_null"),
    (Op::Is, "is"),
    (Op::IsNot, "is_not"),
];

impl Op {
    /// Its name in a script, without the colon.
    #[must_use]
    pub fn name(self) -> &'static str {
        OPS.iter().find(|(op, _)| *op == self).map_or("", |(_, name)| name)
    }

    /// The operator of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Op> {
        OPS.iter().find(|(_, known)| *known == name).map(|(op, _)| *op)
    }

    /// Whether it has a right side.
    #[must_use]
    pub fn takes_operand(self) -> bool {
        !matches!(self, Op::Null | Op::NotNull)
    }
}

/// A condition's right side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Operand {
    /// Known.
    Value(Value),
    /// The so-manieth of the arguments that [`Plan::bind`] gets.
    Argument(usize),
}

/// A condition on one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Qual {
    /// The column's index in the table.
    pub column: usize,
    /// The operator.
    pub op: Op,
    /// The right side.
    pub operand: Operand,
}

/// Which way to sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// Where NULLs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nulls {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

/// One key of a sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The column's index in the table.
    pub column: usize,
    /// Which way.
    pub direction: Direction,
    /// Where NULLs go.
    pub nulls: Nulls,
}

/// What a scan is asked for. Everything in it is what the table agreed to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The needed columns' indices in the table, ascending: rows have exactly these, in this order.
    pub columns: Vec<usize>,
    /// Conditions, all of them to hold.
    pub quals: Vec<Qual>,
    /// The order of the rows; empty when any will do.
    pub order: Vec<Order>,
    /// At most so many rows, after `offset`.
    pub limit: Option<Operand>,
    /// So many rows to leave out first.
    pub offset: Option<Operand>,
    /// Parameters by name: arguments of a table-valued function (`FROM users('x')`).
    pub params: Vec<(String, Operand)>,
}

impl Plan {
    /// A plan for so many columns and nothing else.
    #[must_use]
    pub fn all(columns: usize) -> Plan {
        Plan { columns: (0..columns).collect(), ..Plan::default() }
    }

    /// The plan with each [`Operand::Argument`] replaced by its value; one that is not given is
    /// NULL.
    #[must_use]
    pub fn bind(&self, arguments: &[Value]) -> Plan {
        let bound = |operand: &Operand| match operand {
            Operand::Argument(n) => Operand::Value(arguments.get(*n).cloned().unwrap_or_default()),
            known @ Operand::Value(_) => known.clone(),
        };
        let mut plan = self.clone();
        for qual in &mut plan.quals {
            qual.operand = bound(&qual.operand);
        }
        for (_, operand) in &mut plan.params {
            *operand = bound(operand);
        }
        plan.limit = self.limit.as_ref().map(bound);
        plan.offset = self.offset.as_ref().map(bound);
        plan
    }

    /// The plan as one line of text, to be kept in a host's plan.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a plan has only string keys")
    }

    /// The plan of a text that [`Plan::to_text`] made; `None` for any other text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Plan> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_survives_as_text_and_gets_its_arguments_later() {
        let plan = Plan {
            columns: vec![0, 2],
            quals: vec![Qual { column: 2, op: Op::NotLike, operand: Operand::Argument(1) }],
            order: vec![Order { column: 0, direction: Direction::Desc, nulls: Nulls::Last }],
            limit: Some(Operand::Argument(0)),
            offset: None,
            params: vec![("url".into(), Operand::Argument(7))],
        };
        let back = Plan::from_text(&plan.to_text()).unwrap();
        assert_eq!(back, plan);
        let bound = back.bind(&[Value::Integer(3), Value::Text("a%".into())]);
        assert_eq!(bound.quals[0].operand, Operand::Value(Value::Text("a%".into())));
        assert_eq!(bound.limit, Some(Operand::Value(Value::Integer(3))));
        assert_eq!(bound.params[0].1, Operand::Value(Value::Null));
    }
}
