//! What changed between two runs, and why: found by making a run again with one of its inputs taken from the other.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::differs;
use super::earlier::PastRun;
use super::manifest::Input;
use super::pipeline::{self, Overrides, Prepared, Request};
use crate::error::Error;
use crate::observe::Observer;
use crate::report::Table;
use crate::report::changes::{Change, Facts, Size, changes_table, compare};

/// What may differ between two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// The files of history.
    Data,
    /// The model file.
    Model,
    /// Horizon, replications, `--as-of` and `--set`.
    Settings,
    /// The seed.
    Seed,
    /// The version of the program.
    Program,
}

impl Factor {
    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Model => "model",
            Self::Settings => "settings",
            Self::Seed => "seed",
            Self::Program => "program",
        }
    }
}

/// A changed conclusion with its causes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attributed {
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
    /// What of the differing inputs moves it; empty: only several together do, or it could not be found out.
    pub because: Vec<Factor>,
    /// How far each swapped input moves it alone: a number, days for days; nothing for a day that comes or goes.
    pub alone: Vec<(Factor, Option<f64>)>,
}

/// Two runs compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// The first run.
    pub before: PathBuf,
    /// The second.
    pub after: PathBuf,
    /// What differs between their inputs.
    pub differs: Vec<Factor>,
    /// How: `seed 7 → 8`, `data: cpu.csv changed`; in the order of `differs`.
    pub how: Vec<String>,
    /// What their conclusions differ in.
    pub changes: Vec<Attributed>,
    /// What could not be attributed, and why.
    pub not_attributed: Vec<String>,
    /// Runs made again to find causes.
    pub runs_made: usize,
    /// All money is in this currency.
    pub currency: String,
}

impl Diff {
    /// Some decision changed, or some number by more than Monte Carlo error.
    #[must_use]
    pub fn matters(&self) -> bool {
        self.changes.iter().any(|one| one.change.size != Size::Within)
    }

    /// The changes as a table.
    #[must_use]
    pub fn table(&self) -> Table {
        let changes: Vec<Change> = self.changes.iter().map(|one| one.change.clone()).collect();
        let because: Vec<String> = self.changes.iter().map(|one| self.cause(one)).collect();
        changes_table(&changes, &self.currency, Some(&because))
    }

    fn cause(&self, one: &Attributed) -> String {
        if one.because.is_empty() {
            return if self.not_attributed.is_empty() { "several together" } else { "not known" }.to_owned();
        }
        one.because.iter().map(|factor| factor.word()).collect::<Vec<_>>().join(" and ")
    }
}

/// One of the two.
struct Side {
    run: PastRun,
    facts: Facts,
    text: Result<String, String>,
}

impl Side {
    fn open(path: &Path) -> Result<Self, Error> {
        let run = PastRun::open(path)?;
        let (facts, text) = (Facts::of(&run.report), run.model_text());
        Ok(Self { run, facts, text })
    }

    fn model_sum(&self) -> Option<&str> {
        let manifest = &self.run.manifest;
        manifest.inputs.iter().find(|input| input.path == manifest.model).map(|input| input.sha256.as_str())
    }

    fn data_sums(&self) -> Vec<(String, String)> {
        sums(self.run.data().into_iter())
    }

    /// By name, in words.
    fn settings(&self) -> [(&'static str, String); 4] {
        let manifest = &self.run.manifest;
        let as_of = manifest.overrides.as_of.map_or_else(|| "the end of history".to_owned(), |day| day.to_string());
        let set = manifest.overrides.set.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
        [
            ("horizon", format!("{} days", manifest.horizon_days)),
            ("replications", manifest.replications.to_string()),
            ("as of", as_of),
            ("--set", if set.is_empty() { "nothing".to_owned() } else { set }),
        ]
    }

    /// Whether all of its data lie on disk as they were.
    fn data_are_there(&self) -> Result<(), String> {
        let changed: Vec<String> = self
            .run
            .data()
            .into_iter()
            .filter(|input| Input::of(&input.path).ok().as_ref() != Some(input))
            .map(|input| format!("`{}`", input.path.display()))
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        Err(format!("{} of `{}` changed or went since", changed.join(", "), self.run.folder.display()))
    }
}

/// Compares two finished runs, and finds what each changed conclusion is due to.
///
/// Where one input differs, it is the cause. Where several do, runs are made with one of them swapped, on the data of that run whose data
/// still lie on disk as they were: `after` with the model (settings, seed) of `before`, and `before` on the data of `after`.
///
/// # Errors
/// [`Error::Read`] or [`Error::Manifest`] when one of them is no finished run; an interruption.
pub fn diff(before: &Path, after: &Path, observer: &dyn Observer) -> Result<Diff, Error> {
    let (a, b) = (Side::open(before)?, Side::open(after)?);
    let changes = compare(&a.facts, &b.facts);
    let differs = differing(&a, &b);
    let mut found = Diff {
        before: a.run.folder.clone(),
        after: b.run.folder.clone(),
        differs: differs.clone(),
        how: differs.iter().flat_map(|factor| how(*factor, &a, &b)).collect(),
        changes: Vec::new(),
        not_attributed: Vec::new(),
        runs_made: 0,
        currency: b.facts.currency.clone(),
    };
    let alone = match differs.as_slice() {
        [] => Vec::new(),
        [only] => vec![(*only, changes.clone())],
        _ if changes.is_empty() => Vec::new(),
        _ => swaps(&a, &b, &mut found, observer)?,
    };
    found.changes = changes.into_iter().map(|change| attributed(change, &alone)).collect();
    Ok(found)
}

/// Names and checksums of files, wherever they lie.
fn sums<'a>(inputs: impl Iterator<Item = &'a Input>) -> Vec<(String, String)> {
    let mut sums: Vec<_> = inputs.map(|input| (pipeline::name_of(&input.path), input.sha256.clone())).collect();
    sums.sort();
    sums
}

