//! Links as a list: out of the state, and into it from an integration that linked the same people before.

use super::{EngineError, Workspace, session::Session};
use crate::{
    compile::Mode,
    state::link::{Absence, Life, Link},
    value::key::form,
};
use std::collections::HashMap;

/// The most problems that a refusal lists.
const LISTED: usize = 10;

/// A record and its account, as a list has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedLink {
    pub key: String,
    pub account: String,
    /// Where the list has it: `line 17`.
    pub place: String,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedLinks {
    pub pipeline: String,
    pub linked: u64,
    /// Links that were there already.
    pub known: u64,
}

impl Workspace {
    /// The links of a pipeline in the order of their keys, without those whose account no longer exists.
    ///
    /// # Errors
    /// There was no run, no such pipeline, or the state can't be read.
    pub fn export_links(&self, asked: Option<&str>) -> Result<Vec<Link>, EngineError> {
        let pipeline = self.project.choose(asked)?.name;
        let links = self.state()?.links_between(&pipeline, None, None)?.unwrap_or_default();
        let mut all: Vec<Link> = links.iter().filter(|link| !link.is_retired()).cloned().collect();
        all.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        Ok(all)
    }

    /// Links the records of a list with their accounts: all of them, or none. Both systems are asked who they are, and nothing is sent.
    ///
    /// # Errors
    /// The list contradicts itself, the state, or what was forgotten; a run is under way; else as [`Workspace::plan`].
    pub async fn import_links(&mut self, asked: Option<&str>, listed: &[ListedLink], by: &str) -> Result<ImportedLinks, EngineError> {
        self.session(asked, None).await?.import_links(listed, by)
    }
}

/// A key whose account no longer exists is kept, so that a rehire is noticed.
const fn was_linked(link: &Link) -> &'static str {
    if link.is_retired() { "had the account" } else { "is linked to" }
}

impl Session {
    fn import_links(&self, listed: &[ListedLink], by: &str) -> Result<ImportedLinks, EngineError> {
        let (pipeline, now) = (self.plan.name.clone(), self.clock.now);
        if self.plan.mode == Mode::Append {
            return Err(EngineError::NoLinks(pipeline));
        }
        let mut leases = self.store.leases(&pipeline, by, now)?;
        self.twin.iter().try_for_each(|twin| leases.add(&twin.pipeline, by))?;
        let new = self.checked(listed)?;
        let transaction = self.store.transaction()?;
        transaction.ensure_link_set(&self.identity, now)?;
        for ListedLink { key, account, .. } in &new {
            let link = Link {
                key: form(key).into_owned(),
                target: form(account).into_owned(),
                life: Life::Open,
                by: format!("imported by {by}"),
                since_run: 0,
                since: now,
                absence: Absence::default(),
                due: None,
                bases: Default::default(),
                agreed: Default::default(),
                added: Default::default(),
            };
            transaction.put_link(&self.set.id, &link)?;
        }
        transaction.commit()?;
        Ok(ImportedLinks { pipeline, linked: new.len() as u64, known: (listed.len() - new.len()) as u64 })
    }

    /// The links that are not there yet, compared in the form of keys; refuses the whole list if one of them can't be made.
    fn checked<'l>(&self, listed: &'l [ListedLink]) -> Result<Vec<&'l ListedLink>, EngineError> {
        let (links, forgotten) = (self.store.links(&self.set.id)?, self.store.forgotten()?);
        let (mut keys, mut accounts) = (HashMap::new(), HashMap::new());
        let (mut new, mut problems) = (Vec::new(), Vec::new());
        for one in listed {
            let ListedLink { key, account, place } = one;
            let (key, account) = (form(key), form(account));
            let other_key = links.of_target(&account).filter(|link| form(&link.key) != key && !link.is_retired());
            let has_account = |link: &Link| form(&link.target) == account && !link.is_retired();
            let problem = match (keys.insert(key.clone(), place), accounts.insert(account.clone(), place), links.of_key(&key)) {
                _ if key.is_empty() || account.is_empty() => Some("has no key or no account".to_owned()),
                (Some(before), ..) => Some(format!("has the key {key}, as {before} does")),
                (_, Some(before), _) => Some(format!("has the account {account}, as {before} does")),
                _ if forgotten.holds(&self.plan.name, &one.key) => Some(format!("has the key {key}, which a person asked to forget")),
                (.., Some(link)) if has_account(link) => continue,
                (.., Some(link)) => Some(format!("has the key {key}, which {} {}", was_linked(link), link.target)),
                _ => other_key.map(|link| format!("has the account {account}, which is linked to {}", link.key)),
            };
            match problem {
                Some(problem) => problems.push(format!("{place} {problem}")),
                None => new.push(one),
            }
        }
        if problems.is_empty() {
            return Ok(new);
        }
        let more = problems.len().saturating_sub(LISTED);
        problems.truncate(LISTED);
        problems.extend((more > 0).then(|| format!("and {more} more")));
        Err(EngineError::ListRefused(problems))
    }
}
