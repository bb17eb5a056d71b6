//! The one writer of a store.
#![expect(clippy::disallowed_methods, reason = "inputs are read and the store's files are replaced here")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::chunks::Chunks;
use super::index::{self, Acknowledged, Entry, Index, Part};
use crate::formats::{self, Finding, Identity, Options, Question, Reading};
use crate::ingest::read_export_into;
use crate::problem::Problem;
use crate::source::Kind;

const TRIES: u32 = 10;
const BETWEEN_TRIES: std::time::Duration = std::time::Duration::from_millis(20);

type Problems = Vec<Problem>;

/// Samples held while an input is read.
const HELD: usize = 4_000_000;
/// Bytes of index that an input may cost: large indexes are replaced after several inputs and not after each.
const INDEX_BYTES: u64 = 1 << 20;

/// Fills a reading from wherever an input is.
pub type Fill<'f> = dyn FnMut(&mut Reading<'_>) -> Result<(), Problems> + 'f;

/// What an input brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Series or samples that were not there.
    New,
    /// Nothing: the same bytes were acknowledged before, under this path.
    Known {
        /// Where they came from then.
        origin: PathBuf,
    },
    /// The path gave other bytes (or was read under other declarations) before: those samples were removed.
    Replaced {
        /// How many there were.
        samples: u64,
    },
}

/// What was acknowledged of one input.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The input.
    pub path: PathBuf,
    /// What it brought.
    pub outcome: Outcome,
    /// The format that it was read as.
    pub format: String,
    /// Series in it.
    pub series: u64,
    /// Samples in it.
    pub samples: u64,
    /// Explicit markers of no value.
    pub missing: u64,
    /// What was odd.
    pub findings: Vec<Finding>,
    /// What only the user can know.
    pub questions: Vec<Question>,
    /// The input says that there is more elsewhere.
    pub incomplete: Option<String>,
}

/// Writes to a store. While it lives no other can.
pub struct Writer {
    folder: PathBuf,
    index: Index,
    known: BTreeMap<Identity, Vec<u32>>,
    /// Size of the index when it was last written.
    size: u64,
    /// Inputs since then.
    pending: u64,
    /// Parts that the index to be written does not name any more.
    leaving: Vec<Part>,
    _lock: File,
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Problem + '_ {
    move |error| {
        Problem::new("output/write", path, error.to_string())
            .help("free some space or name another store with -o; what was acknowledged stays")
    }
}

/// Takes the lock. A process that another thread starts has it too, from its fork to its exec: so a held lock is tried a few times.
fn take(lock: &File) -> Result<(), fs::TryLockError> {
    for _ in 0..TRIES {
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            settled => return settled,
        }
    }
    lock.try_lock()
}

