//! Tokens that are signed here: JSON web tokens (RFC 7515, RFC 7519).

use crate::{
    plan::program::{Names, Program},
    systems::encode::base64_url,
    value::{Fault, Kind, Value, format::Codec},
};
use aws_lc_rs::{hmac, rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde_json::{Map, Value as Json};

/// Claims by name, in the order of the declaration.
pub type Claims = Map<String, Json>;

/// The claims of a token: a time in whole seconds since 1970, a missing one left out.
///
/// # Errors
/// The fault of a claim.
pub fn claims(declared: &[(String, Program)], names: &dyn Names) -> Result<Claims, Box<Fault>> {
    let mut claims = Claims::new();
    for (name, program) in declared {
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
pub fn rs256(pem: &str, claims: &Claims) -> Result<String, &'static str> {
    let key = private_key(pem)?;
    let unsigned = unsigned("RS256", claims);
    let mut signature = vec![0; key.public_modulus_len()];
    let signed = key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), unsigned.as_bytes(), &mut signature);
    signed.map_err(|_| "signs nothing: it is no RSA key that can be used")?;
    Ok(format!("{unsigned}.{}", base64_url(&signature)))
}

fn private_key(pem: &str) -> Result<KeyPair, &'static str> {
    if pem.contains("ENCRYPTED") {
        return Err("is protected by a passphrase: keep it without one");
    }
    // What comes from the environment often has its line breaks written out.
    let pem = pem.replace("\\n", "\n");
    let der = PrivateKeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| "is no private key in PEM: it begins with `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`")?;
    let key = match &der {
        PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
        _ => return Err("is no RSA key"),
    };
    key.map_err(|_| "is no RSA key of 2048 bits or more")
}

fn unsigned(algorithm: &str, claims: &Claims) -> String {
    let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
    format!("{}.{}", base64_url(header.as_bytes()), base64_url(Json::Object(claims.clone()).to_string().as_bytes()))
}
