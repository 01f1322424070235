//! The order of operations: leaves, returns, steps, updates, creates; within each by key; and operations that others wait for
//! first.

use crate::run::{
    change_set::{Operation, Step, Verdict, Written},
    plan::draft::pending,
};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
};

/// Sorts operations. Where records name each other in a circle, one is created without the reference, which follows as a second step.
/// The second list has the operations that wait for each other without a way out, because `needs` says that none of the records can
/// exist without the reference.
pub(crate) fn sort(mut operations: Vec<Operation>, needs: &dyn Fn(&Written) -> bool) -> (Vec<Operation>, Vec<Operation>) {
    operations.sort_by(|left, right| (rank(left.verdict), &left.key).cmp(&(rank(right.verdict), &right.key)));
    for operation in &mut operations {
        name_references(operation);
    }
    if operations.iter().all(|operation| operation.after.is_empty()) {
        return (operations, Vec::new());
    }
    let (mut order, stuck) = Graph::new(&mut operations).order(needs);
    let free = order.len();
    order.extend(stuck);
    rearrange(&mut operations, order);
    let stuck = operations.split_off(free);
    let held: HashSet<&str> = stuck.iter().map(|operation| operation.key.as_str()).collect();
    if !held.is_empty() {
        operations.iter_mut().for_each(|operation| leave_out(operation, &held));
    }
    (operations, stuck)
}

/// A reference that was to follow in a second step does not, if the record that it names is held.
fn leave_out(operation: &mut Operation, held: &HashSet<&str>) {
    for values in operation.written_mut() {
        values.retain(|value| !pending(value).any(|named| held.contains(named.key.as_str())));
    }
    operation.steps.retain(|step| !matches!(step, Step::Update { values } if values.is_empty()));
    operation.after.retain(|key| !held.contains(key.as_str()));
}

/// Moves the item at `order[i]` to place `i`, without a second copy of the list.
fn rearrange(operations: &mut [Operation], mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut at = start;
        while order[at] != start {
            let from = order[at];
            operations.swap(at, from);
            order[at] = at;
            at = from;
        }
        order[at] = at;
    }
}

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Leave => 0,
        Verdict::Return => 1,
        Verdict::Stage => 2,
        Verdict::Update => 3,
        _ => 4,
    }
}

/// An operation waits for the records that its values name.
fn name_references(operation: &mut Operation) {
    let named: Vec<String> = operation.written().flat_map(pending).map(|pending| pending.key.to_string()).collect();
    operation.after.extend(named);
    operation.after.sort_unstable();
    operation.after.dedup();
    operation.after.shrink_to_fit();
}

struct Graph<'o> {
    operations: &'o mut [Operation],
    /// How many each one still waits for.
    waits: Vec<usize>,
    /// The operations that wait for each one.
    followers: Vec<Vec<usize>>,
}

impl<'o> Graph<'o> {
    fn new(operations: &'o mut [Operation]) -> Self {
        let by_key: HashMap<&str, usize> = operations.iter().enumerate().map(|(at, operation)| (operation.key.as_str(), at)).collect();
        let mut waits = vec![0; operations.len()];
        let mut followers = vec![Vec::new(); operations.len()];
        for (at, operation) in operations.iter().enumerate() {
            for before in operation.after.iter().filter_map(|key| by_key.get(key.as_str())) {
                waits[at] += 1;
                followers[*before].push(at);
            }
        }
        Self { operations, waits, followers }
    }

