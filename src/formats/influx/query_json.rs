//! Answers of InfluxDB's `/query` in JSON: one document, or one a chunk (`chunked=true`) of which each continues the last.
//!
//! The traps: times are RFC 3339 text, or numbers in the precision that the query asked for; a series may go on in the next document
//! (`partial`); a statement that failed says so inside of an answer with status 200; `SELECT *` turns tags into columns of text; bins
//! of `GROUP BY time` without data are null.
//! Source: the InfluxDB 1.x documentation (HTTP API, `/query`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::select::{identity, no_times, warn_of_zero};
use crate::formats::document::{Samples, each_document, label, list, text};
use crate::formats::faults::{seen, server_error};
use crate::formats::{Head, Input, Options, Reading};
use crate::problem::Problem;

type Problems = Vec<Problem>;

pub(super) fn recognise(head: &Head) -> Option<String> {
    if head.has_keys(&["results"]) && (head.has_keys(&["series", "columns"]) || head.has_keys(&["statement_id"])) {
        return Some("JSON with the names of InfluxQL's answer (results, series, columns)".into());
    }
    let keys: Vec<&str> = head.keys.iter().map(String::as_str).collect();
    let empty = keys == ["results"] && head.text.trim_start().starts_with('{');
    let failed = keys == ["error"] || keys == ["code", "message"] || keys == ["error", "results"];
    let failed = failed
        && serde_json::from_str::<Value>(&head.text).is_ok_and(|document| document.is_object() && failure(&document).is_some());
    (empty || failed).then(|| "JSON as InfluxDB answers a query without results".into())
}

/// What the server says went wrong: of the whole (1.x, 2.x) or of one statement.
fn failure(document: &Value) -> Option<String> {
    if let Some(said) = document.get("error").and_then(Value::as_str) {
        return Some(said.to_owned());
    }
    if let (Some(code), Some(said)) = (document["code"].as_str(), document["message"].as_str()) {
        return Some(format!("{code}: {said}"));
    }
    let failed = list(document, "results").iter().find(|result| result.get("error").is_some())?;
    Some(format!("statement {}: {}", label(&failed["statement_id"]), text(failed, "error")))
}

/// What is known over several documents.
#[derive(Default)]
struct Known {
    /// Columns of text by measurement: a chunk in which one has nulls only does not make it a column of numbers.
    texts: BTreeSet<(String, String)>,
    listed: usize,
    listed_columns: String,
    partial: bool,
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let (mut samples, mut known) = (Samples::new(input, options, reading), Known::default());
    each_document(input, options, |document, line| {
        if let Some(said) = failure(&document) {
            return Err(server_error(input, "InfluxDB", &said));
        }
        known.partial = false;
        for result in list(&document, "results") {
            known.partial |= result["partial"] == Value::Bool(true);
            for message in list(result, "messages") {
                let words = seen(text(message, "text"));
                samples.reading.warn("server-message", line, || format!("the server says: {words}"));
            }
            for one in list(result, "series") {
                known.partial |= one["partial"] == Value::Bool(true);
                series(one, line, &mut known, &mut samples)?;
            }
        }
        Ok(())
    })?;
    if samples.reading.is_empty() && known.listed > 0 {
        return Err(no_times(input, &seen(&known.listed_columns), known.listed));
    }
    if known.partial {
        let sentence = "the last document is partial: the answer goes on in documents that are not in this input";
        samples.reading.incomplete = Some(sentence.to_owned());
        samples.reading.warn("partial-result", 0, || sentence.to_owned());
    }
    samples.finish()
}

