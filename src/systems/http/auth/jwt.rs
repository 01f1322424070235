//! JSON web tokens that this program signs (RFC 7515, RFC 7519).

use crate::{
    compile::program::{Names, Program},
    systems::encode::{base64_url, unbase64},
    value::{Fault, Kind, Value, format::Codec},
};
use ring::{hmac, rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde_json::{Map, Value as Json};
use thiserror::Error;

/// What is wrong with a private key, worded to follow the key's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("is protected by a passphrase: keep it without one")]
    Passphrase,
    #[error("is no private key in PEM: it begins with `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`")]
    NotPem,
    #[error("is no RSA key")]
    NotRsa,
    #[error("is no RSA key of 2048 to 4096 bits")]
    Size,
    #[error("signs nothing: it is no RSA key that can be used")]
    SignsNothing,
}

/// Claims by name, in the order of the declaration.
pub type Claims = Map<String, Json>;

/// The claims of a token: a time in whole seconds since 1970, a missing one left out.
///
/// # Errors
/// The fault of a claim.
pub fn claims(declared: &[(String, Program)], names: &dyn Names) -> Result<Claims, Box<Fault>> {
    let mut claims = Claims::new();
    for (name, program) in declared {
        if let Program::Record(inner) = program {
            claims.insert(name.clone(), self::claims(inner, names)?.into());
            continue;
        }
        let value = program.run(names)?;
        if !value.is_missing() {
            claims.insert(name.clone(), claim(&value)?);
        }
    }
    Ok(claims)
}

fn claim(value: &Value) -> Result<Json, Box<Fault>> {
    match value {
        Value::DateTime(instant) => Ok(Json::from(instant.as_second())),
        other => Codec::natural(Kind::Json).write(other),
    }
}

/// When the claims say that the token ends, in seconds since 1970.
pub fn expiry(claims: &Claims) -> Option<i64> {
    claims.get("exp")?.as_i64()
}

/// The claims in a token.
pub fn claims_of(token: &str) -> Option<Claims> {
    serde_json::from_slice(&unbase64(token.split('.').nth(1)?)?).ok()
}

/// A token signed with a shared secret.
pub fn hs256(key: &str, claims: &Claims) -> String {
    let unsigned = unsigned("HS256", claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), unsigned.as_bytes());
    format!("{unsigned}.{}", base64_url(tag.as_ref()))
}

/// A token signed with a private RSA key in PEM (PKCS#8 or PKCS#1).
///
/// # Errors
/// What is wrong with the key.
pub fn rs256(pem: &str, claims: &Claims) -> Result<String, KeyError> {
    let key = private_key(pem)?;
    let unsigned = unsigned("RS256", claims);
    let mut signature = vec![0; key.public().modulus_len()];
    let signed = key.sign(&RSA_PKCS1_SHA256, &unused_random(), unsigned.as_bytes(), &mut signature);
    signed.map_err(|_| KeyError::SignsNothing)?;
    Ok(format!("{unsigned}.{}", base64_url(&signature)))
}

/// The generator that ring requires, and that a PKCS #1 signature does not use: the same key and claims give the same token. Ring
/// seals its trait, so the randomness of a host can't take its place.
#[expect(clippy::disallowed_methods, reason = "nothing is drawn from it")]
fn unused_random() -> SystemRandom {
    SystemRandom::new()
}

fn private_key(pem: &str) -> Result<KeyPair, KeyError> {
    if pem.contains("ENCRYPTED") {
        return Err(KeyError::Passphrase);
    }
    // Keys from environment variables often contain `\n` instead of line breaks.
    let pem = pem.replace("\\n", "\n");
    let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::NotPem)?;
    let key = match &der {
        PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
        _ => return Err(KeyError::NotRsa),
    };
    key.map_err(|_| KeyError::Size)
}

fn unsigned(algorithm: &str, claims: &Claims) -> String {
    let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
    format!("{}.{}", base64_url(header.as_bytes()), base64_url(Json::Object(claims.clone()).to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Computed with another implementation.
    #[test]
    fn hs256_to_the_letter() {
        let claims = json!({ "sub": "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77", "iat": 1_740_906_000, "exp": 1_740_906_600,
            "aud": "https://acme-api.wicketcloud.com" });
        let expected = concat!(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
            "eyJzdWIiOiIzZjBhOGM1Mi03ZDNlLTRhNTEtOWMxZS0yYjZhMGY0ZDFlNzciLCJpYXQiOjE3NDA5MDYwMDAsImV4cCI6MTc0MDkwNjYwMCwi",
            "YXVkIjoiaHR0cHM6Ly9hY21lLWFwaS53aWNrZXRjbG91ZC5jb20ifQ.MdqHZzXK_l14xtbX4N6EGutfZKh73qLxsX1gZrJgLWo"
        );
        assert_eq!(hs256("MARKED-secret", claims.as_object().unwrap()), expected);
    }

    #[test]
    fn claims_stand_in_their_order_and_times_are_whole_seconds() {
        let constant = |name: &str, value| (name.to_owned(), Program::Constant(value));
        let declared = [
            constant("sub", Value::text("a")),
            constant("iat", Value::DateTime("2025-03-02T09:00:00.9Z".parse().unwrap())),
            constant("iss", Value::Null),
            constant("exp", Value::Int(1_740_906_600)),
            constant("admin", Value::Bool(true)),
            constant("aud", Value::list(vec![Value::text("x"), Value::text("y")])),
        ];
        let claims = claims(&declared, &Nobody).unwrap();
        assert_eq!(expiry(&claims), Some(1_740_906_600));
        assert_eq!(Json::Object(claims).to_string(), r#"{"sub":"a","iat":1740906000,"exp":1740906600,"admin":true,"aud":["x","y"]}"#);
    }

    struct Nobody;

    impl Names for Nobody {
        fn value(&self, _: &crate::compile::program::Name) -> Result<std::borrow::Cow<'_, Value>, Box<Fault>> {
            Ok(std::borrow::Cow::Owned(Value::Null))
        }
    }

    #[test]
    fn a_key_that_is_none_says_so() {
        let why = |pem: &str| rs256(pem, &Claims::new()).unwrap_err();
        assert_eq!(why("MARKED"), KeyError::NotPem);
        assert_eq!(why("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----"), KeyError::Passphrase);
        assert_eq!(why("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"), KeyError::Size);
    }
}
