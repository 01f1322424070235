//! All paths of a collection in one trie: the bytes of a record are read once, and only the requested values are built.
//!
//! Where JSON has a member more than once, what is requested of it is a fault: which of them counts is unknown.

use super::{
    Fault, Value,
    format::{Codec, Scalar},
    path::{Found, JsonPath, Walk},
    unique,
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use std::fmt;

/// A value read from a record, or why it could not be read. A fault rejects only the verdict that needs the value.
pub type Cell = Result<Value, Box<Fault>>;

/// The values of one record, in the order of the slots.
pub type Row = Box<[Cell]>;

/// Takes the values of many paths from a record in one pass.
#[derive(Debug)]
pub struct Trie {
    slots: Vec<Slot>,
    root: Node,
}

#[derive(Debug)]
struct Slot {
    path: JsonPath,
    codec: Codec,
    /// How many steps of the path the trie follows.
    done: usize,
}

/// A place in the record that a path leads to or passes through.
#[derive(Debug, Default)]
struct Node {
    /// Slots that need the scalar at this place.
    leaves: Vec<usize>,
    /// Slots that need everything at this place as a tree: a list, raw JSON, or a path that continues with a filter.
    trees: Vec<usize>,
    members: Vec<(Box<str>, Node)>,
    items: Vec<(usize, Node)>,
    /// Slots here and below.
    all: Vec<usize>,
    /// The lengths of the member names, one bit each, which rules out most other names without a comparison.
    lengths: u64,
}

impl Trie {
    /// A trie over the slots: each a path and how its value is read.
    #[must_use]
    pub fn new(slots: &[(JsonPath, Codec)]) -> Self {
        let mut root = Node::default();
        let slots: Vec<_> = slots.iter().enumerate().map(|(at, (path, codec))| root.add(at, path, codec)).collect();
        Self { slots, root }
    }

    /// The row of a record, from its JSON text.
    ///
    /// # Errors
    /// If the text is not one whole JSON value.
    pub fn read(&self, record: &[u8]) -> Result<Row, serde_json::Error> {
        let mut row = self.empty_row();
        let mut deserializer = serde_json::Deserializer::from_slice(record);
        Visit { slots: &self.slots, node: &self.root, row: &mut row }.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(self.finish(row))
    }

    /// The row of a record that is a tree already.
    #[must_use]
    pub fn read_value(&self, record: &Json) -> Row {
        let mut row = self.empty_row();
        self.root.read_tree(record, &self.slots, &mut row);
        self.finish(row)
    }

    /// The paths of the slots, as they are written.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(|slot| slot.path.text.as_str())
    }

    /// The row of a record none of whose values can be read.
    #[must_use]
    pub fn all_faulty(&self, fault: &Fault) -> Row {
        self.places().map(|place| Err(Box::new(fault.clone()).at(place))).collect()
    }

    fn empty_row(&self) -> Vec<Cell> {
        self.slots.iter().map(|_| Ok(Value::Absent)).collect()
    }

    /// Values that were not found are missing; every fault names its place.
    fn finish(&self, mut row: Vec<Cell>) -> Row {
        for (cell, slot) in row.iter_mut().zip(&self.slots) {
            if matches!(cell, Ok(Value::Absent)) && slot.codec.required {
                *cell = slot.codec.missing(Value::Absent);
            }
            if let Err(fault) = cell {
                fault.at.get_or_insert_with(|| slot.path.text.as_str().into());
            }
        }
        row.into_boxed_slice()
    }
}

impl Slot {
    fn read_tree(&self, tree: &Json) -> Cell {
        if self.path.is_singular() {
            return match self.path.find_from(self.done, tree) {
                Found::One(json) => self.codec.read(Some(json)),
                Found::Nothing | Found::Several(_) => Ok(Value::Absent),
            };
        }
        self.codec.read_found(&self.path.find_all_from(self.done, tree))
    }
}

impl Node {
    fn add(&mut self, slot: usize, path: &JsonPath, codec: &Codec) -> Slot {
        let beginning: Vec<_> = path.beginning().collect();
        let node = beginning.iter().fold(self, |node, step| {
            node.all.push(slot);
            node.child(step)
        });
        node.all.push(slot);
        if path.is_singular() && beginning.len() == path.length() && codec.is_scalar() {
            node.leaves.push(slot)
        } else {
            node.trees.push(slot)
        }
        Slot { path: path.clone(), codec: codec.clone(), done: beginning.len() }
    }

