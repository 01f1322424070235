//! The folder of pipelines: finds them and compiles one.

use super::{
    config::{Config, FILE, SANDBOX},
    discovery_cache::DiscoveryCache,
    error::ProjectError,
    overlay::{Files, Overlay},
    unknown_keys::{KnownKeys, unknown_keys},
};
use crate::{
    check::{self, Checked, CheckedFolder, Folder, PipelineRef},
    compile::{
        ExecutionPlan,
        pipeline::{CompileError, compile},
    },
    host::{Host, OWN_FOLDER, Roots, folder_of},
    reload::disk::DiskLoader,
    sandbox::Trials,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Which project to open.
#[derive(Clone, Debug, Default)]
pub struct ProjectOptions {
    /// The folder of the pipelines; without one this folder, or `pipelines` in it.
    pub folder: Option<PathBuf>,
    /// As `counterpart.toml` names it; without one, its default.
    pub environment: Option<String>,
    /// Nothing is run, so an environment that nobody named may be missing from `counterpart.toml`.
    pub offline: bool,
    /// Stand-ins replace both systems, with separate state.
    pub sandbox: bool,
    /// Outcomes that calls of the stand-ins are answered with: `create conflict`.
    pub answers: Vec<String>,
    /// Texts that are not saved yet.
    pub overlay: Overlay,
}

/// A folder with pipelines in it, and one environment.
#[derive(Clone, Debug)]
pub struct Project {
    pub host: Host,
    /// As it is shown: relative to where the command was given.
    pub folder: PathBuf,
    pub config: Config,
    pub sandbox: bool,
    /// Outcomes that calls of the stand-ins are answered with.
    pub answers: Vec<String>,
    /// The environment that was asked for; without one, the default of the configuration.
    asked: Option<String>,
    /// The attributes from the last discovery.
    pub discovery: DiscoveryCache,
    overlay: Arc<Overlay>,
    /// The files of the folder, each read and parsed once.
    checks: Arc<Folder>,
}

impl Project {
    /// Opens a folder with its configuration.
    ///
    /// # Errors
    /// No such folder, or a configuration that can't be used.
    pub fn open(host: &Host, options: ProjectOptions) -> Result<Self, ProjectError> {
        let folder = match options.folder {
            Some(folder) if !host.disk().is_folder(&folder) => return Err(ProjectError::NoFolder(folder)),
            Some(folder) => folder,
            None => usual_folder(host),
        };
        if options.environment.as_deref() == Some(SANDBOX) && !options.sandbox {
            return Err(ProjectError::SandboxIsNoEnvironment);
        }
        let environment = if options.sandbox { Some(SANDBOX) } else { options.environment.as_deref() };
        let read = if options.offline { Config::read_without_values } else { Config::read };
        let config = read(host, &folder, environment)?;
        let discovery = DiscoveryCache::read(host, &state_folder(&folder, &config.environment));
        let checks = Arc::new(Folder::new(&folder));
        let asked = environment.map(str::to_owned);
        Ok(Self {
            checks,
            host: host.clone(),
            folder,
            config,
            sandbox: options.sandbox,
            answers: options.answers,
            asked,
            discovery,
            overlay: Arc::new(options.overlay),
        })
    }

    /// The same project with another text in place of a file.
    #[must_use]
    pub fn with_text(&self, file: &Path, text: &str) -> Self {
        let overlay = self.files().with(file, text).overlay;
        Self { overlay, checks: Arc::new(Folder::new(&self.folder)), ..self.clone() }
    }

    /// The loader of the folder's files.
    #[must_use]
    pub fn files(&self) -> Files {
        self.files_in(self.roots())
    }

    /// The same for a file that was named, which may be elsewhere: what it uses may be in its folder.
    fn files_of(&self, file: &Path) -> Files {
        self.files_in(self.roots_of(file))
    }

    fn files_in(&self, roots: Roots) -> Files {
        let disk = DiskLoader { host: self.host.clone(), roots, discovered: self.discovery.attributes() };
        Files { disk, overlay: Arc::clone(&self.overlay) }
    }

    /// Where files may be read and written: in the folder, and where the configuration says.
    fn roots(&self) -> Roots {
        let folders = std::iter::once(self.folder.clone()).chain(self.config.roots.iter().cloned());
        Roots::of(self.host.disk(), folders).without(self.host.disk(), self.config.secret_files.iter().cloned())
    }

    /// The same for a pipeline of a file that was named: in its folder too.
    #[must_use]
    pub fn roots_of(&self, file: &Path) -> Roots {
        self.roots().and(self.host.disk(), folder_of(file))
    }

    /// The other environments that have been used here, each with its state folder. The sandbox, whose secrets are made up, is none.
    #[must_use]
    pub fn other_environments(&self) -> Vec<(String, PathBuf)> {
        let folders = self.host.disk().list(&self.folder.join(OWN_FOLDER)).unwrap_or_default();
        let named = folders.into_iter().filter_map(|folder| Some((folder.file_name()?.to_str()?.to_owned(), folder)));
        named.filter(|(name, _)| *name != self.config.environment && name != SANDBOX).collect()
    }

    /// The state folder of this environment.
    #[must_use]
    pub fn state_folder(&self) -> PathBuf {
        state_folder(&self.folder, &self.config.environment)
    }

    /// The names and state folders of the other environments that have any state.
    #[must_use]
    pub fn other_states(&self) -> Vec<(String, PathBuf)> {
        let folders = self.host.disk().list(&self.folder.join(OWN_FOLDER)).unwrap_or_default();
        let named = |folder: PathBuf| Some((folder.file_name()?.to_str()?.to_owned(), folder));
        let mut others: Vec<_> = folders.into_iter().filter_map(named).filter(|(name, _)| *name != self.config.environment).collect();
        others.sort();
        others
    }

    /// The `.sync` files directly in the folder, by name.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn pipeline_files(&self) -> Result<Vec<PathBuf>, ProjectError> {
        self.checks.read_again();
        let entries = self.host.disk().list(&self.folder);
        let mut files = entries.map_err(|error| ProjectError::UnreadableFolder { folder: self.folder.clone(), why: error.to_string() })?;
        files.extend(self.overlay.keys().filter(|path| is_in(path, &self.folder)).cloned());
        let mut files: Vec<PathBuf> = files.into_iter().filter(|path| is_sync(path)).map(without_dot).collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The `.sync` files of the folder `systems` in the folder, by name.
    #[must_use]
    pub fn system_files(&self) -> Vec<PathBuf> {
        let entries = self.host.disk().list(&self.folder.join("systems")).unwrap_or_default();
        let mut files: Vec<PathBuf> = entries.into_iter().filter(|path| is_sync(path)).map(without_dot).collect();
        files.sort();
        files
    }

    /// A file with all that it uses, checked beside the others of its folder.
    #[must_use]
    pub fn check(&self, file: &Path) -> Checked {
        let elsewhere = Folder::of(file);
        let folder = if elsewhere.path() == self.checks.path() { &*self.checks } else { &elsewhere };
        let mut checked = folder.check(&self.files_of(file), file);
        Trials::new(self.host.clone()).add_to(&mut checked);
        checked
    }

    /// All files of the folder, checked in one round.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn check_all(&self) -> Result<CheckedFolder, ProjectError> {
        self.pipeline_files()?;
        let mut checked = self.checks.check_all(&self.files());
        let mut trials = Trials::new(self.host.clone());
        checked.files.iter_mut().for_each(|one| trials.add_to(one));
        Ok(checked)
    }

    /// The pipelines of the folder, those in files with mistakes too.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn pipelines(&self) -> Result<Vec<PipelineRef>, ProjectError> {
        self.pipeline_files()?;
        Ok(self.checks.pipelines(&self.files()))
    }

    /// The selected pipeline: by name, by file, or the only one there is.
    ///
    /// # Errors
    /// None, or several and none was named.
    pub fn choose(&self, asked: Option<&str>) -> Result<PipelineRef, ProjectError> {
        if let Some(file) = asked.and_then(|asked| self.as_file(asked)) {
            return self.only_one_in(file);
        }
        self.pipeline_files()?;
        if let Some(found) = asked.and_then(|asked| self.checks.find(&self.files(), asked)) {
            return Ok(found);
        }
        let all = self.checks.pipelines(&self.files());
        match asked {
            _ if all.is_empty() => Err(ProjectError::NoPipeline(self.folder.clone())),
            Some(asked) => Err(no_such_pipeline(asked, &all)),
            None if all.len() == 1 => Ok(all[0].clone()),
            None if names_of(&all).len() == 1 => Err(self.declared_twice(&all)),
            None => Err(ProjectError::SeveralPipelines(names_of(&all))),
        }
    }

    /// The diagnostics of files whose pipelines all have one name.
    fn declared_twice(&self, all: &[PipelineRef]) -> ProjectError {
        let mut files: Vec<&Path> = all.iter().map(|pipeline| &*pipeline.file).collect();
        files.dedup();
        ProjectError::WrongFiles(Arc::new(files.into_iter().map(|file| self.check(file)).collect()))
    }

    fn only_one_in(&self, file: PathBuf) -> Result<PipelineRef, ProjectError> {
        if !self.overlay.contains_key(&file) && !self.host.disk().is_taken(&file) {
            return Err(ProjectError::NoFile(file));
        }
        self.checks.read_again();
        let mut all = Folder::of(&file).pipelines_of(&self.files_of(&file), &file);
        // The name does not matter in a file with errors: the errors are reported for the file.
        if all.len() > 1 && self.check(&file).project.is_some() {
            return Err(ProjectError::SeveralInFile { file, names: names_of(&all) });
        }
        Ok(PipelineRef { name: all.pop().map(|one| one.name).unwrap_or_default(), file })
    }

    /// The path of a pipeline file, if the argument names one.
    #[must_use]
    pub fn as_file(&self, asked: &str) -> Option<PathBuf> {
        let path = Path::new(asked);
        let here = |path: &Path| self.host.disk().is_file(path);
        let file = if here(path) || !here(&self.folder.join(path)) { path.to_path_buf() } else { self.folder.join(path) };
        is_sync(path).then_some(file)
    }

    /// Compiles a pipeline. `lenient`: a setting may still be without a value, for a plan that is only shown.
    ///
    /// # Errors
    /// The file is wrong, settings are missing, or the configuration has a mistyped name.
    pub fn compile(&self, pipeline: &PipelineRef, lenient: bool) -> Result<(ExecutionPlan, Checked), ProjectError> {
        let checked = self.check(&pipeline.file);
        let Some(project) = checked.project_of(&pipeline.name) else { return Err(ProjectError::WrongFiles(Arc::new(vec![checked]))) };
        let plan = self.compile_checked(&project, pipeline, lenient)?;
        Ok((plan, checked))
    }

    /// The same for a file that is checked already.
    ///
    /// # Errors
    /// As [`Project::compile`].
    pub fn compile_checked(&self, checked: &check::Project, pipeline: &PipelineRef, lenient: bool) -> Result<ExecutionPlan, ProjectError> {
        if !lenient {
            self.no_unknown_keys(checked)?;
        }
        compile(checked, &pipeline.name, &self.config, lenient).map_err(|error| self.explain(error, &pipeline.file))
    }

    /// The same project with its configuration and files as they are on the disk now.
    ///
    /// # Errors
    /// The configuration can't be used, or its default is another environment now.
    pub fn reread(&self) -> Result<Self, ProjectError> {
        self.checks.read_again();
        let config = Config::read(&self.host, &self.folder, self.asked.as_deref())?;
        if config.environment != self.config.environment {
            return Err(ProjectError::OtherEnvironment { before: self.config.environment.clone(), now: config.environment });
        }
        Ok(Self { config, ..self.clone() })
    }

    /// The plan of a pipeline, if it can be compiled, without reporting anything.
    #[must_use]
    pub fn quiet_plan(&self, pipeline: &PipelineRef) -> Option<ExecutionPlan> {
        let checked = self.check(&pipeline.file);
        compile(&*checked.project_of(&pipeline.name)?, &pipeline.name, &self.config, true).ok()
    }

    /// Refuses a configuration with a misspelled name, because the intended setting would silently get its default.
    fn no_unknown_keys(&self, project: &check::Project) -> Result<(), ProjectError> {
        let ours = KnownKeys::of(project);
        if !unknown_keys(&self.config, &ours).iter().any(|unknown| ours.concerns(unknown)) {
            return Ok(());
        }
        let mut known = ours.clone();
        self.check_all()?.files.iter().filter_map(|one| one.project.as_ref()).for_each(|other| known.add(other));
        let unknown = unknown_keys(&self.config, &known);
        let words: Vec<_> = unknown.into_iter().filter(|one| ours.concerns(one)).map(|one| one.words).collect();
        if words.is_empty() { Ok(()) } else { Err(ProjectError::UnknownKeys(words)) }
    }

    /// Why a pipeline does not compile although its file is free of errors.
    #[must_use]
    pub fn explain(&self, error: CompileError, file: &Path) -> ProjectError {
        match error {
            CompileError::NoSuchPipeline(names) if names.is_empty() => ProjectError::EmptyFile(file.to_path_buf()),
            CompileError::NoSuchPipeline(names) => ProjectError::NotInFile { file: file.to_path_buf(), names },
            CompileError::Settings(problems) => {
                let owner = |name: &str| name.split_once('.').map(|(owner, _)| format!(".{owner}")).unwrap_or_default();
                let mut sections: Vec<_> =
                    problems.iter().map(|(name, _)| format!("[env.{}{}]", self.config.environment, owner(name))).collect();
                sections.dedup();
                let section = sections.join(", ");
                ProjectError::Settings { problems, file: self.folder.join(FILE), section }
            }
        }
    }

    /// Replaces the content of a project file.
    ///
    /// # Errors
    /// The file can't be written, and is unchanged.
    pub fn write(&self, path: &Path, text: &str) -> Result<(), ProjectError> {
        self.host.disk().replace(path, text).map_err(|error| ProjectError::unwritable(path, &error))?;
        self.checks.read_again();
        Ok(())
    }
}

