//! Checks tokens that clients sign (RFC 7515, RFC 7519): signature, times and claims.

use crate::{
    compile::program::{Name, Program},
    sandbox::scope::Scope,
    systems::encode::unbase64,
    value::{Value, functions::Algorithm},
};
use ring::{
    hmac,
    rsa::KeyPair,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde_json::{Map, Value as Json};

/// How far a client's clock may be wrong, in seconds.
const SKEW: i64 = 60;

/// How long ago a token may have been signed, in seconds.
const OLDEST: i64 = 24 * 3600;

/// Claims by name.
pub type Claims = Map<String, Json>;

/// The claims of a token that was signed with this key; none if it was not.
pub fn verified(algorithm: Algorithm, token: &str, key: &str) -> Option<Claims> {
    match algorithm {
        Algorithm::Hs256 => hs256(token, key),
        Algorithm::Rs256 => rs256(token, key),
    }
}

/// The claims of a token that was signed with this secret; none if it was not.
fn hs256(token: &str, secret: &str) -> Option<Claims> {
    let parts = Parts::of(token, "HS256")?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, parts.signed.as_bytes(), &parts.signature).ok()?;
    Some(parts.claims)
}

/// The claims of a token that was signed with this private key in PEM; none if it was not.
pub fn rs256(token: &str, pem: &str) -> Option<Claims> {
    let parts = Parts::of(token, "RS256")?;
    let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()?;
    let key = KeyPair::from_pkcs8(der.secret_der()).ok()?;
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    public.verify(parts.signed.as_bytes(), &parts.signature).ok()?;
    Some(parts.claims)
}

struct Parts<'t> {
    /// Header and claims, as they were signed.
    signed: &'t str,
    claims: Claims,
    signature: Vec<u8>,
}

impl<'t> Parts<'t> {
    fn of(token: &'t str, algorithm: &str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Json = serde_json::from_slice(&unbase64(header)?).ok()?;
        let claims = serde_json::from_slice(&unbase64(claims)?).ok()?;
        (header["alg"] == algorithm).then_some(Self { signed, claims, signature: unbase64(signature)? })
    }
}

/// What is wrong with claims: expired, or one differs from the declaration; `None` if they are right.
pub fn objection(claims: &Claims, declared: &[(String, Program)], scope: &Scope<'_>) -> Option<String> {
    let now = scope.now.as_second();
    let ends = claims.get("exp").and_then(Json::as_i64);
    if ends.is_some_and(|ends| ends <= now - SKEW) {
        return Some("the token has ended".to_owned());
    }
    unlike(claims, declared, scope)
}

/// The first claim that is not as declared.
fn unlike(claims: &Claims, declared: &[(String, Program)], scope: &Scope<'_>) -> Option<String> {
    declared.iter().find_map(|(name, program)| {
        let given = claims.get(name);
        if let Program::Record(inner) = program {
            let Some(given) = given.and_then(Json::as_object) else { return Some(format!("the claim `{name}` is missing")) };
            return unlike(given, inner, scope);
        }
        if is_time(program) {
            return out_of_time(name, given.and_then(Json::as_i64), program, scope);
        }
        let wanted = scope.text(program)?;
        let same = given.is_some_and(|given| text(given) == wanted);
        (!same).then(|| format!("the claim `{name}` is not `{wanted}`"))
    })
}

/// What is wrong with a claim that moves with the clock: it may have been made up to a day ago.
fn out_of_time(name: &str, given: Option<i64>, program: &Program, scope: &Scope<'_>) -> Option<String> {
    let Some(given) = given else { return Some(format!("the claim `{name}` is missing")) };
    let Ok(Value::DateTime(now)) = program.run(scope) else { return None };
    let age = now.as_second() - given;
    (!(-SKEW..=OLDEST).contains(&age)).then(|| format!("the claim `{name}` is too far from now"))
}

fn text(claim: &Json) -> String {
    claim.as_str().map_or_else(|| claim.to_string(), str::to_owned)
}

/// Whether a claim depends on the moment at which it is made.
fn is_time(program: &Program) -> bool {
    matches!(program, Program::Constant(Value::DateTime(_))) || program.uses(|name| matches!(name, Name::Now | Name::Today))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7515, appendix A.1.
    #[test]
    fn the_signature_of_the_standard_holds_and_no_other() {
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let key = unbase64("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow").unwrap();
        let parts = Parts::of(token, "HS256").unwrap();
        assert!(hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &key), parts.signed.as_bytes(), &parts.signature).is_ok());
        assert_eq!(parts.claims["iss"], "joe");
        assert!(hs256(token, "another").is_none() && Parts::of(token, "none").is_none());
    }
}
