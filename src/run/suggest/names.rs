//! How similar two names are: `last_name` is a `surname`, and `sage_id` of the system `sage_people` an `id`.

use std::collections::BTreeSet;

/// Words of one meaning; the first represents them all.
const ALIKE: &[&[&str]] = &[
    &["first", "given", "fore"],
    &["last", "family", "sur"],
    &["email", "mail"],
    &["phone", "telephone", "tel"],
    &["postal", "post", "zip"],
    &["region", "state", "province", "county"],
    &["number", "no", "nr", "num"],
    &["start", "begin", "starts", "startson"],
    &["end", "finish", "ends", "endson"],
    &["birth", "born", "birthday"],
    &["department", "dept"],
    &["organisation", "organization", "org", "company"],
    &["title", "position"],
    &["location", "site", "office"],
    &["active", "enabled"],
    &["line", "street"],
    &["mobile", "cell"],
];

/// Words that say nothing by themselves.
const EMPTY: &[&str] = &["of", "the", "date", "on", "at", "code", "tracked", "custom"];

/// Names in words, without what every name of the two systems shares.
#[derive(Debug)]
pub struct Names {
    shared: BTreeSet<String>,
}

impl Names {
    /// Of two systems: their own names say nothing about an attribute of theirs.
    #[must_use]
    pub fn of(systems: [&str; 2]) -> Self {
        Self { shared: systems.iter().flat_map(|name| words(name)).collect() }
    }

    /// From 0, nothing alike, to 1, the same name.
    #[must_use]
    pub fn nearness(&self, left: &str, right: &str) -> f64 {
        let (left, right) = (self.meaning(left), self.meaning(right));
        if left.is_empty() || right.is_empty() {
            return 0.0;
        }
        let common = left.intersection(&right).count();
        let all = left.union(&right).count();
        let by_words = common as f64 / all as f64;
        let joined = |words: &BTreeSet<String>| words.iter().map(String::as_str).collect::<Vec<_>>().concat();
        let by_letters = strsim::normalized_damerau_levenshtein(&joined(&left), &joined(&right));
        if by_words > 0.0 { by_words } else { by_letters * 0.5 }
    }

    fn meaning(&self, name: &str) -> BTreeSet<String> {
        let all = words(name);
        let telling: BTreeSet<_> =
            all.iter().filter(|word| !EMPTY.contains(&word.as_str()) && !self.shared.contains(*word)).cloned().collect();
        if telling.is_empty() { all } else { telling }
    }
}

/// The words of a name, each by the one that represents it: `postcode`, `zip_code` and `postal_code` are alike.
fn words(name: &str) -> BTreeSet<String> {
    let mut plain = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            plain.push('_');
        }
        plain.extend(letter.to_lowercase());
    }
    let plain = plain
        .replace("postcode", "post_code")
        .replace("surname", "sur_name")
        .replace("lastname", "last_name")
        .replace("firstname", "first_name");
    let parts = plain.split(|letter: char| !letter.is_alphanumeric()).flat_map(split_digits);
    parts.filter(|part| !part.is_empty()).map(|part| standing_for(&part)).collect()
}

/// `line1` is `line` and `1`.
fn split_digits(part: &str) -> Vec<String> {
    let at = part.find(|letter: char| letter.is_ascii_digit()).unwrap_or(part.len());
    [&part[..at], &part[at..]].iter().filter(|part| !part.is_empty()).map(|part| (*part).to_owned()).collect()
}

fn standing_for(word: &str) -> String {
    let known = ALIKE.iter().find(|alike| alike.contains(&word));
    known.map_or(word, |alike| alike[0]).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_the_same_are_near() {
        let names = Names::of(["sage_people", "oomnitza"]);
        let near = |left, right| names.nearness(left, right);
        assert_eq!(near("last_name", "surname"), 1.0);
        assert_eq!(near("sage_id", "id"), 1.0);
        assert_eq!(near("postal_code", "postcode"), 1.0);
        assert_eq!(near("address_line_1", "address.line1"), 1.0);
        assert!(near("address_line_1", "address_line_2") < 0.8);
        assert!(near("employment_start", "employment_end") < 0.8);
        assert!(near("city", "job_title") < 0.3);
    }
}
