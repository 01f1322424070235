//! Tokens that a request carries and that this program signs (RFC 7519). They are signed where a request is made.

use super::declaration::{Function, Misuse, count};
use crate::value::{Kind, Type, Value};

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// With a shared secret.
    Hs256,
    /// With a private RSA key in PEM.
    Rs256,
}

impl Algorithm {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
        }
    }

    /// What a value names.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        [Self::Hs256, Self::Rs256].into_iter().find(|one| value.as_text() == Some(one.name()))
    }
}

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "jwt",
    signature: "jwt(ALGORITHM, KEY)",
    types: "claims → text",
    help: "Signs the claims of a record as a token for a request of a system, by \"HS256\" with a shared secret or by \"RS256\" with a private key in PEM. An instant is written in whole seconds, and a missing claim is left out: `{ sub = setting.user, exp = now + 5 min } | jwt(\"HS256\", secret.key)`.",
    fails: false,
    examples: &[],
    result: |input, args| {
        count(args, 2, 2)?;
        if input.kind == Kind::Json { Ok(Type::present(Kind::Text)) } else { Err(Misuse::Input("claims in `{ }`".to_owned())) }
    },
    bind: |_| Err(Misuse::Argument(0, "must be \"HS256\" or \"RS256\"".to_owned())),
}];