    /// Takes operations that wait for nothing, smallest first. A circle is broken at the first record whose references can
    /// follow later.
    fn order(mut self, needs: &dyn Fn(&Written) -> bool) -> (Vec<usize>, Vec<usize>) {
        let mut ready: BinaryHeap<Reverse<usize>> = (0..self.waits.len()).filter(|at| self.waits[*at] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(self.waits.len());
        let mut next_circle = 0;
        loop {
            while let Some(Reverse(at)) = ready.pop() {
                order.push(at);
                self.release(at, &mut ready);
            }
            let Some(at) = (next_circle..self.waits.len())
                .find(|at| self.waits[*at] > 0 && self.waits[*at] < usize::MAX && postpone(&mut self.operations[*at], needs))
            else {
                break;
            };
            next_circle = at + 1;
            self.waits[at] = usize::MAX;
            ready.push(Reverse(at));
        }
        let stuck = (0..self.waits.len()).filter(|at| self.waits[*at] > 0 && self.waits[*at] < usize::MAX).collect();
        (order, stuck)
    }

    fn release(&mut self, at: usize, ready: &mut BinaryHeap<Reverse<usize>>) {
        for follower in std::mem::take(&mut self.followers[at]) {
            let waits = &mut self.waits[follower];
            if *waits == usize::MAX {
                continue;
            }
            *waits -= 1;
            if *waits == 0 {
                ready.push(Reverse(follower));
            }
        }
    }
}

/// Moves the references of a record to be created into a step of their own, which is made once the others are there. Leaves the record
/// as it is where that does not free it: it can't be without a reference, or waits for something else as well.
fn postpone(operation: &mut Operation, needs: &dyn Fn(&Written) -> bool) -> bool {
    let references = || operation.written().filter(|value| value.after.0.is_pending());
    let named: HashSet<&str> = references().flat_map(pending).map(|pending| &*pending.key).collect();
    let is_freed = !named.is_empty() && operation.after.iter().all(|key| named.contains(key.as_str()));
    if operation.verdict != Verdict::Create || !is_freed || references().any(needs) {
        return false;
    }
    let mut later: Vec<Written> = Vec::new();
    for values in operation.written_mut() {
        let (named, plain): (Vec<Written>, Vec<Written>) = std::mem::take(values).into_iter().partition(|value| value.after.0.is_pending());
        *values = plain;
        later.extend(named);
    }
    operation.after.clear();
    operation.steps.push(Step::Update { values: later });
    operation.steps.retain(|step| !matches!(step, Step::Update { values } if values.is_empty()));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        run::change_set::Stored,
        value::{Pending, Value},
    };
    use std::sync::Arc;

    /// A record to be created that names another, and waits for others as well.
    fn create(key: &str, names: &str, after: &[&str]) -> Operation {
        let pending = Value::Pending(Pending { pipeline: "p".into(), key: names.into() }.into());
        let (before, after_value) = (Stored(Value::Null), Stored(pending));
        let written =
            Written { attribute: "manager".into(), before, after: after_value, line: Arc::default(), secret: false, shared: None };
        Operation {
            verdict: Verdict::Create,
            key: key.to_owned(),
            label: None,
            target: None,
            stage: 0,
            steps: vec![Step::Create { values: vec![written] }],
            reason: None,
            lines: Vec::new(),
            links_now: false,
            hash: String::new(),
            effects: Vec::new(),
            due: None,
            linked_by: None,
            next: None,
            by_scope: false,
            was_closed: false,
            closes_by_call: false,
            after: after.iter().map(|key| (*key).to_owned()).collect(),
            waiting: Vec::new(),
            again: false,
            agreed: Vec::new(),
            seen: Vec::new(),
            whose: Vec::new(),
        }
    }

    /// `a` waits for `b` for another reason than a reference: it comes after the circle of `b` and `c`, and needs no second step.
    #[test]
    fn who_waits_for_more_than_references_keeps_its_one_step() {
        let (sorted, stuck) = sort(vec![create("a", "c", &["b"]), create("b", "c", &[]), create("c", "b", &[])], &|_| false);
        assert!(stuck.is_empty());
        let steps: Vec<_> = sorted.iter().map(|operation| (operation.key.as_str(), operation.steps.len())).collect();
        assert_eq!(steps, [("b", 2), ("c", 1), ("a", 1)]);
    }

    /// Whoever is held is neither waited for nor named; the rest stays.
    #[test]
    fn who_is_held_is_left_out_of_the_operations_that_go_on() {
        let mut operation = create("a", "h", &["h", "b"]);
        leave_out(&mut operation, &HashSet::from(["h"]));
        assert_eq!((operation.after.concat().as_str(), operation.written().count(), operation.steps.len()), ("b", 0, 1));
    }
}
