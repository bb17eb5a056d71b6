//! Which column is what: declared, or found out from types, names and the first rows.

use polars::prelude::{DataFrame, DataType};

use super::batches::{Field, Opened};
use super::cells::Times;
use super::partition;
use crate::formats::{Options, Reading, Stamp};
use crate::problem::Problem;
use crate::source::TimeForm;

/// Rows looked at where types and names do not tell.
const SAMPLE: usize = 1_000;

/// Names of a time column that is kept as a number or as text.
const TIMES: &[&str] = &[
    "timestamp",
    "time",
    "ts",
    "datetime",
    "date",
    "_time",
    "@timestamp",
    "ds",
    "when",
    "at",
    "t",
    "clock",
    "epoch",
    "start",
    "end",
];
/// Names of a column that names the metric of each row.
const METRICS: &[&str] =
    &["metric", "metric_name", "metricname", "__name__", "measurement", "_measurement", "counter", "item", "variable"];
/// Names of the value column of rows with a metric.
const VALUES: &[&str] = &["value", "_value", "val", "reading", "y", "metric_value"];
/// Names of a column with the statistic of each row.
const STATS: &[&str] = &["stat", "statistic", "statistics", "aggregation", "aggregate"];

/// The roles of a file's columns.
pub(super) struct Roles {
    pub time: String,
    pub times: Times,
    /// Text columns of the file that tell series apart.
    pub labels: Vec<String>,
    pub metric: Option<String>,
    pub stat: Option<String>,
    pub unit: Option<String>,
    pub values: Vec<String>,
    /// Labels from the path, the same for all rows.
    pub constant: Vec<(String, String)>,
}

/// What a type says of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Time,
    Words,
    Numbers,
    Other,
}

fn shape(dtype: &DataType) -> Shape {
    match dtype {
        DataType::Datetime(..) | DataType::Date => Shape::Time,
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => Shape::Words,
        DataType::Boolean | DataType::Duration(_) => Shape::Numbers,
        dtype if dtype.is_primitive_numeric() || dtype.is_decimal() => Shape::Numbers,
        _ => Shape::Other,
    }
}

fn named<'f>(fields: &[&'f Field], names: &[&str]) -> Option<&'f Field> {
    names.iter().find_map(|name| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).copied())
}

impl Roles {
    /// Chooses them.
    ///
    /// # Errors
    /// `ingest/missing-column` for declared columns that are not there, `ingest/needs-map` when a time or a value column is not
    /// found, `ingest/needs-origin` for relative times.
    pub fn choose(
        opened: &Opened,
        constant: &[(String, String)],
        options: &Options,
        reading: &mut Reading<'_>,
    ) -> Result<Self, Vec<Problem>> {
        declared_are_there(opened, constant, options)?;
        let fields: Vec<&Field> = opened.fields.iter().filter(|field| !field.index).collect();
        let index: Vec<&Field> = opened.fields.iter().filter(|field| field.index).collect();
        let mapping = &options.mapping;
        let explicit = |field: &&&Field| mapped(options, &field.name);
        for left in index.iter().filter(|field| !explicit(field)) {
            reading.note("row-index", 0, || format!("`{}` is a row index that pandas left behind: left out", left.name));
        }
        let fields: Vec<&Field> =
            fields.into_iter().chain(index.into_iter().filter(|field| mapped(options, &field.name))).collect();
        let sample = first_rows(opened, &fields)?;
        let Some(time) = time_column(&fields, &sample, options) else {
            return Err(vec![unfit(opened, &fields, &sample, "a time column and columns of numbers")]);
        };
        let times = times(opened, time, &sample, options, reading)?;
        let rest: Vec<&Field> =
            fields.iter().copied().filter(|field| field.name != time.name && !is_second_time(field, time)).collect();
        let words: Vec<&Field> = rest.iter().copied().filter(|field| shape(&field.dtype) == Shape::Words).collect();
        let metric = mapping.metric.clone().or_else(|| {
            // a declared value column names its metric itself
            if mapping.value.is_empty() { long_metric(&rest, &words, constant, options) } else { None }
        });
        let values = values(&rest, metric.is_some(), options, reading);
        let free = |name: &String| Some(name) != metric.as_ref() && !values.contains(name);
        let mut labels: Vec<String> = if mapping.entity.is_none() {
            rest.iter().copied().filter(is_label).map(|field| field.name.clone()).filter(free).collect()
        } else {
            mapping.entities().iter().filter(|name| rest.iter().any(|field| field.name == **name)).cloned().collect()
        };
        let plain = |field: &&Field| !values.contains(&field.name);
        let words: Vec<&Field> = words.into_iter().filter(plain).collect();
        let unit = mapping.unit.clone().or_else(|| named(&words, &["unit", "units"]).map(|field| field.name.clone()));
        let stat = named(&words, STATS).map(|field| field.name.clone()).filter(|name| !mapping.entities().contains(name));
        labels.retain(|name| Some(name) != unit.as_ref() && Some(name) != stat.as_ref());
        if values.is_empty() {
            return Err(vec![unfit(opened, &fields, &sample, "at least one column of numbers beside the time")]);
        }
        let constant = path_labels(constant, &opened.fields, reading);
        let roles = Self { time: time.name.clone(), times, labels, metric, stat, unit, values, constant };
        roles.tell(&fields, reading);
        Ok(roles)
    }

