//! Reads a file once from beginning to end, in its format.

use super::{
    LocatedFile, csv,
    error::{FileError, FileProblem},
    read::{Named, OpenFile, Pages, lines, open, open_text, read_json},
};
use crate::{compile::system::FileFormat, host::Disk, systems::http::items, value::path::JsonPath};
use std::borrow::Cow;

/// Hands on all records of a file, each as JSON text.
///
/// # Errors
/// One sentence: it can't be read, it is not in its format (and where), it changed meanwhile.
pub fn scan(disk: &dyn Disk, place: &LocatedFile<'_>, wanted: &[&str], sink: &mut dyn FnMut(&[&[u8]])) -> Result<(), FileError> {
    let named = Named(&place.name);
    let file = match &place.file.format {
        FileFormat::Csv(options) => open_text(disk, &place.path, &named, options.encoding),
        _ => open(disk, &place.path, &named),
    }?;
    let before = file.about;
    let mut pages = Pages::new(sink);
    match &place.file.format {
        FileFormat::Csv(options) => csv::scan(file.input, &named, options, (wanted, place.needed.as_deref()), &mut pages)?,
        FileFormat::Json { items } => whole(file, &named, items.as_ref(), &mut pages)?,
        FileFormat::JsonLines => lines(file.input, &named, &mut |line| pages.push(|bytes| bytes.extend_from_slice(line)))?,
    }
    pages.hand_on();
    let after = disk.about(&place.path).map_err(|error| named.failed(error))?;
    if before == after { Ok(()) } else { Err(named.whole(FileProblem::Changed)) }
}

fn whole(file: OpenFile, named: &Named<'_>, items: Option<&JsonPath>, pages: &mut Pages<'_>) -> Result<(), FileError> {
    let bytes = read_json(file, named)?;
    for record in json_records(&bytes, named, items)? {
        pages.push(|page| page.extend_from_slice(&record));
    }
    Ok(())
}

fn json_records<'a>(bytes: &'a [u8], named: &Named<'_>, items: Option<&JsonPath>) -> Result<Vec<Cow<'a, [u8]>>, FileError> {
    let found = items::json(bytes).and_then(|body| items::records(body, items));
    let place = items.map_or("$", |path| path.text.as_str());
    match found {
        Ok(Some(records)) => Ok(records),
        Ok(None) => Err(named.whole(FileProblem::NoList(place.to_owned()))),
        Err(items::BodyError::Broken(_, what)) => Err(named.whole(FileProblem::NotJson(what))),
        Err(_) => Err(named.whole(FileProblem::NotRecords(place.to_owned()))),
    }
}
