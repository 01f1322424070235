//! What several services need: signatures, filters, records that a search does not show yet.

use ring::{
    hmac,
    rsa::KeyPair,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde_json::Value as Json;
use std::collections::HashMap;

/// The bytes of a base64 text, of either alphabet, padded or not.
pub fn base64_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bits = 0_u32;
    let mut count = 0;
    let mut bytes = Vec::new();
    for sign in text.trim_end_matches('=').bytes() {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= three.len() { char::from(sign) } else { '=' });
        }
    }
    out
}

/// The claims of a token that was signed with HS256 and this secret (RFC 7519), or why it is none.
pub fn hs256_claims(token: &str, secret: &str) -> Result<Json, String> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { return Err("it has not three parts".into()) };
    if token.contains(['=', '+', '/']) {
        return Err("it is not base64url without padding".into());
    }
    let json = |part: &str| serde_json::from_slice::<Json>(&base64_decoded(part)?).ok();
    let head = json(header).ok_or("its header is no JSON")?;
    if head["alg"] != "HS256" || head["typ"] != "JWT" {
        return Err(format!("its header is {head}"));
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = base64_decoded(signature).ok_or("its signature is no base64")?;
    hmac::verify(&key, format!("{header}.{payload}").as_bytes(), &signature).map_err(|_| "its signature is wrong")?;
    json(payload).ok_or_else(|| "its claims are no JSON".into())
}

/// The sandbox's RSA key: the private one in PEM format (RFC 7468), and the public one.
pub fn rsa_key() -> (String, Vec<u8>) {
    let pem = include_str!("../../../src/sandbox/key.pem").to_owned();
    let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    let public = KeyPair::from_pkcs8(der.secret_der()).unwrap().public_key().as_ref().to_vec();
    (pem, public)
}

/// The claims of a token that was signed with RS256 and the private half of this key (RFC 7518).
pub fn rs256_claims(token: &str, public: &[u8]) -> Option<Json> {
    let (text, signature) = token.rsplit_once('.')?;
    let (header, payload) = text.split_once('.')?;
    let json = |part: &str| serde_json::from_slice::<Json>(&base64_decoded(part)?).ok();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    key.verify(text.as_bytes(), &base64_decoded(signature)?).ok()?;
    (json(header)?["alg"] == "RS256").then(|| json(payload))?
}

/// Base64 of the HMAC-SHA512 of a body, by a key in base64.
pub fn hmac_sha512(key: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA512, &base64_decoded(key).unwrap());
    base64(hmac::sign(&key, body.as_bytes()).as_ref())
}

/// Records that a search does not show until it was asked some more times.
#[derive(Debug, Default)]
pub struct Lag {
    /// How many searches a new record is hidden from.
    pub searches: usize,
    hidden: HashMap<String, usize>,
}

impl Lag {
    pub fn created(&mut self, id: &str) {
        if self.searches > 0 {
            self.hidden.insert(id.to_owned(), self.searches);
        }
    }

    pub fn hides(&self, id: &str) -> bool {
        self.hidden.contains_key(id)
    }

    /// A search was answered.
    pub fn searched(&mut self) {
        self.hidden.retain(|_, left| {
            *left -= 1;
            *left > 0
        });
    }
}

/// `a eq 'x' and (b gt 5 or …)`
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    /// Name, operator in lower case, literal.
    Is(String, String, Literal),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Text(String),
    Number(i64),
    Bool(bool),
    Null,
    /// `datetime('…')`
    Time(jiff::Timestamp),
    In(Vec<Literal>),
}

