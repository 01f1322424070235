//! Sets a value: checks it as a run would, then writes it. A wrong value changes nothing.

use super::{
    choices::{self, Choices},
    index::{Index, choosing},
    model::Entry,
};
use crate::{
    compile::{
        Live,
        pipeline::{self, CompileError},
    },
    engine::{EngineError, Notice, SettingError, Workspace, connect::requirements::broken_requires},
    project::{
        Project,
        config::{Config, FILE, text_of},
        config_edit,
        secrets::{self, Reference, keyring},
    },
    value::{Kind, Value},
};
use toml_edit::Value as Toml;

/// Where a secret was put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSecret(pub Reference);

impl Workspace {
    /// Gives a setting a value: one word, or several for a list. Returns it as it was written.
    ///
    /// # Errors
    /// A run would refuse the value, the system has no such record or attribute, or the file can't be written.
    pub async fn set_setting(&mut self, entry: &Entry, words: &[String]) -> Result<Value, EngineError> {
        let value = config_edit::typed(words, &entry.used.kind);
        let text = self.with(entry, config_edit::toml(&value))?;
        let index = Index::open(self)?.with_discovery(&choosing(entry).into_iter().collect(), self).await?;
        checked(entry, &text, &index, &self.project).map_err(|error| one_by_one(error, words, entry))?;
        self.among_live_choices(entry, words, &index).await?;
        self.project.write(&self.project.folder.join(FILE), &text)?;
        Ok(value)
    }

    /// Whether a secret has to be given to be stored in a place, or is stored there already.
    ///
    /// # Errors
    /// A secret can't be stored there.
    pub fn is_handed_over(&self, place: Option<&str>) -> Result<bool, SettingError> {
        match place {
            None | Some("keyring" | "file") => Ok(true),
            Some(place) => elsewhere(place).map(|_| false),
        }
    }

    /// Stores a secret, and writes its place into the configuration: the keyring, or a file if there is no keyring. `place` is one of
    /// these, or where the secret already is (`env:VARIABLE`, `vault:PATH#KEY`); then `secret` is `None`.
    ///
    /// # Errors
    /// A secret can't be stored there.
    pub fn keep_secret(&self, entry: &Entry, place: Option<&str>, secret: Option<&str>) -> Result<StoredSecret, EngineError> {
        let account = format!("{}/{}", self.project.config.environment, entry.name);
        let reference = match (place, secret) {
            (Some(place), None) => elsewhere(place)?,
            (place, secret) => self.keep(place, &account, secret.unwrap_or_default())?,
        };
        let (word, what) = match &reference {
            Reference::Env(variable) => ("env", variable.clone()),
            Reference::File(file) => ("file", file.clone()),
            Reference::Keyring(account) => ("keyring", account.clone()),
            Reference::Vault { path, key } => ("vault", format!("{path}#{key}")),
        };
        let text = self.with(entry, config_edit::reference(word, &what))?;
        self.project.write(&self.project.folder.join(FILE), &text)?;
        Ok(StoredSecret(reference))
    }

    /// The text of the file with the value in it.
    fn with(&self, entry: &Entry, value: Toml) -> Result<String, SettingError> {
        let project = &self.project;
        let text = text_of(&project.host, &project.folder)?;
        Ok(config_edit::with(&text, &project.config.environment, entry.section(), &entry.used.name, value)?)
    }

