//! How files, databases and directories were declared before: an option without `=`, and a word of its own for each kind of database.

use super::{Explained, Stop, token::*};
use crate::syntax::{faults, grammar::Rule};

impl Stop<'_> {
    /// `file "F" csv { delimiter ";" }` and `file "F" json { items $.people }`
    pub(super) fn old_file_option(&self) -> Option<Explained> {
        let text = self.unit.text;
        let before = token_before(text, self.at);
        if self.unit.block != Rule::collection_block || !text.starts_with("file") || !self.expects(Rule::p_eq) {
            return None;
        }
        match &text[before.clone()] {
            "delimiter" => {
                let message = "`delimiter` is an option of the format, and takes a `=`";
                let at = before.end..before.end;
                Some(Explained::new(faults::FOREIGN, before, message, "write `delimiter = \";\"`").edit(at, " ="))
            }
            "items" => self.items_as_a_line(before.start),
            _ => None,
        }
    }

    /// `items` of a file is a line of the collection.
    fn items_as_a_line(&self, items: usize) -> Option<Explained> {
        let text = self.unit.text;
        let open = text[..items].rfind('{')?;
        let close = text.rfind('}').filter(|close| *close > items)?;
        let line = text[items..close].trim();
        let message = "`items` of a file is a line of the collection";
        let help = format!("write `{line}` below `file`");
        let head = text[..open].trim_end().len();
        let explained = Explained::new(faults::FOREIGN, items..items + "items".len(), message, help);
        // Other options stay where they are, and a person moves the line.
        let alone = text[open + 1..items].trim().is_empty() && !line.contains('\n');
        Some(if alone { explained.edit(head..close + 1, format!("\n    {line}")) } else { explained })
    }

    /// `sqlite "F"`, `postgres "URL"`, `ldap "URL"`
    pub(super) fn old_database(&self) -> Option<Explained> {
        let word = self.found();
        if self.unit.block != Rule::system_block || !matches!(word, "sqlite" | "postgres" | "ldap") {
            return None;
        }
        let value = self.unit.text[self.found.end..].trim();
        let address = match (word, value.strip_prefix('"')) {
            ("sqlite", Some(rest)) => Some(format!("\"sqlite:{rest}")),
            ("sqlite", None) if !value.contains(['"', '\n']) => Some(format!("\"sqlite:{{{value}}}\"")),
            ("postgres", Some(rest)) if rest.starts_with("postgres://") => Some(value.to_owned()),
            ("ldap", Some(rest)) if rest.starts_with("ldaps://") => Some(value.to_owned()),
            _ => None,
        };
        let message = format!("`{word}` is written `connect`, with an address that begins with its kind");
        let range = self.found.clone();
        let example = match word {
            "sqlite" => "sqlite:people.db",
            "postgres" => "postgres://{setting.host}/hr",
            _ => "ldaps://directory.example.com",
        };
        Some(match address {
            Some(address) => {
                let help = format!("write `connect {address}`");
                Explained::new(faults::FOREIGN, range.clone(), message, help)
                    .edit(range.start..self.unit.text.trim_end().len(), format!("connect {address}"))
            }
            None => Explained::new(faults::FOREIGN, range, message, format!("write `connect \"{example}\"`")),
        })
    }
}
