//! Answers of the Prometheus HTTP API saved to a file: range and instant queries, with their envelope or the result alone (as client
//! libraries return it), one document or several. Lists, metadata and errors are known and refused.

use super::super::{Head, Input, Options, Problems, Reading};
use super::answer::{Answer, Item};
use super::documents::each_document;
use super::told::Told;
use crate::problem::Problem;

pub(super) fn recognise(head: &Head) -> Option<String> {
    if head.has_keys(&["resultType", "result"]) {
        return Some("JSON with resultType and result".to_owned());
    }
    if head.has_keys(&["errorType", "error", "status"]) {
        return Some("JSON with errorType and error".to_owned());
    }
    if head.has_keys(&["status", "data"]) && says_success(&head.text) {
        return Some("JSON with status success and data".to_owned());
    }
    let text: String = head.text.chars().take(2_000).filter(|c| !c.is_whitespace()).collect();
    // With sorted names the status stands last, beyond the head.
    let listed = text.starts_with("{\"data\":[") && head.has_keys(&["__name__"]);
    if listed || text.starts_with("{\"data\":{") && head.has_keys(&["help", "type", "unit"]) {
        return Some("JSON with data that is a list of label sets or of types".to_owned());
    }
    let bare = text.starts_with("[{\"") || text.starts_with("{\"");
    let pairs = head.text.match_indices("\"value").any(|(at, _)| {
        let mut marks = head.text[at + 6..].chars().filter(|c| !c.is_whitespace()).skip_while(|c| matches!(c, 's' | '"')).take(3);
        let (colon, first, second) = (marks.next(), marks.next(), marks.next());
        colon == Some(':') && first == Some('[') && second.is_some_and(|mark| mark == '[' || mark.is_ascii_digit())
    });
    let series = bare && head.has_keys(&["metric"]) && pairs && !head.has_keys(&["timestamps"]) && !head.keys.contains("jsonrpc");
    series.then(|| "JSON series of metric and values, without an envelope".to_owned())
}

/// Whether a status of `success` stands somewhere.
fn says_success(text: &str) -> bool {
    text.match_indices("\"status\"").any(|(at, name)| {
        let rest = text[at + name.len()..].trim_start().strip_prefix(':').map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with("\"success\""))
    })
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let (mut told, mut markers) = (Told::new(input), 0_u64);
    let before: u64 = reading.series.iter().map(|series| series.missing + series.infinite).sum();
    let finite = |reading: &Reading<'_>| reading.series.iter().any(|series| !series.at.is_empty());
    let had = finite(reading);
    each_document(input, options, &mut told, &mut |line, answer: Answer, told| {
        if let Some(problem) = refusal(input, &answer) {
            told.add(if line > 0 { problem.at_line(line) } else { problem });
            return Ok(());
        }
        markers += answer.read(options, line, reading)? as u64;
        Ok(())
    })?;
    if markers > 0 && !had && reading.is_empty() {
        let count = reading.series.iter().map(|series| series.missing + series.infinite).sum::<u64>() - before;
        let message = format!("saw no finite sample: {count} of NaN, +Inf or -Inf only, expected numbers");
        told.add(input.problem("ingest/no-data", message).help("try a query whose result has numbers"));
    }
    told.finish(reading, options)
}

/// Why an answer gives no series.
fn refusal(input: &Input, answer: &Answer) -> Option<Problem> {
    let listed = |what: String, help: &str| Some(input.problem("ingest/not-a-series", what).help(help));
    if answer.failed() {
        return Some(server_error(input, answer));
    }
    if answer.named > 0 && !answer.resulted {
        let names: Vec<&str> = answer.names.iter().map(String::as_str).collect();
        return no_result(input, answer.named, answer.listed, &names);
    }
    let query = "try the answer of /api/v1/query_range";
    let (first, count) = (answer.items.first(), answer.items.len());
    match (answer.result_type.as_deref(), first) {
        (Some("string"), _) => listed("saw a text as the result of a query, expected series of numbers".to_owned(), query),
        (Some("streams"), _) => listed("saw lines of logs (streams of Loki), expected series of numbers".to_owned(), query),
        (result, None) => {
            let message = match (&answer.status, result) {
                (_, Some(result)) => {
                    format!("saw an answer with status success and no data: the {result} is empty, expected series")
                }
                (Some(_), None) => "saw an answer with status success and no data, expected series".to_owned(),
                (None, None) => "saw an empty result, no data, expected series".to_owned(),
            };
            Some(input.problem("ingest/no-data", message).help("try a wider range, or check the query's labels"))
        }
        (None, Some(Item::Text(_))) => listed(
            format!("saw a list of {count} names or values of labels (/api/v1/labels), no samples, expected series"),
            query,
        ),
        (None, Some(Item::Object(names))) => {
            let has = |name: &str| names.iter().any(|known| known == name);
            let what = if has("exemplars") {
                format!("saw exemplars of {count} series (/api/v1/query_exemplars), no samples, expected series")
            } else if has("target") && has("help") {
                format!(
                    "saw metric types and help texts only, {count} of them (/api/v1/targets/metadata), no samples, expected series"
                )
            } else {
                format!("saw label sets only, an inventory of {count} series (/api/v1/series), no samples, expected series")
            };
            listed(what, query)
        }
        (Some("scalar"), _) => None,
        _ if answer.items.iter().any(|item| item.series().is_some()) => only_histograms(input, answer),
        _ => listed(format!("saw a result of {count} things that are not series, expected series of numbers"), query),
    }
}

fn only_histograms(input: &Input, answer: &Answer) -> Option<Problem> {
    let mut all = answer.items.iter().filter_map(Item::series);
    let none = all.all(|series| series.samples.is_empty() && series.histograms > 0);
    let message = "saw native histograms only, expected series of numbers";
    let help = "try a query such as histogram_quantile, histogram_count or histogram_sum over them";
    none.then(|| input.problem("ingest/not-a-series", message).help(help))
}

