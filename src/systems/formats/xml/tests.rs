use super::*;
use crate::value::path::JsonPath;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn lists(paths: &[&str]) -> Lists {
    let paths: Vec<_> = paths.iter().map(|path| JsonPath::parse(path).unwrap()).collect();
    paths.iter().collect()
}

fn read(text: &str, paths: &[&str]) -> Json {
    parse(text.as_bytes(), &lists(paths)).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn refused(text: &str) -> String {
    parse(text.as_bytes(), &Lists::default()).expect_err(text).to_string()
}

#[test]
fn elements_attributes_and_texts() {
    let read = |text| read(text, &[]);
    assert_eq!(read("<a>x</a>"), json!({"a": "x"}));
    assert_eq!(read("<a/>"), json!({"a": ""}));
    assert_eq!(read("<a></a>"), json!({"a": ""}));
    assert_eq!(read("<a n='1'/>"), json!({"a": {"@n": "1"}}));
    assert_eq!(read("<a n='1'> x </a>"), json!({"a": {"@n": "1", "#text": " x "}}));
    assert_eq!(read("<a>\n <b>1</b>\n <b>2</b>\n</a>"), json!({"a": {"b": ["1", "2"]}}));
    assert_eq!(read("<a> one <b>1</b> two </a>"), json!({"a": {"b": "1", "#text": "one  two"}}));
    assert_eq!(read("<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- c --><a>é</a>\n"), json!({"a": "é"}));
    assert_eq!(read("\u{feff}<a>&lt;&#233;&#xe9;&amp;<![CDATA[<b>&amp;]]></a>"), json!({"a": "<éé&<b>&amp;"}));
    assert_eq!(read("<a n='&quot;x&#10;'>1\r\n2</a>"), json!({"a": {"@n": "\"x\n", "#text": "1\n2"}}));
}

#[test]
fn namespaces_are_left_away_and_nil_is_null() {
    let text = r#"<p:a xmlns:p="urn:x" xmlns="urn:y" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" p:k="1">
        <p:b xsi:nil="true"/><c xsi:nil="false">x</c><d xsi:nil="1" e="2"></d></p:a>"#;
    assert_eq!(read(text, &[]), json!({"a": {"@k": "1", "b": null, "c": "x", "d": null}}));
}

/// What is read is written so that it is read again.
#[test]
fn a_name_of_several_prefixes_is_read_as_its_last_part() {
    let text = "<p:q:a p:q:k='1' x:i:nil='>éa' x:i:z='2'><s:t:u:b>y</s:t:u:b><c x:y:nil='1'/></p:q:a>";
    let document = read(text, &[]);
    assert_eq!(document, json!({"a": {"@k": "1", "@z": "2", "b": "y", "c": null}}));
    assert_eq!(parse(&write(&document).unwrap(), &Lists::default()), Ok(document));
    assert!(refused("<a x:n:=''/>").starts_with("`` is not an element name"));
}

#[test]
fn an_element_is_a_list_where_a_path_treats_it_as_one() {
    let text = "<r><l><c><l><a>1</a></l></c></l><m><n>2</n></m></r>";
    let marked = json!({"r": {"l": [{"c": {"l": [{"a": "1"}]}}], "m": {"n": "2"}}});
    assert_eq!(read(text, &["$.r.l[?@[\"@rel\"] == \"x\"].c.l[0].a"]), marked);
    assert_eq!(read(text, &["$.r.l[?@.c > 1].c", "$.r.l[1:].c.l[*].a", "$.r.m[\"n\"]"]), marked);
    assert_eq!(read(text, &["$..l", "$.r[\"l\"]", "$['r','l']"]), json!({"r": {"l": {"c": {"l": {"a": "1"}}}, "m": {"n": "2"}}}));
    let mut below = Lists::default();
    below.add_below(Some(&JsonPath::parse("$.r.l[*].c").unwrap()), &JsonPath::parse("$.l[*].a").unwrap());
    assert_eq!(parse(text.as_bytes(), &below).unwrap(), marked);
}

#[test]
fn what_is_no_xml_is_refused_with_the_place() {
    assert_eq!(refused(""), "it is empty");
    assert_eq!(refused("<a><b>x</b>"), "it ends in the middle, after 11 bytes");
    assert_eq!(
        refused("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"),
        "it declares a document type, which is not read, at line 1 column 31"
    );
    assert_eq!(refused("<a>\n&x;</a>"), "it uses the entity `&x;`, which is not read, at line 2 column 4");
    assert_eq!(refused("<a n='&x;'/>"), "it uses the entity `&x;`, which is not read, at line 1 column 13");
    assert!(refused("<a/><b/>").starts_with("`b` follows the end of the document"));
    assert!(refused("x<a/>").starts_with("there is text outside of the document"));
    assert!(refused("<1/>").starts_with("`1` is not an element name"));
    assert!(refused(&"<a>".repeat(200)).starts_with("its elements nest more than 100 deep"));
    for text in ["<a></b>", "<a", "<a n='1' n='2'/>", "</a>", "{\"a\": 1}", "<!-- c -->"] {
        refused(text);
    }
}

#[test]
fn other_encodings_are_refused_by_name() {
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
    assert_eq!(parse(latin, &Lists::default()), Err(XmlError::ForeignEncoding("ISO-8859-1".to_owned())));
    assert_eq!(parse(b"\xff\xfe<\0a\0", &Lists::default()), Err(XmlError::ForeignEncoding("utf-16".to_owned())));
    assert_eq!(parse(b"<a>\xe9</a>", &Lists::default()), Err(XmlError::NotUtf8 { after: 3 }));
}

#[test]
fn what_is_written() {
    let text = |document| String::from_utf8(write(&document).unwrap()).unwrap();
    assert_eq!(
        text(
            json!({"Contact": {"@id": 7, "FirstName": "A & B", "Tags": {"Tag": ["x", "y"]}, "Gone": null, "@no": null, "Ok": true, "E": ""}})
        ),
        "<Contact id=\"7\"><FirstName>A &amp; B</FirstName><Tags><Tag>x</Tag><Tag>y</Tag></Tags>\
         <Gone xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/><Ok>true</Ok><E/></Contact>"
    );
    for document in [json!([]), json!({}), json!({"a": 1, "b": 2}), json!({"a b": 1}), json!({"a": "\u{1}"}), json!({"a": {"@b": []}})] {
        assert!(write(&document).is_err(), "{document}");
    }
}

fn any_text() -> impl Strategy<Value = String> {
    "[ab<>&\"'\\]\r\n\té \u{1F600}]{0,6}"
}

fn attributes() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map("[abc]|x:d|x:y:e|xsi:nil|x:y:nil", any_text(), 0..3)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;").replace(']', "&#93;")
}

