//! Parts of a record that are written: by calls of their own, or with the record.

use super::Mapped;
use crate::check::{
    model::{
        pipeline::{Chosen, Mapping, ModeChoice, On},
        system::{Attribute, Collection, Part},
    },
    types::Typing,
};
use crate::diagnose::{Diagnostic, Span};

/// The part of an attribute that calls of its own write.
pub(crate) fn written_by_calls<'a>(collection: &'a Collection, attribute: &Attribute) -> Option<&'a Part> {
    let part = &collection.parts[attribute.part.as_ref()?.part];
    (part.create.is_some() || part.update.is_some()).then_some(part)
}

impl Typing<'_> {
    /// A part that can be created and not changed is written on create alone.
    pub fn part_can_be_changed(&self, collection: &Collection, attribute: &Attribute, name: Span) -> bool {
        let Some(part) = written_by_calls(collection, attribute).filter(|part| part.update.is_none()) else { return true };
        let message = format!("a `{}` that is there can't be changed: the part declares no `update`", part.name);
        let help = format!("add `update PATCH \"/{0}/{{{0}.id}}\"` to the part, or write the line `on create`", part.name);
        let diagnostic = Diagnostic::error("E0426", name, message).related(attribute.span, "declared here");
        self.env.report.say(diagnostic.help(help));
        false
    }
}

impl Mapped<'_> {
    /// What a part can't be without has to be given where something else of the part is.
    pub fn parts_are_whole(&self, collection: &Collection, mode: Option<&ModeChoice>) {
        for (at, part) in collection.parts.iter().enumerate() {
            let of_part = |attribute: &Attribute| attribute.part.as_ref().is_some_and(|own| own.part == at);
            let line = |line: &&Mapping| line.attribute.fixed().is_some_and(|index| of_part(&collection.attributes[index]));
            let created = part.create.is_some() || mode.is_some_and(ModeChoice::may_create);
            let writes = |line: &Mapping| line.on != On::Update || part.create.is_some();
            let Some(first) = self.lines.iter().filter(line).find(|line| created && writes(line)) else { continue };
            let lacks = |(index, one): &(usize, &Attribute)| {
                of_part(one) && one.is_written() && !one.ty.optional && !one.broken && !self.gives(*index)
            };
            if let Some((_, needed)) = collection.attributes.iter().enumerate().find(lacks) {
                self.part_lacks(part, needed, first.span);
            }
        }
    }

    fn gives(&self, index: usize) -> bool {
        self.lines.iter().any(|line| line.attribute == Chosen::Fixed(index)) || self.is_named_wrongly(index)
    }

    fn part_lacks(&self, part: &Part, needed: &Attribute, line: Span) {
        let message = format!("a `{}` needs `{}`, and nothing is written there", part.name, needed.name);
        let report = self.typing.env.report;
        let diagnostic = Diagnostic::error("E0312", self.typing.env.first_line(line), message);
        report.say(diagnostic.related(needed.span, "declared here").help(format!("add a line such as `{} = …`", needed.name)));
    }
}