/// An answer under `data` that is neither a result nor a list.
fn no_result(input: &Input, count: u64, listed: u64, names: &[&str]) -> Option<Problem> {
    let has = |name: &str| names.contains(&name);
    let what = if has("activeTargets") || has("droppedTargets") {
        format!("saw a list of {listed} targets (/api/v1/targets), no samples")
    } else if has("groups") {
        format!("saw a list of rules in {listed} groups (/api/v1/rules), no samples")
    } else if has("alerts") {
        format!("saw a list of {listed} alerts (/api/v1/alerts), no samples")
    } else if has("activeAlertmanagers") || has("yaml") || has("goVersion") || has("headStats") || has("CWD") || listed == 0 {
        "saw the status or configuration of a server (/api/v1/status), no samples".to_owned()
    } else {
        format!("saw metric types and help texts only, of {count} metrics (/api/v1/metadata), no samples")
    };
    let message = format!("{what}, expected series");
    Some(input.problem("ingest/not-a-series", message).help("try the answer of /api/v1/query_range; this one may accompany it"))
}

fn server_error(input: &Input, answer: &Answer) -> Problem {
    let (kind, text) =
        (answer.error_type.as_deref().unwrap_or("unknown"), answer.error.as_deref().unwrap_or("without a message"));
    let text: String = text.chars().take(500).collect();
    let help = match kind {
        _ if text.contains("exceeded maximum resolution") => {
            "try to split the range or widen the step: a server gives at most 11,000 points a series"
        }
        "bad_data" => "try the query again, corrected as the server says",
        "timeout" | "canceled" => "try a shorter range or a wider step",
        "unavailable" | "internal" => "try again when the server is well",
        _ => "try the query again after what the server says",
    };
    input.problem("ingest/server-error", format!("saw an error of the server ({kind}): {text}, expected data")).help(help)
}

#[cfg(test)]
mod tests {
    use super::super::super::{Reading, read as read_any};
    use super::*;

    fn of(text: &str) -> Result<Reading<'static>, Problems> {
        let reading = read_any(&Input::memory("a.json", text.as_bytes().to_vec()), &Options::default())?;
        assert_eq!(reading.format, "prometheus-api");
        Ok(reading)
    }

    fn slug(text: &str) -> &'static str {
        of(text).err().unwrap()[0].slug
    }

    #[test]
    fn warnings_and_partial_answers_are_told() {
        let reading = of(r#"{"status":"success","isPartial":true,"data":{"resultType":"vector","result":[{"metric":{"a":"b"},
            "value":[1700000000.5,"18446744073709551615"]}]},"warnings":["store x down"],"infos":["i"]}"#)
        .unwrap();
        let kinds: Vec<&str> = reading.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, ["server-warning", "server-info", "partial"]);
        assert!(reading.incomplete.is_some());
        assert_eq!(reading.series[0].values.at(0), super::super::super::Number::Whole(u64::MAX));
        assert_eq!(reading.series[0].at, [1_700_000_000_500_000_000]);
    }

    #[test]
    fn scalars_nulls_and_several_documents_are_read() {
        assert_eq!(
            of(r#"{"status":"success","data":{"resultType":"scalar","result":[1700000000,"2.5"]}}"#).unwrap().series.len(),
            1
        );
        let line = r#"{"metric":{"a":"b"},"values":[[1700000000,"1"],[1700000060,null]]}"#;
        let reading = of(&format!("{line}\n{}\n", line.replace("17000", "18000"))).unwrap();
        assert_eq!((reading.series.len(), reading.series[0].at.len(), reading.series[0].missing), (1, 2, 2));
    }

    #[test]
    fn what_is_no_series_is_refused_by_its_name() {
        assert_eq!(slug(r#"{"status":"success","data":["a","b"]}"#), "ingest/not-a-series");
        assert_eq!(slug(r#"{"status":"success","data":{"activeTargets":[],"droppedTargets":[]}}"#), "ingest/not-a-series");
        assert_eq!(slug(r#"{"status":"success","data":[]}"#), "ingest/no-data");
        assert_eq!(slug(r#"{"status":"success","data":{"resultType":"string","result":[1,"a"]}}"#), "ingest/not-a-series");
        let histogram =
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"1"}]}]}}"#;
        assert_eq!(slug(histogram), "ingest/not-a-series");
        let metadata = r#"{"status":"success","data":[{"target":{"a":"b"},"metric":"m","type":"gauge","help":"","unit":""}]}"#;
        assert!(of(metadata).err().unwrap()[0].message.contains("targets/metadata"));
        assert_eq!(slug(r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#), "ingest/server-error");
    }

    #[test]
    fn sorted_names_put_the_status_last() {
        let sets: Vec<String> = (0..3_000).map(|at| format!(r#"{{"__name__":"m","host":"web{at}"}}"#)).collect();
        let list = format!(r#"{{"data":[{}],"status":"success"}}"#, sets.join(","));
        assert!(of(&list).err().unwrap()[0].message.contains("inventory of 3000 series"));
        let flags = r#"{"status":"success","data":{"config.file":"p.yml","web.max-connections":"512"}}"#;
        assert!(of(flags).err().unwrap()[0].message.contains("configuration"));
    }

    #[test]
    fn a_document_cut_off_or_of_another_shape_is_told_with_its_place() {
        assert_eq!(
            slug(r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[17"#),
            "ingest/truncated"
        );
        let text = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}"#;
        let problem = &of(text).err().unwrap()[0];
        assert_eq!((problem.slug, problem.line), ("ingest/malformed", Some(1)));
    }
}
