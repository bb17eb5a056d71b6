//! Values of Zabbix: answers of `history.get` and `trend.get` (JSON-RPC, or the bare list that client libraries return), and the
//! files of the real-time export (one JSON object a line, for history or trends).
//!
//! The traps: in the API everything is text; the instant is `clock` seconds plus `ns` nanoseconds, not padded; API answers know the
//! item by its id only; `clock` of a trend is the START of its hour; the export also writes problem events and text values.
//! Source: the Zabbix manual (API: history and trend objects; real-time export protocol).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::formats::document::{Samples, each_document, label, list, text};
use crate::formats::faults::{not_a_series, seen, server_error};
use crate::formats::{Head, Identity, Input, NANOS, Options, Reading, Stamp};
use crate::problem::Problem;

type Problems = Vec<Problem>;

const HELP: &str = "try history.get or trend.get for the items you need, and hand over the answer";

/// Statistics of a trend in the words of the API and of the export.
const STATISTICS: &[&str] = &["num", "count", "value_min", "value_avg", "value_max", "min", "avg", "max"];

pub(super) fn recognise(head: &Head) -> Option<String> {
    if head.has_keys(&["jsonrpc"]) && (head.has_keys(&["result"]) || head.has_keys(&["error"])) {
        return Some("JSON-RPC as Zabbix answers".into());
    }
    if head.has_keys(&["itemid", "clock"]) {
        return Some("JSON with the names of Zabbix's values (itemid, clock)".into());
    }
    (head.has_keys(&["eventid", "clock", "hosts"]) || head.has_keys(&["eventid", "clock", "p_eventid"]))
        .then(|| "JSON with the names of Zabbix's exported events (eventid, clock)".into())
}

/// What is remembered of an item of an export, to build its identity once.
struct Item {
    about: Vec<Value>,
    places: BTreeMap<&'static str, usize>,
}

/// The state of a reading.
struct Rows<'a, 's> {
    samples: Samples<'a, 's>,
    items: BTreeMap<String, Item>,
    texts: u64,
    events: u64,
    others: u64,
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let samples = Samples::new(input, options, reading);
    let mut rows = Rows { samples, items: BTreeMap::new(), texts: 0, events: 0, others: 0 };
    each_document(input, options, |document, line| {
        if let Some(error) = document.get("error").filter(|error| !error.is_null()) {
            let said = format!("{} {} {}", label(&error["code"]), text(error, "message"), text(error, "data"));
            return Err(server_error(input, "Zabbix", said.trim()));
        }
        match document.get("result").unwrap_or(&document) {
            Value::Array(all) => all.iter().try_for_each(|row| rows.row(row, line)),
            row => rows.row(row, line),
        }
    })?;
    rows.finish(input)
}

impl Rows<'_, '_> {
    /// One value or one hour of an item.
    fn row(&mut self, row: &Value, line: u64) -> Result<(), Problems> {
        if row.get("itemid").is_none() || row.get("clock").is_none() {
            let count = if row.get("eventid").is_some() { &mut self.events } else { &mut self.others };
            *count += 1;
            return Ok(());
        }
        let trend = STATISTICS.iter().copied().filter(|name| row.get(*name).is_some());
        let names: Vec<&'static str> = if row.get("value").is_some() { vec!["value"] } else { trend.collect() };
        if names == ["value"] && is_text(row) {
            self.texts += 1;
            return Ok(());
        }
        let Some(clock) = whole(&row["clock"]) else {
            self.samples.bad_time(&format!("the clock `{}`", seen(&label(&row["clock"]))), line);
            return Ok(());
        };
        let nanos = row.get("ns").and_then(whole).unwrap_or(0);
        let stamp = Stamp::Instant(clock.saturating_mul(NANOS).saturating_add(nanos));
        for name in names {
            let place = self.place(row, name);
            if let Some(at) = self.samples.at(place, stamp, line) {
                self.samples.put(place, at, &row[name], line)?;
            }
        }
        Ok(())
    }

    /// The series of a value or statistic of an item.
    fn place(&mut self, row: &Value, name: &'static str) -> usize {
        let id = label(&row["itemid"]);
        let about = ["host", "name", "groups", "item_tags", "applications"].map(|key| row.get(key).unwrap_or(&Value::Null));
        if let Some(item) = self.items.get(&id)
            && item.about.iter().eq(about)
            && let Some(place) = item.places.get(name)
        {
            return *place;
        }
        let identity = identity(row, &id);
        let identity = if name == "value" { identity } else { identity.stat(name) };
        let place = self.samples.reading.series(identity);
        let item = self.items.entry(id).or_insert_with(|| Item { about: Vec::new(), places: BTreeMap::new() });
        if !item.about.iter().eq(about) {
            *item = Item { about: about.into_iter().cloned().collect(), places: BTreeMap::new() };
        }
        item.places.insert(name, place);
        place
    }

