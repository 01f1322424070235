//! How results are printed: to a terminal, a pipe or a file; in colour or plain; in UTF-8 or ASCII.

#![expect(clippy::disallowed_methods, reason = "the terminal is described by its environment")]

pub use super::args::Format;
use super::{
    Exit,
    args::{ColorWhen, Common, People},
    hint::{self, Selection},
};
pub use crate::diagnose::style::{Ink, Style};
use crate::{
    diagnose::{
        layout,
        screen_text::{EscapedJson, escaped_json},
        style::for_terminal,
    },
    project::Hint,
};
use std::io::{self, BufRead as _, IsTerminal, Write};

/// How things are printed in this process.
#[derive(Clone, Debug)]
pub struct Terminal {
    pub style: Style,
    pub format: Format,
    /// Whether names and personal values are printed.
    pub people: bool,
    /// Prints all rows of each group.
    pub all: bool,
    pub quiet: bool,
    pub verbose: bool,
    /// Whether questions can be asked: a person is at the terminal.
    pub can_ask: bool,
    /// Whether progress may repaint: standard error is a terminal.
    pub live: bool,
    /// The project and environment of this command, which a pasted command selects too.
    pub selection: Selection,
}

impl Terminal {
    /// From the flags, the environment and the streams.
    #[must_use]
    pub fn new(flags: &Common) -> Self {
        let terminal = io::stdout().is_terminal();
        let format = flags.format.unwrap_or(if terminal { Format::Text } else { Format::Lines });
        let people = flags.people.map_or(terminal, |people| people == People::Full);
        let can_ask = !flags.no_input && io::stdin().is_terminal() && io::stderr().is_terminal() && !is_build();
        Self {
            style: style(flags, terminal),
            format,
            people,
            all: flags.all || !terminal,
            quiet: flags.quiet,
            verbose: flags.verbose > 0,
            can_ask,
            live: io::stderr().is_terminal() && !flags.quiet,
            selection: Selection::of(flags),
        }
    }

    /// Prints the result on standard output; on a screen every line fits its width. Formats for programs have their own escapes.
    pub fn print(&self, text: &str) {
        match self.format {
            Format::Text => self.raw(&for_terminal(&layout::fit(text, self.style.width))),
            Format::Lines | Format::Github | Format::Markdown => self.raw(&for_terminal(text)),
            Format::Json | Format::Jsonl | Format::Sarif => self.raw(&escaped_json(text)),
            Format::Csv => self.file(text),
        }
    }

    /// Prints the text of a file. Where people look at it, or a build reads commands from it, it is as harmless as a screen; only a file
    /// and a pipe outside of builds get every character.
    pub fn file(&self, text: &str) {
        let exact = !io::stdout().is_terminal() && (!is_build() || into_a_file());
        if exact { self.raw(text) } else { self.raw(&harmless_file(text)) }
    }