/// One series of an answer, or the part of it that a chunk holds.
fn series(one: &Value, line: u64, known: &mut Known, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
    let measurement = text(one, "name");
    let columns: Vec<&str> = list(one, "columns").iter().map(|name| name.as_str().unwrap_or_default()).collect();
    let rows = list(one, "values");
    let Some(time) = columns.iter().position(|name| *name == "time") else {
        known.listed += rows.len();
        known.listed_columns = columns.join(", ");
        return Ok(());
    };
    let texts: Vec<usize> =
        (0..columns.len()).filter(|at| *at != time && is_text(measurement, columns[*at], *at, rows, known)).collect();
    let values: Vec<usize> = (0..columns.len()).filter(|at| *at != time && !texts.contains(at)).collect();
    let tags: Vec<(String, String)> = one
        .get("tags")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), label(value)))
        .collect();
    let mut places = BTreeMap::<Vec<&str>, Vec<usize>>::new();
    for row in rows {
        let cell = |at: usize| row.get(at).unwrap_or(&Value::Null);
        let key: Vec<&str> = texts.iter().map(|at| cell(*at).as_str().unwrap_or_default()).collect();
        let places = places.entry(key).or_insert_with_key(|key| {
            let series_of = |at: &usize| {
                let own = tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let labels = own.chain(texts.iter().map(|at| columns[*at]).zip(key.iter().copied()));
                samples.reading.series(identity(measurement, columns[*at], labels))
            };
            values.iter().map(series_of).collect()
        });
        let Some(at) = places.first().copied().and_then(|first| samples.instant(first, cell(time), line)) else { continue };
        warn_of_zero(at, line, samples);
        for (column, place) in values.iter().zip(places) {
            samples.put(*place, at, cell(*column), line)?;
        }
    }
    Ok(())
}

/// Whether a column holds text, here or in an earlier chunk.
fn is_text(measurement: &str, name: &str, at: usize, rows: &[Value], known: &mut Known) -> bool {
    let key = (measurement.to_owned(), name.to_owned());
    let text = known.texts.contains(&key) || rows.iter().any(|row| row.get(at).is_some_and(Value::is_string));
    if text {
        known.texts.insert(key);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Stat, read};

    fn read_text(text: &str) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a.json", text.as_bytes().to_vec()), &Options::default())
    }

    #[test]
    fn a_chunk_continues_the_last_and_a_last_one_that_is_partial_says_that_there_is_more() {
        let chunk = |time: u64, host: &str, partial: bool| {
            format!(
                r#"{{"results":[{{"statement_id":0,"series":[{{"name":"cpu","columns":["time","host","max"],"values":[[{time},{host},1.5]],"partial":{partial}}}]}}]}}"#
            )
        };
        let both = format!("{}\n{}\n", chunk(1_504_447_811, "\"a\"", true), chunk(1_504_447_871, "\"a\"", false));
        let reading = read_text(&both).unwrap();
        assert_eq!((reading.series.len(), reading.series[0].at.len(), &reading.incomplete), (1, 2, &None));
        assert_eq!((reading.series[0].id.stat, reading.series[0].id.labels["host"].as_str()), (Stat::Maximum, "a"));
        assert!(read_text(&chunk(1_504_447_811, "\"a\"", true)).unwrap().incomplete.is_some());
        let nulls = format!("{}\n{}\n", chunk(1_504_447_811, "\"a\"", true), chunk(1_504_447_871, "null", false));
        assert_eq!(read_text(&nulls).unwrap().series.iter().map(|one| one.missing).sum::<u64>(), 0);
    }

    #[test]
    fn failures_of_the_whole_and_of_a_statement_are_told_and_lists_are_refused() {
        for failed in [
            r#"{"error":"database not found: x"}"#,
            r#"{"results":[{"statement_id":0,"error":"database not found: x"}]}"#,
            r#"{"code":"invalid","message":"database not found: x"}"#,
        ] {
            let problems = read_text(failed).err().unwrap();
            assert!(problems[0].slug == "ingest/server-error" && problems[0].message.contains("not found"), "{}", problems[0]);
        }
        let list = r#"{"results":[{"statement_id":0,"series":[{"name":"measurements","columns":["name"],"values":[["cpu"],["mem"],["disk"]]}]}]}"#;
        let problems = read_text(list).err().unwrap();
        assert!(problems[0].slug == "ingest/not-a-series" && problems[0].message.contains('3'), "{}", problems[0]);
    }
}
