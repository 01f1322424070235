//! From text to text.

use super::{
    ascii::unaccent,
    declaration::{
        Argument, Checked, Function, Misuse, count, kinds, no_args, on_text, optional, size_arg, text_arg, text_to, try_on_text,
    },
    phone, replacement,
};
use crate::value::nfc::nfc;
use crate::value::{Fault, FaultCode, Kind, Type, Value};
use unicode_normalization::char::is_combining_mark;

fn plain(input: &Type, args: &[Argument<'_>]) -> Checked<Type> {
    no_args(args)?;
    text_to(input, Kind::Text)
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "trim",
        signature: "trim",
        types: "text → text",
        help: "Removes white space at both ends.",
        fails: false,
        examples: &[("\"  Ann \"", "trim", "\"Ann\"")],
        result: plain,
        bind: |_| on_text(|text| text.trim().to_owned()),
    },
    Function {
        name: "lower",
        signature: "lower",
        types: "text → text",
        help: "Writes all letters in lower case.",
        fails: false,
        examples: &[("\"Ann@Example.COM\"", "lower", "\"ann@example.com\""), ("\"ÉLODIE\"", "lower", "\"élodie\"")],
        result: plain,
        bind: |_| on_text(str::to_lowercase),
    },
    Function {
        name: "upper",
        signature: "upper",
        types: "text → text",
        help: "Writes all letters in upper case.",
        fails: false,
        examples: &[("\"fr\"", "upper", "\"FR\""), ("\"straße\"", "upper", "\"STRASSE\"")],
        result: plain,
        bind: |_| on_text(str::to_uppercase),
    },
    Function {
        name: "title_case",
        signature: "title_case",
        types: "text → text",
        help: "Capitalises each word and writes the rest in lower case; a word begins after anything other than a letter or digit, and after an apostrophe that two or more letters follow.",
        fails: false,
        examples: &[
            ("\"MARTIN-LEROY\"", "title_case", "\"Martin-Leroy\""),
            ("\"O'BRIEN\"", "title_case", "\"O'Brien\""),
            ("\"van den berg\"", "title_case", "\"Van Den Berg\""),
            ("\"THE JONES'S\"", "title_case", "\"The Jones's\""),
            ("\"ΝΙΚΟΣ ΠΑΠΠΑΣ\"", "title_case", "\"Νικος Παππας\""),
        ],
        result: plain,
        bind: |_| on_text(title_case),
    },
    Function {
        name: "unaccent",
        signature: "unaccent",
        types: "text → text",
        help: "Removes accents, and writes Latin letters that ASCII lacks with letters that it has: `ø` o, `ł` l, `đ` and `ð` d, `ß` ss, \
               `æ` ae, `œ` oe, `þ` th, `ħ` h, `ı` i, `ŋ` n, `ə` e. Other scripts lose their accents and keep their letters.",
        fails: false,
        examples: &[
            ("\"Hélène Muñoz\"", "unaccent", "\"Helene Munoz\""),
            ("\"Øyvind Łukasz Strauß\"", "unaccent", "\"Oyvind Lukasz Strauss\""),
        ],
        result: plain,
        bind: |_| on_text(unaccent),
    },
    Function {
        name: "normalise",
        signature: "normalise",
        types: "text → text",
        help: "Makes different spellings of a name equal: lower case, letters as `unaccent` writes them, one space between words, none at the ends.",
        fails: false,
        examples: &[("\"  Hélène   DUPONT \"", "normalise", "\"helene dupont\""), ("\"ŁUKASZ\"", "normalise", "\"lukasz\"")],
        result: plain,
        bind: |_| on_text(normalise),
    },
    Function {
        name: "hash",
        signature: "hash",
        types: "text → text",
        help: "Computes 32 hexadecimal digits (BLAKE3, 16 bytes): the same text always gives the same digits, and the text cannot be recovered from them.",
        fails: false,
        examples: &[("\"00057\"", "hash", "\"8bd308375cdb27cb882a2642323fc501\"")],
        result: plain,
        bind: |_| on_text(hash),
    },
    Function {
        name: "pad",
        signature: "pad(n, \"0\")",
        types: "text → text",
        help: "Fills the text up to n characters, at the front.",
        fails: false,
        examples: &[("\"57\"", "pad(5, \"0\")", "\"00057\""), ("\"123456\"", "pad(5, \"0\")", "\"123456\"")],
        result: |input, args| {
            kinds(args, 2, &[Kind::Int, Kind::Text])?;
            text_to(input, Kind::Text)
        },
        bind: |args| {
            let (size, fill) = (size_arg(args, 0, 1_000)?, text_arg(args, 1)?);
            let mut characters = fill.chars();
            let (Some(fill), None) = (characters.next(), characters.next()) else {
                return Err(Misuse::Argument(1, "must be one character".to_owned()));
            };
            on_text(move |text| pad(text, size, fill))
        },
    },
    Function {
        name: "replace",
        signature: "replace(\"a\", \"b\")",
        types: "text → text, text? by a blank text",
        help: "Replaces every occurrence of one text by another.",
        fails: false,
        examples: &[("\"first name\"", "replace(\" \", \"_\")", "\"first_name\""), ("\"---\"", "replace(\"-\", \"\")", "null")],
        result: replacement::result_of_text,
        bind: replacement::bind_text,
    },
    Function {
        name: "replace_matching",
        signature: "replace_matching(\"\"\"re\"\"\", \"b\")",
        types: "text → text, text? by a blank text or a group alone",
        help: "Replaces whatever a regular expression matches. `$1` or `$name` is what a group matched. A name includes all \
               letters, digits and underscores that follow: a group before one of these stands in braces, and the text between three \
               quotes, where braces are taken as they stand. `$$` is a dollar sign.",
        fails: false,
        examples: &[
            ("\"a  b   c\"", "replace_matching(\"\"\"\\s+\"\"\", \" \")", "\"a b c\""),
            ("\"x12\"", "replace_matching(\"\"\"^x(\\d+)$\"\"\", \"$1\")", "\"12\""),
            ("\"anna\"", "replace_matching(\"\"\"^(.)(.*)$\"\"\", \"\"\"${1}_$2\"\"\")", "\"a_nna\""),
        ],
        result: replacement::result_of_pattern,
        bind: replacement::bind_pattern,
    },
    Function {
        name: "e164",
        signature: "e164(\"FR\")",
        types: "text → text",
        help: "Writes a phone number as +, country code and number; a number without a country code belongs to the given country.",
        fails: true,
        examples: &[
            ("\"06 12 34 56 78\"", "e164(\"FR\")", "\"+33612345678\""),
            ("\"+33 (0)6.12.34.56.78\"", "e164(\"NZ\")", "\"+33612345678\""),
            ("\"0412 345 678\"", "e164(\"AU\")", "\"+61412345678\""),
            ("\"12\"", "e164(\"FR\")", "fails"),
        ],
        result: |input, args| {
            kinds(args, 1, &[Kind::Text])?;
            text_to(input, Kind::Text)
        },
        bind: |args| {
            let name = text_arg(args, 0)?;
            let country = phone::country(&name)
                .ok_or_else(|| Misuse::Argument(0, "is not the code of a country that is known here, such as `FR`".to_owned()))?;
            try_on_text(move |text| {
                phone::e164(text, country)
                    .map(Value::text)
                    .ok_or_else(|| Fault::new(FaultCode::NotPhone, format!("is not a phone number of {name}")).of(text))
            })
        },
    },
    Function {
        name: "digits",
        signature: "digits",
        types: "text → text?",
        help: "Keeps only the digits.",
        fails: false,
        examples: &[("\"(02) 12-34\"", "digits", "\"021234\""), ("\"none\"", "digits", "null")],
        result: |input, args| plain(input, args).map(optional),
        bind: |_| on_text(|text| text.chars().filter(char::is_ascii_digit).collect()),
    },
    Function {
        name: "strip",
        signature: "strip(\"chars\")",
        types: "text → text?",
        help: "Removes every occurrence of these characters.",
        fails: false,
        examples: &[("\"12.345-6\"", "strip(\".-\")", "\"123456\""), ("\"--\"", "strip(\"-\")", "null")],
        result: |input, args| {
            kinds(args, 1, &[Kind::Text])?;
            text_to(input, Kind::Text).map(optional)
        },
        bind: |args| {
            let unwanted = text_arg(args, 0)?;
            on_text(move |text| text.chars().filter(|character| !unwanted.contains(*character)).collect())
        },
    },
    Function {
        name: "slice",
        signature: "slice(from, to)",
        types: "text → text?",
        help: "Gives the characters from one position up to another, counted from 0, or to the end.",
        fails: false,
        examples: &[("\"AB1234\"", "slice(0, 2)", "\"AB\""), ("\"AB1234\"", "slice(2)", "\"1234\""), ("\"AB\"", "slice(2, 4)", "null")],
        result: |input, args| {
            kinds(args, 1, &[Kind::Int, Kind::Int])?;
            text_to(input, Kind::Text).map(optional)
        },
        bind: |args| {
            let from = size_arg(args, 0, 100_000)?;
            let to = if args.len() > 1 { size_arg(args, 1, 100_000)? } else { usize::MAX };
            if to < from {
                return Err(Misuse::Argument(1, "must not come before the first".to_owned()));
            }
            on_text(move |text| text.chars().skip(from).take(to - from).collect())
        },
    },
    Function {
        name: "split",
        signature: "split(\",\")",
        types: "text → list of text",
        help: "Splits a text at each separator; the parts are trimmed, and blank ones are left out.",
        fails: false,
        examples: &[("\"a, b,,c\"", "split(\",\")", "[\"a\", \"b\", \"c\"]")],
        result: |input, args| {
            kinds(args, 1, &[Kind::Text])?;
            text_to(input, Kind::List(Box::new(Kind::Text)))
        },
        bind: |args| {
            count(args, 1, 1)?;
            let separator = text_arg(args, 0)?;
            if separator.is_empty() {
                return Err(Misuse::Argument(0, "must not be empty".to_owned()));
            }
            try_on_text(move |text| Ok(Value::list(parts(text, &separator))))
        },
    },
];

