//! What may be declared of exports on the command line, the same for every verb that reads them.

use clap::{Args, ValueEnum};

use crate::formats::{Mapping, OnInvalid, Options, Stat};
use crate::source::{Kind, OnDuplicate, TimeForm};
use crate::time::Zone;

/// Flags of verbs that read exports. Everything that is not declared is found out.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "How the files are to be read")]
pub struct ReadArgs {
    /// The format, one of those that `plimsoll inspect --formats` lists; found out unless given.
    #[arg(long = "format", value_name = "NAME", default_value = "auto", hide_default_value = true)]
    pub format: String,
    /// Which columns of a table hold what, such as timestamp=when,entity=machine,value=load,metric=name,unit=unit. A name without
    /// = is one more column of the role before it.
    #[arg(long, value_name = "ROLE=COLUMN,…", value_parser = mapping)]
    pub map: Vec<Mapping>,
    /// The zone of times without an offset, such as Europe/Berlin.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub tz: Option<Zone>,
    /// The form of the times: auto, epoch_s, epoch_ms, epoch_us, epoch_ns, or a pattern such as '%d.%m.%Y %H:%M'.
    #[arg(long, value_name = "FORM", default_value = "auto", hide_default_value = true, value_parser = time_form)]
    pub time_format: TimeForm,
    /// The unit of all values, such as percent, MiB or req/s.
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// What the values are.
    #[arg(long, value_enum)]
    pub kind: Option<KindArg>,
    /// The statistic that each sample already is: raw, avg, min, max, p95, p99, sum, last or count.
    #[arg(long, value_name = "STAT", value_parser = stat)]
    pub stat: Option<Stat>,
    /// The instant of a snapshot that has no time of its own, such as 2026-11-24T12:00:00Z.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub at: Option<i64>,
    /// The instant from which relative times count.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub origin: Option<i64>,
    /// The names of the columns of a file without a header, in order.
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub columns: Option<Vec<String>>,
    /// The encoding of text. UTF-8, and UTF-16 with a mark, are found out.
    #[arg(long, value_enum)]
    pub encoding: Option<Encoding>,
    /// Which of two samples of one series at one instant is taken when they differ.
    #[arg(long, value_enum, default_value_t = OnDuplicateArg::Error)]
    pub on_duplicate: OnDuplicateArg,
    /// What becomes of a cell that is neither a number nor a marker of no value.
    #[arg(long, value_enum, default_value_t = OnInvalidArg::Error)]
    pub on_invalid: OnInvalidArg,
    /// Highest share of rows that may be left out under --on-invalid null and skip.
    #[arg(long, value_name = "SHARE", default_value = "0.1%", value_parser = share)]
    pub max_bad: f64,
    /// Refuse a file for any warning.
    #[arg(long)]
    pub strict: bool,
}

/// See [`ReadArgs::kind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// A value at an instant.
    Gauge,
    /// An ever-growing total.
    Counter,
    /// An amount per step.
    Delta,
    /// Something that happened: rows are counted.
    Event,
}

/// See [`ReadArgs::encoding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// Found out.
    Utf8,
    /// ISO 8859-1.
    Latin1,
}

/// See [`ReadArgs::on_duplicate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnDuplicateArg {
    /// Neither: it is refused.
    Error,
    /// The first.
    First,
    /// The last.
    Last,
    /// The largest.
    Max,
    /// Their mean.
    Mean,
}

/// See [`ReadArgs::on_invalid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnInvalidArg {
    /// The file is refused, and every such place told.
    Error,
    /// It is missing.
    Null,
    /// Its row is left out.
    Skip,
}