/// How a service writes its filters.
#[derive(Clone, Copy, Debug)]
pub struct Grammar {
    /// The quotes of texts.
    pub quotes: &'static [char],
    /// The escape of a quote inside a text: the quote twice, or as in JSON.
    pub escape: Escape,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Escape {
    None,
    Doubled,
    Json,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

impl Grammar {
    /// A filter; none where it can't be understood.
    pub fn parse(self, text: &str) -> Option<Filter> {
        let mut tokens = self.tokens(text)?;
        tokens.reverse();
        let filter = either(&mut tokens)?;
        tokens.is_empty().then_some(filter)
    }

    fn tokens(self, text: &str) -> Option<Vec<Token>> {
        let signs: Vec<char> = text.chars().collect();
        let (mut at, mut tokens) = (0, Vec::new());
        while let Some(sign) = signs.get(at).copied() {
            if sign.is_whitespace() {
                at += 1;
            } else if self.quotes.contains(&sign) {
                let (text, after) = self.quoted(&signs, at)?;
                tokens.push(Token::Text(text));
                at = after;
            } else if "(),[]".contains(sign) {
                tokens.push(Token::Sign(sign));
                at += 1;
            } else {
                let end = (at..signs.len()).find(|at| signs[*at].is_whitespace() || "(),[]'\"".contains(signs[*at])).unwrap_or(signs.len());
                (end > at).then_some(())?;
                tokens.push(Token::Word(signs[at..end].iter().collect()));
                at = end;
            }
        }
        Some(tokens)
    }

    fn quoted(self, signs: &[char], start: usize) -> Option<(String, usize)> {
        let quote = signs[start];
        let (mut at, mut text) = (start + 1, String::new());
        loop {
            let sign = *signs.get(at)?;
            if sign == '\\' && self.escape == Escape::Json {
                text.push(*signs.get(at + 1)?);
                at += 2;
            } else if sign == quote && self.escape == Escape::Doubled && signs.get(at + 1) == Some(&quote) {
                text.push(quote);
                at += 2;
            } else if sign == quote {
                return Some((text, at + 1));
            } else {
                text.push(sign);
                at += 1;
            }
        }
    }
}

fn either(tokens: &mut Vec<Token>) -> Option<Filter> {
    let mut left = both(tokens)?;
    while word(tokens, "or") {
        left = Filter::Or(Box::new(left), Box::new(both(tokens)?));
    }
    Some(left)
}

fn both(tokens: &mut Vec<Token>) -> Option<Filter> {
    let mut left = one(tokens)?;
    while word(tokens, "and") {
        left = Filter::And(Box::new(left), Box::new(one(tokens)?));
    }
    Some(left)
}

fn one(tokens: &mut Vec<Token>) -> Option<Filter> {
    match tokens.pop()? {
        Token::Sign('(') => {
            let inner = either(tokens)?;
            (tokens.pop()? == Token::Sign(')')).then_some(inner)
        }
        Token::Word(name) => {
            let Token::Word(operator) = tokens.pop()? else { return None };
            let operator = operator.to_lowercase();
            let known = ["eq", "ne", "gt", "ge", "lt", "le", "like", "in", "is"].contains(&operator.as_str());
            known.then_some(())?;
            Some(Filter::Is(name, operator, literal(tokens)?))
        }
        _ => None,
    }
}

fn literal(tokens: &mut Vec<Token>) -> Option<Literal> {
    match tokens.pop()? {
        Token::Text(text) => Some(Literal::Text(text)),
        Token::Sign('[') => {
            let mut all = vec![literal(tokens)?];
            while tokens.last() == Some(&Token::Sign(',')) {
                tokens.pop();
                all.push(literal(tokens)?);
            }
            (tokens.pop()? == Token::Sign(']')).then_some(Literal::In(all))
        }
        Token::Word(name) if matches!(name.as_str(), "datetime" | "datetimeoffset") => {
            (tokens.pop()? == Token::Sign('(')).then_some(())?;
            let Token::Text(text) = tokens.pop()? else { return None };
            (tokens.pop()? == Token::Sign(')')).then_some(())?;
            text.parse().ok().map(Literal::Time)
        }
        Token::Word(word) => match word.to_lowercase().as_str() {
            "null" => Some(Literal::Null),
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            number => number.parse().ok().map(Literal::Number),
        },
        Token::Sign(_) => None,
    }
}

fn word(tokens: &mut Vec<Token>, word: &str) -> bool {
    let there = matches!(tokens.last(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
    if there {
        tokens.pop();
    }
    there
}

impl Filter {
    /// The names it asks for.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => [left.names(), right.names()].concat(),
            Self::Is(name, ..) => vec![name],
        }
    }

    /// Whether the filter is true, given the result of each comparison.
    pub fn holds(&self, is: &dyn Fn(&str, &str, &Literal) -> bool) -> bool {
        match self {
            Self::And(left, right) => left.holds(is) && right.holds(is),
            Self::Or(left, right) => left.holds(is) || right.holds(is),
            Self::Is(name, operator, literal) => is(name, operator, literal),
        }
    }
}

/// Whether an ordering is what the operator asks for.
pub fn compares(operator: &str, order: std::cmp::Ordering) -> bool {
    match operator {
        "eq" => order.is_eq(),
        "ne" => order.is_ne(),
        "gt" => order.is_gt(),
        "ge" => order.is_ge(),
        "lt" => order.is_lt(),
        "le" => order.is_le(),
        _ => false,
    }
}

#[test]
fn base64_of_rfc_4648() {
    for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
        assert_eq!((base64(plain.as_bytes()).as_str(), base64_decoded(coded).as_deref()), (coded, Some(plain.as_bytes())));
    }
}

#[test]
fn the_token_of_rfc_7515() {
    // The payload of a well-known example, signed with "your-256-bit-secret".
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    assert_eq!(hs256_claims(token, "your-256-bit-secret").unwrap()["sub"], "1234567890");
    assert_eq!(hs256_claims(token, "another secret").unwrap_err(), "its signature is wrong");
}

#[test]
fn filters_are_understood_or_refused() {
    let doubled = Grammar { quotes: &['\''], escape: Escape::Doubled };
    let filter = doubled.parse("(Email eq 'o''neill@example.com') OR (ContactID gt 5 AND Status eq 'Active')").unwrap();
    assert_eq!(filter.names(), ["Email", "ContactID", "Status"]);
    assert!(filter.holds(&|name, _, literal| name == "Email" && *literal == Literal::Text("o'neill@example.com".into())));
    for wrong in ["", "Email", "Email eq", "Email eq 'a", "Email eq 'a' and", "Email is_like 'a'", "(Email eq 'a'", "Email eq 'a' 'b'"] {
        assert_eq!(doubled.parse(wrong), None, "{wrong}");
    }
}
