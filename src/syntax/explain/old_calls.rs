//! What a call sent, and the results of a batch, as they were written before: `body json { $.a = X }` and `results $.r { id $.id }`.

use super::{Explained, Stop, enclosing::Around, old_blocks::plain_path};
use crate::syntax::{faults, grammar::Rule};

/// The former formats of a body.
const FORMATS: [&str; 7] = ["json", "form", "csv", "scim_patch", "json_api", "xml", "xml_diff"];

/// Words that are no names, so that a member of that name is quoted.
const RESERVED: [&str; 11] = ["and", "or", "not", "is", "in", "if", "then", "else", "true", "false", "null"];

impl Stop<'_> {
    /// `body FORMAT ["NAME"] [{ $path = EXPR }]`
    pub(super) fn old_body(&self) -> Option<Explained> {
        let old = OldBody::read(self.unit.text).filter(|_| self.unit.block == Rule::call_block)?;
        let range = 0..old.head;
        let (written, now) = (&self.unit.text[range.clone()], old.form());
        let message = format!("`{}` is written `{now}` here", written.trim());
        let Some(native) = old.native(&self.unit.around()) else {
            let help = match old.format {
                "scim_patch" | "xml_diff" => {
                    "a patch or a diff holds changes alone, and only in an `update`: write `body = …` for all that is sent"
                }
                _ => "write all that is sent as one value: `body = record + { name = EXPR }`",
            };
            return Some(Explained::new(faults::FOREIGN, range, message, help));
        };
        Some(Explained::new(faults::FOREIGN, range, message, format!("write `{native}`")).edit(0..self.unit.text.len(), native))
    }

    /// `results $path { id $path · error $path }`
    pub(super) fn old_results(&self) -> Option<Explained> {
        let old = OldResults::read(self.unit.text).filter(|_| self.unit.block == Rule::call_block)?;
        let (around, range) = (self.unit.around(), 0.."results".len());
        let message = "`results` is written `items … by … = …` here";
        let Some(native) = old.native(&around) else {
            let id = old.id.unwrap_or("$.email");
            let key = if around.role == "create" {
                format!(", and where its key is: `items {} by $.email = email {{ key {id} }}`", old.at)
            } else {
                format!(": `items {} by {id} = ATTRIBUTE`", old.at)
            };
            let help = format!("say what names the record of each result{key}");
            return Some(Explained::new(faults::FOREIGN, range, message, help));
        };
        Some(Explained::new(faults::FOREIGN, range, message, format!("write `{native}`")).edit(0..self.unit.text.len(), native))
    }
}

struct OldBody<'t> {
    format: &'t str,
    /// The type of a resource, or the root of a document.
    name: Option<&'t str>,
    lines: Vec<(&'t str, String)>,
    /// How long it is without its lines.
    head: usize,
}

impl<'t> OldBody<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (head, block) = split(text)?;
        let mut words = head.split_whitespace();
        let (body, format) = (words.next()?, words.next()?);
        let name = words.next().map(|name| name.strip_prefix('"')?.strip_suffix('"'));
        if body != "body" || !FORMATS.contains(&format) || name == Some(None) || words.next().is_some() {
            return None;
        }
        let lines = block.map_or_else(|| Some(Vec::new()), lines)?;
        Some(Self { format, name: name.flatten(), lines, head: head.trim_end().len() })
    }

    /// Its form of now, without what is sent.
    fn form(&self) -> &'static str {
        match self.format {
            "form" => "body form = …",
            "csv" => "body csv = …",
            "xml" => "body xml = { NAME = … }",
            "json_api" => "body = … | json_api(\"NAME\")",
            "xml_diff" => "body = changes | xml_diff(\"NAME\")",
            "scim_patch" => "body = changes | scim_patch",
            _ => "body = …",
        }
    }

    /// The same in the form of now, where there is one.
    fn native(&self, around: &Around<'_>) -> Option<String> {
        let sent = self.sent(around)?;
        Some(match (self.format, self.name) {
            ("json", None) => format!("body = {sent}"),
            ("form" | "csv", None) => format!("body {} = {sent}", self.format),
            ("xml", Some(root)) => format!("body xml = {{ {} = {sent} }}", member(root)),
            ("json_api", Some(kind)) => format!("body = {sent} | json_api(\"{kind}\")"),
            ("xml_diff", Some(root)) if sent == "changes" => format!("body = changes | xml_diff(\"{root}\")"),
            ("scim_patch", None) if sent == "changes" => "body = changes | scim_patch".to_owned(),
            _ => return None,
        })
    }

    fn sent(&self, around: &Around<'_>) -> Option<String> {
        let base = match (around.role, around.batch) {
            ("create", true) => Some("[record for each record]"),
            ("update", true) => Some("[changes for each record]"),
            ("create", false) => Some("record"),
            ("update", false) => Some("changes"),
            _ => None,
        };
        let mut tree = None;
        for (path, value) in &self.lines {
            let value = if around.role == "update" { replaced(value, "record", "changes") } else { value.clone() };
            put(&mut tree, &steps(path)?, &value)?;
        }
        let alone = around.batch || self.lines.iter().any(|(_, value)| replaced(value, "record", "") != *value);
        Some(match (tree, base) {
            (None, base) => base.unwrap_or("{ }").to_owned(),
            (Some(tree), Some(base)) if !alone => {
                // What the record has at the place of a line prevails, as it did.
                let meets = self.lines.iter().any(|(path, _)| around.attribute_at(path).is_some());
                if meets { format!("{} + {base}", tree.text()) } else { format!("{base} + {}", tree.text()) }
            }
            (Some(tree), _) => tree.text(),
        })
    }
}

struct OldResults<'t> {
    at: &'t str,
    id: Option<&'t str>,
    error: Option<&'t str>,
}

