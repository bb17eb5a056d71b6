//! What the tools on a host write: sysstat (sar, sadf, iostat, mpstat), vmstat, df, nmon, collectd's CSV plugin.

mod calendar;
mod collectd;
mod collectd_types;
mod columns;
mod df;
mod faults;
mod horizontal;
mod lines;
mod nmon;
mod nmon_units;
mod refused;
mod sadf_table;
mod sadf_xml;
mod sar_text;
mod sysstat_json;
mod sysstat_units;
mod vmstat;
mod within_second;
pub(in crate::formats) mod xml;

pub(in crate::formats) use faults::{Cell, Faults, number};
pub(in crate::formats) use lines::Lines;

use super::Parser;

/// The parsers of this family.
pub(super) const PARSERS: &[Parser] = &[
    refused::SA_BINARY,
    refused::SADF_HEADER,
    sadf_table::SADF_D,
    sadf_table::SADF_P,
    sysstat_json::SADF_J,
    sysstat_json::IOSTAT_JSON,
    sysstat_json::MPSTAT_JSON,
    sadf_xml::SADF_X,
    nmon::NMON,
    collectd::COLLECTD_CSV,
    vmstat::VMSTAT,
    sar_text::SAR_TEXT,
    df::DF,
];
