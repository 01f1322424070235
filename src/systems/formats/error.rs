//! Why a body can't be read or written in its format.

use thiserror::Error;

/// Why XML can't be read, or a value can't be written in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum XmlError {
    /// The parser's own message.
    #[error("{0}")]
    Syntax(String),
    #[error("{why}, at line {line} column {column}")]
    At { why: Box<Self>, line: usize, column: usize },
    #[error("it is written in `{0}`, and only UTF-8 is read")]
    ForeignEncoding(String),
    #[error("it is empty")]
    Empty,
    #[error("it is not in UTF-8 after {after} bytes")]
    NotUtf8 { after: usize },
    #[error("it declares a document type, which is not read")]
    DocumentType,
    #[error("its elements nest more than {deepest} deep")]
    TooDeep { deepest: usize },
    #[error("`{0}` follows the end of the document")]
    AfterTheEnd(String),
    #[error("there is text outside of the document")]
    TextOutside,
    #[error("it has no element")]
    NoElement,
    #[error("it ends in the middle, after {length} bytes")]
    Truncated { length: usize },
    #[error("it uses the entity `&{0};`, which is not read")]
    UnknownEntity(String),
    #[error("`{0}` is not an element name")]
    ElementName(String),
    #[error("an XML document has one root")]
    Roots,
    #[error("the character U+{:04X} is not allowed in XML: remove it from the value", u32::from(*.0))]
    Character(char),
    #[error("a list or an object cannot be written where XML has text")]
    NotText,
}

/// Why records without an envelope can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RowsError {
    /// What is wrong with a CSV text, and where.
    #[error("{0}")]
    Csv(String),
    #[error("line {line} is not an object")]
    NotAnObject { line: usize },
    #[error("line {line} ends in the middle")]
    Truncated { line: usize },
    #[error("line {line} column {column}")]
    Syntax { line: usize, column: usize },
}