    fn child(&mut self, step: &Walk) -> &mut Self {
        match step {
            Walk::Name(name) => self.member_or_new(name),
            Walk::Index(index) => self.item_or_new(usize::try_from(*index).unwrap_or(usize::MAX)),
            Walk::All | Walk::Where(_) => self,
        }
    }

    fn member_or_new(&mut self, name: &str) -> &mut Self {
        self.lengths |= length_bit(name);
        let at = self.members.iter().position(|(known, _)| **known == *name).unwrap_or_else(|| {
            self.members.push((name.into(), Self::default()));
            self.members.len() - 1
        });
        &mut self.members[at].1
    }

    fn item_or_new(&mut self, index: usize) -> &mut Self {
        let at = self.items.iter().position(|(known, _)| *known == index).unwrap_or_else(|| {
            self.items.push((index, Self::default()));
            self.items.len() - 1
        });
        &mut self.items[at].1
    }

    /// Where a member is among those that are followed.
    fn member(&self, name: &str) -> Option<usize> {
        if self.lengths & length_bit(name) == 0 {
            return None;
        }
        self.members.iter().position(|(known, _)| **known == *name)
    }

    fn item(&self, index: usize) -> Option<&Self> {
        self.items.iter().find(|(known, _)| *known == index).map(|(_, node)| node)
    }

    /// What is here and below is unknown, because a member is there more than once.
    fn is_doubtful(&self, member: &str, row: &mut [Cell]) {
        self.all.iter().for_each(|&slot| row[slot] = Err(Fault::twice(member)));
    }

    fn read_scalar(&self, scalar: Scalar<'_>, slots: &[Slot], row: &mut [Cell]) {
        for &slot in &self.leaves {
            row[slot] = slots[slot].codec.read_scalar(scalar);
        }
    }

    /// Reads everything at this place from a tree.
    fn read_tree(&self, tree: &Json, slots: &[Slot], row: &mut [Cell]) {
        for &slot in &self.leaves {
            row[slot] = slots[slot].codec.read(Some(tree));
        }
        for &slot in &self.trees {
            row[slot] = slots[slot].read_tree(tree);
        }
        for (name, node) in &self.members {
            if let Some(member) = tree.as_object().and_then(|object| object.get(&**name)) {
                node.read_tree(member, slots, row);
            }
        }
        for (index, node) in &self.items {
            if let Some(item) = tree.as_array().and_then(|list| list.get(*index)) {
                node.read_tree(item, slots, row);
            }
        }
    }
}

const fn length_bit(name: &str) -> u64 {
    1 << (name.len() % 64)
}

/// Reads one value of the record into the cells of a node.
struct Visit<'a> {
    slots: &'a [Slot],
    node: &'a Node,
    row: &'a mut Vec<Cell>,
}

impl Visit<'_> {
    fn scalar<E>(self, scalar: Scalar<'_>) -> Result<(), E> {
        self.node.read_scalar(scalar, self.slots, self.row);
        Ok(())
    }

    /// A list or an object where a single value is wanted.
    fn composite(&mut self, shape: fn() -> Json) {
        for &slot in &self.node.leaves {
            self.row[slot] = self.slots[slot].codec.read(Some(&shape()));
        }
    }
}

impl<'de> DeserializeSeed<'de> for Visit<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.node.trees.is_empty() {
            return deserializer.deserialize_any(self);
        }
        let mut twice = None;
        let tree = unique::Tree(&mut twice).deserialize(deserializer)?;
        self.node.read_tree(&tree, self.slots, self.row);
        twice.iter().for_each(|member| self.node.is_doubtful(member, self.row));
        Ok(())
    }
}

