//! What a table is, read once from its class, and what it will take over of a query.
//!
//! [`Definition::accept`] is the only place that decides about pushdown. Its rule: a condition is
//! taken when its column lists the operator, an order when all its columns are sortable, and a limit
//! only when nothing that the host would do before the limit is left to the host.

use serde::{Deserialize, Serialize};

use crate::{Column, Op, Order};

/// An option of the table (`option :url, required: true`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableOption {
    /// Its name.
    pub name: String,
    /// Whether the table can't do without.
    pub required: bool,
    /// Whether it must not be shown: PostgreSQL takes it from a user mapping only.
    pub secret: bool,
}

/// A table class as seen by a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The class's name.
    pub class: String,
    /// Its columns; empty for a class that leaves them to the host.
    pub columns: Vec<Column>,
    /// Its options; `None` for a class that declares none and takes any.
    pub options: Option<Vec<TableOption>>,
    /// The columns (indices) by which it can sort.
    pub sortable: Vec<usize>,
    /// Whether it promises to honour a limit.
    pub limits: bool,
    /// Whether it is a subclass of `Table`; others are called as Holycorn did.
    pub is_table: bool,
    /// Whether it has an estimate block.
    pub estimates: bool,
    /// The methods of the contract that its instances answer: `insert`, `begin`, …
    pub methods: Vec<String>,
}

/// What a table says about the cost of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// How many rows.
    pub rows: Option<f64>,
    /// How many bytes a row.
    pub width: Option<i32>,
    /// The cost in the host's own unit.
    pub cost: Option<f64>,
    /// Whether there is at most one row.
    pub unique: bool,
}

/// A condition that a host has, to be taken over or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferedQual {
    /// The column's index.
    pub column: usize,
    /// The operator.
    pub op: Op,
    /// Whether its right side can be known at the start of the scan.
    pub usable: bool,
}

/// What a host would like to leave to the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The conditions that it can express.
    pub quals: Vec<OfferedQual>,
    /// Whether there are conditions on the rows that it could not even offer.
    pub more_quals: bool,
    /// The order wanted.
    pub order: Vec<Order>,
    /// Whether there is a limit, or an offset, and nothing between the scan and it but the
    /// conditions and the order above.
    pub limit: bool,
}

/// A condition that the table takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedQual {
    /// Its index in [`Offer::quals`].
    pub index: usize,
    /// Whether the host need not check it again.
    pub exact: bool,
}

/// What a table takes over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The conditions.
    pub quals: Vec<AcceptedQual>,
    /// Whether rows come in the wanted order.
    pub order: bool,
    /// Whether limit and offset may be in the plan.
    pub limit: bool,
}

impl Definition {
    /// Whether its instances answer that method of the contract.
    #[must_use]
    pub fn has(&self, method: &str) -> bool {
        self.methods.iter().any(|known| known == method)
    }

    /// The index of the column that identifies a row.
    #[must_use]
    pub fn key(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.key)
    }

    /// What of an offer this table takes, were its columns these. (They are the host's for a class
    /// that declares none.)
    #[must_use]
    pub fn accept(&self, columns: &[Column], offer: &Offer) -> Accepted {
        let mut accepted = Accepted::default();
        for (index, qual) in offer.quals.iter().enumerate() {
            let Some(column) = columns.get(qual.column) else { continue };
            if qual.usable && column.ops.contains(&qual.op) {
                accepted.quals.push(AcceptedQual { index, exact: column.exact });
            }
        }
        accepted.order = !offer.order.is_empty()
            && offer.order.iter().all(|order| self.sortable.contains(&order.column));
        let all_exact = !offer.more_quals
            && accepted.quals.len() == offer.quals.len()
            && accepted.quals.iter().all(|qual| qual.exact);
        accepted.limit =
            offer.limit && self.limits && all_exact && (accepted.order || offer.order.is_empty());
        accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Direction, Nulls, Type};

    fn users() -> (Definition, Vec<Column>) {
        let id = Column { ops: vec![Op::Eq], exact: true, ..Column::new("id", Type::Integer(64)) };
        let name = Column { ops: vec![Op::Like], ..Column::new("name", Type::Text) };
        let definition = Definition { sortable: vec![0], limits: true, ..Definition::default() };
        (definition, vec![id, name])
    }

    #[test]
    fn a_limit_is_taken_only_when_nothing_before_it_is_left_to_the_host() {
        let (users, columns) = users();
        let id = OfferedQual { column: 0, op: Op::Eq, usable: true };
        let name = OfferedQual { column: 1, op: Op::Like, usable: true };
        let by = |column| Order { column, direction: Direction::Asc, nulls: Nulls::First };
        let limit = |quals: &[OfferedQual], order: &[Order], more_quals| {
            let offer = Offer { quals: quals.into(), more_quals, order: order.into(), limit: true };
            users.accept(&columns, &offer).limit
        };
        assert!(limit(&[], &[], false));
        assert!(limit(&[id], &[by(0)], false));
        assert!(!limit(&[id, name], &[], false), "a filter that is not exact");
        assert!(!limit(&[OfferedQual { usable: false, ..id }], &[], false));
        assert!(!limit(&[OfferedQual { op: Op::Gt, ..id }], &[], false));
        assert!(!limit(&[], &[by(1)], false), "an order that the host must make");
        assert!(!limit(&[], &[], true));
    }
}