impl Writer {
    /// Opens a store to write, made if missing, and removes what a killed writer left behind.
    ///
    /// # Errors
    /// `output/locked` while another writer lives; `output/write`; those of a store that cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Problem> {
        if folder.is_dir() && !folder.join("index.json").is_file() && !is_unfinished(folder) {
            let message = "saw a folder with other files in it, expected a store, an empty folder or none";
            return Err(Problem::new("output/not-a-store", folder, message).help("try another folder with -o"));
        }
        let fresh = !folder.is_dir();
        fs::create_dir_all(folder.join("data")).map_err(failed(folder))?;
        if fresh && let Some(parent) = fs::canonicalize(folder).ok().as_deref().and_then(Path::parent) {
            index::sync_folder(parent).map_err(failed(folder))?;
        }
        let path = folder.join(LOCK);
        let lock = File::create(&path).map_err(failed(&path))?;
        match take(&lock) {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let message = format!("saw `{LOCK}` held by another writer of this store, expected to be the only one");
                let help = "wait for it to end; a lock left by a killed process is released by the system";
                return Err(Problem::new("output/locked", path, message).help(help));
            }
            Err(fs::TryLockError::Error(error)) => return Err(failed(&path)(error)),
        }
        let index = Index::load(folder)?;
        remove_leftovers(folder, &index).map_err(failed(folder))?;
        let mut known: BTreeMap<Identity, Vec<u32>> = BTreeMap::new();
        for entry in &index.series {
            known.entry(entry.identity()).or_default().push(entry.series);
        }
        let size = fs::metadata(folder.join("index.json")).map_or(0, |metadata| metadata.len());
        Ok(Self { folder: folder.to_owned(), index, known, size, pending: 0, leaving: Vec::new(), _lock: lock })
    }

    /// Reads an input and writes its parts. It is acknowledged by the next [`Writer::commit`] and not before.
    ///
    /// # Errors
    /// `ingest/*`: every problem of the input; `output/write`. Nothing of it is kept then.
    pub fn add(&mut self, path: &Path, options: &Options) -> Result<Receipt, Problems> {
        let one = |problem: Problem| vec![problem];
        let origin = fs::canonicalize(path)
            .map_err(|error| one(Problem::new("ingest/unreadable", path, error.to_string()).help("try another path")))?;
        let before = Content::of(&origin).map_err(one)?;
        let declared = declared(options);
        let same = |input: &&Acknowledged| input.sha256 == before.sha256 && input.declared == declared;
        if let Some(known) = self.index.inputs.iter().filter(same).find(|input| input.origin == origin) {
            return Ok(Receipt::known(path, known));
        }
        let (next, series) = (self.index.next, self.index.series.len());
        let read = self.read(&origin, &before.sha256, options, &mut |reading| read_export_into(&origin, options, reading));
        let unchanged = |read: Read| if before.is_still(&origin) { Ok(read) } else { Err(one(changed(path))) };
        let read = match read.and_then(unchanged) {
            Ok(read) => read,
            Err(problems) => {
                self.forget(next, series);
                return Err(problems.into_iter().map(|problem| as_typed(problem, &origin, path)).collect());
            }
        };
        let identities = checksum(read.summary.series.iter().map(|series| series.id.to_string()));
        let as_before = |input: &&Acknowledged| same(input) && input.identities == identities;
        // A path that gave something else before has to be entered anew, lest its old samples stay.
        let fresh = self.index.inputs.iter().all(|input| input.origin != origin);
        if let Some(known) = self.index.inputs.iter().find(as_before).filter(|_| fresh) {
            let receipt = Receipt::known(path, known);
            self.forget(next, series);
            return Ok(receipt);
        }
        Ok(self.keep(path, origin, declared, identities, before, read))
    }

    /// The same for what is no file: a server's answers, standard input. `origin` names it: what comes from there again replaces what
    /// came before, and the same samples again are nothing new.
    ///
    /// # Errors
    /// Whatever `fill` tells; `output/write`. Nothing of it is kept then.
    pub fn add_from(&mut self, origin: &Path, options: &Options, fill: &mut Fill<'_>) -> Result<Receipt, Problems> {
        let (next, series) = (self.index.next, self.index.series.len());
        let name = checksum(std::iter::once(origin.display().to_string()));
        let read = match self.read(origin, &name, options, fill) {
            Ok(read) => read,
            Err(problems) => {
                self.forget(next, series);
                return Err(problems);
            }
        };
        let declared = declared(options);
        let same = |input: &&Acknowledged| input.origin == origin && input.sha256 == read.digest && input.declared == declared;
        if let Some(known) = self.index.inputs.iter().find(same) {
            let receipt = Receipt { incomplete: read.summary.incomplete.clone(), ..Receipt::known(origin, known) };
            self.forget(next, series);
            return Ok(receipt);
        }
        let identities = checksum(read.summary.series.iter().map(|series| series.id.to_string()));
        let content = Content { sha256: read.digest.clone(), bytes: read.samples * 16, seen: None };
        Ok(self.keep(origin, origin.to_owned(), declared, identities, content, read))
    }

    /// Makes what was added since the last time stay: it is acknowledged when this returns.
    ///
    /// # Errors
    /// `output/write`: nothing new is acknowledged then.
    pub fn commit(&mut self) -> Result<(), Problem> {
        if self.pending == 0 {
            return Ok(());
        }
        let path = self.folder.join("index.json");
        self.size = self.index.save(&self.folder).map_err(failed(&path))?;
        self.pending = 0;
        for part in self.leaving.drain(..) {
            // A part that stays is removed by the next writer.
            drop(fs::remove_file(self.folder.join("data").join(part.file)));
        }
        Ok(())
    }

    /// Whether enough was added for the index to be worth writing.
    fn is_due(&self) -> bool {
        self.pending > self.size / INDEX_BYTES
    }

    fn read(&mut self, origin: &Path, name: &str, options: &Options, fill: &mut Fill<'_>) -> Result<Read, Problems> {
        let data = self.folder.join("data");
        let (entries, known) = (&mut self.index.series, &mut self.known);
        let mut findings = Vec::new();
        let mut number = |id: &Identity, unit: Option<&str>| {
            let id = options.stat.map_or_else(|| id.clone(), |stat| Identity { stat, ..id.clone() });
            number(entries, known, &mut findings, &id, options.unit.as_deref().or(unit))
        };
        let mut chunks = Chunks::new(&data, &name[..16], &mut self.index.next, &mut number);
        let mut hasher = Sha256::new();
        let mut take = |series: &mut [formats::RawSeries]| {
            series.iter().filter(|one| !one.at.is_empty()).for_each(|one| digest(one, &mut hasher));
            chunks.take(series)
        };
        let mut summary = {
            let mut reading = Reading::spilling(HELD, options, origin, &mut take);
            fill(&mut reading)?;
            reading.flush().map_err(|problem| vec![problem])?;
            formats::strict(&reading, options, origin)?;
            Summary::of(&mut reading)
        };
        let (numbers, parts, samples) = (std::mem::take(&mut chunks.numbers), std::mem::take(&mut chunks.parts), chunks.samples);
        summary.findings.append(&mut findings);
        Ok(Read { summary, numbers, parts, samples, digest: hex(&hasher.finalize()) })
    }

    /// Enters what was read into the index.
    fn keep(
        &mut self,
        path: &Path,
        origin: PathBuf,
        declared: String,
        identities: String,
        content: Content,
        read: Read,
    ) -> Receipt {
        let Read { mut summary, numbers, parts, samples, digest: _ } = read;
        for (number, series) in numbers.iter().zip(&summary.series) {
            let entry = &mut self.index.series[*number as usize];
            let kind = series.kind.map(index::kind_name);
            if entry.kind.is_some() && kind.is_some() && entry.kind != kind {
                let (first, second) = (entry.kind.as_deref().unwrap_or(""), kind.as_deref().unwrap_or(""));
                let text = format!("{} was a {first} and is a {second} here: it stays a {first}", series.id);
                warn(&mut summary.findings, "kind-change", text);
            }
            entry.kind = entry.kind.take().or(kind);
            entry.unit = entry.unit.take().or_else(|| series.unit.clone());
        }
        let mut replaced = None;
        self.index.inputs.retain_mut(|input| {
            if input.origin != origin {
                return true;
            }
            *replaced.get_or_insert(0) += input.samples;
            self.leaving.append(&mut input.parts);
            false
        });
        let filled = summary.series.len() as u64;
        self.index.inputs.push(Acknowledged {
            origin,
            sha256: content.sha256,
            bytes: content.bytes,
            format: summary.format.clone(),
            declared,
            series: filled,
            identities,
            samples,
            missing: summary.missing,
            parts,
        });
        self.pending += 1;
        Receipt {
            path: path.to_owned(),
            outcome: replaced.map_or(Outcome::New, |samples| Outcome::Replaced { samples }),
            format: summary.format,
            series: filled,
            samples,
            missing: summary.missing,
            findings: summary.findings,
            questions: summary.questions,
            incomplete: summary.incomplete,
        }
    }

    /// Takes back the series and parts of an input that is not kept.
    fn forget(&mut self, next: u64, series: usize) {
        for entry in self.index.series.drain(series..) {
            let id = entry.identity();
            if let Some(numbers) = self.known.get_mut(&id) {
                numbers.retain(|number| *number != entry.series);
                if numbers.is_empty() {
                    self.known.remove(&id);
                }
            }
        }
        let named: BTreeSet<String> = (next..self.index.next).map(|number| format!("-{number}.parquet")).collect();
        let left = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.rfind('-').is_some_and(|at| named.contains(&name[at..]))
        };
        if !named.is_empty() {
            for path in parts_below(&self.folder).unwrap_or_default().into_iter().filter(left) {
                drop(fs::remove_file(path));
            }
        }
    }
}

