//! The messages of this room, each with its code.

use crate::diagnose::{Diagnostic, Span};

pub(super) const NOT_UNDERSTOOD: &str = "E0101";
pub(super) const UNCLOSED: &str = "E0102";
pub(super) const STRAY_CLOSER: &str = "E0103";
pub(super) const MISSPELT: &str = "E0104";
pub(super) const FOREIGN: &str = "E0105";
pub(super) const TOO_DEEP: &str = "E0106";
pub(super) const BAD_LITERAL: &str = "E0107";
pub(super) const BAD_TEXT: &str = "E0108";
pub(super) const SAID_TWICE: &str = "E0109";
pub(super) const ONE_A_LINE: &str = "E0110";

pub(super) fn unclosed(span: Span, opener: &str, closer: &str) -> Diagnostic {
    let what = if opener.starts_with('"') { "this text is".to_owned() } else { format!("this `{opener}` is") };
    Diagnostic::error(UNCLOSED, span, format!("{what} never closed")).label("opened here").help(format!("add the closing `{closer}`"))
}

pub(super) fn stray_closer(span: Span, closer: &str) -> Diagnostic {
    Diagnostic::error(STRAY_CLOSER, span, format!("this `{closer}` closes nothing"))
        .help("remove it, or look for the line that lost its opening one")
}

pub(super) fn missing_brace(span: Span) -> Diagnostic {
    Diagnostic::error(NOT_UNDERSTOOD, span, "a `{` is missing at the end of this line")
        .help("write `{` behind it: a `}` below closes its block")
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(TOO_DEEP, span, "this is nested more than 256 deep").help("give the inner parts names of their own with `field`")
}

pub(super) fn too_long_expression(span: Span) -> Diagnostic {
    Diagnostic::error(TOO_DEEP, span, "this expression nests more than 256 operators")
        .help("give parts of it names of their own with `field`")
}

pub(super) fn lists_too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(TOO_DEEP, span, "this type is a list of lists more than 8 deep").help("name the type that one value has")
}

pub(super) fn foreign_sign(span: Span, foreign: &str, native: &str) -> Diagnostic {
    Diagnostic::error(FOREIGN, span, format!("`{foreign}` is written `{native}` here")).help(format!("write `{native}`"))
}

pub(super) fn foreign_fallback(span: Span) -> Diagnostic {
    Diagnostic::error(FOREIGN, span, "`||` is written `??` before a fallback, and `or` between conditions")
        .help("write `??` if the value after it is to be used where the one before it is missing")
}

pub(super) fn doubled_brace(span: Span) -> Diagnostic {
    Diagnostic::error(UNCLOSED, span, "`{{` opens two blocks, and only one is closed").help("remove one of the two")
}

pub(super) fn foreign_comment(span: Span, sign: &str) -> Diagnostic {
    Diagnostic::error(FOREIGN, span, format!("`{sign}` does not start a comment here")).help("start each line of a comment with `#`")
}

pub(super) fn foreign_template(span: Span, inner: &str) -> Diagnostic {
    Diagnostic::error(FOREIGN, span, format!("`{{{{{inner}}}}}` is not a path of the record that is read"))
        .help("write the name alone, in a text between single braces; only `{{response.…}}` is read as a path")
}

pub(super) fn single_quotes(span: Span, native: &str) -> Diagnostic {
    Diagnostic::error(FOREIGN, span, "texts are enclosed in double quotes").help(format!("write `{native}`"))
}

pub(super) fn curly_quotes(span: Span, native: &str) -> Diagnostic {
    Diagnostic::error(FOREIGN, span, "texts are enclosed in straight quotes").help(format!("write `{native}`"))
}

pub(super) fn curly_quote(span: Span) -> Diagnostic {
    Diagnostic::error(FOREIGN, span, "texts are enclosed in straight quotes, and this one is not closed on its line")
        .help("enclose the text in `\"`")
}

pub(super) fn semicolon(span: Span) -> Diagnostic {
    Diagnostic::error(FOREIGN, span, "a statement ends with its line, without `;`")
        .help("remove the `;`, and begin the next statement on a line of its own")
}

pub(super) fn odd_blank(span: Span) -> Diagnostic {
    Diagnostic::error(FOREIGN, span, "this is not a plain space").help("write a plain space")
}

pub(super) fn lone_brace(span: Span) -> Diagnostic {
    Diagnostic::error(BAD_TEXT, span, "a `}` in a text closes nothing").help("write `\\}` for a brace that belongs to the text")
}

pub(super) fn bad_escape(span: Span, escape: &str) -> Diagnostic {
    Diagnostic::error(BAD_TEXT, span, format!("`{escape}` is not an escape"))
        .help("write `\\\\` for a backslash; the escapes are `\\\"`, `\\\\`, `\\{`, `\\}`, `\\n`, `\\t`, `\\r` and `\\u{…}`")
}

pub(super) fn hole_in_words(span: Span) -> Diagnostic {
    Diagnostic::error(BAD_TEXT, span, "this text can hold no `{…}`").help("write `\\{` and `\\}` for braces that belong to the text")
}

pub(super) fn bad_literal(span: Span, text: &str, expected: &str) -> Diagnostic {
    Diagnostic::error(BAD_LITERAL, span, format!("`{text}` is out of range here")).help(format!("write {expected}"))
}

pub(super) fn said_twice(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(SAID_TWICE, span, format!("`{word}` is said twice")).help("keep one of them")
}
