//! Credentials in the `Authorization` header.

use crate::{
    plan::{
        program::Names,
        system::{Auth, AuthKind},
    },
    systems::encode::base64,
    value::Fault,
};

/// The value of the header, by the first way whose condition holds; none where the system declares none.
///
/// # Errors
/// The fault of a condition or a credential.
pub fn authorization(ways: &[Auth], names: &dyn Names) -> Result<Option<String>, Box<Fault>> {
    for way in ways {
        if way.when.as_ref().map_or(Ok(true), |when| when.holds(names))? {
            return credential(&way.kind, names).map(Some);
        }
    }
    Ok(None)
}

/// The pair of a basic authorization, encoded: a secret as much as its parts.
pub fn basic_pairs(ways: &[Auth], names: &dyn Names) -> Vec<String> {
    let pair = |way: &Auth| match &way.kind {
        AuthKind::Basic { .. } => credential(&way.kind, names).ok()?.strip_prefix("Basic ").map(str::to_owned),
        AuthKind::Bearer { .. } | AuthKind::Jwt { .. } | AuthKind::OAuth2(_) => None,
    };
    ways.iter().filter_map(pair).collect()
}

fn credential(kind: &AuthKind, names: &dyn Names) -> Result<String, Box<Fault>> {
    let text = |program: &crate::plan::program::Program, what: &str| {
        program.run(names)?.to_text().map(|text| text.into_owned()).ok_or_else(|| Fault::new("R0905", format!("{what} is missing")))
    };
    match kind {
        AuthKind::Bearer { token } => Ok(format!("Bearer {}", text(token, "the token")?)),
        AuthKind::Basic { user, password } => {
            let password = password.run(names)?.to_text().unwrap_or_default().into_owned();
            Ok(format!("Basic {}", base64(format!("{}:{password}", text(user, "the user")?).as_bytes())))
        }
        AuthKind::Jwt { .. } | AuthKind::OAuth2(_) => Err(Fault::new("R0905", "this sign-in is not there yet")),
    }
}
