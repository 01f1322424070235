//! The formats of data: names that `file`, `body` and `format` take, each with its options.

use crate::syntax::tree::DataFormat;

/// What is written in a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatUse {
    File,
    Body,
}

/// A format of data.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    pub kind: DataFormat,
    pub of: &'static [FormatUse],
    pub options: &'static [FormatOption],
    pub help: &'static str,
    /// A `file` or a `body` in it.
    pub example: &'static str,
}

/// `OPTION = VALUE` after the name of a format.
#[derive(Clone, Copy, Debug)]
pub struct FormatOption {
    pub name: &'static str,
    pub of: FormatUse,
    pub help: &'static str,
}

use FormatUse::{Body, File};

pub const FORMATS: &[Format] = &[
    Format {
        kind: DataFormat::Json,
        of: &[File, Body],
        options: &[],
        help: "One JSON value. Of a file, the line `items $.people` says where its records are.",
        example: "file \"people.json\" json",
    },
    Format {
        kind: DataFormat::JsonLines,
        of: &[File],
        options: &[],
        help: "One JSON object a line.",
        example: "file \"people.jsonl\" json_lines",
    },
    Format {
        kind: DataFormat::Csv,
        of: &[File, Body],
        options: &[
            FormatOption { name: "delimiter", of: File, help: "the character between the columns, `\",\"` without it" },
            FormatOption {
                name: "encoding",
                of: File,
                help: "how its characters are written, such as `\"windows-1252\"` or `\"utf-16\"`; `\"utf-8\"` without it",
            },
            FormatOption { name: "skip", of: File, help: "how many lines precede the names of the columns" },
        ],
        help: "A table: a line with the names of the columns, then a line for each record. Each value is read as text.",
        example: "file \"people.csv\" csv { delimiter = \";\", encoding = \"windows-1252\", skip = 2 }",
    },
    Format {
        kind: DataFormat::Xml,
        of: &[File, Body],
        options: &[],
        help: "An XML document. A body is a record of one member, which is its root. Files of XML are not supported yet.",
        example: "body xml = { Contact = record }",
    },
    Format {
        kind: DataFormat::Form,
        of: &[Body],
        options: &[FormatOption {
            name: "lists",
            of: Body,
            help: "how lists are written: `\"repeated\"` (a=1&a=2), `\"bracketed\"` (a[]=1&a[]=2) or `\"numbered\"` (a[0]=1&a[1]=2)",
        }],
        help: "The fields of a form, as browsers send them.",
        example: "body form { lists = \"numbered\" } = { users = [record] }",
    },
];

/// A format by its name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.kind.name() == name)
}

/// The names of the formats that something may be written in.
#[must_use]
pub fn names(of: FormatUse) -> Vec<&'static str> {
    FORMATS.iter().filter(|format| format.of.contains(&of)).map(|format| format.kind.name()).collect()
}

impl Format {
    /// What a format is called before its meaning: `a file or a body`.
    #[must_use]
    pub fn context(&self) -> String {
        let named = |of: &FormatUse| if *of == File { "a file" } else { "a body" };
        format!("format of {}", self.of.iter().map(named).collect::<Vec<_>>().join(" or "))
    }
}
