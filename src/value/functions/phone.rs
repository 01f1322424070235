//! Phone numbers as E.164, with a table of country codes, trunk prefixes and lengths of our own.

/// How numbers are written in one country.
pub(super) struct Country {
    name: &'static str,
    code: &'static str,
    /// Dialled before a number inside the country, never from abroad.
    trunk: &'static str,
    /// Dialled for abroad, besides `00`.
    abroad: &'static str,
    /// Fewest and most digits of a national number, without the trunk prefix.
    lengths: (usize, usize),
}

const fn row(name: &'static str, code: &'static str, trunk: &'static str, least: usize, most: usize) -> Country {
    Country { name, code, trunk, abroad: "00", lengths: (least, most) }
}

const fn north_america(name: &'static str) -> Country {
    Country { name, code: "1", trunk: "1", abroad: "011", lengths: (10, 10) }
}

const COUNTRIES: &[Country] = &[
    row("AD", "376", "", 6, 9),
    row("AE", "971", "0", 8, 9),
    row("AL", "355", "0", 8, 9),
    row("AR", "54", "0", 10, 11),
    row("AT", "43", "0", 4, 13),
    Country { name: "AU", code: "61", trunk: "0", abroad: "0011", lengths: (9, 9) },
    row("BA", "387", "0", 8, 9),
    row("BD", "880", "0", 8, 10),
    row("BE", "32", "0", 8, 9),
    row("BG", "359", "0", 7, 9),
    row("BH", "973", "", 8, 8),
    row("BR", "55", "0", 10, 11),
    north_america("CA"),
    row("CH", "41", "0", 9, 9),
    row("CI", "225", "", 10, 10),
    row("CL", "56", "", 9, 9),
    row("CM", "237", "", 9, 9),
    row("CN", "86", "0", 10, 11),
    row("CO", "57", "", 10, 10),
    row("CR", "506", "", 8, 8),
    row("CY", "357", "", 8, 8),
    row("CZ", "420", "", 9, 9),
    row("DE", "49", "0", 5, 13),
    row("DK", "45", "", 8, 8),
    row("DZ", "213", "0", 8, 9),
    row("EE", "372", "", 7, 8),
    row("EG", "20", "0", 8, 10),
    row("ES", "34", "", 9, 9),
    row("FI", "358", "0", 5, 12),
    row("FJ", "679", "", 7, 7),
    row("FR", "33", "0", 9, 9),
    row("GB", "44", "0", 9, 10),
    row("GP", "590", "0", 9, 9),
    row("GR", "30", "", 10, 10),
    row("HK", "852", "", 8, 8),
    row("HR", "385", "0", 8, 9),
    row("HU", "36", "06", 8, 9),
    row("ID", "62", "0", 8, 12),
    row("IE", "353", "0", 7, 9),
    row("IL", "972", "0", 8, 9),
    row("IN", "91", "0", 10, 10),
    row("IS", "354", "", 7, 9),
    row("IT", "39", "", 6, 11),
    row("JP", "81", "0", 9, 10),
    row("KE", "254", "0", 9, 9),
    row("KR", "82", "0", 8, 10),
    row("LI", "423", "", 7, 7),
    row("LT", "370", "0", 8, 8),
    row("LU", "352", "", 6, 11),
    row("LV", "371", "", 8, 8),
    row("MA", "212", "0", 9, 9),
    row("MC", "377", "", 8, 9),
    row("MD", "373", "0", 8, 8),
    row("ME", "382", "0", 8, 8),
    row("MK", "389", "0", 8, 8),
    row("MQ", "596", "0", 9, 9),
    row("MT", "356", "", 8, 8),
    row("MU", "230", "", 7, 8),
    row("MX", "52", "", 10, 10),
    row("MY", "60", "0", 8, 10),
    row("NC", "687", "", 6, 6),
    row("NG", "234", "0", 8, 10),
    row("NL", "31", "0", 9, 9),
    row("NO", "47", "", 8, 8),
    row("NZ", "64", "0", 8, 10),
    row("PE", "51", "0", 8, 9),
    row("PF", "689", "", 6, 8),
    row("PG", "675", "", 7, 8),
    row("PH", "63", "0", 8, 10),
    row("PK", "92", "0", 9, 10),
    row("PL", "48", "", 9, 9),
    row("PT", "351", "", 9, 9),
    row("QA", "974", "", 8, 8),
    row("RE", "262", "0", 9, 9),
    row("RO", "40", "0", 9, 9),
    row("RS", "381", "0", 8, 9),
    row("RU", "7", "8", 10, 10),
    row("SA", "966", "0", 8, 9),
    row("SE", "46", "0", 7, 9),
    Country { name: "SG", code: "65", trunk: "", abroad: "001", lengths: (8, 8) },
    row("SI", "386", "0", 8, 8),
    row("SK", "421", "0", 9, 9),
    row("SN", "221", "", 9, 9),
    Country { name: "TH", code: "66", trunk: "0", abroad: "001", lengths: (8, 9) },
    row("TN", "216", "", 8, 8),
    row("TR", "90", "0", 10, 10),
    row("TW", "886", "0", 8, 9),
    row("UA", "380", "0", 9, 9),
    north_america("US"),
    row("UY", "598", "0", 8, 8),
    row("VN", "84", "0", 8, 10),
    row("WS", "685", "", 5, 7),
    row("ZA", "27", "0", 9, 9),
];

