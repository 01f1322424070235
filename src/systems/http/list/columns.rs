//! A page of CSV is one only if its header has what the records are known by: any text has a first line.

use super::Listing;
use crate::{
    compile::system::{Attribute, WireFormat},
    systems::{
        formats::rows,
        http::{answers::Answer, document::Document, items::BodyError},
    },
    value::path::Found,
};
use serde_json::Value as Json;

impl Listing<'_> {
    /// Refuses a table without the columns of the key; of a collection without a key, one that has none of its columns. Nothing at all is
    /// a page only where there may be no change, or a rule says by what else was answered that the list ends there.
    ///
    /// # Errors
    /// The column that is not there.
    pub fn has_columns(&self, format: WireFormat, answer: &Answer, document: &Document<'_>, said: bool) -> Result<(), BodyError> {
        let Document::Rows(records) = document else { return Ok(()) };
        let makes = self.call.element.as_ref().is_some_and(|element| element.item.is_some());
        if format != WireFormat::Csv || makes {
            return Ok(());
        }
        let header = records.first().map_or_else(|| rows::csv_header(&answer.body), |record| serde_json::from_slice(record).ok());
        if header.is_none() && (said || self.is_of_changes()) {
            return Ok(());
        }
        let header = header.unwrap_or_default();
        let lacks = |attribute: &&Attribute| matches!(attribute.path.find(&header), Found::Nothing);
        // What `where` fixes is known of each record.
        let fixed = |at: usize| self.call.fixed.iter().any(|(known, _)| *known == at);
        let shown =
            |at: usize| Some(&self.collection.attributes[at]).filter(|attribute| !attribute.unshown && attribute.is_read() && !fixed(at));
        let mut own = self.collection.key.attributes().filter_map(shown);
        let lost = if self.collection.key.is_none() {
            let mut all = (0..self.collection.attributes.len()).filter_map(shown).peekable();
            all.peek().copied().filter(|_| all.all(|attribute| lacks(&attribute)))
        } else {
            own.find(lacks)
        };
        lost.map_or(Ok(()), |attribute| Err(BodyError::Broken("CSV", no_column(attribute, &header))))
    }

    /// Whether it is read for what has changed, of which there may be nothing at all.
    fn is_of_changes(&self) -> bool {
        self.scope.since.is_some() || self.marks.begin.is_some()
    }
}

fn no_column(attribute: &Attribute, header: &Json) -> String {
    match header.as_object().filter(|columns| !columns.is_empty()) {
        Some(_) => format!("its first line has no column for `{}` ({})", attribute.name, attribute.path.text),
        None => "it is empty, and has not even a line with the names of its columns".to_owned(),
    }
}
