//! Suggested commands, as data: an interface renders them with the options that select the same
//! project and environment.

/// A suggested command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub verb: Verb,
    /// The arguments of the verb: names as they are, placeholders in capitals.
    pub args: Vec<String>,
    /// Where the command is to be given.
    pub place: HintPlace,
}

/// The environment of a hint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HintPlace {
    /// That of the command which gave the hint.
    #[default]
    Same,
    Sandbox,
    Environment(String),
}

/// The commands that can be suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    New,
    Check,
    Fix,
    Fmt,
    Plan,
    Show,
    Apply,
    Approve,
    History,
    Errors,
    Held,
    Decide,
    Rebind,
    Restage,
    Retry,
    Resend,
    Forget,
    Settings,
    SetSetting,
    Trust,
    Suggest,
    ResetSandbox,
}

impl Hint {
    /// A verb alone.
    #[must_use]
    pub const fn new(verb: Verb) -> Self {
        Self { verb, args: Vec::new(), place: HintPlace::Same }
    }

    /// A verb with its first argument.
    #[must_use]
    pub fn of(verb: Verb, arg: impl ToString) -> Self {
        Self { verb, args: vec![arg.to_string()], place: HintPlace::Same }
    }

    /// The command that shows the part of a change set that a filter picks.
    #[must_use]
    pub fn filtered(change_set: &str, filter: &str) -> Self {
        Self::of(Verb::Show, change_set).and("--filter").and(filter).and("--all")
    }

    /// The same command in another environment.
    #[must_use]
    pub fn in_place(mut self, place: HintPlace) -> Self {
        self.place = place;
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn and(mut self, arg: impl ToString) -> Self {
        self.args.push(arg.to_string());
        self
    }
}
