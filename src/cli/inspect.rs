//! `plimsoll inspect`: what an input is, and how `ingest` would read it.

use std::path::Path;

use super::args::{InspectArgs, Talk};
use super::{live, show};
use crate::error::Error;
use crate::formats::inspect::{Inspection, QuestionLine};
use crate::formats::{self, Options, Reading};
use crate::ingest;
use crate::ingest::store::{Select, Store};
use crate::problem::Problem;
use crate::source::OnDuplicate;

/// Describes every input; what hinders one does not stop the others.
pub fn inspect(typed: &InspectArgs, talk: Talk) -> Result<(), Error> {
    if typed.formats {
        return show::data(formats(talk.json).as_bytes());
    }
    let options = typed.read.options();
    let (mut problems, mut described) = (Vec::new(), Vec::new());
    for (number, input) in typed.inputs.iter().enumerate() {
        match read(typed, input, &options, talk) {
            Ok(seen) => {
                let inspection = seen.described(input);
                problems.extend(seen.refused);
                if talk.json {
                    described.push(inspection);
                } else {
                    let between = if number > 0 { "\n" } else { "" };
                    show::data(format!("{between}{}", formats::inspect::text(&inspection)).as_bytes())?;
                }
            }
            Err(mut told) => problems.append(&mut told),
        }
    }
    if talk.json {
        let text = serde_json::to_string_pretty(&described)
            .map_err(|error| Error::Render { file: "inspection".into(), reason: error.to_string() })?;
        show::data(format!("{text}\n").as_bytes())?;
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Problems(problems)) }
}

/// An input as it was read, and what `ingest` would refuse of it.
struct Seen {
    reading: Reading<'static>,
    options: Options,
    refused: Vec<Problem>,
}

impl Seen {
    fn described(&self, input: &str) -> Inspection {
        let mut inspection = formats::inspect::describe(Path::new(input), &self.reading, &self.options);
        if self.refused.is_empty() {
            return inspection;
        }
        for found in inspection.findings.iter_mut().filter(|found| found.kind == "conflicting-duplicate") {
            "samples repeated with another value: the first is shown here, and `ingest` refuses them".clone_into(&mut found.text);
        }
        let text = "Which of two values at one instant holds? The first is taken here.".to_owned();
        inspection.questions.insert(0, QuestionLine { rank: 1, text, flag: "--on-duplicate first".to_owned() });
        inspection
    }
}

/// An input is described also where its rows disagree: what it is, is asked before which of them holds.
fn read(typed: &InspectArgs, input: &str, options: &Options, talk: Talk) -> Result<Seen, Vec<Problem>> {
    let seen = |reading, refused, options: &Options| Seen { reading, options: options.clone(), refused };
    let again = |refused: Vec<Problem>| {
        let disagree = refused.iter().all(|problem| problem.slug == "ingest/conflicting-duplicates");
        let first = Options { on_duplicate: OnDuplicate::First, ..options.clone() };
        if !disagree || live::is_elsewhere(input) {
            return Err(refused);
        }
        match as_it_stands(typed, input, &first, talk) {
            Ok(reading) => Ok(seen(reading, refused, &first)),
            Err(_) => Err(refused),
        }
    };
    as_it_stands(typed, input, options, talk).map(|reading| seen(reading, Vec::new(), options)).or_else(again)
}

fn as_it_stands(typed: &InspectArgs, input: &str, options: &Options, talk: Talk) -> Result<Reading<'static>, Vec<Problem>> {
    let path = Path::new(input);
    if !live::is_elsewhere(input) {
        if !path.exists() {
            let message = "saw no such file or folder, expected one";
            return Err(vec![Problem::new("ingest/missing-file", path, message).help("try the path from the working directory")]);
        }
        if Store::is_at(path) {
            let store = Store::open(path).map_err(|problem| vec![problem])?;
            return store.read(&Select::default(), options.on_duplicate);
        }
        return ingest::read_export(path, options);
    }
    let mut reading = Reading::default();
    if input == "-" {
        live::read_stdin(options, &mut reading)?;
    } else {
        typed.live.fetch(input, options, talk, &mut reading)?;
    }
    formats::examine(&mut reading, options, path)?;
    Ok(reading)
}

fn formats(json: bool) -> String {
    if json {
        let all: Vec<serde_json::Value> =
            ingest::formats_known().map(|(name, says)| serde_json::json!({"name": name, "says": says})).collect();
        return format!("{:#}\n", serde_json::Value::Array(all));
    }
    let width = ingest::formats_known().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = ingest::formats_known().map(|(name, says)| format!("{name:width$}  {says}")).collect();
    lines.join("\n") + "\n"
}