/// The number of a series: known, or new. A unit that is not stated is that of the series as known.
fn number(
    entries: &mut Vec<Entry>,
    known: &mut BTreeMap<Identity, Vec<u32>>,
    findings: &mut Vec<Finding>,
    id: &Identity,
    unit: Option<&str>,
) -> u32 {
    let numbers = known.entry(id.clone()).or_default();
    let of = |number: &&u32| entries[**number as usize].unit.as_deref();
    let fits = numbers.iter().find(|number| of(number) == unit).or_else(|| match unit {
        None => numbers.first(),
        Some(_) => numbers.iter().find(|number| of(number).is_none()),
    });
    if let Some(number) = fits {
        return *number;
    }
    if let Some(other) = numbers.first() {
        let before = entries[*other as usize].unit.clone().unwrap_or_default();
        let text = format!("{id} was in {before} and is in {} here: kept apart", unit.unwrap_or_default());
        warn(findings, "unit-change", text);
    }
    let number = entries.len() as u32;
    entries.push(Entry::new(number, id, unit.map(str::to_owned)));
    numbers.push(number);
    number
}

/// Adds a series' samples to a checksum.
fn digest(series: &formats::RawSeries, hasher: &mut Sha256) {
    hasher.update(format!("{} {}\n", series.id, series.unit.as_deref().unwrap_or("")));
    for (at, stamp) in series.at.iter().enumerate() {
        hasher.update(stamp.to_le_bytes());
        match series.values.at(at) {
            formats::Number::Real(value) => hasher.update(value.to_bits().to_le_bytes()),
            formats::Number::Whole(value) => hasher.update(value.to_le_bytes()),
        }
    }
}