impl<'de> Visitor<'de> for Visit<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar(Scalar::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.scalar(Scalar::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.scalar(Scalar::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.scalar(i64::try_from(number).map_or(Scalar::Large(number), Scalar::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.scalar(Scalar::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.scalar(Scalar::Text(text))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        self.composite(|| Json::Object(serde_json::Map::new()));
        let mut seen = Seen::default();
        while let Some(found) = object.next_key_seed(Key(self.node))? {
            let Some(at) = found else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            let (name, node) = &self.node.members[at];
            if seen.is_new(at) {
                object.next_value_seed(Visit { slots: self.slots, node, row: self.row })?;
            } else {
                object.next_value::<IgnoredAny>()?;
                node.is_doubtful(name, self.row);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        self.composite(|| Json::Array(Vec::new()));
        for index in 0.. {
            let more = match self.node.item(index) {
                Some(node) => list.next_element_seed(Visit { slots: self.slots, node, row: self.row })?.is_some(),
                None => list.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }
}

/// The members of one object that were read, without an allocation for the first 64.
#[derive(Default)]
struct Seen {
    first: u64,
    others: Vec<usize>,
}

impl Seen {
    fn is_new(&mut self, at: usize) -> bool {
        if at >= 64 {
            let new = !self.others.contains(&at);
            self.others.push(at);
            return new;
        }
        let new = self.first & (1 << at) == 0;
        self.first |= 1 << at;
        new
    }
}

/// The name of a member, looked up without being copied.
struct Key<'a>(&'a Node);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.member(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::FaultCode;
    use crate::value::{Kind, testing::any_json};
    use proptest::prelude::*;
    use serde_json::json;

    fn trie(slots: &[(&str, Kind)]) -> Trie {
        let slots: Vec<_> = slots.iter().map(|(path, kind)| (JsonPath::parse(path).unwrap(), Codec::natural(kind.clone()))).collect();
        Trie::new(&slots)
    }

    fn texts() -> Kind {
        Kind::List(Box::new(Kind::Text))
    }

    #[test]
    fn one_pass_reads_names_indexes_lists_filters_and_raw_json() {
        let trie = trie(&[
            ("$.id", Kind::Int),
            ("$.name.given", Kind::Text),
            ("$.name", Kind::Json),
            ("$.tags", texts()),
            ("$.tags[1]", Kind::Text),
            ("$.tags[-1]", Kind::Text),
            ("$.emails[?@.type == \"work\"].value", Kind::Text),
            ("$.emails[*].value", texts()),
            ("$.emails[*].value", Kind::Text),
            ("$.none.here", Kind::Text),
            ("$.name.given", Kind::Int),
            ("$.tags", Kind::Text),
        ]);
        let record = r#"{"skip": {"id": [1, {"a": null}]}, "id": 7, "name": {"given": "A\u006en", "x": 1.5}, "tags": ["a", "b", "c"],
            "emails": [{"type": "work", "value": "w"}, {"type": "home", "value": "h"}]}"#;
        let row = trie.read(record.as_bytes()).unwrap();
        let shown: Vec<_> =
            row.iter().map(|cell| cell.as_ref().map_err(|fault| (fault.code.as_str(), fault.at.as_deref())).cloned()).collect();
        let text = |text: &str| Ok(Value::text(text));
        assert_eq!(shown[..2], [Ok(Value::Int(7)), text("Ann")]);
        assert_eq!(shown[2], Ok(Value::Json(Box::new(json!({"given": "Ann", "x": 1.5})))));
        assert_eq!(shown[3], Ok(Value::list(vec![Value::text("a"), Value::text("b"), Value::text("c")])));
        assert_eq!(shown[4..7], [text("b"), text("c"), text("w")]);
        assert_eq!(shown[7], Ok(Value::list(vec![Value::text("w"), Value::text("h")])));
        assert_eq!(shown[8], Err(("R0207", Some("$.emails[*].value"))));
        assert_eq!(shown[9], Ok(Value::Absent));
        assert_eq!(shown[10], Err(("R0203", Some("$.name.given"))));
        assert_eq!(shown[11], Err(("R0201", Some("$.tags"))));
        assert_eq!(trie.read_value(&serde_json::from_str(record).unwrap()), row);
    }

    #[test]
    fn what_is_in_a_member_that_is_there_twice_is_unknown_and_the_rest_is_not() {
        let slots = ["$.a.b", "$.a.c", "$.d", "$.e", "$.f[?@.g == 1].h", "$.f[0].g", "$.i"];
        let trie = trie(&slots.map(|path| (path, Kind::Int)));
        let twice = |record: &str| {
            let row = trie.read(record.as_bytes()).unwrap();
            let doubtful = row.iter().zip(slots).filter(|(cell, _)| cell.as_ref().is_err_and(|fault| fault.code == FaultCode::MemberTwice));
            doubtful.map(|(_, path)| path).collect::<Vec<_>>()
        };
        let rest = r#""e": 7, "x": 1, "x": 2"#;
        assert_eq!(twice(&format!(r#"{{"a": {{"b": 1}}, "d": 1, "a": {{"c": 2}}, {rest}}}"#)), ["$.a.b", "$.a.c"]);
        assert_eq!(twice(&format!(r#"{{"d": 1, {rest}, "d": 1, "d": 2}}"#)), ["$.d"]);
        assert_eq!(twice(&format!(r#"{{"f": [{{"g": 1, "h": 2, "h": 3}}], {rest}}}"#)), ["$.f[?@.g == 1].h", "$.f[0].g"]);
        assert_eq!(twice(&format!(r#"{{"a": {{"b": 1, "b": 2}}, {rest}}}"#)), ["$.a.b"]);
        assert_eq!(twice(&format!(r#"{{"a": {{"b": 1, "y": 1, "y": 2}}, {rest}}}"#)), [""; 0]);
        let row = trie.read(br#"{"a": {"b": 1}, "i": 3, "i": null, "a": 3}"#).unwrap();
        assert_eq!(row[6].as_ref().unwrap_err().message, "is unknown: the member `i` is there more than once");
    }

    #[test]
    fn a_member_beyond_the_first_64_is_seen_twice_as_well() {
        let paths: Vec<_> = (0..70).map(|at| format!("$.m{at}")).collect();
        let trie = trie(&paths.iter().map(|path| (&**path, Kind::Int)).collect::<Vec<_>>());
        let members: Vec<_> = (0..70).map(|at| format!("\"m{at}\": {at}")).collect();
        let row = trie.read(format!("{{{}, \"m66\": 1, \"m3\": 1}}", members.join(",")).as_bytes()).unwrap();
        let doubtful: Vec<_> = row.iter().enumerate().filter(|(_, cell)| cell.is_err()).map(|(at, _)| at).collect();
        assert_eq!(doubtful, [3, 66]);
    }

    #[test]
    fn what_is_required_and_not_there_is_a_fault_and_broken_text_an_error() {
        let required = Codec { required: true, ..Codec::natural(Kind::Text) };
        let trie = Trie::new(&[(JsonPath::parse("$.a.b").unwrap(), required)]);
        for record in ["{}", "{\"a\": null}", "{\"a\": {\"b\": \" \"}}", "[]", "3"] {
            assert_eq!(trie.read(record.as_bytes()).unwrap()[0].as_ref().unwrap_err().code, FaultCode::Missing, "{record}");
        }
        for broken in ["", "{", "{\"a\": }", "{} {}", "{\"a\": {\"b\": \"\u{1}\"}}", "<html>"] {
            assert!(trie.read(broken.as_bytes()).is_err(), "{broken}");
        }
        assert!(trie.read(b"{\"a\": {\"b\": \"\xff\"}}").is_err());
    }

    fn any_slots() -> impl Strategy<Value = Vec<(String, Kind)>> {
        let step = prop_oneof![
            4 => "\\.[abcd]",
            2 => (0..3).prop_map(|index| format!("[{index}]")),
            1 => Just("[-1]".to_owned()),
            1 => Just("[*]".to_owned()),
            1 => Just("..a".to_owned()),
            1 => Just("[?@.a == 1]".to_owned()),
        ];
        let kind = prop_oneof![Just(Kind::Text), Just(Kind::Int), Just(Kind::Bool), Just(Kind::Json), Just(texts())];
        prop::collection::vec((prop::collection::vec(step, 0..4).prop_map(|steps| format!("${}", steps.concat())), kind), 1..8)
    }

    proptest! {
        #[test]
        fn bytes_and_trees_are_read_as_each_path_alone(slots in any_slots(), record in any_json()) {
            let slots: Vec<_> = slots.iter().map(|(path, kind)| (JsonPath::parse(path).unwrap(), Codec::natural(kind.clone()))).collect();
            let trie = Trie::new(&slots);
            let row = trie.read(record.to_string().as_bytes()).unwrap();
            let code = |cell: &Cell| cell.clone().map_err(|fault| fault.code);
            for ((path, codec), cell) in slots.iter().zip(&row) {
                let alone = if path.is_singular() {
                    codec.read(path.find_all(&record).first().copied())
                } else {
                    codec.read_found(&path.find_all(&record))
                };
                prop_assert_eq!(code(cell), code(&alone), "{} in {}", path.text, record);
            }
            prop_assert_eq!(row.iter().map(code).collect::<Vec<_>>(), trie.read_value(&record).iter().map(code).collect::<Vec<_>>());
        }
    }
}
