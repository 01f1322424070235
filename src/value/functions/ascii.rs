//! Latin letters written with the 26 letters of ASCII.

use crate::value::nfc::nfc;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Replacements for letters that are not a base letter with a mark; a letter with a mark loses the mark.
///
/// A fixed table, because `normalise` decides which accounts `match` finds: a new version of a library must not change that.
const LETTERS: &[(&str, &str)] = &[
    ("A", "Ⱥ"),
    ("a", "ⱥẚ"),
    ("AE", "Æ"),
    ("ae", "æ"),
    ("B", "ƁƂɃ"),
    ("b", "ɓƃƀ"),
    ("C", "ƇȻ"),
    ("c", "ƈȼ"),
    ("D", "ÐĐƉƊƋ"),
    ("d", "ðđɖɗƌȡ"),
    ("DZ", "ǱǄ"),
    ("Dz", "ǲǅ"),
    ("dz", "ǳǆ"),
    ("E", "ƎƏƐɆ"),
    ("e", "ǝəɛɇ"),
    ("F", "Ƒ"),
    ("f", "ƒ"),
    ("ff", "ﬀ"),
    ("ffi", "ﬃ"),
    ("ffl", "ﬄ"),
    ("fi", "ﬁ"),
    ("fl", "ﬂ"),
    ("G", "ƓǤ"),
    ("g", "ɠǥ"),
    ("GH", "Ɣ"),
    ("gh", "ɣ"),
    ("H", "ĦⱧ"),
    ("h", "ħⱨ"),
    ("HV", "Ƕ"),
    ("hv", "ƕ"),
    ("I", "ƖƗ"),
    ("i", "ıɨɩ"),
    ("IJ", "Ĳ"),
    ("ij", "ĳ"),
    ("J", "Ɉ"),
    ("j", "ȷɉ"),
    ("K", "ƘⱩ"),
    ("k", "ƙĸⱪ"),
    ("L", "ĿŁȽⱠⱢ"),
    ("l", "ŀłƚȴⱡɫ"),
    ("LJ", "Ǉ"),
    ("Lj", "ǈ"),
    ("lj", "ǉ"),
    ("LL", "Ỻ"),
    ("ll", "ỻ"),
    ("N", "ŊƝȠ"),
    ("n", "ŋɲƞŉȵ"),
    ("NJ", "Ǌ"),
    ("Nj", "ǋ"),
    ("nj", "ǌ"),
    ("O", "ØƆƟ"),
    ("o", "øɔɵ"),
    ("OE", "Œ"),
    ("oe", "œ"),
    ("OI", "Ƣ"),
    ("oi", "ƣ"),
    ("OU", "Ȣ"),
    ("ou", "ȣ"),
    ("P", "ƤⱣ"),
    ("p", "ƥᵽ"),
    ("Q", "Ɋ"),
    ("q", "ɋ"),
    ("R", "ɌⱤ"),
    ("r", "ɍɽ"),
    ("S", "Ȿ"),
    ("s", "ſȿẜẝ"),
    ("SH", "Ʃ"),
    ("sh", "ʃ"),
    ("SS", "ẞ"),
    ("ss", "ß"),
    ("st", "ﬅﬆ"),
    ("T", "ŦƬƮȾ"),
    ("t", "ŧƭʈⱦƫȶ"),
    ("TH", "Þ"),
    ("th", "þ"),
    ("U", "ƱɄ"),
    ("u", "ʊʉ"),
    ("V", "ƲɅ"),
    ("v", "ʋʌ"),
    ("W", "ǷⱲ"),
    ("w", "ƿⱳ"),
    ("Y", "ȜƳɎỾ"),
    ("y", "ȝƴɏỿ"),
    ("Z", "ƵȤⱫⱿ"),
    ("z", "ƶȥⱬɀ"),
    ("ZH", "Ʒ"),
    ("zh", "ʒ"),
];

/// Letters without their accents, and the Latin letters that ASCII lacks by those it has; other scripts keep their letters.
///
/// A mark without a letter is kept, so that a text never becomes empty.
#[must_use]
pub fn unaccent(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let characters: Vec<char> = text.nfd().collect();
    let mut bare = String::with_capacity(text.len());
    let mut on_letter = false;
    for (at, character) in characters.iter().enumerate() {
        if !is_combining_mark(*character) {
            on_letter = !character.is_whitespace();
            push(*character, &characters[at + 1..], &mut bare);
        } else if !on_letter {
            bare.push(*character);
        }
    }
    nfc(&bare).into_owned()
}

fn push(character: char, rest: &[char], out: &mut String) {
    let Some((ascii, _)) = LETTERS.iter().find(|(_, letters)| !character.is_ascii() && letters.contains(character)) else {
        return out.push(character);
    };
    let next = rest.iter().find(|next| !is_combining_mark(**next));
    if ascii.len() > 1 && next.is_some_and(|next| next.is_lowercase()) {
        out.push_str(&ascii[..1]);
        out.push_str(&ascii[1..].to_lowercase());
    } else {
        out.push_str(ascii);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters of sounds that no alphabet of a living language writes names with: clicks, tones, IPA and editors' signs.
    const UNUSED: &str = "ƄƅƍƔƛƜƦƧƨƪƸƹƺƻƼƽƾǀǁǂǃȸȹɁɂẟỼỽ";

    #[test]
    fn every_letter_of_the_latin_alphabets_has_an_ascii_form() {
        let letters = ('\u{c0}'..='\u{24f}').chain('\u{1e00}'..='\u{1eff}').filter(|letter| letter.is_alphabetic());
        for letter in letters.filter(|letter| !UNUSED.contains(*letter)) {
            let ascii = unaccent(&letter.to_string());
            assert!(ascii.is_ascii() && !ascii.is_empty(), "{letter} is {ascii}");
            assert!(letter.is_uppercase() == ascii.starts_with(char::is_uppercase) || ascii.len() > 1, "{letter} is {ascii}");
        }
    }

    #[test]
    fn a_letter_is_in_the_table_once() {
        let all: Vec<char> = LETTERS.iter().flat_map(|(_, letters)| letters.chars()).collect();
        let once: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(once.len(), all.len());
        assert!(all.iter().all(|letter| !letter.is_ascii()));
    }

    #[test]
    fn names_of_people() {
        for (name, ascii) in [
            ("Øyvind Łukasz Đorđe", "Oyvind Lukasz Dorde"),
            ("Strauß, Æsa, Œuvrard, Þór, Ħal, Işıl, İnci", "Strauss, Aesa, Oeuvrard, Thor, Hal, Isil, Inci"),
            ("Nguyễn Thị Ánh", "Nguyen Thi Anh"),
            ("Ŋelu, Ŧuru, ĲSBRAND, ÞÓR, Ø", "Nelu, Turu, IJSBRAND, THOR, O"),
            ("Ἀθηνᾶ", "Αθηνα"),
            ("Ёлкин", "Елкин"),
            ("王小明", "王小明"),
            ("\u{301}", "\u{301}"),
            ("a \u{301}b\u{301}", "a \u{301}b"),
        ] {
            assert_eq!(unaccent(name), ascii, "{name}");
        }
    }
}
