//! `system NAME { … }` and its collections.

pub(crate) mod attributes;
mod batch_keys;
pub(crate) mod bodies;
pub(crate) mod call_names;
pub(crate) mod calls;
mod codes;
mod commonplace;
mod connect;
mod covered;
mod elements;
mod evidence;
mod files;
mod follow;
pub(crate) mod from_get;
pub(crate) mod http;
pub(crate) mod keys;
pub(crate) mod lines;
mod list_evidence;
pub(crate) mod marks;
mod methods;
pub(crate) mod no_effect;
mod not_there;
mod of_all;
mod overwritten;
pub(crate) mod paths;
pub(crate) mod rules;
mod schemes;
pub(crate) mod shown;
pub(crate) mod token;
mod without_list;
pub(crate) mod writes;
use super::{
    environment::Environment,
    model::{
        Setting,
        expr::Expr,
        request::DiscoveredType,
        rules::Rules,
        system::{Attribute, CONSISTENT_WITHIN, Call, Collection, Connection, Discovery, Later, Lists, System},
        wire::{FileFormat, WireFormat},
    },
    system::{attributes::Part, rules::RuleLine},
    types::{OuterLines, Place, SystemPlace, Typing},
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, CollectionItem as C, SystemItem},
    value::{Kind, path::JsonPath},
};
use std::{cell::RefCell, collections::HashSet};

/// What surrounds a collection.
struct Around<'a> {
    system: &'a str,
    settings: &'a [Setting],
    connected: bool,
    tokens: bool,
    /// Of `http`.
    rules: Option<&'a Rules<Expr>>,
    /// `body` of `http`.
    envelope: Option<&'a tree::Body>,
    /// Lines of calls, of `http`.
    lines: &'a [&'a tree::CallItem],
    /// Where the format of `http` has a list.
    format: lines::AnswerFormat,
    /// What `extend` adds to it.
    more: Vec<&'a tree::Attribute>,
}