    /// Refuses a value that the system does not have. A value that can't be looked up is accepted with a notice.
    async fn among_live_choices(&self, entry: &Entry, words: &[String], index: &Index) -> Result<(), EngineError> {
        let several = matches!(entry.used.kind, Kind::List(_));
        let values = if several { words.to_vec() } else { vec![words.join(" ")] };
        match Choices::new(index, self).choices(entry).await {
            Some(Err(why)) => self.tell(Notice::NotLookedUp(why.to_string())),
            // An attribute was checked before, with the whole pipeline, because its name may be abbreviated.
            Some(Ok(choices)) if !matches!(entry.used.live, Some(Live::AttributeOf { .. })) => {
                if let Some(why) = choices::strange(&values, &choices) {
                    return Err(refused(entry, why));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Stores a secret in the keyring, or in a file if there is no keyring.
    fn keep(&self, place: Option<&str>, account: &str, secret: &str) -> Result<Reference, SettingError> {
        let (host, folder) = (&self.project.host, &self.project.folder);
        if place != Some("file") {
            match keyring::set(host, account, secret) {
                Ok(()) => return Ok(Reference::Keyring(account.to_owned())),
                Err(why) if place.is_some() => return Err(SettingError::NotKept(why.into())),
                Err(why) => self.tell(Notice::KeptInFile(why.to_string())),
            }
        }
        let file = format!("secrets/{account}");
        secrets::into_file(host, folder, &file, secret).map_err(SettingError::NotKept)?;
        secrets::not_for_git(host, &folder.join("secrets"));
        Ok(Reference::File(file))
    }
}

fn refused(entry: &Entry, why: String) -> EngineError {
    SettingError::Refused { name: entry.name.clone(), why }.into()
}

/// Several values given as one, `address,phone`, are refused with the right form.
fn one_by_one(error: EngineError, words: &[String], entry: &Entry) -> EngineError {
    match (error, &entry.used.kind, words) {
        (EngineError::Setting(SettingError::Refused { name, why }), Kind::List(_), [one]) if one.contains(',') => {
            let parts: Vec<_> = one.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
            let why = format!("{why}; several values are written one after the other: {}", parts.join(" "));
            SettingError::Refused { name, why }.into()
        }
        (error, ..) => error,
    }
}

/// Compiles every pipeline that has the setting, with the new value.
fn checked(entry: &Entry, text: &str, index: &Index, project: &Project) -> Result<(), EngineError> {
    let refused = |why: String| refused(entry, why);
    let config = Config::of(&project.host, text, &project.folder, Some(&project.config.environment));
    let config = config.map_err(|why| refused(why.to_string()))?;
    for one in index.all.iter().filter(|one| entry.pipelines.contains(&one.found.name)) {
        let compiled = |config: &Config| match index.undiscovered.contains_key(&one.found.name) {
            true => pipeline::compile_unasked(&one.checked, &one.found.name, config),
            false => pipeline::compile(&one.checked, &one.found.name, config, true),
        };
        let broken = |config: &Config| match compiled(config) {
            Ok(plan) => Ok(broken_requires(&plan)),
            Err(CompileError::Settings(problems)) => Err(problems),
            Err(CompileError::NoSuchPipeline(_)) => Ok(Vec::new()),
        };
        let before = broken(&project.config);
        match broken(&config) {
            Err(problems) => {
                let known = before.err().unwrap_or_default();
                if let Some((name, why)) = problems.into_iter().find(|problem| !known.contains(problem) || problem.0 == entry.name) {
                    let whose = if name == entry.name { String::new() } else { format!("`{name}` ") };
                    return Err(refused(format!("{whose}{}", in_words(why, entry))));
                }
            }
            Ok(after) => {
                let known = before.unwrap_or_default();
                if let Some((words, line)) = after.into_iter().find(|one| !known.contains(one)) {
                    return Err(refused(format!("the settings of `{}` would not go together: {words} ({line})", one.found.name)));
                }
            }
        }
    }
    Ok(())
}

/// The error with the words of the choices added.
fn in_words(why: String, entry: &Entry) -> String {
    let words: Vec<_> =
        entry.used.choices.iter().filter_map(|(value, words)| words.as_ref().map(|words| format!("`{value}` is {words}"))).collect();
    if words.is_empty() { why } else { format!("{why} ({})", words.join(", ")) }
}

/// The place of a secret that is stored elsewhere: `env:LUCCA_API_KEY` or `vault:PATH#KEY`.
fn elsewhere(place: &str) -> Result<Reference, SettingError> {
    let reference = place.split_once(':').and_then(|(word, what)| {
        let table = toml::Table::from_iter([(word.to_owned(), toml::Value::from(what))]);
        Reference::read(&table).ok().filter(|_| matches!(word, "env" | "vault"))
    });
    reference.ok_or_else(|| SettingError::NoPlace(place.to_owned()))
}