/// A country by its two letters.
pub(super) fn country(name: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.name.eq_ignore_ascii_case(name))
}

/// A number as `+`, country code and national number; `None` if it can't be one.
pub(super) fn e164(text: &str, country: &Country) -> Option<String> {
    let (plus, digits) = digits(text)?;
    let abroad =
        || [country.abroad, "00"].into_iter().filter(|prefix| *prefix != country.trunk).find_map(|prefix| digits.strip_prefix(prefix));
    if let Some(number) = if plus { Some(digits.as_str()) } else { abroad() } {
        return international(number);
    }
    let fits = |number: &str| (country.lengths.0..=country.lengths.1).contains(&number.len());
    let national = digits.strip_prefix(country.trunk).filter(|number| fits(number)).unwrap_or(&digits);
    if fits(national) && !(national == digits && begins_with_trunk(&digits, country)) {
        return international(&format!("{}{national}", country.code));
    }
    digits.strip_prefix(country.code).filter(|number| fits(number)).and_then(|_| international(&digits))
}

fn begins_with_trunk(digits: &str, country: &Country) -> bool {
    !country.trunk.is_empty() && digits.starts_with(country.trunk) && country.trunk == "0"
}

/// Whether it begins with `+`, and its digits; `None` if it holds anything but digits and what people put between them.
fn digits(text: &str) -> Option<(bool, String)> {
    let text = text.trim();
    let (plus, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
    let rest = if plus { rest.replace("(0)", "") } else { rest.to_owned() };
    let between = |character: char| character.is_whitespace() || "()-./\u{2010}\u{2011}\u{2013}".contains(character);
    if !rest.chars().all(|character| character.is_ascii_digit() || between(character)) {
        return None;
    }
    Some((plus, rest.chars().filter(char::is_ascii_digit).collect()))
}

/// Fifteen digits at most; no country code begins with 0.
fn international(digits: &str) -> Option<String> {
    ((8..=15).contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, name, expected) in [
            ("06 12 34 56 78", "FR", Some("+33612345678")),
            ("6 12 34 56 78", "FR", Some("+33612345678")),
            ("0033 6 12 34 56 78", "FR", Some("+33612345678")),
            ("33612345678", "FR", Some("+33612345678")),
            ("+33 (0)6 12 34 56 78", "FR", Some("+33612345678")),
            ("021 123 4567", "NZ", Some("+64211234567")),
            ("03-123 4567", "NZ", Some("+6431234567")),
            ("0011 33 6 12 34 56 78", "AU", Some("+33612345678")),
            ("(415) 555-2671", "US", Some("+14155552671")),
            ("1 415 555 2671", "US", Some("+14155552671")),
            ("06 698 12345", "IT", Some("+390669812345")),
            ("06 30 123 4567", "HU", Some("+36301234567")),
            ("8 912 345 67 89", "RU", Some("+79123456789")),
            ("12", "FR", None),
            ("06 12 34 56 78 90 12", "FR", None),
            ("06 12 34 56 7x", "FR", None),
            ("+0612345678", "FR", None),
            ("", "FR", None),
        ] {
            assert_eq!(e164(text, country(name).unwrap()).as_deref(), expected, "{text} in {name}");
        }
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        for (at, country) in COUNTRIES.iter().enumerate() {
            let national = "2".repeat(country.lengths.0.max(8 - country.code.len()));
            let written = e164(&format!("{}{national}", country.trunk), country);
            assert_eq!(written, Some(format!("+{}{national}", country.code)), "{}", country.name);
            assert_eq!(e164(written.as_deref().unwrap(), country), written);
            assert!(COUNTRIES[..at].last().is_none_or(|before| before.name < country.name));
        }
    }
}
