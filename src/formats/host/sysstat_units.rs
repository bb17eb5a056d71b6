//! Units of sysstat's fields, from the manual pages of sar, iostat and mpstat.
//!
//! Its kilobytes are 1024 bytes and its megabytes 1024² bytes, whatever the letters look like; blocks and sectors are 512 bytes. Rates
//! are per second already. The same field is `%usr` in CSV and text, `usr` in JSON, and `memused-percent` in JSON and XML.

use crate::source::Kind;

/// The unit of a field; `section` is empty where the file does not name one.
pub(super) fn unit(section: &str, field: &str) -> Option<&'static str> {
    by_form(field).or_else(|| by_name(field)).or_else(|| by_section(section, field))
}

/// What the form of a name says.
fn by_form(field: &str) -> Option<&'static str> {
    if field.starts_with('%') || field.ends_with("-percent") {
        return Some("percent");
    }
    if let Some(rate) = field.strip_suffix("/s") {
        return Some(match rate {
            "pgpgin" | "pgpgout" => "KiB/s",
            "bread" | "bwrtn" | "bdscd" | "rd_sec" | "wr_sec" | "dc_sec" | "rsec" | "wsec" => "sectors/s",
            _ if rate.starts_with("Blk_") => "sectors/s",
            _ if rate.ends_with("kB") || rate.starts_with("kB_") => "KiB/s",
            _ if rate.ends_with("MB") || rate.starts_with("MB_") => "MiB/s",
            _ => "1/s",
        });
    }
    // interrupts a second of all processors, of one, of those that were asked for
    let one = field.strip_prefix("CPU").or_else(|| field.strip_prefix("cpu"));
    if field == "all"
        || one.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*'))
    {
        return Some("1/s");
    }
    if field.starts_with("kb") || field.starts_with("kB_") {
        return Some("KiB");
    }
    if field.starts_with("MB") { Some("MiB") } else { field.starts_with("Blk_").then_some("sectors") }
}

/// Names that mean one thing wherever they stand.
fn by_name(field: &str) -> Option<&'static str> {
    Some(match field {
        "tps" | "rtps" | "wtps" | "dtps" => "1/s",
        "rkB" | "wkB" | "dkB" | "rxkB" | "txkB" => "KiB/s",
        "rd_sec" | "wr_sec" | "dc_sec" | "bread" | "bwrtn" | "bdscd" => "sectors/s",
        "areq-sz" | "rareq-sz" | "wareq-sz" | "dareq-sz" => "KiB",
        "avgrq-sz" => "sectors",
        "await" | "r_await" | "w_await" | "d_await" | "f_await" | "svctm" => "ms",
        "pgpgin" | "pgpgout" => "KiB/s",
        "MHz" | "wghMHz" => "MHz",
        "degC" => "celsius",
        "inV" => "volts",
        "maxpower" => "mA",
        "rpm" | "drpm" => "rpm",
        _ => return None,
    })
}

/// What the section of JSON and XML says.
fn by_section(section: &str, field: &str) -> Option<&'static str> {
    Some(match section {
        "cpu-load" | "cpu-load-all" | "node-load" | "avg-cpu" | "psi-cpu" | "psi-io" | "psi-mem" => "percent",
        "disk" if matches!(field, "util" | "rrqm" | "wrqm" | "drqm") => "percent",
        "memory" | "hugepages" => "KiB",
        "cpu-frequency" | "cpu-weighted-frequency" => "MHz",
        "voltage-inputs" | "voltage-input" => "volts",
        "temperature" if field == "degC" => "celsius",
        "net-sock" | "net-sock6" | "fc-hosts" | "fchosts" => return None,
        "softnet" if field == "blg_len" => return None,
        "process-and-context-switch" | "interrupts" | "int-global" | "int-proc" | "swap-pages" | "paging" | "io" => "1/s",
        "io-reads" | "io-writes" | "io-discard" | "serial" | "softnet" => "1/s",
        "sum-interrupts" | "individual-interrupts" | "soft-interrupts" => "1/s",
        _ if section.starts_with("net-") => "1/s",
        _ => return None,
    })
}

/// sysstat turns counters into rates before it writes them: all are gauges, but the totals of one report of iostat.
pub(super) fn kind(field: &str) -> Kind {
    let total = ["kB_", "MB_", "Blk_"].iter().any(|start| field.starts_with(start)) && !field.ends_with("/s");
    if total { Kind::Delta } else { Kind::Gauge }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_has_one_unit_in_every_form() {
        for (section, field) in [("", "%memused"), ("memory", "memused-percent"), ("cpu-load", "usr"), ("disk", "util")] {
            assert_eq!(unit(section, field), Some("percent"), "{field}");
        }
        for (section, field) in [("", "rxkB/s"), ("net-dev", "rxkB"), ("", "pgpgin/s"), ("disk", "kB_read/s")] {
            assert_eq!(unit(section, field), Some("KiB/s"), "{field}");
        }
        assert_eq!((unit("", "kbmemfree"), unit("memory", "memfree")), (Some("KiB"), Some("KiB")));
        assert_eq!((unit("", "bread/s"), unit("io-reads", "bread")), (Some("sectors/s"), Some("sectors/s")));
        assert_eq!((unit("", "ldavg-1"), unit("queue", "ldavg-1"), unit("net-sock", "tcpsck")), (None, None, None));
        assert_eq!((unit("disk", "kB_read"), kind("kB_read"), kind("kB_read/s")), (Some("KiB"), Kind::Delta, Kind::Gauge));
    }
}
