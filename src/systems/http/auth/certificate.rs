//! The certificate that a client shows (RFC 8446, section 4.4.2).

use super::chosen_of;
use crate::{
    compile::system::{Auth, AuthKind},
    host::Identity,
    systems::{OpenError, scope::Scope},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use thiserror::Error;

/// Why a certificate can't be shown, worded to follow "the client certificate of `adp`".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CertificateError {
    #[error("has no value")]
    Missing,
    #[error("is no certificate in PEM: it begins with `-----BEGIN CERTIFICATE-----`")]
    NotPem,
    #[error("has no private key in PEM without a passphrase")]
    NoKey,
}

/// The certificate of the first line whose condition is true.
///
/// # Errors
/// What is wrong with it.
pub(super) fn certificate(system: &str, ways: &[Auth], scope: &Scope<'_>) -> Result<Option<Identity>, OpenError> {
    let Some(way) = chosen_of(ways, true, scope).map_err(|why| OpenError::SignIn { system: system.to_owned(), why })? else {
        return Ok(None);
    };
    let AuthKind::Certificate { cert, key } = &ways[way].kind else { return Ok(None) };
    let text = |program: &crate::compile::program::Program| {
        let value = program.run(scope).map_err(|why| OpenError::SignIn { system: system.to_owned(), why })?;
        // From environment variables, PEM often contains `\n` instead of line breaks.
        Ok(value.to_text().map(|text| text.replace("\\n", "\n")).filter(|text| !text.trim().is_empty()))
    };
    let wrong = |why| OpenError::Certificate { system: system.to_owned(), why };
    let certificate = text(cert)?.ok_or_else(|| wrong(CertificateError::Missing))?;
    let key = text(key)?.ok_or_else(|| wrong(CertificateError::Missing))?;
    if !matches!(CertificateDer::pem_slice_iter(certificate.as_bytes()).next(), Some(Ok(_))) {
        return Err(wrong(CertificateError::NotPem));
    }
    PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| wrong(CertificateError::NoKey))?;
    Ok(Some(Identity { certificate, key }))
}
