//! The store of Arlo and its XML: properties in their order, empty ones left out, links that may be expanded.

use super::xml::Element;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet};

pub const RESOURCES: &str = "https://acme.arlo.co/api/2012-02-01/auth/resources";
pub const SCHEMA: &str = "http://schemas.arlo.co/api/2012/02/auth";

/// A kind of resource: its place in addresses, its element, its properties in their order with their lengths (0: not said),
/// and the sub-resources that it links to.
#[derive(Debug)]
pub struct Kind {
    pub place: &'static str,
    pub element: &'static str,
    pub id: &'static str,
    pub properties: &'static [(&'static str, usize)],
    pub required: &'static [&'static str],
    pub parts: &'static [&'static str],
}

pub const KINDS: &[Kind] = &[
    Kind {
        place: "contacts",
        element: "Contact",
        id: "ContactID",
        properties: &[
            ("FirstName", 64),
            ("LastName", 64),
            ("Email", 128),
            ("CodePrimary", 0),
            ("PhoneWork", 0),
            ("PhoneHome", 0),
            ("PhoneMobile", 0),
            ("Status", 0),
        ],
        required: &["FirstName", "LastName"],
        parts: &["Employment", "PostalAddress", "CustomFields"],
    },
    Kind {
        place: "organisations",
        element: "Organisation",
        id: "OrganisationID",
        properties: &[("Name", 128), ("LegalName", 0), ("Email", 0), ("CodePrimary", 36), ("PhonePrimary", 0)],
        required: &["Name"],
        parts: &["PostalAddress", "PhysicalAddress", "CustomFields"],
    },
    Kind {
        place: "registrations",
        element: "Registration",
        id: "RegistrationID",
        properties: &[
            ("Attendance", 0),
            ("Outcome", 0),
            ("Grade", 0),
            ("Status", 0),
            ("ProgressPercent", 0),
            ("ProgressStatus", 0),
            ("CertificateSentDateTime", 0),
            ("CompletedDateTime", 0),
        ],
        required: &[],
        parts: &["CustomFields"],
    },
    Kind {
        place: "events",
        element: "Event",
        id: "EventID",
        properties: &[
            ("Code", 0),
            ("StartDateTime", 0),
            ("FinishDateTime", 0),
            ("StartTimeZoneAbbr", 0),
            ("LocationName", 0),
            ("Status", 0),
        ],
        required: &[],
        parts: &[],
    },
    Kind {
        place: "onlineactivities",
        element: "OnlineActivity",
        id: "OnlineActivityID",
        properties: &[("Code", 0), ("Status", 0)],
        required: &[],
        parts: &[],
    },
];

pub const ADDRESS: &[(&str, usize)] = &[
    ("StreetLine1", 256),
    ("StreetLine2", 256),
    ("StreetLine3", 256),
    ("StreetLine4", 256),
    ("SuburbOrRegion", 256),
    ("City", 128),
    ("StateOrProvince", 128),
    ("PostCode", 16),
    ("Country", 128),
];
pub const EMPLOYMENT: &[(&str, usize)] = &[
    ("Position", 0),
    ("Department", 0),
    ("Branch", 0),
    ("BusinessRegion", 0),
    ("BusinessLocation", 0),
    ("BusinessArea", 0),
    ("EmploymentStatus", 0),
];
const CHOICES: &[(&str, &[&str])] =
    &[("Attendance", &["Attended", "DidNotAttended", "Unknown"]), ("Outcome", &["Pass", "Fail", "Unknown"])];