impl Environment<'_> {
    /// A system with what other files add to it.
    pub fn system(&self, written: &tree::System, extended: &[&tree::Extend]) -> System {
        self.idle_lines(written);
        self.lists_fit(written);
        let settings =
            self.settings(written.items.iter().filter_map(|item| if let SystemItem::Setting(one) = item { Some(one) } else { None }));
        let later = RefCell::new(Vec::new());
        let title = written.items.iter().find_map(|item| if let SystemItem::Title(words) = item { Some(words.text.clone()) } else { None });
        let mut connection = self.connection(written, &settings, &later);
        let rules =
            connection.as_ref().and_then(|connection| if let Connection::Http(http) = connection { Some(&*http.rules) } else { None });
        let mut collections = self.collections(written, extended, &settings, (connection.is_some(), rules));
        if let Some(Connection::Http(http)) = &mut connection
            && collections.iter().any(patches_scim)
        {
            http.format = WireFormat::ScimJson;
            collections.iter_mut().flat_map(|one| &mut one.attributes).for_each(compares_as_scim);
        }
        let missing: Vec<_> = lines::missing_in(written);
        collections.iter_mut().flat_map(|one| &mut one.attributes).for_each(|attribute| lines::reads_as_missing(attribute, &missing));
        let texts = matches!(&connection, Some(Connection::Http(http)) if matches!(http.format, WireFormat::Xml | WireFormat::Csv));
        collections.iter_mut().filter(|one| texts || is_csv(one)).for_each(come_as_texts);
        System {
            title: title.unwrap_or_else(|| written.name.text.clone()),
            name: written.name.text.clone(),
            settings,
            connection: connection.unwrap_or(Connection::Files),
            collections,
            later: later.into_inner(),
            span: written.name.span,
        }
    }

    fn connection(&self, written: &tree::System, settings: &[Setting], later: &RefCell<Vec<Later>>) -> Option<Connection> {
        let mut connection = None;
        let mut first: Option<Span> = None;
        for item in &written.items {
            let (made, span) = match item {
                SystemItem::Http(http) => (self.http(http, &written.name.text, settings, later), http.span),
                SystemItem::Connect { address, span } => {
                    self.connect(address, &SystemPlace::new(&written.name.text, settings, later));
                    (Connection::Files, *span)
                }
                _ => continue,
            };
            if let Some(first) = first {
                self.report.say(
                    Diagnostic::error("E0210", span, "a system has one connection")
                        .related(first, "first here")
                        .help("take one of the two out"),
                );
            }
            first.get_or_insert(span);
            connection.get_or_insert(made);
        }
        connection
    }

    fn collections(
        &self,
        written: &tree::System,
        extended: &[&tree::Extend],
        settings: &[Setting],
        (connected, rules): (bool, Option<&Rules<Expr>>),
    ) -> Vec<Collection> {
        let declared = written.items.iter().filter_map(|item| if let SystemItem::Collection(one) = item { Some(one) } else { None });
        self.no_doubles("the collection", declared.clone().map(|one| (one.name.text.as_str(), one.name.span)));
        let tokens = written.items.iter().any(|item| matches!(item, SystemItem::Http(http) if super::system::http::has_token_call(http)));
        let lines = lines::of_http(written);
        let mut done = Vec::new();
        for one in declared {
            let more = extended.iter().filter(|extend| extend.collection.collection.text == one.name.text);
            let around = Around {
                system: &written.name.text,
                settings,
                connected,
                tokens,
                rules,
                envelope: written.items.iter().find_map(|item| if let SystemItem::Http(http) = item { envelope(http) } else { None }),
                lines: &lines,
                format: lines::answer_format(written),
                more: more.flat_map(|extend| &extend.attributes).collect(),
            };
            let collection = self.one_collection(one, &around, &done);
            done.push(collection);
        }
        done
    }

    fn one_collection(&self, written: &tree::Collection, around: &Around<'_>, before: &[Collection]) -> Collection {
        let later = RefCell::new(Vec::new());
        let Around { system, settings, tokens, connected, .. } = *around;
        let place = SystemPlace { tokens, envelope: around.envelope, format: around.format, ..SystemPlace::new(system, settings, &later) };
        let fixed = shown::fixed_by_all(written);
        let attributes = self.attributes(written, &around.more, &SystemPlace { fixed: &fixed, ..place });
        self.has_attributes(written, &attributes);
        let rules = self.rules_with(&written.items, &place, around.rules);
        let own = lines::of_collection(&written.items);
        let lines = OuterLines { collection: &own, http: around.lines };
        let place = SystemPlace { attributes: Some(&attributes), rules: Some(&rules), lines, ..place };
        let mut collection = self.empty(written);
        for item in &written.items {
            self.collection_item(&mut collection, item, &place, before);
        }
        if let Some(file) = written.items.iter().find_map(|item| if let C::File(file) = item { Some(file) } else { None }) {
            self.file_source(&mut collection, file, written, &place, connected);
        }
        if !connected && collection.file.is_none() && !collection.broken {
            let message = format!("`{}` says neither `http` nor a `file`, so nothing tells where its records are", written.name.text);
            self.report.error_help(
                "E0501",
                written.name.span,
                message,
                "add `http \"https://…\" { … }` to the system, or `file \"…\" csv` to the collection",
            );
        }
        self.one_access(&attributes);
        collection.attributes = attributes;
        collection.key.attributes().for_each(|at| collection.attributes[at].codec.as_key = true);
        self.items_show_the_key(&collection);
        self.batch_tells_keys(&collection);
        self.unshown_is_known(&collection);
        self.calls_name_what_is_known(&collection);
        self.has_a_key(&collection);
        self.calls_name_the_key(&collection);
        self.finds_send_what_they_look_for(&collection);
        self.get_shows_what_lists_do_not(&collection);
        self.marks_are_of_one_list(&collection);
        self.has_an_effect(&collection, written);
        for list in collection.all_lists() {
            list.for_each.iter().for_each(|above| self.parents_are_listed(list, &before[*above]));
        }
        collection.later = later.into_inner();
        collection
    }

    /// The rules of a collection or a part, before those further out.
    fn rules_with(&self, items: &[C], place: &SystemPlace<'_>, further: Option<&Rules<Expr>>) -> Rules<Expr> {
        let lines = items.iter().filter_map(|item| match item {
            C::Error(shape) => Some(RuleLine::Error(shape)),
            C::Outcome(outcome) => Some(RuleLine::Outcome(outcome)),
            _ => None,
        });
        let own = self.outer_rules(lines, place);
        further.map_or_else(|| own.clone(), |further| own.clone().before(further))
    }

    fn empty(&self, written: &tree::Collection) -> Collection {
        Collection {
            broken: written.items.iter().any(|item| matches!(item, C::Broken(_))),
            ..Collection::new(&written.name.text, written.span, written.name.span)
        }
    }

    fn attributes(&self, written: &tree::Collection, more: &[&tree::Attribute], place: &SystemPlace<'_>) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        let mut parts = 0..;
        for item in &written.items {
            match item {
                C::Attributes(own) => attributes.extend(own.iter().map(|one| self.attribute_declared(one, place, None))),
                C::Part(part) => {
                    let index = parts.next().expect("as many as are written");
                    attributes.extend(self.part_attributes(part, index, &written.name.text, place));
                }
                C::Discovered(told) => attributes.extend(self.told(told, &written.name.text, None, place)),
                _ => {}
            }
        }
        attributes.extend(more.iter().map(|one| self.attribute_declared(one, place, None)));
        declared_first(&mut attributes);
        self.no_place_twice(&attributes);
        self.no_doubles("the attribute", attributes.iter().map(|one| (one.name.as_str(), one.span)));
        attributes
    }

    fn part_attributes(&self, part: &tree::Collection, index: usize, collection: &str, place: &SystemPlace<'_>) -> Vec<Attribute> {
        let path = |wanted: fn(&C) -> Option<&tree::PathText>| {
            part.items.iter().find_map(wanted).and_then(|path| self.patterns.path(&path.text).ok())
        };
        let at = path(|item| if let C::At(path) = item { Some(path) } else { None });
        let written_at = path(|item| if let C::WrittenAt(path) = item { Some(path) } else { None });
        let has_calls = part.items.iter().any(|item| matches!(item, C::Call(_)));
        let of = Part { index, name: &part.name.text, at: at.as_ref(), written_at: written_at.as_ref(), has_calls };
        let mut attributes = Vec::new();
        for item in &part.items {
            match item {
                C::Attributes(own) => attributes.extend(own.iter().map(|one| self.attribute_declared(one, place, Some(of)))),
                C::Discovered(told) => attributes.extend(self.told(told, collection, Some(of), place)),
                _ => {}
            }
        }
        attributes
    }

    /// The attributes that the system listed when it was last asked.
    fn told(&self, written: &tree::Discovered, collection: &str, part: Option<Part<'_>>, place: &SystemPlace<'_>) -> Vec<Attribute> {
        let told = self.loader.discovered(place.system, collection, part.map(|part| part.name)).unwrap_or_default();
        let attribute = |one: &crate::check::DiscoveredAttribute| {
            let (_, ty, _) = written.types.iter().find(|(name, ..)| name.text == one.ty)?;
            Some(self.attribute_told(&one.name, &ty.ty, self.patterns.path(&one.path).ok()?, part, written.span))
        };
        told.iter().filter_map(attribute).collect()
    }

    fn discovery(&self, written: &tree::Discovered, place: &SystemPlace<'_>) -> Option<Discovery> {
        let call_place = SystemPlace { in_call: true, ..*place };
        let path_typing = Typing::new(self, Place::System(call_place));
        let mut call =
            Call::new(self.method(&written.method, "attributes from"), self.call_path(&written.path, &path_typing), written.span);
        call.items = written.items.as_ref().map(|path| super::model::place::Place::Path(self.path_or_root(path)));
        call.rules = std::sync::Arc::new(place.rules.cloned().unwrap_or_default());
        self.no_doubles("the type", written.types.iter().map(|(name, ..)| (name.text.as_str(), name.span)));
        let types = written
            .types
            .iter()
            .filter_map(|(name, ty, path)| Some(DiscoveredType { name: name.text.clone(), ty: ty.ty.clone(), path: self.path(path)? }));
        let types = types.collect();
        for (what, there) in [("items", &written.items), ("name", &written.name), ("type", &written.ty)] {
            if there.is_none() {
                let message = format!("nothing says where the {what} of the attributes are in the answer");
                self.report.error_help("E0502", written.span, message, format!("add a line `{what} $.…`"));
            }
        }
        Some(Discovery { call, name: self.path(written.name.as_ref()?)?, ty: self.path(written.ty.as_ref()?)?, types })
    }

    fn collection_item(&self, collection: &mut Collection, item: &C, place: &SystemPlace<'_>, before: &[Collection]) {
        match item {
            C::Key(names) => {
                collection.key = self.key(names, place);
                collection.key_span = names.first().and_then(|name| name.first()).map(|name| name.span);
            }
            C::Label(label) => collection.label = self.label(label, place),
            C::Changed(name) => collection.changed = self.changed(place, name),
            C::Lists { all, .. } => collection.lists = Some(if *all { Lists::All } else { Lists::OpenOnly }),
            C::ConsistentWithin { span_of_time, .. } => {
                collection.consistent_within = u64::try_from(span_of_time.seconds()).unwrap_or(CONSISTENT_WITHIN);
                collection.declares_consistency = true;
            }
            C::Call(call) => self.call(collection, call, place, before),
            C::List(list) => {
                self.listed(list, place);
                collection.broken = true;
            }
            C::Part(part) => collection.parts.extend(self.part(part, place, before)),
            C::Discovered(written) => collection.discovery = self.discovery(written, place),
            C::File(_)
            | C::Attributes(_)
            | C::RequestedAs(_)
            | C::At(_)
            | C::WrittenAt(_)
            | C::Error(_)
            | C::Outcome(_)
            | C::Line(_)
            | C::Broken(_) => {}
        }
    }

    /// A part, with the calls of its own.
    fn part(&self, part: &tree::Collection, place: &SystemPlace<'_>, before: &[Collection]) -> Option<super::model::system::Part> {
        let rules = self.rules_with(&part.items, place, place.rules);
        let own: Vec<_> = lines::of_collection(&part.items);
        let place = &SystemPlace { rules: Some(&rules), lines: OuterLines { collection: &own, http: &[] }, ..*place };
        let mut aside = self.empty(part);
        let (mut at, mut written_at, mut requested_as, mut discovery) = (None, None, part.name.text.clone(), None);
        for item in &part.items {
            match item {
                C::At(path) => at = self.path(path),
                C::WrittenAt(path) => written_at = self.write_path(path),
                C::RequestedAs(words) => requested_as.clone_from(&words.text),
                C::Call(call) => self.call(&mut aside, call, place, before),
                C::Discovered(written) => discovery = self.discovery(written, place),
                _ => {}
            }
        }
        if at.is_none() && !part.items.iter().any(|item| matches!(item, C::At(_) | C::Broken(_))) {
            let message = format!("`{}` does not say where it is in the record", part.name.text);
            self.report.error_help("E0508", part.name.span, message, format!("add its JSON path, such as `at $.{}`", part.name.text));
        }
        let Collection { create, update, delete, .. } = aside;
        Some(super::model::system::Part {
            name: part.name.text.clone(),
            requested_as,
            at: at?,
            written_at,
            create,
            update,
            delete,
            discovery,
        })
    }

    /// The index of an attribute of the collection itself.
    pub fn own_attribute(&self, place: &SystemPlace<'_>, name: &tree::Ident) -> Option<usize> {
        self.attribute_named(place, &name.text, name.span)
    }

    /// Says once that a collection declares nothing, and not at each name that is looked for in it.
    fn has_attributes(&self, written: &tree::Collection, attributes: &[Attribute]) {
        let told = written.items.iter().any(|item| matches!(item, C::Discovered(_) | C::Part(_) | C::Broken(_)));
        if !attributes.is_empty() || told || self.report.syntax.is_in(written.span) {
            return;
        }
        let name = written.items.iter().find_map(|item| if let C::Key(names) = item { Some(&*names.first()?.first()?.text) } else { None });
        let name = name.unwrap_or("id");
        let message = format!("`{}` declares no attributes, so nothing of its records can be read or written", written.name.text);
        let help = format!("add a block such as `attributes {{ {name} : text at $.{name} }}` to the collection");
        self.report.error_help("E0203", written.name.span, message, help);
    }

    /// The same, by a name that may be that of a part's attribute.
    pub fn attribute_named(&self, place: &SystemPlace<'_>, name: &str, span: Span) -> Option<usize> {
        let attributes = place.attributes.unwrap_or_default();
        let found = attributes.iter().position(|attribute| attribute.name == name);
        if let Some(at) = found {
            self.report.uses(attributes[at].span);
        } else if place.attributes.is_some_and(<[_]>::is_empty) {
            self.report.follows(span);
        } else {
            let diagnostic = Diagnostic::error("E0203", span, format!("this collection has no attribute `{name}`")).label("not declared");
            let there_is = attributes.iter().map(|attribute| attribute.name.as_str());
            let diagnostic = super::suggest::suggest(diagnostic, name, span, there_is);
            self.report.unknown(diagnostic, name, attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.span)));
        }
        found
    }

    fn label(&self, written: &tree::Expr, place: &SystemPlace<'_>) -> Option<super::model::expr::Expr> {
        let label = Typing::new(self, Place::System(*place)).expr(written);
        if label.is_broken() {
            return None;
        }
        if !matches!(label.ty.kind, Kind::Text | Kind::Int) {
            let message = format!("a label is a text, and this is {}", super::types::a_kind(&label.ty.kind));
            self.report.error_help("E0513", written.span, message, "write a text: `label \"{…}\"`");
        }
        Some(label)
    }

    fn changed(&self, place: &SystemPlace<'_>, name: &tree::Ident) -> Option<usize> {
        let at = self.own_attribute(place, name)?;
        let kind = &place.attributes.unwrap_or_default()[at].ty.kind;
        if !matches!(kind, Kind::DateTime | Kind::Date | Kind::Int) {
            let message = format!("`changed` tells the newest by a datetime, and `{}` is {}", name.text, super::types::a_kind(kind));
            self.report.error_help("E0513", name.span, message, "name an attribute of the type `datetime`");
        }
        Some(at)
    }

    fn one_access(&self, attributes: &[Attribute]) {
        let mut marked = attributes.iter().filter(|attribute| attribute.access.is_some());
        if let (Some(first), Some(second)) = (marked.next(), marked.next()) {
            let message = format!("both `{}` and `{}` open or close an account", first.name, second.name);
            self.report
                .say(Diagnostic::error("E0510", second.span, message).related(first.span, "first here").help("mark the one that decides"));
        }
    }

    /// What `extend` adds must be added to something.
    pub fn extended(&self, written: &tree::Extend) {
        self.collection(&written.collection);
    }
}

