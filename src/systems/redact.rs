//! Keeps secrets out of everything that is printed or stored.

use super::encode::{base64, base64_url, percent};
use std::sync::{LazyLock, PoisonError, RwLock};

/// The replacement for a secret.
pub const MASK: &str = "••••";

/// Shorter secrets are not searched for, because they would hide ordinary words.
const SHORTEST: usize = 4;

/// Each line of a PEM key is also searched for on its own.
const SHORTEST_LINE: usize = 16;

/// Recognises secrets in every encoding in which a vendor may echo them.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, so that no secret is replaced only in part.
    forms: Vec<String>,
}

impl Redactor {
    /// Recognises these secrets: as they are, percent-encoded, in base64 and hexadecimal, inside JSON and inside HTML.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut redactor = Self::default();
        secrets.into_iter().for_each(|secret| redactor.add(secret));
        redactor
    }

    /// One more secret, for example the pair of user and password.
    pub fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        let lines = secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && *line != secret);
        let forms = std::iter::once(secret).chain(lines).flat_map(forms_of);
        self.forms.extend(forms.filter(|form| form.len() >= SHORTEST));
        self.forms.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        self.forms.dedup();
    }

    /// The text without any secret.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.forms.iter().fold(text.to_owned(), |text, form| if text.contains(form) { text.replace(form, MASK) } else { text })
    }
}

/// The text with the name of each mailbox masked: a vendor may quote the address of the person that a request was about, or of another
/// one. The domain stays, because it helps to see which account is meant.
#[must_use]
pub fn without_mailboxes(text: String) -> String {
    static ADDRESS: LazyLock<regex::Regex> = LazyLock::new(|| {
        let pattern = r"(?i)[\p{L}\p{N}_%+-][\p{L}\p{N}._%+'-]*(@|%40)([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)";
        regex::Regex::new(pattern).expect("a valid pattern")
    });
    if !text.contains('@') && !text.contains("%40") {
        return text;
    }
    ADDRESS.replace_all(&text, format!("{MASK}$1$2")).into_owned()
}

/// A redactor that can be extended while it is used, because a token is known only after it was issued.
#[derive(Default)]
pub struct Learning(RwLock<Redactor>);

impl Learning {
    /// Starts with the known secrets.
    #[must_use]
    pub const fn new(known: Redactor) -> Self {
        Self(RwLock::new(known))
    }

    /// One more secret.
    pub fn learn(&self, secret: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).add(secret);
    }

    /// The text without any secret.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.0.read().unwrap_or_else(PoisonError::into_inner).redact(text)
    }
}

fn forms_of(secret: &str) -> Vec<String> {
    let encoded = [percent(secret, ""), percent(secret, ",:"), percent(secret, "!$&'()*+,;=:@/?")];
    let form = percent(secret, "").replace("%20", "+");
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let hex = secret.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let bits = base64(secret.as_bytes());
    let unpadded = bits.trim_end_matches('=').to_owned();
    let (ascii, upper) = (escaped(&json, false), escaped(&json, true));
    let mut forms = vec![
        secret.to_owned(),
        form,
        json.replace('/', "\\/"),
        upper.replace('/', "\\/"),
        upper,
        ascii.replace('/', "\\/"),
        ascii,
        json,
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        html,
        base64_url(secret.as_bytes()),
        unpadded,
        bits,
        hex.to_uppercase(),
        hex,
    ];
    forms.extend(encoded.iter().map(|text| lower_hex(text)));
    forms.extend(encoded);
    forms
}

/// JSON in ASCII alone: `\u00e9` in place of `é`.
fn escaped(json: &str, upper: bool) -> String {
    let unit = |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
    let units = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(unit).collect::<String>();
    json.chars().map(|c| if c.is_ascii() { c.to_string() } else { units(c) }).collect()
}

/// The same encoding with `%2f` in place of `%2F`, as some systems give it back.
fn lower_hex(encoded: &str) -> String {
    let mut digits = 0;
    let lower = |letter: char| {
        digits = if letter == '%' { 2 } else { i32::max(digits - 1, -1) };
        if digits >= 0 { letter.to_ascii_lowercase() } else { letter }
    };
    encoded.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form() {
        let secret = "MARKED/s3cret \"q\"&é";
        let redactor = Redactor::new([secret]);
        let forms = [
            secret.to_owned(),
            percent(secret, ""),
            percent(secret, "").to_lowercase().replace("marked", "MARKED"),
            percent(secret, "").replace("%20", "+"),
            serde_json::Value::from(secret).to_string(),
            base64(secret.as_bytes()),
            "MARKED/s3cret &quot;q&quot;&amp;é".to_owned(),
            "MARKED\\/s3cret \\\"q\\\"&é".to_owned(),
            "MARKED/s3cret \\\"q\\\"&\\u00e9".to_owned(),
            "MARKED\\/s3cret \\\"q\\\"&\\u00e9".to_owned(),
        ];
        for form in forms {
            let answer = redactor.redact(&format!("the key {form} is not known"));
            assert!(answer.contains(MASK) && !answer.contains("MARKED"), "{form} gave {answer}");
        }
    }

    #[test]
    fn the_name_of_a_mailbox_is_masked_wherever_it_stands() {
        let told = [
            ("p1@example.com is taken", "••••@example.com is taken"),
            ("Key (email)=(Zoë.o'neil+hr@mail.example.com) exists", "Key (email)=(••••@mail.example.com) exists"),
            ("'a@example.com' and <b@example.com>, c@example.com.", "'••••@example.com' and <••••@example.com>, ••••@example.com."),
            ("GET /users?mail=p%2B1%40example.com failed", "GET /users?mail=••••%40example.com failed"),
            ("a @mention, 3 @ 4, user@localhost", "a @mention, 3 @ 4, user@localhost"),
        ];
        for (said, shown) in told {
            assert_eq!(without_mailboxes(said.to_owned()), shown);
        }
    }

    #[test]
    fn a_secret_is_found_in_the_encodings_of_its_bytes() {
        let secret = "käse?>~it's";
        let redactor = Redactor::new([secret]);
        let forms = [
            "a8Okc2U/Pn5pdCdz",
            "a8Okc2U_Pn5pdCdz",
            "6bc3a473653f3e7e69742773",
            "6BC3A473653F3E7E69742773",
            "k\\u00e4se?>~it's",
            "k\\u00E4se?>~it's",
            "käse?&gt;~it&#39;s",
            "käse?&gt;~it&#x27;s",
        ];
        for form in forms {
            assert_eq!(redactor.redact(&format!("the key {form} is unknown")), "the key •••• is unknown");
        }
        assert_eq!(Redactor::new(["abcd"]).redact("YWJjZA== YWJjZA"), "•••• ••••");
    }

    #[test]
    fn the_longest_goes_first_and_short_ones_stay() {
        let redactor = Redactor::new(["token", "token-and-more", "id"]);
        assert_eq!(redactor.redact("token-and-more, token, id"), "••••, ••••, id");
    }

    #[test]
    fn the_lines_of_a_key_are_secrets_too() {
        let redactor = Redactor::new(["-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nshort\n-----END KEY-----"]);
        assert_eq!(redactor.redact("near MIIEvQIBADANBgkqhkiG9w0 short"), "near •••• short");
    }
}