fn warn(findings: &mut Vec<Finding>, kind: &'static str, text: String) {
    match findings.iter_mut().find(|finding| finding.kind == kind) {
        Some(finding) => finding.count += 1,
        None => findings.push(Finding::new(crate::series::Severity::Warning, kind, text)),
    }
}

/// A series of an input without its samples.
struct Named {
    id: Identity,
    kind: Option<Kind>,
    unit: Option<String>,
}

/// A reading without its samples.
struct Summary {
    format: String,
    series: Vec<Named>,
    missing: u64,
    findings: Vec<Finding>,
    questions: Vec<Question>,
    incomplete: Option<String>,
}

impl Summary {
    fn of(reading: &mut Reading<'_>) -> Self {
        let missing = reading.series.iter().map(|series| series.missing).sum();
        let named = |series: &formats::RawSeries| Named { id: series.id.clone(), kind: series.kind, unit: series.unit.clone() };
        Self {
            format: reading.format.to_owned(),
            series: reading.series.iter().map(named).collect(),
            missing,
            findings: std::mem::take(&mut reading.findings),
            questions: std::mem::take(&mut reading.questions),
            incomplete: reading.incomplete.take(),
        }
    }
}

/// An input as read: its parts are on disk, and no index names them yet.
struct Read {
    summary: Summary,
    numbers: Vec<u32>,
    parts: Vec<Part>,
    samples: u64,
    /// SHA-256 of the samples, in hexadecimal.
    digest: String,
}

impl Receipt {
    fn known(path: &Path, input: &Acknowledged) -> Self {
        Self {
            path: path.to_owned(),
            outcome: Outcome::Known { origin: input.origin.clone() },
            format: input.format.clone(),
            series: input.series,
            samples: input.samples,
            missing: input.missing,
            findings: Vec::new(),
            questions: Vec::new(),
            incomplete: None,
        }
    }
}

/// A problem with the path as it was typed, not as the system resolves it.
fn as_typed(problem: Problem, origin: &Path, typed: &Path) -> Problem {
    let inner = problem.path.strip_prefix(origin).map(Path::to_owned);
    match inner {
        Ok(inner) if inner.as_os_str().is_empty() => Problem { path: typed.to_owned(), ..problem },
        Ok(inner) => Problem { path: typed.join(inner), ..problem },
        Err(_) => problem,
    }
}

/// The bytes of an input.
struct Content {
    sha256: String,
    bytes: u64,
    seen: Option<(u64, std::time::SystemTime)>,
}

impl Content {
    fn of(path: &Path) -> Result<Self, Problem> {
        let unreadable = |error: std::io::Error| Problem::new("ingest/unreadable", path, error.to_string());
        let seen = state(path);
        let (mut hasher, mut bytes) = (Sha256::new(), 0);
        if path.is_dir() {
            for file in formats::files_below(path).map_err(|mut problems| problems.swap_remove(0))? {
                let one = Self::of(&file)?;
                let inner = file.strip_prefix(path).unwrap_or(&file).to_string_lossy().into_owned();
                hasher.update(format!("{inner}\0{}\n", one.sha256));
                bytes += one.bytes;
            }
            return Ok(Self { sha256: hex(&hasher.finalize()), bytes, seen: None });
        }
        let (mut file, mut buffer) = (File::open(path).map_err(unreadable)?, vec![0; 1 << 16]);
        loop {
            let count = file.read(&mut buffer).map_err(unreadable)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            bytes += count as u64;
        }
        Ok(Self { sha256: hex(&hasher.finalize()), bytes, seen })
    }

    /// Whether the file still looks as it did before its checksum was taken.
    fn is_still(&self, path: &Path) -> bool {
        self.seen.is_none() || self.seen == state(path)
    }
}

