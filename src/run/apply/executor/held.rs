//! Whether another pipeline holds an account by now: it may have linked it since the change set was made.

use super::Executor;
use crate::{
    run::{
        apply::{conflict::AccountConflict, target::Target},
        change_set::Operation,
    },
    state::decisions::Choice,
    value::key::form,
};

impl<T: Target> Executor<'_, T> {
    /// Asks the state before each request that ends the use of an account, whatever the plan knew.
    ///
    /// # Errors
    /// Another pipeline has an open link to the account, and no person decided that it is closed.
    pub(super) fn is_not_held(&self, operation: &Operation) -> Result<(), AccountConflict> {
        let context = self.context;
        let Some(target) = operation.target.as_deref().filter(|_| operation.ends_use(context.plan.target.collection())) else {
            return Ok(());
        };
        let mut holders = context.store.holders_of(context.link_set, target)?;
        holders.retain(|holder| !context.beside.contains(holder));
        if holders.is_empty() || self.is_decided(operation, target)? {
            return Ok(());
        }
        Err(AccountConflict::StillHeld(holders.join(" and ")))
    }

    fn is_decided(&self, operation: &Operation, target: &str) -> Result<bool, AccountConflict> {
        let decisions = self.context.store.decisions(self.context.link_set)?;
        let leave = decisions.of_key(&operation.key).filter(|decision| decision.choice == Choice::Leave);
        Ok(leave.is_some_and(|leave| leave.account.as_deref().is_some_and(|account| form(account) == form(target))))
    }
}
