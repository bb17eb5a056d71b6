//! Plain series and what goes with them: drivers, events, a hierarchy, forecasts made elsewhere.
//!
//! Series alone wait in memory as far as they fit, and in a temporary file beyond; what goes with them is matched with all of them at once, in
//! memory.

use std::path::Path;

use super::batches::Asked;
use super::drivers::{DriverTables, Driving, driver_tables};
use super::hierarchy::{Levelled, Levels};
use super::outside::Outside;
use super::survey::Survey;
use crate::error::Error;
use crate::forecast;
use crate::ingest::{HeldSeries, TidyColumns, Unread};
use crate::observe::Observer;

/// What was asked for to go with the series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Companions<'a> {
    pub(super) driving: &'a Driving,
    /// How far ahead drivers have to be known.
    pub(super) ahead: usize,
    pub(super) levelled: Option<&'a Levelled>,
    pub(super) external: Option<&'a Path>,
}

/// Series that are ready to be forecast.
pub(super) struct Ready {
    pub(super) held: HeldSeries,
    pub(super) drivers: DriverTables,
    pub(super) levels: Option<Levels>,
    pub(super) outside: Option<Outside>,
    /// The most values that a series has, gaps left out.
    pub(super) most_seen: usize,
    /// What to tell the user.
    pub(super) notes: Vec<String>,
}

impl Ready {
    /// Reads the series of a file and what goes with them, and looks at all of them.
    ///
    /// # Errors
    /// Problems of the files; series that nothing can be said of; seasons, ceilings that do not fit them.
    pub(super) fn read(
        (input, columns, room): (&Path, &TidyColumns, usize),
        asked: &Asked,
        with: Companions<'_>,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let held = HeldSeries::read(input, columns, room, observer).map_err(|unread| match unread {
            Unread::Problems(problems) => Error::Problems(problems),
            Unread::Interrupted => forecast::Error::Interrupted.into(),
        })?;
        let mut survey = Survey::new(asked, held.style.form, input);
        if *with.driving == Driving::default() && with.levelled.is_none() && with.external.is_none() {
            held.each(&mut |one| survey.see(one)).map_err(Error::Problems)?;
            let most_seen = survey.most_seen();
            let mut notes = survey.told()?;
            notes.extend(waiting(&held));
            return Ok(Self { held, drivers: DriverTables::new(), levels: None, outside: None, most_seen, notes });
        }
        let mut tidy = held.whole().map_err(Error::Problems)?;
        let levels = with.levelled.map(|asked| Levels::read(asked, columns, &mut tidy)).transpose()?;
        let (drivers, driven) = driver_tables(with.driving, columns, &mut tidy, with.ahead)?;
        tidy.series.iter().for_each(|one| survey.see(one));
        let most_seen = survey.most_seen();
        let mut notes = survey.told()?;
        notes.extend(driven.into_iter().chain(levels.iter().flat_map(|levels| levels.notes.clone())));
        let outside = with.external.map(|path| Outside::read(path, columns, &tidy, asked.horizon)).transpose()?;
        Ok(Self { held: tidy.into(), drivers, levels, outside, most_seen, notes })
    }
}

/// Told of series that did not fit into memory.
fn waiting(held: &HeldSeries) -> Option<String> {
    let (bytes, folder) = (held.on_disk(), held.folder().display());
    (bytes > 0).then(|| {
        format!("{} series wait for their turn in a temporary file of {:.0} MB in {folder}", held.len(), bytes as f64 / 1e6)
    })
}
