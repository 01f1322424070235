//! The slots of a row, each with the representation of its value in JSON.

use super::{Origin, Slot, lower::Lowering};
use crate::{
    check::model::{
        pipeline::{Each, End, Pipeline},
        system::{Attribute, Collection, FormSource},
    },
    value::{
        civil,
        format::{Codec, Form},
        path::JsonPath,
    },
};

impl Lowering<'_> {
    /// The slots of a source row: attributes of the record, raw paths, attributes of joined records, the element of `for each`.
    pub fn source_slots(&self, pipeline: &Pipeline, source: &Collection) -> Vec<Slot> {
        let attributes =
            self.slots.source.iter().map(|at| self.slot(*at, &source.attributes[*at], !source.attributes[*at].read_type().optional));
        let raws = self.slots.raws.iter().map(|at| &pipeline.raws[*at]).map(|raw| Slot {
            origin: Origin::Record,
            attribute: None,
            name: raw.path.text.clone(),
            path: raw.path.clone(),
            codec: Codec { required: !raw.ty.optional, texts: source.has_texts(), ..Codec::natural(raw.ty.kind.clone()) },
            span: raw.span,
        });
        let joined =
            pipeline.joins.iter().enumerate().flat_map(|(at, join)| self.slots_in_row(at, &join.end.alias, self.collection_at(&join.end)));
        attributes.chain(raws).chain(joined).chain(pipeline.each.as_ref().map(|each| self.element_slot(each))).collect()
    }

    /// What is read of each record of a join.
    pub fn joined_slots(&self, join: usize, collection: &Collection) -> Vec<Slot> {
        let slot = |at: &usize| self.slot(*at, &collection.attributes[*at], !collection.attributes[*at].read_type().optional);
        self.slots.joined[join].iter().map(slot).collect()
    }

    /// The same in a row of the source: never required, since there may be no record to join.
    fn slots_in_row(&self, join: usize, alias: &str, collection: &Collection) -> Vec<Slot> {
        let slots = self.joined_slots(join, collection).into_iter();
        let in_row = |slot: Slot| Slot {
            origin: Origin::Join(join),
            name: format!("{alias}.{}", slot.name),
            codec: Codec { required: false, ..slot.codec },
            ..slot
        };
        slots.map(in_row).collect()
    }

    fn element_slot(&self, each: &Each) -> Slot {
        Slot {
            origin: Origin::Each,
            attribute: None,
            name: each.name.clone(),
            path: JsonPath::record(),
            codec: Codec::natural(each.ty.kind.clone()),
            span: each.span,
        }
    }

    fn collection_at(&self, end: &End) -> &Collection {
        &self.systems[end.system].collections[end.collection]
    }

    /// The slots of a target record. Required attributes are optional here: an account that lacks one is still read.
    pub fn target_slots(&self, target: &Collection) -> Vec<Slot> {
        self.slots.target.iter().map(|at| self.slot(*at, &target.attributes[*at], false)).collect()
    }

    fn slot(&self, at: usize, attribute: &Attribute, required: bool) -> Slot {
        Slot {
            origin: Origin::Record,
            attribute: Some(at),
            name: attribute.name.clone(),
            path: attribute.path.clone(),
            codec: Codec { required, ..self.codec(attribute) },
            span: attribute.span,
        }
    }

    /// The representation of an attribute in JSON, with the formats that settings choose.
    pub fn codec(&self, attribute: &Attribute) -> Codec {
        let zone = attribute.codec.zone.as_deref().and_then(civil::zone);
        let forms = attribute.codec.forms.iter().filter_map(|form| self.form(form, attribute)).collect();
        Codec {
            kind: attribute.ty.kind.clone(),
            required: !attribute.ty.optional,
            forms,
            zone,
            texts: attribute.codec.texts,
            as_key: attribute.codec.as_key,
            missing_as: attribute.codec.missing_as.clone(),
            absent: attribute.codec.absent.clone(),
        }
    }

    fn form(&self, form: &FormSource, attribute: &Attribute) -> Option<Form> {
        match form {
            FormSource::Fixed(form) => Some(form.clone()),
            FormSource::Setting(id) => {
                let value = self.settings.value(id);
                let pattern = value.as_text()?;
                if let Err(why) =
                    crate::check::system::attributes::check_format(pattern, &attribute.ty.kind, attribute.codec.zone.is_some())
                {
                    self.settings.refuse(id, &format!("`{pattern}` {why}"));
                }
                Some(Form::Pattern(pattern.to_owned()))
            }
        }
    }
}
