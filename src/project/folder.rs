//! The folder of the pipelines: which there are, and the plan of one of them.

use crate::{
    check::{self, Checked},
    cli::{
        args::Common,
        failure::{Exit, Failure},
        terminal::Terminal,
    },
    compile::{
        ExecutionPlan,
        pipeline::{CompileError, compile, pipelines},
    },
    project::{
        config::{Config, FILE, SANDBOX},
        discovery_cache::DiscoveryCache,
        unknown_keys::{KnownKeys, unknown_keys},
    },
    reload::disk::Disk,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder with pipelines in it.
#[derive(Clone, Debug)]
pub struct Project {
    /// As it is shown: relative to where the command was given.
    pub folder: PathBuf,
    pub config: Config,
    pub sandbox: bool,
    /// What its systems told of their attributes when they were last asked.
    pub kept: DiscoveryCache,
}

/// A pipeline and the file it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineRef {
    pub name: String,
    pub file: PathBuf,
}

impl Project {
    /// The folder that the flags name, this one, or `pipelines` in it; with its configuration.
    ///
    /// # Errors
    /// No such folder, no pipeline in it, or a configuration that can't be read.
    pub fn open(common: &Common) -> Result<Self, Failure> {
        let folder = match &common.folder {
            Some(folder) if !folder.is_dir() => return Err(Failure::command(format!("there is no folder `{}`", folder.display()))),
            Some(folder) => folder.clone(),
            None => usual_folder(),
        };
        let environment = if common.sandbox { Some(SANDBOX) } else { common.env.as_deref() };
        if common.env.as_deref() == Some(SANDBOX) && !common.sandbox {
            return Err(Failure::command("the sandbox is not an environment; say --sandbox"));
        }
        let config = Config::read(&folder, environment).map_err(Failure::command)?;
        let mut project = Self { folder, config, sandbox: common.sandbox, kept: DiscoveryCache::default() };
        project.kept = DiscoveryCache::read(&project.state_folder());
        Ok(project)
    }

    /// The loader of the folder's files.
    #[must_use]
    pub fn disk(&self) -> Disk {
        Disk { told: self.kept.attributes() }
    }

    /// The folder that remembers, of this environment.
    #[must_use]
    pub fn state_folder(&self) -> PathBuf {
        self.folder.join(".counterpart").join(&self.config.environment)
    }

