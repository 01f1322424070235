//! Calls by which a pipeline closes and opens accounts. A vendor's call says nothing of what it changes, so a stand-in takes it for what
//! the pipeline means by it.

use super::answer::build;
use crate::{
    compile::{Action, ExecutionPlan, Leaver, system::Collection},
    value::Value,
};
use serde_json::Value as Json;

/// A call, and what it makes of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCall {
    collection: String,
    name: String,
    opens: bool,
}

/// The calls of a pipeline's target that stand alone in a leave, or in what comes back: nothing else there writes whether an account is open.
pub fn of(plan: &ExecutionPlan) -> Vec<AccountCall> {
    let collection = plan.target.collection();
    let Some((access, _)) = collection.access() else { return Vec::new() };
    let writes = |action: &Action| match action {
        Action::Set { attribute, .. } => *attribute == access,
        Action::Delete { .. } => true,
        Action::Call { .. } => false,
    };
    let call = |action: &Action, opens: bool| match action {
        Action::Call { call, .. } => {
            Some(AccountCall { collection: collection.name.clone(), name: collection.named[*call].0.clone(), opens })
        }
        _ => None,
    };
    let of_block = |leaver: &Leaver| {
        let steps = || leaver.actions.iter().chain(leaver.stages.iter().flat_map(|stage| &stage.actions));
        let closing = steps().filter(|_| !steps().any(writes)).filter_map(|action| call(action, false)).collect::<Vec<_>>();
        let back = || leaver.on_return.iter().flatten();
        let opening = back().filter(|_| !back().any(writes)).filter_map(|action| call(action, true));
        closing.into_iter().chain(opening).collect::<Vec<_>>()
    };
    plan.leavers.iter().flat_map(of_block).collect()
}

/// Whether a call closes or opens accounts.
pub fn has(calls: &[AccountCall], collection: &Collection, name: &str) -> bool {
    calls.iter().any(|call| call.collection == collection.name && call.name == name)
}

/// What a call makes of an account.
pub fn apply(calls: &[AccountCall], collection: &Collection, name: &str, record: &mut Json) {
    let Some(call) = calls.iter().find(|call| call.collection == collection.name && call.name == name) else { return };
    let Some((at, access)) = collection.access() else { return };
    let attribute = &collection.attributes[at];
    let other = match &access.value {
        Value::Bool(value) => Value::Bool(!value),
        value => attribute.one_of.iter().find(|one| *one != value).cloned().unwrap_or(Value::Null),
    };
    let value = if call.opens == access.opens { access.value.clone() } else { other };
    if let Ok(written) = attribute.codec.write(&value) {
        build::put(&attribute.path, record, written);
    }
}
