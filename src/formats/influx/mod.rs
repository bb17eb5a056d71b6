//! Exports of InfluxDB and Telegraf: line protocol, the answers of InfluxQL in JSON and CSV, and the annotated CSV of Flux.

mod flux;
mod line;
mod query_csv;
mod query_json;
mod select;

use super::Parser;

/// The parsers of this family.
pub(super) const PARSERS: &[Parser] = &[
    Parser {
        format: "influx-annotated-csv",
        says: "an annotated CSV of InfluxDB (Flux)",
        recognise: flux::recognise,
        read: flux::read,
    },
    Parser {
        format: "influx-json",
        says: "an answer of InfluxDB in JSON (InfluxQL)",
        recognise: query_json::recognise,
        read: query_json::read,
    },
    Parser {
        format: "influx-csv",
        says: "an answer of InfluxDB in CSV (InfluxQL)",
        recognise: query_csv::recognise,
        read: query_csv::read,
    },
    Parser {
        format: "influx-line",
        says: "line protocol of InfluxDB and Telegraf",
        recognise: line::recognise,
        read: line::read,
    },
];