    /// Prints a text as it is: a file. A pipe that was closed early is not an error.
    pub fn raw(&self, text: &str) {
        let mut out = io::stdout().lock();
        written(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }

    /// Writes a long JSON on standard output as it is made. A pipe that was closed early is not an error.
    pub fn write(&self, make: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let mut out = EscapedJson::new(io::BufWriter::new(io::stdout().lock()));
        written(make(&mut out).and_then(|()| out.flush()));
    }

    /// A hint as a command to paste.
    #[must_use]
    pub fn command(&self, hint: &Hint) -> String {
        format!("counterpart {}", self.words(hint))
    }

    /// A hint as the words after `counterpart`.
    #[must_use]
    pub fn words(&self, hint: &Hint) -> String {
        hint::words(hint) + &self.selection.options(&hint.place)
    }

    /// Prints the command to continue with; on a terminal only.
    pub fn next(&self, hint: &Hint) {
        self.next_words(&self.words(hint));
    }

    /// The same for words after `counterpart`.
    pub fn next_words(&self, words: &str) {
        if self.format == Format::Text && !self.quiet && io::stderr().is_terminal() {
            self.err(&format!("next: {}", self.style.paint(Ink::Cyan, format!("counterpart {words}").trim_end())));
        }
    }

    /// Asks on standard error, and reads the answer from the terminal: from standard input, or past it if a list comes from there.
    ///
    /// # Errors
    /// The answer can't be read, or a signal came instead.
    pub fn ask(&self, question: &str) -> io::Result<String> {
        eprint!("{}", self.style.plainly(question));
        let answer = if io::stdin().is_terminal() { console::Term::stderr().read_line() } else { from_terminal() };
        answer.map(|answer| answer.trim().to_owned()).inspect_err(|_| eprintln!())
    }

    /// Whether a person can be asked although a list comes from standard input.
    #[must_use]
    pub fn can_ask_beside_a_list(&self, no_input: bool) -> bool {
        self.can_ask || !no_input && io::stderr().is_terminal() && !is_build() && the_terminal().is_ok()
    }

    /// Prints a message on standard error that is neither result nor error.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.err(text);
        }
    }

    /// Prints a line on standard error, wrapped to the width of a terminal.
    pub fn err(&self, text: &str) {
        if io::stderr().is_terminal() {
            eprintln!("{}", for_terminal(&layout::fit(text, self.style.width)));
        } else {
            eprintln!("{}", for_terminal(text));
        }
    }
}

/// Whether a build server runs the command, where nobody answers.
#[expect(clippy::disallowed_methods, reason = "the flags of the terminal come from its environment")]
fn is_build() -> bool {
    std::env::var_os("CI").is_some()
}

/// The terminal of the process, whatever its standard input is.
#[expect(clippy::disallowed_methods, reason = "the terminal is no file of the project")]
fn the_terminal() -> io::Result<std::fs::File> {
    std::fs::File::open(if cfg!(windows) { "CONIN$" } else { "/dev/tty" })
}

fn from_terminal() -> io::Result<String> {
    let mut line = String::new();
    io::BufReader::new(the_terminal()?).read_line(&mut line)?;
    Ok(line)
}

/// Ends the command if its result can't be written, as on a full disk: a result that is missing must not look like success. A reader that
/// has read enough is no error.
fn written(result: io::Result<()>) {
    if let Err(error) = result
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("error: the result can't be written: {error}");
        std::process::exit(i32::from(Exit::Stopped as u8));
    }
}

/// The style for this terminal.
/// Whether standard output is a file, which no build looks into.
#[expect(clippy::disallowed_methods, reason = "standard output is no file of the project")]
fn into_a_file() -> bool {
    std::fs::metadata("/dev/stdout").is_ok_and(|file| file.is_file())
}

/// Without control characters, and without lines that a build would take for commands.
fn harmless_file(text: &str) -> String {
    let line = |line: &str| {
        let is_command = ["::", "##[", "##vso["].iter().any(|start| line.trim_start().starts_with(start));
        if is_command { format!("\\{line}") } else { line.to_owned() }
    };
    for_terminal(text).split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn style(flags: &Common, terminal: bool) -> Style {
    Style { color: wants_color(flags.color, terminal), ascii: flags.ascii || !speaks_utf8(), width: width() }
}

/// `--color` takes precedence over `NO_COLOR`, and that over `CLICOLOR_FORCE` and `FORCE_COLOR`.
fn wants_color(asked: Option<ColorWhen>, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match asked {
        Some(ColorWhen::Always) => true,
        Some(ColorWhen::Never) => false,
        _ if set("NO_COLOR") => false,
        _ if set("CLICOLOR_FORCE") || set("FORCE_COLOR") => true,
        _ => terminal && std::env::var("TERM").is_ok_and(|term| term != "dumb"),
    }
}

fn speaks_utf8() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).is_none_or(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// The columns that screens are laid out for: `COLUMNS`, or what the terminal reports, or 100 without a terminal; from 60 to 200.
#[must_use]
pub fn width() -> usize {
    let variable = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || [console::Term::stdout(), console::Term::stderr()].iter().find_map(console::Term::size_checked);
    variable.or_else(|| terminal().map(|(_, columns)| usize::from(columns))).unwrap_or(100).clamp(60, 200)
}