    /// The `.sync` files directly in the folder, by name.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        let entries =
            fs::read_dir(&self.folder).map_err(|error| Failure::command(format!("`{}` can't be read: {error}", self.folder.display())))?;
        let mut files: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ext| ext == "sync")).collect();
        files.sort();
        Ok(files.into_iter().map(|file| file.strip_prefix("./").map(Path::to_path_buf).unwrap_or(file)).collect())
    }

    /// A file with all that it uses, checked.
    #[must_use]
    pub fn check(&self, file: &Path) -> Checked {
        check::check(&self.disk(), file)
    }

    /// The pipelines of the folder.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn found(&self) -> Result<Vec<PipelineRef>, Failure> {
        let mut all = Vec::new();
        for file in self.files()? {
            let checked = self.check(&file);
            all.extend(names(&checked, &file).into_iter().map(|name| PipelineRef { name, file: file.clone() }));
        }
        Ok(all)
    }

    /// The pipeline that is meant: by name, by file, or the only one there is.
    ///
    /// # Errors
    /// None, or several and none was named.
    pub fn choose(&self, asked: Option<&str>) -> Result<PipelineRef, Failure> {
        if let Some(asked) = asked
            && let Some(file) = self.as_file(asked)
        {
            if file.symlink_metadata().is_err() {
                return Err(Failure::command(format!("there is no file `{}`", file.display())));
            }
            let checked = self.check(&file);
            let names = names(&checked, &file);
            return match names.as_slice() {
                [] => Ok(PipelineRef { name: String::new(), file }),
                [name] => Ok(PipelineRef { name: name.clone(), file }),
                several => Err(Failure::command(format!(
                    "`{}` holds {} pipelines; name one: {}",
                    file.display(),
                    several.len(),
                    several.join(", ")
                ))),
            };
        }
        let found = self.found()?;
        match asked {
            Some(asked) => {
                found.iter().find(|pipeline| pipeline.name == asked).cloned().ok_or_else(|| no_such_pipeline(asked, &found, &self.folder))
            }
            None if found.len() == 1 => Ok(found[0].clone()),
            None if found.is_empty() => Err(no_pipeline(&self.folder)),
            None => Err(Failure::command(format!("there are {} pipelines; name one: {}", found.len(), listed(&found)))),
        }
    }

    /// The file that is meant, if it is the name of one.
    pub fn as_file(&self, asked: &str) -> Option<PathBuf> {
        let path = Path::new(asked);
        let is_file_name = path.extension().is_some_and(|ext| ext == "sync");
        let here = if path.is_file() || !self.folder.join(path).is_file() { path.to_path_buf() } else { self.folder.join(path) };
        is_file_name.then_some(here)
    }

    /// Compiles a pipeline; prints the diagnostics and stops if it can't be.
    ///
    /// # Errors
    /// The file is wrong, or settings are missing.
    pub fn plan(&self, pipeline: &PipelineRef, lenient: bool, terminal: &Terminal) -> Result<(ExecutionPlan, Checked), Failure> {
        let checked = self.check(&pipeline.file);
        let Some(project) = &checked.project else {
            crate::cli::views::diagnostics::print(&[&checked], terminal, Exit::File);
            return Err(Failure::silent(Exit::File));
        };
        if !lenient {
            self.no_unknown_keys(project)?;
        }
        let plan = compile(project, &pipeline.name, &self.config, lenient).map_err(|error| self.compile_words()(error, &pipeline.file))?;
        Ok((plan, checked))
    }

    /// Refuses a configuration with a mistyped name: the setting that was meant would be a default.
    fn no_unknown_keys(&self, project: &check::Project) -> Result<(), Failure> {
        let ours = KnownKeys::of(project);
        if !unknown_keys(&self.config, &ours).iter().any(|unknown| ours.concerns(unknown)) {
            return Ok(());
        }
        let mut known = ours.clone();
        for file in self.files()? {
            self.check(&file).project.iter().for_each(|other| known.add(other));
        }
        let unknown_keys = unknown_keys(&self.config, &known);
        let words: Vec<_> = unknown_keys.into_iter().filter(|one| ours.concerns(one)).map(|one| one.words).collect();
        if words.is_empty() { Ok(()) } else { Err(Failure::command(format!("{}; nothing was read or written", words.join("; ")))) }
    }

    /// The plan of a pipeline as far as it can be had without a word about it.
    pub fn quiet_plan(&self, pipeline: &PipelineRef) -> Option<ExecutionPlan> {
        let checked = self.check(&pipeline.file);
        compile(checked.project.as_ref()?, &pipeline.name, &self.config, true).ok()
    }

    /// Puts a compile error into words; may be kept longer than the project.
    pub fn compile_words(&self) -> impl Fn(CompileError, &Path) -> Failure + Send + use<> {
        let (environment, place) = (self.config.environment.clone(), self.folder.join(FILE));
        move |error, file| match error {
            CompileError::NoSuchPipeline(names) if names.is_empty() => {
                Failure::new(Exit::File, format!("`{}` holds no pipeline", file.display()))
            }
            CompileError::NoSuchPipeline(names) => Failure::command(format!("`{}` has {}", file.display(), names.join(", "))),
            CompileError::Settings(problems) => {
                let each: Vec<String> = problems.iter().map(|(name, what)| format!("setting `{name}`: {what}")).collect();
                let first = problems.first().map_or("NAME", |(name, _)| name);
                let section = first.split_once('.').map_or_else(String::new, |(owner, _)| format!(".{owner}"));
                Failure::command(format!(
                    "{}; nothing was read or written. Set it by `counterpart settings set {first} VALUE`, or in `{}` under [env.{environment}{section}]",
                    each.join("; "),
                    place.display()
                ))
            }
        }
    }
}

/// This folder if it holds pipelines or their configuration, else `pipelines` in it.
fn usual_folder() -> PathBuf {
    let here = Path::new(".");
    let holds = |folder: &Path| {
        let sync = |path: &Path| path.extension().is_some_and(|ext| ext == "sync");
        folder.join(FILE).is_file()
            || fs::read_dir(folder).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| sync(&entry.path()))))
    };
    if !holds(here) && holds(Path::new("pipelines")) { PathBuf::from("pipelines") } else { here.to_path_buf() }
}

/// The pipelines that stand in this very file, not in one that it uses; the name of the file if it can't be read.
fn names(checked: &Checked, file: &Path) -> Vec<String> {
    match &checked.project {
        Some(project) => pipelines(project),
        None => file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).into_iter().collect(),
    }
}

fn listed(found: &[PipelineRef]) -> String {
    found.iter().map(|pipeline| pipeline.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// None is there.
pub fn no_pipeline(folder: &Path) -> Failure {
    let place = if folder == Path::new(".") { "here, nor in `pipelines`".to_owned() } else { format!("in `{}`", folder.display()) };
    Failure::command(format!("there is no pipeline {place}: no file that ends in .sync; --folder names another place"))
        .next("counterpart new")
}

fn no_such_pipeline(asked: &str, found: &[PipelineRef], folder: &Path) -> Failure {
    if found.is_empty() {
        return no_pipeline(folder);
    }
    let names = || found.iter().map(|pipeline| pipeline.name.as_str());
    let mut near = check::closest(asked, names());
    if near.is_empty() {
        near = names().filter(|name| name.contains(asked)).collect();
    }
    let hint = match near.as_slice() {
        [] => format!("there are {}", listed(found)),
        near => format!("did you mean {}", near.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")),
    };
    Failure::command(format!("there is no pipeline `{asked}`; {hint}"))
}
