//! What a write sends, in the format of its call.

pub mod batch;
mod flat;
mod scim;
pub(crate) mod whole;
mod xml;
mod xml_diff;

use crate::{
    compile::{
        program::{Name, Program},
        system::{Attribute, Body, BodyFormat, Call, Collection, ErrorClass},
    },
    systems::{CallError, Write, WriteKind, place::encoded, scope::Scope},
    value::{
        Kind, Value,
        format::Codec,
        path::{Found, JsonPath},
    },
};
use serde_json::{Map, Value as Json, json};

/// The bytes of a body, and their media type.
#[derive(Debug, PartialEq, Eq)]
pub struct Payload {
    pub bytes: Vec<u8>,
    pub media: &'static str,
}

/// The content to send.
#[derive(Debug, PartialEq)]
pub enum Content {
    /// The call has no body.
    None,
    Some(Payload),
    /// Nothing differs, so nothing is sent.
    Nothing,
}

/// One write on its way into a body.
pub struct BodyInput<'a> {
    pub call: &'a Call,
    pub collection: &'a Collection,
    pub write: &'a Write,
    /// The record as it was read last.
    pub record: Option<&'a Json>,
    /// The record, or its part, is created.
    pub new: bool,
    /// The whole system speaks SCIM.
    pub scim: bool,
}

/// A value on its way into a body: its path and its JSON.
struct Placed<'a> {
    index: usize,
    attribute: &'a Attribute,
    path: &'a JsonPath,
    /// As it is written; what clears it, where it is missing.
    json: Json,
    missing: bool,
}

impl BodyInput<'_> {
    /// The body of a write. `scope` knows the record that is sent first, the one that is there second.
    ///
    /// # Errors
    /// A value cannot be written in its attribute's form.
    pub fn content(&self, scope: &Scope<'_>) -> Result<Content, CallError> {
        let body = self.call.body.as_ref();
        match body {
            Some(Body { format, value: Some(value), .. }) => self.made(format, value, scope).map(Content::Some),
            _ if self.sends_no_values() => Ok(Content::None),
            body => self.values(body),
        }
    }

    /// Whether the record or its part is deleted.
    pub fn deletes(&self) -> bool {
        match self.write.kind {
            WriteKind::Delete => true,
            WriteKind::Part(part) => self.collection.parts[part].delete.as_ref().is_some_and(|call| std::ptr::eq(call, self.call)),
            WriteKind::Create | WriteKind::Update | WriteKind::Call(_) => false,
        }
    }

    fn sends_no_values(&self) -> bool {
        self.deletes() || matches!(self.write.kind, WriteKind::Call(_))
    }

    fn values(&self, body: Option<&Body>) -> Result<Content, CallError> {
        let format = body.map_or(&BodyFormat::Json, |body| &body.format);
        match format {
            BodyFormat::ScimPatch => {
                let patch = scim::patch(self.collection, self.write)?;
                return Ok(patch.map_or(Content::Nothing, |patch| Content::Some(self.json(&patch))));
            }
            BodyFormat::XmlDiff(element) => {
                let diff = xml_diff::diff(self, element)?;
                return Ok(diff.map_or(Content::Nothing, |diff| Content::Some(Payload { bytes: diff.into_bytes(), media: XML })));
            }
            _ => {}
        }
        let start = match format {
            BodyFormat::JsonApi(kind) => self.resource(kind),
            _ => Json::Object(Map::new()),
        };
        let mut record = self.merged(start)?;
        self.place(&mut record)?;
        self.written(format, record).map(Content::Some)
    }

    /// `body = EXPR`
    fn made(&self, format: &BodyFormat, value: &Program, scope: &Scope<'_>) -> Result<Payload, CallError> {
        let changes = if self.sends_no_values() { None } else { Some(self.record()?) };
        let whole = if !self.new && value.uses(|name| *name == Name::Sent) { Some(self.whole_record()?) } else { None };
        let scope = Scope { record: whole.as_ref().or(changes.as_ref()), changes: changes.as_ref(), ..scope.clone() };
        let mut json = json_of_value(value, &scope)?;
        if let BodyFormat::JsonApi(kind) = format {
            json = merged(self.resource(kind), json);
        }
        self.written(format, json)
    }

    /// What is sent of a record: its values in their places.
    fn record(&self) -> Result<Json, CallError> {
        let mut record = self.merged(Json::Object(Map::new()))?;
        self.place(&mut record)?;
        Ok(record)
    }

    fn written(&self, format: &BodyFormat, record: Json) -> Result<Payload, CallError> {
        in_format(format, &record, self.scim)
    }

    fn json(&self, record: &Json) -> Payload {
        json_of(record, self.scim)
    }

    /// A resource of JSON:API: it names its type, and its id once it has one (jsonapi.org/format, 7.2). No attributes are `{}`.
    fn resource(&self, kind: &str) -> Json {
        let id = self.write.part().map_or_else(|| self.write.id.clone(), |part| self.id_of_part(part)).filter(|_| !self.new);
        let mut resource = json!({ "type": kind });
        if let Some(id) = id.and_then(|id| id.canonical_key()) {
            resource["id"] = Json::from(id.as_str());
        }
        resource["attributes"] = Json::Object(Map::new());
        resource
    }

    fn id_of_part(&self, part: usize) -> Option<Value> {
        let found = self.record.and_then(|record| part_of(self.collection, part, record))?;
        found.get("id").and_then(Json::as_str).map(Value::text)
    }

    /// The values that this write brings, each with its place.
    fn placed(&self) -> Result<Vec<Placed<'_>>, CallError> {
        let one = |(index, value): &(usize, Value)| {
            let attribute = &self.collection.attributes[*index];
            let (json, path) = (encoded(attribute, value)?, self.path(attribute));
            Ok(Placed { index: *index, attribute, path, json, missing: value.is_missing() })
        };
        let is_sent = |(index, _): &&(usize, Value)| self.collection.attributes[*index].is_in_body();
        self.write.values.iter().filter(is_sent).map(one).collect()
    }

    /// Where an attribute is placed in what is sent: in the part where the part is sent, else in the record.
    fn path<'p>(&self, attribute: &'p Attribute) -> &'p JsonPath {
        match (self.write.part(), &attribute.part) {
            (Some(part), Some(own)) if own.part == part => &own.path,
            _ => attribute.write_path(),
        }
    }

    /// Puts the values in their places. What is missing clears, but has nothing to clear in a new record.
    fn place(&self, record: &mut Json) -> Result<(), CallError> {
        let is_xml = matches!(self.call.body.as_ref().map(|body| &body.format), Some(BodyFormat::Xml(_)));
        let mut placed = self.placed()?;
        if is_xml {
            placed.sort_by_key(|value| value.index);
        }
        for value in placed.into_iter().filter(|value| !self.new || !value.missing) {
            let is_there = !matches!(value.path.find(record), Found::Nothing);
            match is_xml && value.json.is_null() {
                true if is_there => value.path.remove(record),
                // XML has no null: an element without content is missing where it is read, and clears where it is sent.
                true => value.path.place(record, Json::from("")),
                false => value.path.place(record, value.json),
            }
        }
        Ok(())
    }
}