fn differing(a: &Side, b: &Side) -> Vec<Factor> {
    let (old, new) = (&a.run.manifest, &b.run.manifest);
    let all = [
        (Factor::Data, a.data_sums() != b.data_sums()),
        (Factor::Model, a.model_sum() != b.model_sum()),
        (Factor::Settings, a.settings() != b.settings()),
        (Factor::Seed, old.seed != new.seed),
        (Factor::Program, old.program != new.program),
    ];
    all.into_iter().filter(|(_, differs)| *differs).map(|(factor, _)| factor).collect()
}

/// What differs of an input, in words.
fn how(factor: Factor, a: &Side, b: &Side) -> Vec<String> {
    let (old, new) = (&a.run.manifest, &b.run.manifest);
    let turned = |name: &str, old: &dyn Display, new: &dyn Display| vec![format!("{name} {old} → {new}")];
    match factor {
        Factor::Data => differs::files(&a.data_sums(), &b.data_sums()),
        Factor::Model => match (&a.text, &b.text) {
            (Ok(old), Ok(new)) => differs::keys(old, new),
            (Err(why), _) | (_, Err(why)) => vec![format!("model: {why}")],
        },
        Factor::Settings => {
            let pairs = a.settings().into_iter().zip(b.settings()).filter(|((_, old), (_, new))| old != new);
            pairs.flat_map(|((name, old), (_, new))| turned(name, &old, &new)).collect()
        }
        Factor::Seed => turned("seed", &old.seed, &new.seed),
        Factor::Program => turned("program", &old.program, &new.program),
    }
}

/// The causes of a change: what moves it alone by more than Monte Carlo error or decides otherwise; for a change within the error, what
/// moves it at all.
fn attributed(change: Change, alone: &[(Factor, Vec<Change>)]) -> Attributed {
    let moves: Vec<(Factor, &Change)> = alone
        .iter()
        .filter_map(|(factor, changes)| Some((*factor, changes.iter().find(|one| one.conclusion == change.conclusion)?)))
        .collect();
    let large = moves.iter().filter(|(_, one)| one.size != Size::Within || change.size == Size::Within);
    let mut because: Vec<Factor> = large.map(|(factor, _)| *factor).collect();
    if because.is_empty() {
        because = moves.iter().map(|(factor, _)| *factor).collect();
    }
    let alone = moves.iter().map(|(factor, one)| (*factor, one.difference)).collect();
    Attributed { change, because, alone }
}