/// The kind of a place in addresses, or of an element.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.place == name || kind.element == name)
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Resource {
    pub kind: &'static Kind,
    pub id: u64,
    /// Its properties.
    pub own: Element,
    pub parts: BTreeMap<&'static str, Element>,
    /// Links to others: title and id.
    pub to: Vec<(&'static str, u64)>,
    pub created: Timestamp,
    pub modified: Timestamp,
    /// The contact that took this one over.
    pub merged_into: Option<u64>,
}

/// A custom field that a kind may have.
#[derive(Clone, Debug)]
pub struct Description {
    pub place: &'static str,
    pub name: &'static str,
    pub guid: String,
    /// `String`, `Integer`, `Date`, `StringArray`
    pub ty: &'static str,
}

#[derive(Debug, Default)]
pub struct Store {
    pub all: Vec<Resource>,
    pub descriptions: Vec<Description>,
}

pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

impl Resource {
    pub fn href(&self) -> String {
        format!("{RESOURCES}/{}/{}/", self.kind.place, self.id)
    }

    pub fn uuid(&self) -> String {
        format!("5f1c2a8e-51b8-4d33-9b0e-{:04x}{:08x}", self.kind.place.len(), self.id)
    }

    /// A property as its text; none where it is empty.
    pub fn value(&self, name: &str) -> Option<String> {
        match name {
            name if name == self.kind.id => Some(self.id.to_string()),
            "UniqueIdentifier" => Some(self.uuid()),
            "CreatedDateTime" => Some(time(self.created)),
            "LastModifiedDateTime" => Some(time(self.modified)),
            name => Some(self.own.text_of(name)).filter(|text| !text.is_empty()).map(str::to_owned),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        let always = [self.kind.id, "UniqueIdentifier", "CreatedDateTime", "LastModifiedDateTime"];
        always.contains(&name) || self.kind.properties.iter().any(|(property, _)| *property == name)
    }
}

impl Store {
    pub fn get(&self, kind: &str, id: u64) -> Option<&Resource> {
        self.all.iter().find(|one| (one.kind.place == kind || one.kind.element == kind) && one.id == id)
    }

    pub fn get_mut(&mut self, place: &str, id: u64) -> Option<&mut Resource> {
        self.all.iter_mut().rev().find(|one| one.kind.place == place && one.id == id)
    }

    pub fn of(&self, place: &str) -> impl Iterator<Item = &Resource> {
        self.all.iter().filter(move |one| one.kind.place == place && one.merged_into.is_none())
    }

    /// Makes a resource of these properties.
    pub fn insert(&mut self, place: &str, id: u64, properties: &[(&str, &str)]) -> &mut Resource {
        let kind = kind(place).expect("a kind of resource");
        let mut own = Element::new(kind.element);
        properties.iter().for_each(|(name, value)| own.set(name, value));
        let now = Timestamp::now();
        let (parts, to) = (BTreeMap::new(), Vec::new());
        self.all.push(Resource { kind, id, own, parts, to, created: now, modified: now, merged_into: None });
        self.all.last_mut().expect("it was just made")
    }

    /// A resource as an element. `expand` contains whole paths from the root of the answer; `path` is the path of this resource.
    pub fn shown(&self, one: &Resource, expand: &HashSet<String>, path: &str) -> Element {
        let mut element = Element::new(one.kind.element);
        let mut put = |name: &str| {
            if let Some(value) = one.value(name) {
                element.children.push(Element::with_text(name, value));
            }
        };
        [one.kind.id, "UniqueIdentifier"].into_iter().for_each(&mut put);
        one.kind.properties.iter().for_each(|(name, _)| put(name));
        ["CreatedDateTime", "LastModifiedDateTime"].into_iter().for_each(&mut put);
        element.children.push(link("self", None, &one.href()));
        for part in one.kind.parts {
            let mut link = related(part, &format!("{}{}/", one.href(), part.to_lowercase()));
            if expand.contains(&format!("{path}{part}")) {
                link.children.push(part_shown(one, part));
            }
            element.children.push(link);
        }
        for (title, id) in &one.to {
            let Some(other) = self.get(title, *id) else { continue };
            let mut link = related(title, &other.href());
            let own_path = format!("{path}{title}");
            if expand.contains(&own_path) {
                link.children.push(self.shown(other, expand, &format!("{own_path}/")));
            }
            element.children.push(link);
        }
        element
    }

    /// What a custom field is, by its name.
    pub fn description(&self, place: &str, name: &str) -> Option<&Description> {
        self.descriptions.iter().find(|one| one.place == place && one.name == name)
    }
}

impl Description {
    pub fn href(&self) -> String {
        format!("{RESOURCES}/fielddescriptions/{}/", self.guid)
    }

    pub fn shown(&self) -> Element {
        let array = self.ty.ends_with("Array");
        let ty = Element::new("ValueType").child(Element::with_text("TypeName", self.ty)).child(Element::with_text("IsArray", array));
        let kind = kind(self.place).expect("a kind of resource");
        Element::new("FieldDescription")
            .child(Element::with_text("ResourceType", kind.element))
            .child(Element::with_text("Name", self.name))
            .child(Element::with_text("IsEnabled", "true"))
            .child(ty)
            .child(Element::new("Attributes").child(Element::with_text("DefaultLabel", self.name)))
            .child(link("self", None, &self.href()))
    }

    /// A field with these texts.
    pub fn field(&self, texts: &[&str]) -> Element {
        let value = match self.ty {
            "StringArray" => texts.iter().fold(Element::new("StringArray"), |array, text| array.child(Element::with_text("String", text))),
            ty => Element::with_text(ty, texts[0]),
        };
        let described = related("FieldDescription", &self.href());
        Element::new("Field").child(Element::with_text("Name", self.name)).child(Element::new("Value").child(value)).child(described)
    }
}

/// A sub-resource; empty properties are left out.
pub fn part_shown(one: &Resource, part: &'static str) -> Element {
    let mut element = one.parts.get(part).cloned().unwrap_or_else(|| Element::new(part));
    if part != "CustomFields" {
        element.children.push(link("self", None, &format!("{}{}/", one.href(), part.to_lowercase())));
    }
    element
}

pub fn link(rel: &str, title: Option<&str>, href: &str) -> Element {
    let link = Element::new("Link").attribute("rel", rel).attribute("type", "application/xml");
    let link = if let Some(title) = title { link.attribute("title", title) } else { link };
    link.attribute("href", href)
}

fn related(title: &str, href: &str) -> Element {
    link(&format!("{SCHEMA}/related/{title}"), Some(title), href)
}

/// The properties of an element, in their order: known ones, none too long, empty ones left out.
pub fn properties(element: &Element, name: &str, known: &[(&str, usize)]) -> Result<Element, String> {
    let mut out = Element::new(name);
    for child in element.children.iter().filter(|child| child.name != "Link") {
        let Some((_, longest)) = known.iter().find(|(known, _)| *known == child.name) else {
            return Err(format!("{} is not a property of {name} that can be written", child.name));
        };
        if *longest > 0 && child.text.chars().count() > *longest {
            return Err(format!("{} may not be longer than {longest}", child.name));
        }
        let choices = CHOICES.iter().find(|(name, _)| *name == child.name);
        if choices.is_some_and(|(_, choices)| !choices.contains(&child.text.as_str())) {
            return Err(format!("{} can't be {}", child.name, child.text));
        }
    }
    known.iter().for_each(|(name, _)| out.set(name, element.text_of(name)));
    Ok(out)
}

/// The fields of an element, each known, of its type, and with the link that says what it is.
pub fn custom_fields(store: &Store, place: &str, element: &Element) -> Result<Element, String> {
    let mut out = Element::new("CustomFields");
    for field in element.all("Field") {
        let name = field.text_of("Name");
        let description = store.description(place, name).ok_or_else(|| format!("there is no custom field {name}"))?;
        let value = field.first("Value").and_then(|value| value.children.first()).ok_or_else(|| format!("{name} has no value"))?;
        if value.name != description.ty {
            return Err(format!("{name} is a {} and not a {}", description.ty, value.name));
        }
        let rel = format!("{SCHEMA}/related/FieldDescription");
        let described = field.all("Link").any(|link| link.get("rel") == Some(&rel) && link.get("href") == Some(&description.href()));
        if !described {
            return Err(format!("{name} needs the link to its FieldDescription"));
        }
        let texts: Vec<&str> =
            if value.children.is_empty() { vec![&value.text] } else { value.children.iter().map(|one| one.text.as_str()).collect() };
        if texts.iter().any(|text| !text.is_empty()) {
            out.children.push(description.field(&texts));
        }
    }
    Ok(out)
}