const XML: &str = "application/xml; charset=utf-8";

/// The body of a reading call, if it has one.
///
/// # Errors
/// It has no value that can be sent.
pub fn asking(call: &Call, scope: &Scope<'_>, scim: bool) -> Result<Option<Payload>, CallError> {
    let Some((body, value)) = call.body.as_ref().and_then(|body| Some((body, body.value.as_ref()?))) else { return Ok(None) };
    in_format(&body.format, &json_of_value(value, scope)?, scim).map(Some)
}

fn in_format(format: &BodyFormat, record: &Json, scim: bool) -> Result<Payload, CallError> {
    Ok(match format {
        BodyFormat::Json | BodyFormat::ScimPatch => json_of(record, scim),
        BodyFormat::JsonApi(_) => Payload { bytes: json!({ "data": record }).to_string().into_bytes(), media: "application/vnd.api+json" },
        BodyFormat::Form(lists) => Payload { bytes: flat::form(record, *lists).into_bytes(), media: "application/x-www-form-urlencoded" },
        BodyFormat::Csv => {
            let rows = record.as_array().map_or_else(|| std::slice::from_ref(record), Vec::as_slice);
            Payload { bytes: flat::csv(rows)?, media: "text/csv" }
        }
        BodyFormat::Xml(element) | BodyFormat::XmlDiff(element) => {
            Payload { bytes: xml::document(element, record)?.into_bytes(), media: XML }
        }
    })
}

fn json_of(record: &Json, scim: bool) -> Payload {
    Payload { bytes: record.to_string().into_bytes(), media: if scim { "application/scim+json" } else { "application/json" } }
}

impl Write {
    /// The part that it writes, if it writes one.
    pub const fn part(&self) -> Option<usize> {
        if let WriteKind::Part(part) = self.kind { Some(part) } else { None }
    }
}

/// Where a part is in a record, if the record has it.
pub fn part_of<'r>(collection: &Collection, part: usize, record: &'r Json) -> Option<&'r Json> {
    collection.parts[part].at.find_all(record).into_iter().find(|found| found.is_object())
}

/// Whether a body holds the whole record as it is, with what changes of it.
pub fn holds_whole_record(body: &Body) -> bool {
    body.value.as_ref().is_some_and(|value| value.uses(|name| *name == Name::Sent))
}

/// What `body = EXPR` gives.
fn json_of_value(value: &Program, scope: &Scope<'_>) -> Result<Json, CallError> {
    let fault = |fault| CallError::unsent(ErrorClass::Invalid, format!("the body: {fault}"));
    let value = value.run(scope).map_err(fault)?;
    Codec::natural(Kind::Json).write(&value).map_err(fault)
}

/// The right side wins, member by member.
fn merged(mut left: Json, right: Json) -> Json {
    match (left.as_object_mut(), right) {
        (Some(members), Json::Object(more)) => {
            for (name, value) in more {
                let old = members.get_mut(&name).map(Json::take);
                let value = if let (Some(old @ Json::Object(_)), Json::Object(_)) = (old, &value) { merged(old, value) } else { value };
                members.insert(name, value);
            }
            left
        }
        (_, right) => right,
    }
}
