//! Spoken over TLS: a certificate that somebody vouches for is accepted, one that nobody does is refused.

use super::signin::private_key;
use crate::host::{HttpOptions, Identity, client_of, http_client, of_certificate};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, server::WebPkiClientVerifier};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use std::{
    error::Error as _,
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    time::Duration,
};

/// For `localhost` until 2126, signed with the sandbox's key.
const CERTIFICATE: &[u8] = include_bytes!("localhost.pem");

/// The certificate of a client.
const SANDBOX: &[u8] = include_bytes!("../../../sandbox/certificate.pem");

/// Answers each connection once, if its certificate is accepted. Returns the address.
fn server() -> String {
    serving(false)
}

/// The same of a server that asks for a certificate, and takes that of the sandbox alone.
fn serving(asks: bool) -> String {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../../sandbox/key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let config = if asks {
        let mut known = RootCertStore::empty();
        known.add(CertificateDer::from_pem_slice(SANDBOX).unwrap()).unwrap();
        config.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(Arc::new(known), provider).build().unwrap())
    } else {
        config.with_no_client_auth()
    };
    let config = Arc::new(config.with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream.unwrap());
            // Whoever refuses the certificate is gone by then.
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello").unwrap();
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
        }
    });
    address
}

#[tokio::test]
async fn a_certificate_that_somebody_vouches_for_is_accepted() {
    let vouched = reqwest::Certificate::from_pem(CERTIFICATE).unwrap();
    let client = http_client().no_proxy().tls_certs_merge([vouched]).build().unwrap();
    let answer = client.get(server()).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.bytes().await.unwrap().as_ref()), (200, b"hello".as_slice()));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let client = http_client().no_proxy().build().unwrap();
    let refused = client.get(server()).send().await.unwrap_err();
    let mut why = refused.source().unwrap();
    while let Some(deeper) = why.source() {
        why = deeper;
    }
    assert!(refused.is_connect() && why.to_string().contains("invalid peer certificate"), "{why}");
    let words = of_certificate(why.to_string());
    assert!(words.starts_with("its certificate is self-signed, or of an authority") && !words.contains("OtherError"), "{words}");
}

#[test]
fn why_a_certificate_is_refused_is_said_in_plain_words() {
    let said = |why: &str| of_certificate(format!("invalid peer certificate: {why}"));
    for (why, starts) in [
        ("UnknownIssuer", "its certificate is self-signed"),
        ("Other(OtherError(CaUsedAsEndEntity))", "its certificate is self-signed"),
        ("Expired", "its certificate has expired"),
        ("certificate expired: ExpiredContext { time: 1 }", "its certificate has expired"),
        ("NotValidForName", "its certificate is for another host"),
        ("Revoked", "invalid peer certificate: Revoked"),
    ] {
        assert!(said(why).starts_with(starts), "{}", said(why));
    }
    assert_eq!(of_certificate("connection refused".to_owned()), "connection refused");
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_gets_the_declared_one() {
    let ask = async |identity: Option<Identity>| {
        let time = Duration::from_secs(10);
        let options = HttpOptions { connect: time, request: time, proxy: false, largest: 1 << 20, identity };
        let vouched = reqwest::Certificate::from_pem(CERTIFICATE).unwrap();
        let client = client_of(&options).unwrap().tls_certs_merge([vouched]).build().unwrap();
        client.get(serving(true)).send().await.map(|answer| answer.status().as_u16())
    };
    let certificate = String::from_utf8(SANDBOX.to_vec()).unwrap();
    let shown = Identity { certificate, key: private_key() };
    assert_eq!(ask(Some(shown.clone())).await.unwrap(), 200);
    assert!(ask(None).await.is_err(), "whoever shows none is turned away");
    assert!(!format!("{shown:?}").contains("BEGIN"));
}
