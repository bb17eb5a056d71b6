//! Answers of the metric services of clouds and of monitoring products, as their clients save them: CloudWatch, Azure Monitor,
//! Cloud Monitoring, Datadog, Zabbix and Graphite. All but Graphite's CSV are JSON.

mod azure;
mod cloudwatch;
mod datadog;
mod gcp;
mod graphite;
mod zabbix;

use super::Parser;

/// The parsers of this family.
pub(super) const PARSERS: &[Parser] = &[
    Parser {
        format: "cloudwatch-json",
        says: "an answer of CloudWatch (GetMetricData, GetMetricStatistics)",
        recognise: cloudwatch::recognise,
        read: cloudwatch::read,
    },
    Parser {
        format: "azure-monitor",
        says: "an answer of Azure Monitor (metrics list or batch)",
        recognise: azure::recognise,
        read: azure::read,
    },
    Parser {
        format: "gcp-monitoring",
        says: "an answer of Google Cloud Monitoring (timeSeries.list)",
        recognise: gcp::recognise,
        read: gcp::read,
    },
    Parser {
        format: "datadog",
        says: "an answer of Datadog (query of points, v1 or v2)",
        recognise: datadog::recognise,
        read: datadog::read,
    },
    Parser {
        format: "zabbix",
        says: "Zabbix (history.get, trend.get or real-time export)",
        recognise: zabbix::recognise,
        read: zabbix::read,
    },
    Parser {
        format: "graphite-json",
        says: "an answer of Graphite's render in JSON",
        recognise: graphite::recognise_json,
        read: graphite::read_json,
    },
    Parser {
        format: "graphite-raw",
        says: "an answer of Graphite's render in its raw form",
        recognise: graphite::recognise_raw,
        read: graphite::read_raw,
    },
    Parser {
        format: "graphite-csv",
        says: "an answer of Graphite's render in CSV",
        recognise: graphite::recognise_csv,
        read: graphite::read_csv,
    },
];