fn state(path: &Path) -> Option<(u64, std::time::SystemTime)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

fn changed(path: &Path) -> Problem {
    Problem::new("ingest/changed-meanwhile", path, "saw the file change while it was read, expected it to be finished")
        .help("try again when its writer is done")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

fn checksum(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    names.sort();
    let mut hasher = Sha256::new();
    for name in names {
        hasher.update(format!("{name}\n"));
    }
    hex(&hasher.finalize())[..16].to_owned()
}

/// The declarations that change what is read, as text; what settles duplicates is declared when reading the store.
fn declared(options: &Options) -> String {
    let neutral = Options {
        zone: None,
        on_duplicate: Options::default().on_duplicate,
        most_bytes: Options::default().most_bytes,
        strict: false,
        ..options.clone()
    };
    let zone = options.zone.as_ref().map_or("-", |zone| zone.name());
    if neutral == Options::default() && options.zone.is_none() {
        return String::new();
    }
    format!("{zone} {}", checksum(std::iter::once(format!("{neutral:?}"))))
}

const LOCK: &str = ".lock";

/// A store whose first index was never written.
fn is_unfinished(folder: &Path) -> bool {
    let ours = |name: &str| name == "data" || name == LOCK || name.starts_with(index::FRESH);
    fs::read_dir(folder)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| ours(&entry.file_name().to_string_lossy()))))
}

fn parts_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for month in fs::read_dir(folder.join("data"))? {
        let month = month?.path();
        if month.is_dir() {
            for entry in fs::read_dir(month)? {
                found.push(entry?.path());
            }
        }
    }
    Ok(found)
}

/// Removes what no index names: nobody else can be writing it, we hold the lock.
fn remove_leftovers(folder: &Path, index: &Index) -> std::io::Result<()> {
    let data = folder.join("data");
    let named: BTreeSet<PathBuf> = index.inputs.iter().flat_map(|input| &input.parts).map(|part| data.join(&part.file)).collect();
    for path in parts_below(folder)?.into_iter().filter(|path| !named.contains(path)) {
        if path.extension().is_some_and(|ending| ending == "parquet") {
            fs::remove_file(path)?;
        }
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(index::FRESH) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Where an input is.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A file or folder.
    Path(PathBuf),
    /// Something else, by the name that it is known by.
    Elsewhere(String),
}

/// Ingests inputs one by one; what hinders one does not stop the others. Each is told when it is acknowledged: after `told` says so
/// it survives whatever happens. `told` answers whether to go on. `fill` reads what is no file.
///
/// # Errors
/// When the store cannot be written any more.
pub fn ingest(
    writer: &mut Writer,
    inputs: &[Place],
    options: &Options,
    fill: &mut dyn FnMut(&str, &mut Reading<'_>) -> Result<(), Problems>,
    told: &mut dyn FnMut(&Path, Result<Receipt, Problems>) -> bool,
) -> Result<(), Problem> {
    let mut waiting: Vec<Receipt> = Vec::new();
    let mut go_on = true;
    for place in inputs {
        let (path, added) = match place {
            Place::Path(path) => (path.as_path(), writer.add(path, options)),
            Place::Elsewhere(name) => {
                let origin = Path::new(name);
                (origin, writer.add_from(origin, options, &mut |reading| fill(name, reading)))
            }
        };
        match added {
            Ok(receipt) => waiting.push(receipt),
            Err(problems) => match problems.into_iter().partition::<Problems, _>(|problem| problem.slug.starts_with("output/")) {
                (mut fatal, _) if !fatal.is_empty() => {
                    // What was added before is whole, and acknowledged if there is room for the index.
                    acknowledge(writer, &mut waiting, told)?;
                    return Err(fatal.swap_remove(0));
                }
                (_, problems) => go_on &= told(path, Err(problems)),
            },
        }
        if writer.is_due() || writer.pending == 0 {
            go_on &= acknowledge(writer, &mut waiting, told)?;
        }
        if !go_on {
            break;
        }
    }
    acknowledge(writer, &mut waiting, told).map(drop)
}

fn acknowledge(
    writer: &mut Writer,
    waiting: &mut Vec<Receipt>,
    told: &mut dyn FnMut(&Path, Result<Receipt, Problems>) -> bool,
) -> Result<bool, Problem> {
    writer.commit()?;
    let mut go_on = true;
    for receipt in waiting.drain(..) {
        let path = receipt.path.clone();
        go_on &= told(&path, Ok(receipt));
    }
    Ok(go_on)
}