impl<'t> OldResults<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (head, block) = split(text)?;
        let at = head.trim().strip_prefix("results")?.trim();
        if !at.starts_with('$') {
            return None;
        }
        let (mut id, mut error) = (None, None);
        for line in block.unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.split_once(char::is_whitespace).map(|(word, path)| (word, plain_path(path))) {
                Some(("id", Some(path))) if id.is_none() => id = Some(path),
                Some(("error", Some(path))) if error.is_none() => error = Some(path),
                _ => return Some(Self { at, id: None, error: None }),
            }
        }
        Some(Self { at, id, error })
    }

    /// None where a person has to say what names a record: a create knows no key before.
    fn native(&self, around: &Around<'_>) -> Option<String> {
        let id = self.id.filter(|_| around.role != "create")?;
        let own = around.attribute_at(id).or_else(|| around.key())?;
        let error = self.error.map(|error| format!(" {{ error {error} when {error} is present }}")).unwrap_or_default();
        Some(format!("items {} by {id} = {own}{error}", self.at))
    }
}

/// A value as it is built of lines.
enum Node {
    Value(String),
    Members(Vec<(String, Node)>),
    Items(Vec<Node>),
    Each(Box<Node>),
}

enum Step<'p> {
    Name(&'p str),
    Index(usize),
    Each,
}

impl Node {
    fn text(&self) -> String {
        let all = |nodes: Vec<String>| nodes.join(", ");
        match self {
            Self::Value(value) => value.clone(),
            Self::Members(members) => {
                format!("{{ {} }}", all(members.iter().map(|(name, node)| format!("{} = {}", member(name), node.text())).collect()))
            }
            Self::Items(items) => format!("[{}]", all(items.iter().map(Self::text).collect())),
            Self::Each(one) => format!("[{} for each record]", one.text()),
        }
    }
}

/// Puts a value at a place; none if something else is there, or an item before it is left out.
fn put(node: &mut Option<Node>, steps: &[Step<'_>], value: &str) -> Option<()> {
    let Some((step, rest)) = steps.split_first() else {
        return node.is_none().then(|| *node = Some(Node::Value(value.to_owned())));
    };
    let fresh = || match step {
        Step::Name(_) => Node::Members(Vec::new()),
        Step::Index(_) => Node::Items(Vec::new()),
        Step::Each => Node::Each(Box::new(Node::Members(Vec::new()))),
    };
    let is_new = node.is_none();
    match (node.get_or_insert_with(fresh), step) {
        (Node::Members(members), Step::Name(name)) => {
            let at = members.iter().position(|(known, _)| known == name);
            let mut inner = at.map(|at| members.remove(at).1);
            put(&mut inner, rest, value)?;
            members.insert(at.unwrap_or(members.len()), ((*name).to_owned(), inner?));
        }
        (Node::Items(items), Step::Index(index)) if *index <= items.len() => {
            let mut inner = (*index < items.len()).then(|| items.remove(*index));
            put(&mut inner, rest, value)?;
            items.insert(*index, inner?);
        }
        (Node::Each(one), Step::Each) => {
            let mut inner = (!is_new).then(|| std::mem::replace(&mut **one, Node::Items(Vec::new())));
            put(&mut inner, rest, value)?;
            **one = inner?;
        }
        _ => return None,
    }
    Some(())
}

/// The steps of a path of names, indexes and `[*]`.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, next) = if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            (Step::Name(&name[..end]), &name[end..])
        } else if let Some(quoted) = rest.strip_prefix("[\"") {
            let (name, next) = quoted.split_once("\"]")?;
            (Step::Name(name), next)
        } else {
            let (inner, next) = rest.strip_prefix('[')?.split_once(']')?;
            (if inner == "*" { Step::Each } else { Step::Index(inner.parse().ok()?) }, next)
        };
        steps.push(step);
        rest = next;
    }
    Some(steps)
}

fn member(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty();
    if is_name && !RESERVED.contains(&name) { name.to_owned() } else { format!("\"{name}\"") }
}

/// A statement before its block, and what is in the block.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim_end();
    match text.find('{') {
        None => Some((text, None)),
        Some(open) => Some((&text[..open], Some(text[open..].strip_prefix('{')?.strip_suffix('}')?))),
    }
}

/// The lines `$path = EXPR` of a block. A line that does not begin with a path goes on with the one before it.
fn lines(block: &str) -> Option<Vec<(&str, String)>> {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match (line.starts_with('$').then(|| assigned(line)).flatten(), lines.last_mut()) {
            (Some((path, value)), _) => lines.push((path, each_of(value))),
            (None, Some((_, value))) => value.push_str(&format!(" {}", each_of(line))),
            (None, None) => return None,
        }
    }
    Some(lines)
}

/// A path and its value, at the first `=` that is not inside the path.
fn assigned(line: &str) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    let at = line.char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        (c == '=' && depth == 0).then_some(at)
    })?;
    Some((line[..at].trim(), line[at + 1..].trim()))
}

/// `batch.id` is now `[id for each record]`.
fn each_of(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find("batch.") {
        let (before, after) = (&rest[..at], &rest[at + "batch.".len()..]);
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(after.len());
        out.push_str(before);
        let is_part = before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        out.push_str(&if is_part {
            rest[at..at + "batch.".len() + end].to_owned()
        } else {
            format!("[{} for each record]", &after[..end])
        });
        rest = &after[end..];
    }
    out + rest
}

/// A value with one name in it replaced.
fn replaced(value: &str, name: &str, by: &str) -> String {
    let wordly = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '"');
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let is_part = before.ends_with(wordly) || after.starts_with(wordly) || before.ends_with("for each ");
        out.push_str(before);
        out.push_str(if is_part { name } else { by });
        rest = after;
    }
    out + rest
}