    /// The columns to decode.
    pub fn wanted(&self) -> Vec<String> {
        let one = [Some(&self.time), self.metric.as_ref(), self.stat.as_ref(), self.unit.as_ref()];
        let mut all: Vec<String> = one.into_iter().flatten().chain(&self.labels).chain(&self.values).cloned().collect();
        all.sort();
        all.dedup();
        all.retain(|name| !self.constant.iter().any(|(key, _)| key == name));
        all
    }

    fn tell(&self, fields: &[&Field], reading: &mut Reading<'_>) {
        if !reading.columns.is_empty() {
            return;
        }
        let role = |name: &String| match () {
            () if *name == self.time => "time",
            () if Some(name) == self.metric.as_ref() => "metric",
            () if Some(name) == self.stat.as_ref() => "statistic",
            () if Some(name) == self.unit.as_ref() => "unit",
            () if self.values.contains(name) => "value",
            () if self.labels.contains(name) => "label",
            () => "left out",
        };
        let columns = fields.iter().map(|field| (field.name.clone(), role(&field.name).to_owned()));
        let path = self.constant.iter().map(|(key, _)| (key.clone(), "label from the path".to_owned()));
        reading.columns = columns.chain(path).collect();
        for other in fields.iter().filter(|field| shape(&field.dtype) == Shape::Other) {
            reading.note("unread-column", 0, || format!("`{}` is {}: left out", other.name, other.dtype));
        }
    }
}

fn mapped(options: &Options, name: &str) -> bool {
    let mapping = &options.mapping;
    let one = [&mapping.time, &mapping.metric, &mapping.unit];
    one.into_iter().flatten().chain(mapping.entities()).chain(&mapping.value).any(|other| other == name)
}

fn declared_are_there(opened: &Opened, constant: &[(String, String)], options: &Options) -> Result<(), Vec<Problem>> {
    let mapping = &options.mapping;
    let have: Vec<&str> =
        opened.fields.iter().map(|field| field.name.as_str()).chain(constant.iter().map(|(key, _)| key.as_str())).collect();
    let one = [&mapping.time, &mapping.metric, &mapping.unit];
    let all = one.into_iter().flatten().chain(mapping.entities()).chain(&mapping.value);
    let missing = all.filter(|name| !have.contains(&name.as_str()));
    let problems: Vec<Problem> = missing
        .map(|name| {
            let near = have.iter().find(|other| other.eq_ignore_ascii_case(name) || other.trim() == name);
            let help = near.map_or_else(|| "try --map with one of them".to_owned(), |near| format!("did you mean `{near}`?"));
            let message = format!("saw the columns {}, expected one named `{name}`", have.join(", "));
            Problem::new("ingest/missing-column", &opened.path, message).in_column(name).help(help)
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn first_rows(opened: &Opened, fields: &[&Field]) -> Result<DataFrame, Vec<Problem>> {
    let wanted: Vec<String> =
        fields.iter().filter(|field| shape(&field.dtype) != Shape::Other).map(|field| field.name.clone()).collect();
    let mut sample = None;
    opened.each(&wanted, Some(SAMPLE), &mut |batch, _| {
        if sample.is_none() {
            sample = Some(batch.head(Some(SAMPLE)));
        }
        Ok(())
    })?;
    Ok(sample.unwrap_or_default())
}

/// The time column: declared, or by type, or by name and content.
fn time_column<'f>(fields: &[&'f Field], sample: &DataFrame, options: &Options) -> Option<&'f Field> {
    if let Some(name) = &options.mapping.time {
        return fields.iter().find(|field| field.name == *name).copied();
    }
    let instants: Vec<&Field> = fields.iter().copied().filter(|field| matches!(field.dtype, DataType::Datetime(..))).collect();
    let days: Vec<&Field> = fields.iter().copied().filter(|field| field.dtype == DataType::Date).collect();
    for typed in [instants, days] {
        if let Some(first) = typed.first() {
            return named(&typed, TIMES).or(Some(first));
        }
    }
    let like: Vec<&Field> = fields.iter().copied().filter(|field| is_named_like_time(&field.name)).collect();
    let fits = |field: &&&Field| match shape(&field.dtype) {
        Shape::Numbers => {
            options.origin.is_some() || options.time != TimeForm::Auto || numbers_are_epochs(sample, &field.name) != Some(false)
        }
        Shape::Words => text_is_time(sample, &field.name, options),
        _ => false,
    };
    let usual = named(&like, TIMES).filter(|field| fits(&field));
    let like = || like.iter().find(fits).copied();
    let found = usual.or_else(like).or_else(|| {
        let words = fields.iter().filter(|field| shape(&field.dtype) == Shape::Words);
        words.copied().find(|field| text_is_time(sample, &field.name, options))
    });
    // Named as a time and nothing else: numbers that are no epochs count from an origin, which has to be declared.
    let relative = || {
        let numbers: Vec<&Field> = fields.iter().copied().filter(|field| shape(&field.dtype) == Shape::Numbers).collect();
        named(&numbers, &["timestamp", "time", "ts", "_time", "t", "elapsed", "seconds"])
    };
    found.or_else(relative)
}

