//! A `curl` command to try a stand-in, with everything that its declaration requires of a client.

use super::{
    auth::{BY_HAND, secret, tokens::Tokens, uses_token},
    route::base_path,
    scope::{Scope, in_force},
};
use crate::{
    compile::{
        program::Program,
        system::{AuthKind, Http, System},
    },
    systems::encode::base64,
};

/// The whole command, with credentials that are valid as long as the stand-in runs: the `verify` call, or else the base address.
pub fn command(system: &System, http: &Http, scope: &Scope<'_>, tokens: &Tokens) -> String {
    if uses_token(http, scope) {
        return tokens.by_hand(system, http, scope, |issued| written(http, &Scope { token: Some(issued), ..*scope }));
    }
    written(http, scope)
}

fn written(http: &Http, scope: &Scope<'_>) -> String {
    let authorization = in_force(http, scope).and_then(|auth| authorization(&auth.kind, scope));
    let headers = secret(&http.headers, scope).chain(authorization.map(|value| ("Authorization".to_owned(), value)));
    let options: String = headers.map(|(name, value)| format!(" -H '{name}: {value}'")).collect();
    let base = base_path(http, &Scope { token: None, ..*scope });
    format!("curl{options} '{}{base}{}'", scope.origin, path(http, scope))
}

/// curl can't sign, so it sends a token that the stand-in knows.
fn authorization(kind: &AuthKind, scope: &Scope<'_>) -> Option<String> {
    Some(match kind {
        AuthKind::Bearer { token: Program::Jwt { .. } } => format!("Bearer {BY_HAND}"),
        AuthKind::Bearer { token } => format!("Bearer {}", scope.text(token)?),
        AuthKind::Basic { user, password } => {
            format!("Basic {}", base64(format!("{}:{}", scope.text(user)?, scope.text(password)?).as_bytes()))
        }
        AuthKind::Certificate { .. } => return None,
    })
}

/// curl would interpret brackets.
fn path(http: &Http, scope: &Scope<'_>) -> String {
    let path = http.verify.as_ref().and_then(|verify| scope.text(&verify.path)).unwrap_or_default();
    let queries = secret(&http.queries, scope).map(|(name, value)| format!("{name}={value}"));
    let begins = if path.contains('?') { '&' } else { '?' };
    let queries: String = queries.enumerate().map(|(at, query)| format!("{}{query}", if at == 0 { begins } else { '&' })).collect();
    format!("{path}{queries}").replace('[', "%5B").replace(']', "%5D")
}
