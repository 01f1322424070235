//! Changes to a document (RFC 5261), as strict as Arlo takes them: what is changed must be there, what is added must not.

use super::xml::Element;

/// The document after the changes, or why it refuses them.
pub fn applied(document: &Element, diff: &Element) -> Result<Element, String> {
    if diff.name != "diff" {
        return Err(format!("the root is {} and not diff", diff.name));
    }
    let mut after = document.clone();
    diff.children.iter().try_for_each(|change| apply(&mut after, change))?;
    Ok(after)
}

fn apply(document: &mut Element, change: &Element) -> Result<(), String> {
    let selector = change.get("sel").ok_or_else(|| format!("{} has no sel", change.name))?;
    let steps = steps(selector)?;
    match (change.name.as_str(), steps.as_slice()) {
        ("replace", [path @ .., Step::Text]) => {
            let element = found(document, path, selector)?;
            if element.text.is_empty() || !element.children.is_empty() {
                return Err(format!("{selector} selects no text"));
            }
            element.text.clone_from(&change.text);
            Ok(())
        }
        ("replace", path) => {
            let [new] = change.children.as_slice() else { return Err(format!("replace of {selector} needs one element")) };
            *found(document, path, selector)? = new.clone();
            Ok(())
        }
        ("add", path) => {
            let element = found(document, path, selector)?;
            if change.children.is_empty() && element.text.is_empty() && element.children.is_empty() && !change.text.is_empty() {
                element.text.clone_from(&change.text);
                return Ok(());
            }
            change.children.iter().try_for_each(|new| added(element, new))
        }
        ("remove", [path @ .., last]) if change.children.is_empty() && change.text.is_empty() => {
            let parent = found(document, path, selector)?;
            let at = position(parent, last, selector)?;
            parent.children.remove(at);
            Ok(())
        }
        (name, _) => Err(format!("{name} of {selector} is not understood")),
    }
}

/// Elements that may stand several times beside each other.
const REPEATED: &[&str] = &["Field", "String", "Link"];

fn added(element: &mut Element, new: &Element) -> Result<(), String> {
    let same = |held: &Element| held.name == new.name && (!REPEATED.contains(&new.name.as_str()) || named(held, new));
    if element.children.iter().any(same) {
        return Err(format!("{} is there already", new.name));
    }
    element.children.push(new.clone());
    Ok(())
}

/// Two fields of one name.
fn named(one: &Element, other: &Element) -> bool {
    one.name == "Field" && one.text_of("Name") == other.text_of("Name")
}

#[derive(Debug)]
enum Step {
    /// Name, and what it must hold.
    Element(String, Option<Condition>),
    /// `text()[1]`
    Text,
}

#[derive(Debug)]
enum Condition {
    /// `[Name='X']`
    Child(String, String),
    /// `[@title='X']`
    Attribute(String, String),
    /// `[2]`
    Place(usize),
}

fn steps(selector: &str) -> Result<Vec<Step>, String> {
    let wrong = || format!("sel \"{selector}\" is not understood");
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0, false);
    for sign in selector.chars() {
        match sign {
            '\'' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            _ => {}
        }
        match sign {
            '/' if depth == 0 => parts.push(String::new()),
            sign => parts.last_mut().ok_or_else(wrong)?.push(sign),
        }
    }
    parts.iter().map(|part| step(part).ok_or_else(wrong)).collect()
}