fn state_folder(folder: &Path, environment: &str) -> PathBuf {
    folder.join(OWN_FOLDER).join(environment)
}

/// This folder if it contains pipelines or their configuration, else `pipelines` in it.
fn usual_folder(host: &Host) -> PathBuf {
    let (here, below) = (Path::new("."), Path::new("pipelines"));
    let holds = |folder: &Path| {
        host.disk().is_file(&folder.join(FILE)) || host.disk().list(folder).is_ok_and(|paths| paths.iter().any(|path| is_sync(path)))
    };
    if !holds(here) && holds(below) { below.to_path_buf() } else { here.to_path_buf() }
}

fn is_sync(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sync")
}

fn is_in(path: &Path, folder: &Path) -> bool {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    parent == folder
}

/// `./a.sync` is shown as `a.sync`.
fn without_dot(path: PathBuf) -> PathBuf {
    path.strip_prefix("./").map(Path::to_path_buf).unwrap_or(path)
}

/// Each name once: a name that is declared twice is a mistake of the files, not another pipeline to choose.
fn names_of(pipelines: &[PipelineRef]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for pipeline in pipelines {
        if !names.contains(&pipeline.name) {
            names.push(pipeline.name.clone());
        }
    }
    names
}

/// The names that several pipelines have.
fn doubles(pipelines: &[PipelineRef]) -> Vec<String> {
    let mut names = names_of(pipelines);
    names.retain(|name| pipelines.iter().filter(|pipeline| pipeline.name == *name).count() > 1);
    names
}

fn no_such_pipeline(asked: &str, all: &[PipelineRef]) -> ProjectError {
    let all_names = names_of(all);
    let mut near = check::closest(asked, all_names.iter().map(String::as_str));
    if near.is_empty() {
        near = all_names.iter().map(String::as_str).filter(|name| name.contains(asked)).collect();
    }
    let near = near.into_iter().map(str::to_owned).collect();
    ProjectError::NoSuchPipeline { name: asked.to_owned(), near, all: names_of(all), doubles: doubles(all) }
}
