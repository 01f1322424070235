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
    if !values.iter().any(|value| value.starts_with('<')) {
        return Ok(match values.first().copied().filter(|value| !value.is_empty()) {
            Some(target) => Onward::To(target.to_owned()),
            // Of `Link` a blank value is no link at all; any other header says by it that there is no further page.
            None if is_link(name) => Onward::Absent,
            None => Onward::End,
        });
    }
    among(&values.iter().flat_map(|value| links(value)).collect::<Vec<_>>())
}

/// What links say of the next page. Without one that leads to it, those to other pages show that this is the last.
fn among(links: &[Link<'_>]) -> Result<Onward, Shape> {
    let is = |kinds: &[&str]| links.iter().any(|link| kinds.iter().any(|kind| link.is(kind)));
    if let Some(next) = links.iter().find(|link| link.is("next")) {
        return Ok(Onward::To(next.target.to_owned()));
    }
    if links.iter().flat_map(Link::kinds).any(names_next) {
        return Err(Shape::Json("a link of another relation, whose name ends in `next`,"));
    }
    Ok(if is(&["first", "prev", "previous", "last"]) { Onward::End } else { Onward::Absent })
}

/// Whether a relation of somebody's own is one to the next page by its name.
fn names_next(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["/next", "#next", ":next"].iter().any(|end| kind.ends_with(end))
}

/// Whether the links of a header have another page for the last one than that of a request. A system may write its address with more
/// parameters than were sent: those that both have decide, and where there are more, whether it is the first page or the one that the
/// header is about.
pub fn leads_elsewhere(headers: &HeaderMap, name: &str, own: &Url) -> bool {
    let values: Vec<_> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    let links: Vec<_> = values.iter().flat_map(|value| links(value)).collect();
    let target = |kind: &str| links.iter().find(|link| link.is(kind)).and_then(|link| own.join(link.target.trim()).ok());
    let Some(last) = target("last") else { return false };
    let is_here = |here: &Url| here.path() == last.path() && pairs(here) == pairs(&last);
    if is_here(own) || ["first", "self"].iter().filter_map(|kind| target(kind)).any(|here| is_here(&here)) {
        return false;
    }
    let (here, there) = (pairs(own), pairs(&last));
    let is_sent = |(name, _): &&(String, String)| here.iter().any(|(sent, _)| sent == name);
    let (sent, added): (Vec<_>, Vec<_>) = there.iter().partition(is_sent);
    // Whoever sends no number of a page asks for the first one.
    let is_first = added.iter().any(|(_, value)| value == "0" || value == "1");
    own.path() != last.path() || sent.iter().any(|pair| !here.contains(pair)) || !added.is_empty() && !is_first
}

/// The parameters of an address, in the order of their names.
fn pairs(url: &Url) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    pairs.sort();
    pairs
}

fn is_link(name: &str) -> bool {
    name.eq_ignore_ascii_case("link")
}

/// A link of a header: `<target>; parameters`.
struct Link<'h> {
    target: &'h str,
    parameters: &'h str,
}

impl<'h> Link<'h> {
    /// Its relations; some systems write them in single quotes.
    fn kinds(&self) -> impl Iterator<Item = &'h str> + use<'h> {
        let named = parts(self.parameters, ';').filter_map(|parameter| parameter.split_once('='));
        let values = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("rel"));
        values.flat_map(|(_, value)| value.trim().trim_matches(['"', '\'']).split_ascii_whitespace())
    }

    fn is(&self, kind: &str) -> bool {
        self.kinds().any(|own| own.eq_ignore_ascii_case(kind))
    }
}

/// Targets with their parameters: `<…>; rel="next", <…>; rel="last"`.
fn links(value: &str) -> Vec<Link<'_>> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let end = parts(after, ',').next().map_or(0, str::len);
        found.push(Link { target, parameters: &after[..end] });
        rest = &after[end..];
    }
    found
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
        assert_eq!((said(&[]), said(&[""]), said(&[r#"</a>; rel="last""#])), (Ok(Onward::Absent), Ok(Onward::Absent), Ok(Onward::End)));
        assert_eq!(said(&["</style.css>; rel=preload"]), Ok(Onward::Absent));
        assert_eq!(said(&["</ä>; rel=\"next\""]).unwrap_err().to_string(), "what is no text");
    }

    #[test]
    fn relations_are_read_in_any_quotes_and_those_of_others_prove_nothing() {
        assert_eq!(next(&["</b>; rel='next'", "</c>; rel='prev'"]).as_deref(), Some("/b"));
        assert_eq!(next(&["</b>; rel='Prev NEXT'; title='x'"]).as_deref(), Some("/b"));
        assert_eq!(next(&["</b>; rel=\"https://example.com/rels/next next\""]).as_deref(), Some("/b"));
        for other in ["https://example.com/rels/next", "https://example.com/rels#Next", "urn:example:next"] {
            let shape = said(&[&format!("</b>; rel=\"{other}\", </a>; rel=first")]).unwrap_err();
            assert_eq!(shape.to_string(), "a link of another relation, whose name ends in `next`,", "{other}");
        }
    }

    #[test]
    fn a_last_page_elsewhere_is_another_page() {
        let elsewhere = |own: &str, link: &str| {
            let headers = HeaderMap::from_iter([(reqwest::header::LINK, link.parse().unwrap())]);
            leads_elsewhere(&headers, "Link", &Url::parse(&format!("https://api.example.com{own}")).unwrap())
        };
        let both = r#"</users?page=1&per=9&sort=id>; rel="first", </users?page=1&per=9&sort=id>; rel="last""#;
        for (own, link, expected) in [
            ("/users?limit=10", r#"</users?o=10>; rel="last""#, true),
            ("/users?page=1", "</users?page=2>; rel='last'", true),
            ("/users?page=1", r#"</users?page=1>; rel="first", </users?page=2&per=9>; rel="last""#, true),
            ("/users?page=2", r#"</users/3?page=2>; rel="last""#, true),
            ("/users?page=2", r#"</users?page=2>; rel="last""#, false),
            ("/users?page=2&per=9", r#"</users?page=2>; rel="last""#, false),
            ("/users?page=1&per=9", both, false),
            ("/users?page=1", r#"</users?page=1>; rel="first""#, false),
            ("/users", r#"</users?page=1&per_page=30>; rel="last""#, false),
            ("/users?limit=10", r#"</users?limit=10&offset=0>; rel="last""#, false),
            ("/users?limit=10", r#"</users?limit=20&offset=0>; rel="last""#, true),
            ("/users", r#"</users?page=2&per_page=30>; rel="last""#, true),
        ] {
            assert_eq!(elsewhere(own, link), expected, "{own} {link}");
        }
    }

    /// A header of a system's own says by a blank value that there is no further page.
    #[test]
    fn a_blank_header_of_another_name_ends_the_list() {
        let blank = |name: &'static str| in_header(&HeaderMap::from_iter([(name.parse().unwrap(), " ".parse().unwrap())]), name);
        assert_eq!((blank("x-next-page"), blank("link")), (Ok(Onward::End), Ok(Onward::Absent)));
    }
}
