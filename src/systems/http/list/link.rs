//! The address of the next page, as an answer gives it.

use super::evidence::{Onward, Shape};
use crate::{
    compile::system::ErrorClass,
    systems::{
        CallError,
        http::{Client, base},
    },
};
use reqwest::header::HeaderMap;
use url::Url;

impl Client {
    /// The address that a link leads to from a request's own. Only our own system gets our credentials: another origin is refused.
    ///
    /// # Errors
    /// One sentence that names the foreign host.
    pub fn linked(&self, from: &Url, link: &str, what: &str) -> Result<Url, CallError> {
        let own = &self.base()?.url;
        let refuse = |why: String| broken(format!("{what} of `{}` {why}, so it was not followed", self.system.name));
        let mut url = from.join(link.trim()).map_err(|error| refuse(format!("has no address: {error}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("brings credentials of its own".to_owned()));
        }
        url.set_fragment(None);
        self.at_home(url).map_err(|url| {
            let (there, here) = (url.origin().ascii_serialization(), own.origin().ascii_serialization());
            refuse(format!("is at `{there}` and not at `{here}`"))
        })
    }

    /// A URL of the system itself, redirected to its stand-in, because a stand-in may pass on links unchanged.
    ///
    /// # Errors
    /// The address, if it is of another origin.
    pub fn at_home(&self, url: Url) -> Result<Url, Url> {
        let Ok(own) = self.base() else { return Err(url) };
        if url.origin() == own.url.origin() {
            return Ok(url);
        }
        let declared = Url::parse(&own.declared).is_ok_and(|declared| declared.origin() == url.origin());
        if declared { base::moved(&url, &own.url.origin().ascii_serialization()).map_err(|_| url) } else { Err(url) }
    }
}

fn broken(message: String) -> CallError {
    CallError::unsent(ErrorClass::Invalid, message)
}

/// What a header says of the next page: of `Link` (RFC 8288) by the one with `rel="next"`, of any other by its text.
///
/// # Errors
/// It is no text.
pub fn in_header(headers: &HeaderMap, name: &str) -> Result<Onward, Shape> {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| value.to_str().map(str::trim))
        .collect::<Result<_, _>>()
        .map_err(|_| Shape::Json("what is no text"))?;
    if values.is_empty() {
        return Ok(Onward::Absent);
    }
    let target = match values.iter().any(|value| value.starts_with('<')) {
        true => values.iter().flat_map(|value| links(value)).find(|(_, parameters)| is_next(parameters)).map(|(target, _)| target),
        false => values.first().copied().filter(|value| !value.is_empty()),
    };
    Ok(target.map_or(Onward::End, |target| Onward::To(target.to_owned())))
}

/// Targets with their parameters: `<…>; rel="next", <…>; rel="last"`.
fn links(value: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let end = parts(after, ',').next().map_or(0, str::len);
        found.push((target, &after[..end]));
        rest = &after[end..];
    }
    found
}

fn is_next(parameters: &str) -> bool {
    parts(parameters, ';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        let types = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel") && types.into_iter().any(|kind| kind.eq_ignore_ascii_case("next"))
    })
}

/// The parts of a text, split at the separators that are not in quotes.
fn parts(text: &str, sign: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == sign && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(values: &[&str]) -> Option<String> {
        match said(values).unwrap() {
            Onward::To(target) => Some(target),
            Onward::Absent | Onward::End => None,
        }
    }

    fn said(values: &[&str]) -> Result<Onward, Shape> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("link", value.parse().unwrap());
        }
        in_header(&headers, "Link")
    }

    #[test]
    fn the_next_one_among_the_links_of_a_header() {
        let usual = r#"<https://api.example.com/x?page=2>; rel="next", <https://api.example.com/x?page=9>; rel="last""#;
        assert_eq!(next(&[usual]).as_deref(), Some("https://api.example.com/x?page=2"));
        let odd = r#"</x?a=1,2;3>; title="a, <b>; rel=next"; REL=prev , </x?p=3>;rel="first  Next""#;
        assert_eq!(next(&[odd]).as_deref(), Some("/x?p=3"));
        assert_eq!(next(&[r#"</a>; rel="last""#, r#"</b>; rel=next"#]).as_deref(), Some("/b"));
        assert_eq!(next(&["https://api.example.com/x?page=2"]).as_deref(), Some("https://api.example.com/x?page=2"));
        assert_eq!((next(&[]), next(&[r#"</a>; rel="last""#]), next(&["</a>"]), next(&[""]), next(&["<"])), (None, None, None, None, None));
        assert_eq!((said(&[]), said(&[""]), said(&[r#"</a>; rel="last""#])), (Ok(Onward::Absent), Ok(Onward::End), Ok(Onward::End)));
        assert_eq!(said(&["</ä>; rel=\"next\""]).unwrap_err().to_string(), "what is no text");
    }
}
