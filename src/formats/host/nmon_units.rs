//! Units of nmon's tables, from its documentation and the names of its columns. Its MB and KB are 1024² and 1024 bytes.

use crate::source::Kind;

/// The unit of a column of a table.
pub(super) fn unit(table: &str, column: &str) -> Option<&'static str> {
    // with many disks, a table is split: DISKREAD, DISKREAD1, DISKREAD2, …
    let bare = table.trim_end_matches(|c: char| c.is_ascii_digit());
    if column.ends_with('%') || column.starts_with('%') {
        return Some("percent");
    }
    if column.ends_with("KB/s") {
        return Some("KiB/s");
    }
    Some(match bare {
        "MEM" if column.ends_with("(MB)") || !column.contains('(') => "MiB",
        "NETPACKET" | "NETERROR" if column.ends_with("/s") => "1/s",
        "JFSFILE" | "JFSINODE" | "DISKBUSY" | "DGBUSY" => "percent",
        "DISKREAD" | "DISKWRITE" | "DGREAD" | "DGWRITE" => "KiB/s",
        "DISKXFER" | "DGXFER" | "DISKREADS" | "DISKWRITES" | "DISKRXFER" | "DGREADS" | "DGWRITES" => "1/s",
        "DISKBSIZE" | "DGSIZE" => "KiB",
        "DISKSERV" | "DISKREADSERV" | "DISKWRITESERV" | "DISKWAIT" | "DISKWAITTM" | "DISKSVCTM" => "ms",
        "CPUMHZ" => "MHz",
        _ => return None,
    })
}

/// Gauges, where the documentation says what is in a table; counts of virtual memory events are not stated.
pub(super) fn kind(table: &str) -> Option<Kind> {
    let gauges = ["CPU", "PCPU", "MEM", "NET", "DISK", "DG", "JFS", "PROC"];
    gauges.iter().any(|start| table.starts_with(start)).then_some(Kind::Gauge)
}