/// What each differing input changes alone.
fn swaps(a: &Side, b: &Side, found: &mut Diff, observer: &dyn Observer) -> Result<Vec<(Factor, Vec<Change>)>, Error> {
    let (on, off, forward) = match (b.data_are_there(), a.data_are_there()) {
        (Ok(()), _) => (b, a, true),
        (Err(_), Ok(())) => (a, b, false),
        (Err(why), Err(other)) => {
            found.not_attributed.push(format!("nothing could be run again: {why}; {other}"));
            return Ok(Vec::new());
        }
    };
    let mut made = 0;
    let mut make = |parts: Parts<'_>| {
        made += 1;
        parts.facts(observer)
    };
    let now = pipeline::program();
    let whole = |side| Parts { model: side, data: on, settings: side, seed: side.run.manifest.seed };
    let mut alone = Vec::new();
    // what the data's own run concludes under the program at hand: as it was written, or made again
    let (same, remade) = (on.run.manifest.program == now, whole(on));
    let standing = if same {
        on.facts.clone()
    } else {
        make(remade)?.map_err(|why| found.not_attributed.push(why)).unwrap_or_else(|()| on.facts.clone())
    };
    for factor in found.differs.clone() {
        let parts = match factor {
            Factor::Model => Parts { model: off, ..whole(on) },
            Factor::Settings => Parts { settings: off, ..whole(on) },
            Factor::Seed => Parts { seed: off.run.manifest.seed, ..whole(on) },
            Factor::Data => whole(off),
            Factor::Program => {
                program_alone(a, b, on, &standing, found, &mut alone);
                continue;
            }
        };
        if factor == Factor::Data && off.run.manifest.program != now {
            let (folder, program) = (off.run.folder.display(), &off.run.manifest.program);
            found.not_attributed.push(format!("data: {folder} was made by {program}, this is {now}"));
            continue;
        }
        let facts = match make(parts)? {
            Ok(facts) => facts,
            Err(why) => {
                found.not_attributed.push(format!("{}: {why}", factor.word()));
                continue;
            }
        };
        // from the side of `before` to that of `after`
        let changes = match (factor, forward) {
            (Factor::Data, true) => compare(&off.facts, &facts),
            (Factor::Data, false) => compare(&facts, &off.facts),
            (_, true) => compare(&facts, &standing),
            (_, false) => compare(&standing, &facts),
        };
        alone.push((factor, changes));
    }
    found.runs_made = made;
    Ok(alone)
}

/// What the program's version changes alone: the run whose data are at hand as it was written, against the same made by this program.
fn program_alone(a: &Side, b: &Side, on: &Side, standing: &Facts, found: &mut Diff, alone: &mut Vec<(Factor, Vec<Change>)>) {
    let now = pipeline::program();
    let (old, new) = (&a.run.manifest.program, &b.run.manifest.program);
    if on.run.manifest.program == now {
        let other = if old == &now { new } else { old };
        found.not_attributed.push(format!("program: {other} is not at hand, and the data of its run are not on disk"));
    } else if old == &now || new == &now {
        let changes = if new == &now { compare(&on.facts, standing) } else { compare(standing, &on.facts) };
        alone.push((Factor::Program, changes));
    } else {
        found.not_attributed.push(format!("program: the runs were made by {old} and {new}, this is {now}"));
    }
}

/// A run put together from two.
#[derive(Clone, Copy)]
struct Parts<'a> {
    model: &'a Side,
    data: &'a Side,
    settings: &'a Side,
    seed: u64,
}

impl Parts<'_> {
    /// What such a run concludes; why it cannot be made, in words.
    fn facts(&self, observer: &dyn Observer) -> Result<Result<Facts, String>, Error> {
        match self.made(observer) {
            Ok(facts) => Ok(Ok(facts)),
            Err(Failed::Why(why)) => Ok(Err(why)),
            Err(Failed::Error(error)) if error.exit_code() == 130 => Err(error),
            Err(Failed::Error(error)) => Ok(Err(error.to_string())),
        }
    }

    fn made(&self, observer: &dyn Observer) -> Result<Facts, Failed> {
        let text = self.model.text.clone().map_err(Failed::Why)?;
        let settings = &self.settings.run.manifest;
        let overrides = Overrides {
            seed: Some(self.seed),
            replications: Some(settings.replications),
            horizon_days: Some(settings.horizon_days),
            as_of: settings.overrides.as_of,
            set: settings.overrides.set.clone(),
            fetched: self.data.run.manifest.overrides.fetched.clone(),
            text: Some(text),
            ..Overrides::default()
        };
        let scratch = tempfile::tempdir().map_err(|source| Error::Output { path: std::env::temp_dir(), source })?;
        let model = self.model.run.manifest.model.clone();
        let request = Request { model, runs: scratch.path().to_owned(), overrides, again: true, outcomes: None };
        let prepared = Prepared::load(&request, observer)?;
        let read = prepared.inputs.iter().filter(|input| input.path != prepared.declared.path);
        if sums(read) != self.data.data_sums() {
            let (model, data) = (prepared.declared.path.display(), self.data.run.folder.display());
            return Err(Failed::Why(format!("the sources of `{model}` are today other files than those that `{data}` read")));
        }
        let past = prepared.past(observer)?;
        let decided = prepared.decide(&request, &past, &mut |_| (), observer)?;
        let report = serde_json::to_value(prepared.report(&past, &decided));
        Ok(Facts::of(&report.map_err(|error| Failed::Why(error.to_string()))?))
    }
}

enum Failed {
    Why(String),
    Error(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}
