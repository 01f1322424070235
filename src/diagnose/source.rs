use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file among the [`Sources`] of one compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId(pub u32);

/// A stretch of a file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// From the start of this to the end of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty stretch after this.
    #[must_use]
    pub const fn after(self) -> Self {
        Self { start: self.end, ..self }
    }
}

/// One file: its path as shown to people, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// As shown: relative to the folder of the pipeline.
    pub path: PathBuf,
    pub text: Arc<str>,
    line_starts: Arc<[u32]>,
}

/// All files of one compilation. A copy costs nothing: each file of a folder that is checked has them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Arc<Vec<Source>>,
}

impl Sources {
    /// Adds a file and names it.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        Arc::make_mut(&mut self.files).push(Source::new(path.into(), text.into()));
        FileId(self.files.len() as u32 - 1)
    }

    /// Gives a file another text.
    ///
    /// # Panics
    /// If the id is of other sources.
    pub fn replace(&mut self, id: FileId, text: impl Into<Arc<str>>) {
        let file = &mut Arc::make_mut(&mut self.files)[id.0 as usize];
        *file = Source::new(std::mem::take(&mut file.path), text.into());
    }

    /// The same files, each shown by another name.
    #[must_use]
    pub fn renamed(&self, name: impl Fn(&Path) -> PathBuf) -> Self {
        let renamed = self.files.iter().map(|file| Source { path: name(&file.path), ..file.clone() });
        Self { files: Arc::new(renamed.collect()) }
    }

    /// A file by its id.
    ///
    /// # Panics
    /// If the id is of other sources.
    #[must_use]
    pub fn file(&self, id: FileId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// A file by its path.
    #[must_use]
    pub fn by_path(&self, path: &Path) -> Option<FileId> {
        self.files.iter().position(|file| file.path == path).map(|at| FileId(at as u32))
    }

    /// All files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(at, file)| (FileId(at as u32), file))
    }

    /// The text of a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        &self.file(span.file).text[span.start as usize..span.end as usize]
    }

    /// Line and column of the start of a span, both from 1; the column counts characters.
    #[must_use]
    pub fn position(&self, span: Span) -> (u32, u32) {
        self.file(span.file).position(span.start)
    }

    /// The line of the start of a span, from 1.
    #[must_use]
    pub fn line(&self, span: Span) -> u32 {
        self.file(span.file).line_of(span.start)
    }

    /// `lucca.sync:47`, as reports name a line.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.file(span.file).path.display(), self.line(span))
    }
}

impl Source {
    fn new(path: PathBuf, text: Arc<str>) -> Self {
        let starts = std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at as u32 + 1));
        Self { path, line_starts: starts.collect(), text }
    }

    /// Line and column of an offset, both from 1; the column counts characters.
    #[must_use]
    pub fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.line_of(offset);
        let start = self.line_start(line);
        let column = self.text[start..(offset as usize).max(start)].chars().count() as u32 + 1;
        (line, column)
    }

    fn line_of(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|start| *start <= offset).max(1) as u32
    }

    /// The text of a line (from 1), without its end.
    #[must_use]
    pub fn line(&self, line: u32) -> &str {
        let at = line as usize - 1;
        let end = self.line_starts.get(at + 1).map_or(self.text.len(), |next| *next as usize);
        self.text[self.line_starts[at] as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// The offset of a line (from 1).
    #[must_use]
    pub fn line_start(&self, line: u32) -> usize {
        self.line_starts[line as usize - 1] as usize
    }

    /// How many lines.
    #[must_use]
    pub fn lines(&self) -> u32 {
        self.line_starts.len() as u32
    }
}