fn tag(name: &str, attributes: &BTreeMap<String, String>, content: &str) -> String {
    let attributes: String = attributes.iter().map(|(name, text)| format!(" {name}='{}'", escaped(text))).collect();
    format!("<{name}{attributes}>{content}</{name}>")
}

/// A document as text, with all that XML allows.
fn any_element() -> impl Strategy<Value = String> {
    let leaf = ("[abc]", attributes(), any_text())
        .prop_map(|(name, attributes, text): (String, _, String)| tag(&name, &attributes, &escaped(&text)));
    leaf.prop_recursive(4, 24, 4, |inner| {
        let pieces = prop::collection::vec(prop_oneof![4 => inner, 1 => any_text().prop_map(|text| escaped(&text))], 0..4);
        ("[abc]|x:d", attributes(), pieces)
            .prop_map(|(name, attributes, pieces): (String, _, Vec<String>)| tag(&name, &attributes, &pieces.concat()))
    })
}

fn any_lists() -> impl Strategy<Value = Lists> {
    let path = prop::collection::vec("[abc]", 1..4).prop_map(|names| format!("$.{}[*]", names.join("[*].")));
    prop::collection::vec(path, 0..3).prop_map(|paths| lists(&paths.iter().map(String::as_str).collect::<Vec<_>>()))
}

proptest! {
    #[test]
    fn what_is_read_is_written_and_read_again(text in any_element(), lists in any_lists()) {
        let read = parse(text.as_bytes(), &lists);
        prop_assert!(read.is_ok(), "{} {:?}", text, read);
        let read = read.unwrap();
        let written = write(&read).unwrap();
        prop_assert_eq!(parse(&written, &lists), Ok(read), "{}", String::from_utf8_lossy(&written));
    }

    #[test]
    fn damaged_documents_never_panic(text in any_element(), at in any::<prop::sample::Index>(), byte: u8, cut: bool) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        if let Ok(read) = parse(&bytes, &Lists::default())
            && let Ok(written) = write(&read)
        {
            prop_assert_eq!(parse(&written, &Lists::default()), Ok(read));
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), text in "[<>/a!?\\[\\]&;'\"= -]{0,30}") {
        let _ = parse(&bytes, &Lists::default());
        let _ = parse(text.as_bytes(), &Lists::default());
    }
}
