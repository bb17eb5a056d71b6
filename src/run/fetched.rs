//! Live sources of a model: asked once before a run, kept beside the runs as a store, and read from there, so that the run can be made
//! again without the server.
#![expect(
    clippy::disallowed_methods,
    reason = "credentials come from the environment; a source without an end goes to the present"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::formats::{Options, Stat};
use crate::ingest::store::{Store, Writer};
use crate::live::{self, Access, Context, Limits, Query, Wall};
use crate::observe::Observer;
use crate::problem::Problem;
use crate::source::{Live, Sampled, Source};
use crate::spec::Declared;
use crate::time::{Day, Step, Timestamp, Zone};

/// Where the answers of each live source are, by the source's name.
pub(super) type Fetched = BTreeMap<String, PathBuf>;

/// Puts a store in the place of every live source: the one named in `known`, or one filled now below `home`.
///
/// # Errors
/// `live/*` and `ingest/*` problems of all live sources at once; [`Error::Output`].
pub(super) fn settle(declared: &mut Declared, home: &Path, known: &Fetched, observer: &dyn Observer) -> Result<Fetched, Error> {
    let zone = declared.model.zone.clone();
    let (mut fetched, mut problems) = (known.clone(), Vec::new());
    let mut asked: Vec<(Live, Option<Sampled>, PathBuf)> = Vec::new();
    for source in &mut declared.sources {
        let Some(live) = source.live.clone() else { continue };
        let same = |other: &&(Live, Option<Sampled>, PathBuf)| other.0 == live && other.1 == source.sampled;
        let store = match fetched.get(&source.name).cloned().or_else(|| asked.iter().find(same).map(|known| known.2.clone())) {
            Some(store) => Ok(store),
            None => fetch(source, &live, &zone, declared.settings.as_of, home, observer),
        };
        match store {
            Ok(store) => {
                asked.push((live, source.sampled, store.clone()));
                fetched.insert(source.name.clone(), store.clone());
                source.paths = vec![store.clone()];
                source.live = None;
                declared.files.push(store);
            }
            Err(Error::Problems(mut told)) => problems.append(&mut told),
            Err(error) => return Err(error),
        }
    }
    if problems.is_empty() { Ok(fetched) } else { Err(Error::Problems(problems)) }
}

fn query(source: &Source, live: &Live, zone: &Zone, as_of: Option<Day>, now: Timestamp) -> Query {
    let end = live.end.or_else(|| as_of.map(|day| day.plus(1))).map_or(now, |day| zone.midnight(day));
    let mut query = Query::new(&live.url, &live.query, zone.midnight(live.start), end, Step(live.step_seconds));
    match source.sampled {
        Some(Sampled::Raw) => query.stats = vec![Stat::Raw],
        Some(Sampled::Average) => query.stats = vec![Stat::Average],
        Some(Sampled::Maximum) => query.stats = vec![Stat::Maximum],
        None => {}
    }
    query.kind = source.kind;
    query
}

/// Asks the server and keeps what it said, under a name made of its content.
fn fetch(
    source: &Source,
    live: &Live,
    zone: &Zone,
    as_of: Option<Day>,
    home: &Path,
    observer: &dyn Observer,
) -> Result<PathBuf, Error> {
    let now = Timestamp(jiff::Timestamp::now().as_second());
    let query = query(source, live, zone, as_of, now);
    let told = |problem: Problem| Error::Problems(vec![problem]);
    let access = Access::from_variables(&|name| std::env::var(name).ok()).map_err(Error::Problems)?;
    let folder = home.join("fetched");
    let failed = |source| Error::Output { path: folder.clone(), source };
    fs::create_dir_all(&folder).map_err(failed)?;
    let answers = folder.join(".answers");
    let fresh = tempfile::Builder::new().prefix(".fetching-").tempdir_in(&folder).map_err(failed)?;
    let store = fresh.path().join("store");
    let mut writer = Writer::open(&store).map_err(told)?;
    let (limits, clock) = (Limits::default(), Wall::start());
    let context = Context { access: &access, limits: &limits, observer, clock: &clock, cache: Some(&answers), now };
    let origin = format!("{} {}", query.url, query.query);
    let filled =
        writer.add_from(Path::new(&origin), &Options::default(), &mut |reading| live::fetch_into(&query, &context, reading));
    filled.map_err(Error::Problems)?;
    writer.commit().map_err(told)?;
    drop(writer);
    let content = Store::open(&store).map_err(told)?.inputs().first().map_or_else(String::new, |input| input.sha256.clone());
    let name: String =
        source.name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let kept = folder.join(format!("{name}-{}", content.chars().take(12).collect::<String>()));
    if !kept.exists() {
        fs::rename(&store, &kept).map_err(failed)?;
    }
    Ok(kept)
}