fn step(text: &str) -> Option<Step> {
    if matches!(text, "text()" | "text()[1]") {
        return Some(Step::Text);
    }
    let (name, condition) = text.split_once('[').map_or((text, None), |(name, rest)| (name, Some(rest)));
    let plain = |name: &str| !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
    plain(name).then_some(())?;
    let Some(condition) = condition else { return Some(Step::Element(name.to_owned(), None)) };
    let condition = condition.strip_suffix(']')?;
    let condition = match condition.split_once('=') {
        None => Condition::Place(condition.parse().ok()?),
        Some((left, right)) => {
            let value = right.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            let value = value.or_else(|| right.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')))?.to_owned();
            match left.strip_prefix('@') {
                Some(attribute) => Condition::Attribute(attribute.to_owned(), value),
                None => Condition::Child(left.to_owned(), value),
            }
        }
    };
    Some(Step::Element(name.to_owned(), Some(condition)))
}

/// The one element that a path leads to.
fn found<'a>(document: &'a mut Element, path: &[Step], selector: &str) -> Result<&'a mut Element, String> {
    let [Step::Element(root, None), rest @ ..] = path else { return Err(format!("{selector} does not begin at the root")) };
    if *root != document.name {
        return Err(format!("{selector} does not begin at {}", document.name));
    }
    rest.iter().try_fold(document, |element, step| {
        let at = position(element, step, selector)?;
        Ok(&mut element.children[at])
    })
}

fn position(element: &Element, step: &Step, selector: &str) -> Result<usize, String> {
    let Step::Element(name, condition) = step else { return Err(format!("{selector} goes on below a text")) };
    let named: Vec<usize> = (0..element.children.len()).filter(|at| element.children[*at].name == *name).collect();
    let met: Vec<usize> = match condition {
        None => named,
        Some(Condition::Place(place)) => named.get(place.wrapping_sub(1)).copied().into_iter().collect(),
        Some(Condition::Child(child, value)) => named.into_iter().filter(|at| element.children[*at].text_of(child) == value).collect(),
        Some(Condition::Attribute(key, value)) => {
            named.into_iter().filter(|at| element.children[*at].get(key) == Some(value.as_str())).collect()
        }
    };
    match met[..] {
        [at] => Ok(at),
        [] => Err(format!("{selector} selects nothing")),
        _ => Err(format!("{selector} selects several")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTACT: &str = "<Contact><Email>a@example.com</Email><PhoneHome>1</PhoneHome></Contact>";

    fn after(document: &str, changes: &str) -> Result<String, String> {
        let diff = Element::parse(&format!("<diff>{changes}</diff>")).unwrap();
        applied(&Element::parse(document).unwrap(), &diff).map(|after| after.to_string())
    }

    #[test]
    fn the_vendors_example() {
        let changes = r#"<replace sel="Contact/Email/text()[1]">j.martin@example.com</replace>
            <add sel="Contact"><PhoneWork>+33100000000</PhoneWork></add><remove sel="Contact/PhoneHome" />"#;
        let expected = "<Contact><Email>j.martin@example.com</Email><PhoneWork>+33100000000</PhoneWork></Contact>";
        assert_eq!(after(CONTACT, changes).unwrap(), expected);
    }

    #[test]
    fn the_wrong_verb_is_refused() {
        for wrong in [
            r#"<replace sel="Contact/PhoneWork/text()[1]">1</replace>"#,
            r#"<remove sel="Contact/PhoneWork" />"#,
            r#"<add sel="Contact"><Email>b@example.com</Email></add>"#,
            r#"<replace sel="contacts/Email/text()[1]">1</replace>"#,
            r#"<replace sel="/Contact/Email/text()[1]">1</replace>"#,
            r#"<replace sel="Contact/Email">b@example.com</replace>"#,
            r#"<replace>b@example.com</replace>"#,
            r#"<set sel="Contact/Email">b@example.com</set>"#,
        ] {
            assert!(after(CONTACT, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fields_are_told_apart_by_their_name() {
        let fields = "<CustomFields><Field><Name>A</Name><Value><String>1</String></Value></Field>\
            <Field><Name>B/C</Name><Value><String>2</String></Value></Field></CustomFields>";
        let changed = after(fields, r#"<replace sel="CustomFields/Field[Name='B/C']/Value/String/text()[1]">3</replace>"#).unwrap();
        assert!(changed.contains("<String>1</String>") && changed.contains("<String>3</String>"), "{changed}");
        assert!(after(fields, r#"<remove sel="CustomFields/Field" />"#).unwrap_err().contains("several"));
        let twice = r#"<add sel="CustomFields"><Field><Name>A</Name><Value><String>1</String></Value></Field></add>"#;
        assert!(after(fields, twice).unwrap_err().contains("already"));
    }
}
