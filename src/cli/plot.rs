//! `plimsoll plot`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::args::Talk;
use super::{json, show};
use crate::error::Error;
use crate::render::Size;
use crate::run::{self, Charts, Form};

/// Flags of `plot`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll plot runs/webshop/latest                                    list its charts with what each says
  plimsoll plot runs/webshop/latest demand-checkout                    demand-checkout.svg in this folder
  plimsoll plot runs/webshop/latest risk --size slide -o risk.png      1920 × 1080 pixels for a slide
  plimsoll plot runs/webshop/latest orders --size page --format png -o - | lp

Charts are drawn from the numbers in the run's report.json; nothing is computed again.")]
pub struct PlotArgs {
    /// The folder of a finished run, or of a model's runs: then its latest.
    pub run: PathBuf,
    /// Which chart; without one, all are listed.
    pub chart: Option<String>,
    /// The form: that of the ending of `-o`, otherwise SVG.
    #[arg(long, value_enum)]
    pub format: Option<PlotFormat>,
    /// What it is for: `slide` is 16:9, `page` as wide as the text of a page, `report` as in the report.
    #[arg(long, value_enum, default_value_t = PlotSize::Report)]
    pub size: PlotSize,
    /// Where it goes, `-` for stdout; CHART.svg or CHART.png in this folder unless given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// See [`PlotArgs::format`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlotFormat {
    /// Lines and letters, the font inside.
    Svg,
    /// Pixels, two for each unit of the drawing.
    Png,
}

/// See [`PlotArgs::size`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlotSize {
    /// As in the report: 960 units wide, as high as its rows.
    Report,
    /// 960 × 540 units; rows that do not fit are counted.
    Slide,
    /// 680 units wide, as high as its rows.
    Page,
}

impl From<PlotSize> for Size {
    fn from(typed: PlotSize) -> Self {
        match typed {
            PlotSize::Report => Self::Report,
            PlotSize::Slide => Self::Slide,
            PlotSize::Page => Self::Page,
        }
    }
}

/// Draws one chart, or lists all.
pub fn plot(typed: &PlotArgs, talk: Talk) -> Result<(), Error> {
    let charts = Charts::open(&typed.run)?;
    let Some(id) = &typed.chart else { return list(&charts, talk) };
    let chart = charts.chart(id)?;
    let to_stdout = typed.output.as_deref().is_some_and(|path| path == Path::new("-"));
    let form = form(typed)?;
    let bytes = run::draw_chart(&chart, typed.size.into(), form)?;
    if to_stdout {
        return show::data(&bytes);
    }
    let path = typed.output.clone().unwrap_or_else(|| PathBuf::from(format!("{id}.{}", form.ending())));
    run::write_whole(&path, &bytes)?;
    json::wrote(&[path], talk)
}

/// The form asked for: an ending that says another one is refused.
fn form(typed: &PlotArgs) -> Result<Form, Error> {
    let asked = typed.format.map(|format| match format {
        PlotFormat::Svg => Form::Svg,
        PlotFormat::Png => Form::Png,
    });
    let path = typed.output.as_deref().unwrap_or(Path::new(""));
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let ending = match ending.as_deref() {
        Some("svg") => Some(Form::Svg),
        Some("png") => Some(Form::Png),
        Some(other) if asked.is_none() => {
            let problem =
                crate::problem::Problem::new("input/flag", path, format!("saw the ending .{other}, expected .svg or .png"));
            return Err(Error::Problems(vec![problem.help("or say `--format svg` or `--format png`")]));
        }
        _ => None,
    };
    match (asked, ending) {
        (Some(asked), Some(ending)) if asked != ending => {
            let message = format!("`--format {}` contradicts the ending .{}", asked.ending(), ending.ending());
            let problem = crate::problem::Problem::new("input/flag", path, message);
            Err(Error::Problems(vec![problem.help("leave one of the two out")]))
        }
        (asked, ending) => Ok(asked.or(ending).unwrap_or(Form::Svg)),
    }
}

fn list(charts: &Charts, talk: Talk) -> Result<(), Error> {
    if talk.json {
        let all = charts.listed().map(|one| json!({ "id": one.id, "kind": one.kind, "title": one.title }));
        return json::print(&all.collect());
    }
    let wide = charts.listed().map(|one| one.id.chars().count()).max().unwrap_or(0);
    let lines = charts.listed().map(|one| format!("{:wide$}  {}\n", one.id, one.title));
    show::data(lines.collect::<String>().as_bytes())
}