impl ReadArgs {
    /// As the readers take it.
    #[must_use]
    pub fn options(&self) -> Options {
        let mapping = self.map.iter().fold(Mapping::default(), |all, one| Mapping {
            time: one.time.clone().or(all.time),
            metric: one.metric.clone().or(all.metric),
            unit: one.unit.clone().or(all.unit),
            entity: match (all.entity, &one.entity) {
                (Some(all), Some(one)) => Some([all, one.clone()].concat()),
                (all, one) => all.or_else(|| one.clone()),
            },
            value: [all.value, one.value.clone()].concat(),
        });
        Options {
            format: Some(self.format.clone()).filter(|name| name != "auto"),
            zone: self.tz.clone(),
            at: self.at,
            origin: self.origin,
            columns: self.columns.clone(),
            mapping,
            time: self.time_format.clone(),
            unit: self.unit.clone(),
            kind: self.kind.map(|kind| match kind {
                KindArg::Gauge => Kind::Gauge,
                KindArg::Counter => Kind::Counter,
                KindArg::Delta => Kind::Delta,
                KindArg::Event => Kind::Event,
            }),
            stat: self.stat,
            latin1: self.encoding == Some(Encoding::Latin1),
            on_invalid: match self.on_invalid {
                OnInvalidArg::Error => OnInvalid::Error,
                OnInvalidArg::Null => OnInvalid::Null,
                OnInvalidArg::Skip => OnInvalid::Skip,
            },
            on_duplicate: match self.on_duplicate {
                OnDuplicateArg::Error => OnDuplicate::Error,
                OnDuplicateArg::First => OnDuplicate::First,
                OnDuplicateArg::Last => OnDuplicate::Last,
                OnDuplicateArg::Max => OnDuplicate::Max,
                OnDuplicateArg::Mean => OnDuplicate::Mean,
            },
            max_bad: self.max_bad,
            strict: self.strict,
            ..Options::default()
        }
    }
}

fn mapping(text: &str) -> Result<Mapping, String> {
    let (mut found, mut role) = (Mapping::default(), "");
    for part in text.split(',') {
        let column = match part.split_once('=') {
            Some((name, column)) => {
                role = name.trim();
                column
            }
            None => part,
        };
        if column.is_empty() {
            return Err(format!("`{part}`: expected role=column"));
        }
        let column = column.to_owned();
        match role {
            "timestamp" | "time" => found.time = Some(column),
            "entity" | "label" => found.entity.get_or_insert_default().push(column),
            "metric" => found.metric = Some(column),
            "value" => found.value.push(column),
            "unit" => found.unit = Some(column),
            "" => return Err(format!("`{part}`: expected role=column, such as timestamp={part}")),
            other => return Err(format!("`{other}`: expected one of timestamp, entity, metric, value, unit")),
        }
    }
    Ok(found)
}

fn zone(text: &str) -> Result<Zone, String> {
    Zone::named(text).map_err(|_| "expected an IANA name such as UTC or Europe/Berlin".to_owned())
}

fn time_form(text: &str) -> Result<TimeForm, String> {
    let per_second = match text {
        "auto" => return Ok(TimeForm::Auto),
        "epoch_s" => 1,
        "epoch_ms" => 1_000,
        "epoch_us" => 1_000_000,
        "epoch_ns" => 1_000_000_000,
        pattern if pattern.contains('%') => return Ok(TimeForm::Pattern(pattern.to_owned())),
        _ => return Err("expected auto, epoch_s, epoch_ms, epoch_us, epoch_ns, or a pattern with %".to_owned()),
    };
    Ok(TimeForm::Epoch { per_second })
}

fn stat(text: &str) -> Result<Stat, String> {
    Stat::named(text).ok_or_else(|| "expected raw, avg, min, max, p95, p99, sum, last or count".to_owned())
}

fn instant(text: &str) -> Result<i64, String> {
    let at = text.parse::<jiff::Timestamp>().map_err(|_| "expected an instant such as 2026-11-24T12:00:00Z".to_owned())?;
    i64::try_from(at.as_nanosecond()).map_err(|_| "expected an instant of this age".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let (number, factor) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
    let share = number.trim().parse::<f64>().ok().map(|number| number * factor);
    share.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "expected a share such as 0.1% or 0.001".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_names_columns_by_role() {
        let found = mapping("timestamp=when,entity=zone,machine,value=load").unwrap();
        assert_eq!(
            (found.time.as_deref(), found.entity, found.value),
            (Some("when"), Some(vec!["zone".to_owned(), "machine".to_owned()]), vec!["load".to_owned()])
        );
        assert!(mapping("load").is_err() && mapping("what=x").is_err() && mapping("value=").is_err());
    }

    #[test]
    fn shares_are_percents_or_fractions() {
        assert_eq!((share("0.1%"), share("0.5"), share("100 %")), (Ok(0.001), Ok(0.5), Ok(1.0)));
        assert!(share("7").is_err() && share("-1%").is_err());
    }
}
