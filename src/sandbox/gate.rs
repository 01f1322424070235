//! Who may come in, and how often: credentials and the declared budget.

use super::answer::Refusal;
use crate::{
    plan::{
        program::{Name, Names, Program},
        system::{Auth, AuthKind, Http, Limit, Parameter},
    },
    systems::encode::base64,
    value::{Fault, Value},
};
use jiff::{Timestamp, civil::Date};
use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

/// What the declaration's expressions may ask for outside of a record.
pub struct Outside<'a> {
    pub secrets: &'a BTreeMap<String, String>,
    pub today: Date,
}

impl Names for Outside<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(match name {
            Name::Secret(name) => self.secrets.get(name).map_or(Value::Null, Value::text),
            Name::Today => Value::Date(self.today),
            Name::Now => Value::DateTime(Timestamp::now()),
            _ => Value::Null,
        }))
    }
}

impl Outside<'_> {
    /// The text of an expression; none if it is missing.
    pub fn text(&self, program: &Program) -> Option<String> {
        program.text(self, &|part| part.to_owned()).ok().flatten()
    }

    fn holds(&self, condition: Option<&Program>) -> bool {
        condition.is_none_or(|condition| condition.holds(self).unwrap_or(false))
    }
}

/// What every request must bring.
#[derive(Debug, Default)]
pub struct Credentials {
    /// Header names in lower case, and their values.
    headers: Vec<(String, String)>,
    queries: Vec<(String, String)>,
}

impl Credentials {
    /// Those that a system declares, with the sandbox's own secrets.
    pub fn of(http: &Http, outside: &Outside<'_>) -> Self {
        let auth = http.auth.iter().filter(|auth| outside.holds(auth.when.as_ref())).find_map(|auth| authorization(auth, outside));
        let mut headers: Vec<_> = auth.map(|value| ("authorization".to_owned(), value)).into_iter().collect();
        headers.extend(secret(&http.headers, outside).map(|(name, value)| (name.to_lowercase(), value)));
        Self { headers, queries: secret(&http.queries, outside).collect() }
    }

    /// Whether a request brings them all. The scheme's word is compared without case, as vendors do.
    pub fn admit<'a>(&self, header: impl Fn(&str) -> Option<&'a str>, queries: &[(String, String)]) -> Result<(), Refusal> {
        let known = self.headers.iter().all(|(name, value)| header(name).is_some_and(|given| same_credential(given, value)));
        if known && self.queries.iter().all(|query| queries.contains(query)) { Ok(()) } else { Err(Refusal::auth()) }
    }
}

fn same_credential(given: &str, wanted: &str) -> bool {
    match (given.split_once(' '), wanted.split_once(' ')) {
        (Some((scheme, given)), Some((word, wanted))) => scheme.eq_ignore_ascii_case(word) && given == wanted,
        _ => given == wanted,
    }
}

fn authorization(auth: &Auth, outside: &Outside<'_>) -> Option<String> {
    match &auth.kind {
        AuthKind::Bearer { token } => Some(format!("Bearer {}", outside.text(token)?)),
        AuthKind::Basic { user, password } => {
            let pair = format!("{}:{}", outside.text(user)?, outside.text(password).unwrap_or_default());
            Some(format!("Basic {}", base64(pair.as_bytes())))
        }
        AuthKind::Jwt { .. } | AuthKind::OAuth2(_) => None,
    }
}

fn secret<'a>(parameters: &'a [Parameter], outside: &'a Outside<'_>) -> impl Iterator<Item = (String, String)> + 'a {
    let is_secret = |program: &Program| {
        let mut secret = false;
        program.names(&mut |name| secret |= matches!(name, Name::Secret(_)));
        secret
    };
    let wanted = parameters.iter().filter(move |parameter| is_secret(&parameter.value) && outside.holds(parameter.when.as_ref()));
    wanted.filter_map(|parameter| Some((parameter.name.clone(), outside.text(&parameter.value)?)))
}

/// A budget of requests: so many in any stretch of so many seconds.
#[derive(Debug)]
pub struct Budget {
    amount: usize,
    stretch: Duration,
    taken: VecDeque<Instant>,
}

impl Budget {
    /// The declared budget, `factor` times over.
    pub fn of(limit: Limit, factor: u64) -> Self {
        let amount = usize::try_from(limit.amount.saturating_mul(factor)).unwrap_or(usize::MAX);
        Self { amount, stretch: Duration::from_secs(limit.per_seconds), taken: VecDeque::new() }
    }

    /// Takes one request from the budget.
    pub fn take(&mut self, now: Instant) -> Result<(), Refusal> {
        while self.taken.front().is_some_and(|first| now.duration_since(*first) >= self.stretch) {
            self.taken.pop_front();
        }
        if let Some(first) = self.taken.front().filter(|_| self.taken.len() >= self.amount) {
            let wait = self.stretch.saturating_sub(now.duration_since(*first));
            return Err(Refusal::limit(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)));
        }
        self.taken.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_says_when_the_next_request_fits() {
        let mut budget = Budget::of(Limit { amount: 2, per_seconds: 60, at_once: None }, 1);
        let start = Instant::now();
        assert!(budget.take(start).is_ok());
        assert!(budget.take(start + Duration::from_secs(20)).is_ok());
        let refused = budget.take(start + Duration::from_secs(30)).unwrap_err();
        assert_eq!((refused.status, refused.header), (429, Some(("Retry-After", "30".to_owned()))));
        assert!(budget.take(start + Duration::from_secs(60)).is_ok());
        assert!(budget.take(start + Duration::from_secs(61)).is_err());
    }

    #[test]
    fn the_scheme_is_compared_without_case_and_the_secret_with_it() {
        assert!(same_credential("Lucca application=KEY", "lucca application=KEY"));
        assert!(!same_credential("lucca application=key", "lucca application=KEY"));
        assert!(!same_credential("KEY", "lucca application=KEY"));
    }
}