fn is_named_like_time(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = ["_ts", "_at", "_ms", "_us", "_ns"];
    TIMES.contains(&name.as_str())
        || ["time", "date", "epoch", "clock"].iter().any(|word| name.contains(word))
        || (ends.iter().any(|end| name.ends_with(end)) && name.starts_with("ts"))
}

/// Whether the first numbers of a column can be instants since 1970; `None` when there are none.
fn numbers_are_epochs(sample: &DataFrame, name: &str) -> Option<bool> {
    let numbers = sample.column(name).ok()?.cast(&DataType::Float64).ok()?;
    let mut some = numbers.f64().ok()?.iter().flatten().filter(|number| number.is_finite()).peekable();
    some.peek()?;
    // from 1990 on, in whatever unit: smaller ones are durations and counts
    Some(some.all(|number| number > 6.3e8 && Stamp::epoch_by_size(number).is_sane()))
}

fn text_is_time(sample: &DataFrame, name: &str, options: &Options) -> bool {
    let told = || {
        let text = sample.column(name).ok()?.cast(&DataType::String).ok()?;
        let mut some = text.str().ok()?.iter().flatten().map(str::trim).filter(|text| !text.is_empty()).peekable();
        some.peek()?;
        // digits alone are names of things more often than times
        Some(some.all(|text| Stamp::parse(text, &options.time).is_some() && (text.len() >= 10 || options.time != TimeForm::Auto)))
    };
    told().unwrap_or(false)
}

/// A second instant of the same row (end beside start) is neither a label nor a value.
fn is_second_time(field: &Field, time: &Field) -> bool {
    shape(&field.dtype) == Shape::Time && field.name != time.name
}

fn times(
    opened: &Opened,
    time: &Field,
    sample: &DataFrame,
    options: &Options,
    reading: &mut Reading<'_>,
) -> Result<Times, Vec<Problem>> {
    let utc = time.int96 && options.zone.is_none();
    if time.int96 {
        let taken = options.zone.as_ref().map_or("UTC, by convention", |_| "the declared zone");
        reading
            .note("int96-time", 0, || format!("`{}` is INT96, a type of instants without a zone: taken as {taken}", time.name));
    }
    let numeric = shape(&time.dtype) == Shape::Numbers;
    let relative = numeric && options.time == TimeForm::Auto && numbers_are_epochs(sample, &time.name) == Some(false);
    if relative && options.origin.is_none() {
        let message = format!("saw numbers in the time column `{}` that are no instants since 1970, expected epochs", time.name);
        let help = "try --origin with the instant from which they count in seconds, or --time-format";
        return Err(vec![Problem::new("ingest/needs-origin", &opened.path, message).in_column(&time.name).help(help)]);
    }
    Ok(Times { form: options.time.clone(), origin: options.origin.filter(|_| relative), utc })
}

