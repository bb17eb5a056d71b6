//! Prometheus and what speaks its language or lives beside it: answers of the HTTP API, exposition text, OpenMetrics, dumps, remote
//! read; VictoriaMetrics exports; OTLP; the metrics API of Kubernetes.

pub(crate) mod answer;
mod api;
mod block;
mod checksum;
mod documents;
mod dump;
mod exposition;
mod exposition_types;
mod kubectl;
mod kubernetes;
mod labels;
mod lines;
mod naming;
mod otlp;
mod otlp_json;
mod otlp_messages;
mod promtool;
mod quantity;
mod remote_messages;
mod remote_read;
mod snappy;
mod told;
mod victoria;
mod victoria_csv;
mod wire;
mod xor;

use super::Parser;

pub(super) use victoria_csv::names_columns_as_exported;

/// The parsers of this family, those with the most particular marks first.
pub(super) const PARSERS: &[Parser] = &[
    Parser { format: "tsdb-tar", says: "a block of Prometheus storage", recognise: block::recognise, read: block::read },
    Parser {
        format: "victoriametrics-native",
        says: "a native export of VictoriaMetrics",
        recognise: victoria::recognise_native,
        read: victoria::read_native,
    },
    Parser { format: "otlp-json", says: "OpenTelemetry metrics as JSON", recognise: otlp_json::recognise, read: otlp_json::read },
    Parser {
        format: "victoriametrics-jsonl",
        says: "a JSON line export of VictoriaMetrics",
        recognise: victoria::recognise_lines,
        read: victoria::read_lines,
    },
    Parser { format: "prometheus-api", says: "an answer of the Prometheus HTTP API", recognise: api::recognise, read: api::read },
    Parser {
        format: "k8s-metrics",
        says: "an answer of the Kubernetes metrics API",
        recognise: kubernetes::recognise,
        read: kubernetes::read,
    },
    Parser { format: "kubectl-top", says: "the output of kubectl top", recognise: kubectl::recognise, read: kubectl::read },
    Parser {
        format: "promtool-query",
        says: "the output of promtool query",
        recognise: promtool::recognise,
        read: promtool::read,
    },
    Parser { format: "tsdb-dump", says: "the output of promtool tsdb dump", recognise: dump::recognise, read: dump::read },
    Parser {
        format: "openmetrics",
        says: "OpenMetrics text",
        recognise: exposition::recognise_open,
        read: exposition::read_open,
    },
    Parser {
        format: "prometheus-text",
        says: "Prometheus exposition text",
        recognise: exposition::recognise_text,
        read: exposition::read_text,
    },
    Parser {
        format: "remote-read",
        says: "an answer of Prometheus remote read",
        recognise: remote_read::recognise,
        read: remote_read::read,
    },
    Parser { format: "otlp-protobuf", says: "OpenTelemetry metrics as protobuf", recognise: otlp::recognise, read: otlp::read },
    Parser {
        format: "victoriametrics-csv",
        says: "a CSV export of VictoriaMetrics",
        recognise: victoria_csv::recognise,
        read: victoria_csv::read,
    },
];