/// If a system reports an attribute that is declared, the declaration wins.
fn declared_first(attributes: &mut Vec<Attribute>) {
    let declared: HashSet<_> = attributes.iter().filter(|one| !one.discovered).map(|one| one.name.clone()).collect();
    attributes.retain(|one| !one.discovered || !declared.contains(&one.name));
}

fn is_csv(collection: &Collection) -> bool {
    matches!(&collection.file, Some(file) if matches!(file.format, FileFormat::Csv { .. }))
}

fn come_as_texts(collection: &mut Collection) {
    collection.attributes.iter_mut().for_each(|attribute| attribute.codec.texts = true);
}

/// `[?@.type == "work"]` finds `"Work"` (RFC 7643, 2.2).
fn compares_as_scim(attribute: &mut Attribute) {
    attribute.path = std::mem::replace(&mut attribute.path, JsonPath::record()).ignoring_case();
    attribute.written_at = attribute.written_at.take().map(JsonPath::ignoring_case);
}

fn patches_scim(collection: &Collection) -> bool {
    let calls = collection.update.iter().chain(&collection.create).chain(collection.named.iter().map(|(_, call)| call));
    calls.filter_map(|call| call.body.as_ref()).any(|body| body.format == super::model::wire::BodyFormat::ScimPatch)
}

/// The `body` that goes around that of each call.
pub(crate) fn envelope(http: &tree::Http) -> Option<&tree::Body> {
    http.items.iter().find_map(|item| if let tree::HttpItem::Body(body) = item { Some(body) } else { None })
}