/// The metric column of a long table: named so, with words in it, beside one value column.
fn long_metric(rest: &[&Field], words: &[&Field], constant: &[(String, String)], options: &Options) -> Option<String> {
    if !options.mapping.value.is_empty() && options.mapping.value.len() > 1 {
        return None;
    }
    let path = METRICS.iter().find_map(|name| constant.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
    let metric = named(words, METRICS).map(|field| field.name.clone()).or_else(|| path.map(|(key, _)| key.clone()));
    // `name` alone names hosts as often as metrics: it is one where the value is called `value`
    let by_value =
        || named(rest, VALUES).and_then(|_| named(words, &["name", "field", "_field"])).map(|field| field.name.clone());
    metric.or_else(by_value).filter(|name| !options.mapping.entities().contains(name))
}

/// Numeric keys such as `vm_id` tell series apart.
fn is_label(field: &&Field) -> bool {
    match shape(&field.dtype) {
        Shape::Words => true,
        Shape::Numbers => is_key(field),
        _ => false,
    }
}

fn is_key(field: &Field) -> bool {
    let name = &field.name;
    let ends = name.eq_ignore_ascii_case("id")
        || name.to_ascii_lowercase().ends_with("_id")
        || name.ends_with("Id")
        || name.ends_with("ID");
    ends && field.dtype.is_integer()
}

fn values(rest: &[&Field], long: bool, options: &Options, reading: &mut Reading<'_>) -> Vec<String> {
    let mapping = &options.mapping;
    if !mapping.value.is_empty() {
        return mapping.value.clone();
    }
    let taken = |field: &&&Field| Some(&field.name) == mapping.unit.as_ref() || mapping.entities().contains(&field.name);
    let numeric: Vec<&Field> =
        rest.iter().filter(|field| shape(&field.dtype) == Shape::Numbers && !taken(field)).copied().collect();
    if long && let Some(value) = named(&numeric, VALUES) {
        return vec![value.name.clone()];
    }
    for key in numeric.iter().filter(|field| is_key(field) && mapping.entity.is_none()) {
        reading
            .note("numeric-label", 0, || format!("`{}` holds whole numbers and is named as a key: taken as a label", key.name));
    }
    numeric.iter().filter(|field| !is_key(field)).map(|field| field.name.clone()).collect()
}

/// Labels from the path; pieces of time and columns that the file has itself are left out.
fn path_labels(constant: &[(String, String)], fields: &[Field], reading: &mut Reading<'_>) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    for (key, value) in constant {
        if partition::is_of_time(key, value) {
            reading.note("time-partition", 0, || format!("`{key}` in the path is a piece of the time: it splits no series"));
        } else if !fields.iter().any(|field| field.name == *key) {
            kept.push((key.clone(), value.clone()));
        }
    }
    kept
}

/// Refuses a table whose columns do not fit, with those that were found and a mapping to try.
fn unfit(opened: &Opened, fields: &[&Field], sample: &DataFrame, expected: &str) -> Problem {
    let kind = |field: &&Field| match shape(&field.dtype) {
        Shape::Time => "time".to_owned(),
        Shape::Words => "text".to_owned(),
        Shape::Numbers => "numbers".to_owned(),
        Shape::Other => field.dtype.to_string(),
    };
    let columns: Vec<String> = fields.iter().map(|field| format!("{} ({})", field.name, kind(field))).collect();
    let time = time_column(fields, sample, &Options::default());
    let others: Vec<&str> =
        fields.iter().filter(|field| Some(&field.name) != time.map(|time| &time.name)).map(|field| field.name.as_str()).collect();
    let (entity, value) = match others[..] {
        [.., entity, value] => (format!("entity={entity},"), value),
        [value] => (String::new(), value),
        [] => (String::new(), "…"),
    };
    let map = format!("--map timestamp={},{entity}value={value}", time.map_or("…", |time| time.name.as_str()));
    let message = format!("saw the columns {}; expected {expected}", columns.join(", "));
    Problem::new("ingest/needs-map", &opened.path, message).help(format!("try {map}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_times_are_known() {
        for name in ["ts", "Timestamp", "event_time", "ts_ms", "createdDate", "epoch_s"] {
            assert!(is_named_like_time(name), "{name}");
        }
        for name in ["host", "cpu", "bytes_ms", "rate"] {
            assert!(!is_named_like_time(name), "{name}");
        }
    }

    #[test]
    fn numbers_before_1990_are_no_epochs() {
        use polars::prelude::{Column, NamedFrom, Series};
        let frame = |values: &[f64]| {
            let column: Column = Series::new("t".into(), values).into();
            DataFrame::new(values.len(), vec![column]).unwrap()
        };
        assert_eq!(numbers_are_epochs(&frame(&[1_504_447_811.5]), "t"), Some(true));
        assert_eq!(numbers_are_epochs(&frame(&[0.0, 300.0]), "t"), Some(false));
        assert_eq!(numbers_are_epochs(&frame(&[f64::NAN]), "t"), None);
    }
}
