//! The other sources of a row: joins, the element of `for each`, incremental reads.

use super::{Each, Join, JoinCondition, Since, pipeline::Compiling, program::Program};
use crate::{
    check::model::{
        expr::{Comparator, Expr, ExprKind as K},
        pipeline as checked,
    },
    value::{Value, civil},
};
use jiff::{Timestamp, tz::TimeZone};

impl Compiling<'_> {
    pub fn since(&self) -> Option<Since> {
        let since = self.pipeline.since.as_ref()?;
        Some(Since {
            lookback: since.lookback,
            full_every: since.full_every,
            from: since.from.as_ref().and_then(|from| self.instant(from)),
            span: since.span,
        })
    }

    /// A day begins at midnight of the pipeline's zone.
    fn instant(&self, from: &Expr) -> Option<Timestamp> {
        let value = match &from.kind {
            K::Setting(id) => self.lowering.settings.value(id),
            _ => from.as_constant()?.clone(),
        };
        let zone = self.pipeline.zone_name.as_deref().and_then(civil::zone).unwrap_or(TimeZone::UTC);
        match value {
            Value::DateTime(instant) => Some(instant),
            Value::Date(day) => day.to_zoned(zone).ok().map(|midnight| midnight.timestamp()),
            _ => None,
        }
    }

    pub fn joins(&self) -> Vec<Join> {
        self.pipeline.joins.iter().enumerate().map(|(at, join)| self.join(at, join)).collect()
    }

    fn join(&self, at: usize, join: &checked::Join) -> Join {
        let (keys, rest) = split(&join.on, at);
        let collection = &self.project.systems[join.end.system].collections[join.end.collection];
        let rest = rest.into_iter().map(|part| self.lowering.program(part));
        let on = JoinCondition {
            keys: keys.into_iter().map(|(row, joined)| (self.lowering.program(row), self.lowering.program(joined))).collect(),
            rest: rest.reduce(|all, one| Program::And(Box::new((all, one)))),
        };
        Join { end: self.side(&join.end, self.lowering.joined_slots(at, collection)), many: join.many, on, text: join.text.clone() }
    }

    pub fn each(&self) -> Option<Each> {
        let each = self.pipeline.each.as_ref()?;
        Some(Each {
            name: each.name.clone(),
            list: self.lowering.program(&each.list),
            text: each.text.clone(),
            ty: each.ty.clone(),
            span: each.span,
        })
    }
}

/// The parts of a condition that all must hold: equalities with the joined record on one side alone, as (the row's, the joined
/// record's), and the rest.
fn split(on: &Expr, join: usize) -> (Vec<(&Expr, &Expr)>, Vec<&Expr>) {
    let (mut keys, mut rest) = (Vec::new(), Vec::new());
    let mut open = vec![on];
    while let Some(part) = open.pop() {
        match &part.kind {
            K::And(left, right) => open.extend([&**right, &**left]),
            K::Compare(Comparator::Equal, left, right) => match (rows_asked_by(left, join), rows_asked_by(right, join)) {
                ((true, false), (false, true)) => keys.push((&**left, &**right)),
                ((false, true), (true, false)) => keys.push((&**right, &**left)),
                _ => rest.push(part),
            },
            _ => rest.push(part),
        }
    }
    (keys, rest)
}

/// Whether an expression uses the row before the join, and whether it uses the joined record.
fn rows_asked_by(expr: &Expr, join: usize) -> (bool, bool) {
    let joined = |part: &Expr| matches!(part.kind, K::Joined(of, _) if of == join);
    let row = |part: &Expr| match part.kind {
        K::Joined(of, _) => of != join,
        K::Source(_) | K::Raw(_) => true,
        _ => false,
    };
    (expr.any(&row), expr.any(&joined))
}
