//! One chart of a finished run, drawn again from the numbers that its report keeps.
#![expect(clippy::disallowed_methods, reason = "a report is read here")]

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::directory;
use crate::error::Error;
use crate::problem::{Problem, nearest};
use crate::render::{self, Size};
use crate::report::{Chart, SCHEMA};

/// A report of more bytes is not read.
const MOST_BYTES: u64 = 2_000_000_000;
/// Charts named in an error.
const NAMED: usize = 12;

/// The form of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines and letters; the font is inside.
    Svg,
    /// Pixels, two for each unit of the drawing.
    Png,
}

impl Form {
    /// The ending of its files.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// A chart that a run has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// What it is asked for by.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// What it says.
    pub title: String,
}

/// The charts of a finished run.
#[derive(Debug)]
pub struct Charts {
    path: PathBuf,
    all: Vec<(Listed, Value)>,
}

/// What is read of a report; tables and all else are passed over.
#[derive(Deserialize)]
struct Stored {
    schema: String,
    charts: Vec<Value>,
}

impl Charts {
    /// Reads the report of a run: its folder, or that of a model's runs, of which the latest is taken.
    ///
    /// # Errors
    /// [`Error::Read`] when there is no report; `rerun/charts` when it is not as it was written.
    pub fn open(run: &Path) -> Result<Self, Error> {
        let path = directory::named(run).join("report.json");
        let unreadable = |source| Error::Read { path: path.clone(), source };
        let mut bytes = Vec::new();
        File::open(&path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
        let broken =
            |what: String| refused("rerun/charts", &path, what, "make the run again: plimsoll run MODEL --again".to_owned());
        if bytes.len() as u64 > MOST_BYTES {
            return Err(broken(format!("it has more than {MOST_BYTES} bytes")));
        }
        let stored: Stored = serde_json::from_slice(&bytes).map_err(|error| broken(format!("it is no report: {error}")))?;
        if stored.schema != SCHEMA {
            return Err(broken(format!("its schema is `{}`, this program reads `{SCHEMA}`", stored.schema)));
        }
        let text = |chart: &Value, key: &str| chart[key].as_str().map(str::to_owned);
        let listed = |chart: &Value| {
            let kind = chart["body"]["kind"].as_str()?.to_owned();
            Some(Listed { id: text(chart, "id")?, kind, title: text(chart, "title")? })
        };
        let all = stored.charts.into_iter().enumerate().map(|(at, chart)| match listed(&chart) {
            Some(one) => Ok((one, chart)),
            None => Err(broken(format!("its chart {} has no id, kind or title", at + 1))),
        });
        let all = all.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { path, all })
    }

    /// Those that there are, in the order of the report.
    pub fn listed(&self) -> impl Iterator<Item = &Listed> {
        self.all.iter().map(|(listed, _)| listed)
    }

    /// One of them.
    ///
    /// # Errors
    /// `input/unknown-chart`, with those that there are, when there is none of that name; `rerun/charts` when its numbers are not as they
    /// were written.
    pub fn chart(&self, id: &str) -> Result<Chart, Error> {
        let Some((listed, value)) = self.all.iter().find(|(listed, _)| listed.id == id) else {
            let ids: Vec<&str> = self.listed().map(|listed| listed.id.as_str()).collect();
            let message = format!("there is no chart `{id}`; {}", those(&ids));
            let help = match nearest(id, &ids) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "plimsoll plot RUN without a chart lists all, with what each says".to_owned(),
            };
            return Err(refused("input/unknown-chart", &self.path, message, help));
        };
        Chart::deserialize(value).map_err(|error| {
            let message = format!("the numbers of chart `{}` cannot be read: {error}", listed.id);
            refused("rerun/charts", &self.path, message, "make the run again: plimsoll run MODEL --again".to_owned())
        })
    }
}

fn those(ids: &[&str]) -> String {
    if ids.is_empty() {
        return "this run has none".to_owned();
    }
    let more = ids.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("there are {}{more}", ids[..ids.len().min(NAMED)].join(", "))
}

fn refused(slug: &'static str, path: &Path, message: String, help: String) -> Error {
    Error::Problems(vec![Problem::new(slug, path, message).help(help)])
}

/// A chart as the bytes of a file.
///
/// # Errors
/// [`Error::Render`] when it cannot be drawn.
pub fn draw_chart(chart: &Chart, size: Size, form: Form) -> Result<Vec<u8>, Error> {
    let drawing = render::sized_svg(chart, size);
    match form {
        Form::Svg => Ok(drawing.into_bytes()),
        Form::Png => render::png(&drawing, 2.0)
            .map_err(|reason| Error::Render { file: format!("{}.png", chart.id), reason: reason.to_string() }),
    }
}
