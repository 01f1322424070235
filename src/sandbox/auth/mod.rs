//! Checks credentials and the declared budget of requests.

pub(crate) mod expected;
pub(crate) mod jwt;
pub(crate) mod own;
pub(crate) mod tokens;
use super::{
    answer::Refusal,
    auth::{expected::Expected, own::OwnCall},
    scope::{Scope, in_force},
};
use crate::{
    compile::{
        program::Program,
        system::{Auth, AuthKind, Http, Limit, Parameter},
    },
    systems::encode::base64,
};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// A token for trying out requests, which is valid as long as the stand-in runs.
pub const BY_HAND: &str = "sandbox-token-by-hand";

/// The parts of a request that are checked.
pub struct Visitor<'a> {
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    pub queries: &'a [(String, String)],
}

/// Accepts a request that carries everything that the declaration requires, of `http` and of its call.
///
/// # Errors
/// 401.
pub fn admit(http: &Http, own: Option<OwnCall<'_>>, visitor: &Visitor<'_>, scope: &Scope<'_>) -> Result<(), Refusal> {
    match own {
        Some(own) => {
            carries(own.headers_of(http, scope), http.queries.iter(), visitor, scope)?;
            own.admit(visitor, scope)?;
        }
        None => carries(http.headers.iter(), http.queries.iter(), visitor, scope)?,
    }
    let Some(auth) = in_force(http, scope) else { return Ok(()) };
    signed_in(&auth.kind, (visitor.header)("authorization").unwrap_or_default(), scope)
}

/// Whether a request carries what is secret of some lines.
///
/// # Errors
/// 401.
pub fn carries<'p>(
    headers: impl Iterator<Item = &'p Parameter>,
    queries: impl Iterator<Item = &'p Parameter>,
    visitor: &Visitor<'_>,
    scope: &Scope<'_>,
) -> Result<(), Refusal> {
    let header = |one: &Parameter| {
        let given = (visitor.header)(&one.name);
        is_as_declared(one, given, scope)
            || scope.text(&one.value).is_some_and(|wanted| given.is_some_and(|given| same_credential(given, &wanted)))
    };
    let query = |one: &Parameter| {
        let given = visitor.queries.iter().find(|(name, _)| *name == one.name).map(|(_, value)| value.as_str());
        is_as_declared(one, given, scope)
    };
    let known = secret_ones(headers, scope).all(header) && secret_ones(queries, scope).all(query);
    if known { Ok(()) } else { Err(Refusal::auth()) }
}

fn is_as_declared(one: &Parameter, given: Option<&str>, scope: &Scope<'_>) -> bool {
    Expected { scope, renewed: &[] }.objection(&one.value, given.map(serde_json::Value::from).as_ref()).is_none()
}

/// Whether an `Authorization` header is that of a way to sign in.
///
/// # Errors
/// 401.
pub fn signed_in(kind: &AuthKind, given: &str, scope: &Scope<'_>) -> Result<(), Refusal> {
    let bearer = || bearer(given).ok_or_else(Refusal::auth);
    let known = match kind {
        AuthKind::Bearer { token: Program::Jwt { algorithm, claims, key } } => {
            let given = bearer()?;
            if given == BY_HAND {
                return Ok(());
            }
            let sent = jwt::verified(*algorithm, given, &scope.text(key).unwrap_or_default()).ok_or_else(Refusal::auth)?;
            match jwt::objection(&sent, claims, scope) {
                Some(why) => return Err(Refusal { message: why, ..Refusal::auth() }),
                None => true,
            }
        }
        AuthKind::Bearer { token } => scope.text(token).is_some_and(|wanted| bearer().is_ok_and(|given| given == wanted)),
        AuthKind::Basic { user, password } => {
            let pair = [user, password].map(|part| scope.text(part).unwrap_or_default()).join(":");
            same_credential(given, &format!("Basic {}", base64(pair.as_bytes())))
        }
        AuthKind::Certificate { .. } => true,
    };
    if known { Ok(()) } else { Err(Refusal::auth()) }
}

fn bearer(given: &str) -> Option<&str> {
    given.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim())
}

/// The name of the scheme is compared without regard to case, as vendors do.
fn same_credential(given: &str, wanted: &str) -> bool {
    match (given.split_once(' '), wanted.split_once(' ')) {
        (Some((scheme, given)), Some((word, wanted))) => scheme.eq_ignore_ascii_case(word) && given == wanted,
        _ => given == wanted,
    }
}

/// The parameters that contain secrets, by name.
pub fn secret<'a>(parameters: &'a [Parameter], scope: &'a Scope<'_>) -> impl Iterator<Item = (String, String)> + 'a {
    secret_ones(parameters.iter(), scope).filter_map(|parameter| Some((parameter.name.clone(), scope.text(&parameter.value)?)))
}

fn secret_ones<'p>(parameters: impl Iterator<Item = &'p Parameter>, scope: &Scope<'_>) -> impl Iterator<Item = &'p Parameter> {
    parameters.filter(move |one| one.value.uses(own::is_secret) && scope.holds(one.when.as_ref()))
}

/// Whether requests of a system carry something of a token, with these settings.
pub fn uses_token(http: &Http, scope: &Scope<'_>) -> bool {
    let lines = http.headers.iter().chain(&http.queries).filter(|line| scope.holds(line.when.as_ref())).map(|line| &line.value);
    lines.chain(in_force(http, scope).into_iter().flat_map(Auth::parts)).any(Program::names_token)
}

/// A budget of requests: a number in any period of some seconds.
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
#[expect(clippy::disallowed_methods, reason = "a test needs some instant")]
mod tests {
    use super::*;

    #[test]
    fn the_budget_says_when_the_next_request_fits() {
        let mut budget = Budget::of(Limit { amount: 2, per_seconds: 60, concurrent: None }, 1);
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