/// Words are made small as a whole, because some letters depend on their neighbours: a sigma at the end of a word is `ς`.
pub(super) fn title_case(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut begin = 0;
    for end in 1..=characters.len() {
        if end == characters.len() || begins_word(&characters, end) {
            capitalise(&characters[begin..end], &mut out);
            begin = end;
        }
    }
    out
}

fn capitalise(word: &[char], out: &mut String) {
    let [first, ..] = word else { return };
    let mut capital = first.to_uppercase();
    out.extend(capital.next());
    out.extend(capital.flat_map(char::to_lowercase));
    let small = word.iter().collect::<String>().to_lowercase();
    out.extend(small.chars().skip(first.to_lowercase().count()));
}

fn begins_word(characters: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| characters[before]) else { return true };
    if matches!(before, '\'' | '’') {
        let letters = characters[at..].iter().take_while(|character| in_word(**character)).count();
        return at == 1 || !in_word(characters[at - 2]) || letters > 1;
    }
    !in_word(before)
}

fn in_word(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

fn normalise(text: &str) -> String {
    unaccent(&text.to_lowercase()).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hash(text: &str) -> String {
    blake3::hash(nfc(text).as_bytes()).as_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pad(text: &str, size: usize, fill: char) -> String {
    let missing = size.saturating_sub(text.chars().count());
    std::iter::repeat_n(fill, missing).chain(text.chars()).collect()
}

fn parts(text: &str, separator: &str) -> Vec<Value> {
    text.split(separator).map(|part| Value::text(part.trim())).filter(|part| !part.is_missing()).collect()
}