    /// What was left out, and the refusal of an input that has no numbers at all.
    fn finish(self, input: &Input) -> Result<(), Problems> {
        let Self { samples, texts, events, others, .. } = self;
        let none = samples.reading.is_empty();
        for (count, what) in [(texts, "values that are text"), (events, "problem events"), (others, "objects without values")] {
            if count > 0 && !none {
                samples.reading.note("no-number", 0, || format!("{count} {what}: no series, left out"));
            }
        }
        samples.finish()?;
        if none && texts + events + others > 0 {
            let saw = match (texts, events) {
                (0, 0) => format!("a list of objects of Zabbix without values (items, hosts or others): it lists {others}"),
                (0, _) => format!("a list of problem events of Zabbix, no values of items: it lists {events}"),
                _ => format!("values that are text (character, text or log items): {texts} of them, and no number"),
            };
            return Err(not_a_series(input, &saw, HELP));
        }
        Ok(())
    }
}

/// Whether a value is not of a numeric item: by the type of the export (1 character, 2 log, 4 text, 5 binary), or by how it looks.
fn is_text(row: &Value) -> bool {
    let stated = row.get("type").and_then(Value::as_u64).map(|stated| ![0, 3].contains(&stated));
    let log = row.get("logeventid").is_some() || row.get("severity").is_some();
    let looks = || row["value"].as_str().is_some_and(|text| text.trim().parse::<f64>().is_err());
    log || stated.unwrap_or_else(looks)
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// An item of the API has its id for a name; one of the export its name, with host, groups and tags.
fn identity(row: &Value, item: &str) -> Identity {
    let name = text(row, "name");
    let host = row.get("host").unwrap_or(&Value::Null);
    let (technical, visible) = (host.as_str().unwrap_or_else(|| text(host, "host")), text(host, "name"));
    let mut id = Identity::named(if name.is_empty() { item } else { name }).with("itemid", item).with("host", technical);
    if visible != technical {
        id = id.with("host_name", visible);
    }
    let groups: Vec<&str> = list(row, "groups").iter().filter_map(Value::as_str).collect();
    let applications: Vec<&str> = list(row, "applications").iter().filter_map(Value::as_str).collect();
    id = id.with("groups", &groups.join(",")).with("applications", &applications.join(","));
    for tag in list(row, "item_tags") {
        let (tag, value) = (text(tag, "tag"), text(tag, "value"));
        let own = ["itemid", "host", "host_name", "groups", "applications", "stat"].contains(&tag);
        let tag = if own { format!("tag_{tag}") } else { tag.to_owned() };
        let joined = id.labels.get(&tag).map_or_else(|| value.to_owned(), |before| format!("{before},{value}"));
        id = id.with(&tag, &joined);
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Number, read};

    fn read_text(text: &str) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a.json", text.as_bytes().to_vec()), &Options::default())
    }

    #[test]
    fn unsigned_values_stay_exact_and_nanoseconds_are_not_padded() {
        let reading =
            read_text(r#"[{"itemid":"7","clock":"1504447871","value":"18446744073709551615","ns":"51847156"}]"#).unwrap();
        let series = &reading.series[0];
        assert_eq!((series.values.at(0), series.at[0]), (Number::Whole(u64::MAX), 1_504_447_871_051_847_156));
    }

    #[test]
    fn the_exported_history_of_text_items_is_left_out_and_names_of_hosts_are_labels() {
        let line = |kind: u8, value: &str, name: &str| {
            format!(
                r#"{{"host":{{"host":"h1","name":"Host one"}},"groups":["G"],"item_tags":[{{"tag":"host","value":"x"}}],"itemid":{kind},"name":"{name}","clock":1504447871,"ns":5,"value":{value},"type":{kind}}}"#
            )
        };
        let both = format!("{}\n{}\n", line(3, "42", "Disk"), line(4, "\"12\"", "Version"));
        let reading = read_text(&both).unwrap();
        assert_eq!((reading.series.len(), reading.series[0].lines.as_slice()), (1, &[1][..]));
        assert_eq!(reading.findings[0].text, "1 values that are text: no series, left out");
        let labels = &reading.series[0].id.labels;
        assert_eq!((labels["host"].as_str(), labels["host_name"].as_str(), labels["tag_host"].as_str()), ("h1", "Host one", "x"));
        assert_eq!(read_text(&line(4, "\"12\"", "Version")).err().unwrap()[0].slug, "ingest/not-a-series");
    }

    #[test]
    fn errors_and_lists_of_items_are_refused_as_what_they_are() {
        let error = r#"{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params.","data":"Session terminated, re-login, please."},"id":1}"#;
        let problems = read_text(error).err().unwrap();
        assert!(
            problems[0].slug == "ingest/server-error" && problems[0].message.contains("Session terminated"),
            "{}",
            problems[0]
        );
        let items = read_text(r#"{"jsonrpc":"2.0","result":[{"itemid":"1","name":"a"},{"itemid":"2","name":"b"}],"id":1}"#)
            .err()
            .unwrap();
        assert!(items[0].slug == "ingest/not-a-series" && items[0].message.contains('2'), "{}", items[0]);
    }
}
