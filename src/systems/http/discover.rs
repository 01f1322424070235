//! `attributes from …`: asks the system which attributes a collection or a part of it has.

use super::{
    Client,
    list::{Listing, marks::Marks, seen::Repeats},
    send::RequestCount,
};
use crate::{
    check::DiscoveredAttribute,
    compile::system::{Discovery, ErrorClass},
    systems::{CallError, Discovered, formats::lists::Lists},
    value::path::{FillError, Found, JsonPath},
};
use serde_json::Value as Json;
use thiserror::Error;

/// Why a discovered attribute is left out, worded to follow the attribute's name.
#[derive(Debug, Error)]
enum LeftOut {
    #[error("has no name")]
    NoName,
    #[error("has no type")]
    NoType,
    #[error("is of the type `{0}`, which the declaration does not name")]
    UnknownType(String),
    #[error("is reported twice")]
    Twice,
    #[error(transparent)]
    Path(#[from] FillError),
}

impl Client {
    /// Asks for the attributes of a collection, or of one of its parts.
    ///
    /// # Errors
    /// What the system answered, or that nothing is declared to be asked.
    pub async fn discover(&self, collection: usize, part: Option<usize>) -> Result<Discovered, CallError> {
        self.ready().await?;
        let collection = self.collection(collection);
        let discovery = part.map_or(collection.discovery.as_ref(), |part| collection.parts[part].discovery.as_ref());
        let discovery = discovery.ok_or_else(|| {
            let message = format!("`{}.{}` declares no `attributes from`", self.system.name, collection.name);
            CallError::unsent(ErrorClass::Invalid, message)
        })?;
        let lists = self.lists_of(discovery);
        let listing =
            Listing { collection, call: &discovery.call, lists, scope: self.scope(), marks: Marks::default(), repeats: Repeats::Any };
        let mut found = Discovered::default();
        let mut take = |page: &[&[u8]], _: Option<u64>| {
            let items = page.iter().filter_map(|item| serde_json::from_slice(item).ok());
            items.for_each(|item: Json| found.take(discovery, &item));
        };
        self.walk(&listing, &mut take, &mut RequestCount::default()).await.map_err(|stop| stop.error)?;
        Ok(found)
    }

    fn lists_of(&self, discovery: &Discovery) -> Lists {
        let mut lists = self.answer_lists(&discovery.call);
        let asked = discovery.types.iter().flat_map(|known| known.path.asks());
        let own = [&discovery.name, &discovery.ty].map(JsonPath::clone);
        asked.chain(own).for_each(|path| lists.add_below(discovery.call.items_path(), &path));
        lists
    }
}

impl Discovered {
    /// Reads the attribute that one item describes.
    fn take(&mut self, discovery: &Discovery, item: &Json) {
        let name = text_at(&discovery.name, item).unwrap_or_default();
        match attribute_of(discovery, &name, item) {
            Ok(_) if self.attributes.iter().any(|known| known.name == name) => self.leave_out(name, &LeftOut::Twice),
            Ok(attribute) => self.attributes.push(attribute),
            Err(why) => self.leave_out(name, &why),
        }
    }

    fn leave_out(&mut self, name: String, why: &LeftOut) {
        self.left_out.push((name, why.to_string()));
    }
}

fn attribute_of(discovery: &Discovery, name: &str, item: &Json) -> Result<DiscoveredAttribute, LeftOut> {
    if name.is_empty() {
        return Err(LeftOut::NoName);
    }
    let ty = text_at(&discovery.ty, item).ok_or(LeftOut::NoType)?;
    let Some(known) = discovery.types.iter().find(|known| known.name == ty) else { return Err(LeftOut::UnknownType(ty)) };
    let path = known.path.filled(item)?;
    Ok(DiscoveredAttribute { name: name.to_owned(), ty, path: path.text })
}

fn text_at(path: &JsonPath, item: &Json) -> Option<String> {
    match path.find(item) {
        Found::One(Json::String(text)) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Found::One(number @ Json::Number(_)) => Some(number.to_string()),
        _ => None,
    }
}
