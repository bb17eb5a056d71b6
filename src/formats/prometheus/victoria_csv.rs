//! The CSV export of VictoriaMetrics (`/api/v1/export/csv`): no heading; the caller of the export chose which columns there are, so they
//! have to be declared as in its `format` parameter: `__name__,instance,__value__,__timestamp__:unix_ms`.

use super::super::{Clock, Head, Identity, Input, Number, Options, Problems, Reading, Stamp};
use super::labels::is_metric_name;
use super::lines::{LONGEST, each_line};
use super::naming::place_of;
use super::told::{Told, seen};
use crate::source::TimeForm;

/// What a column holds.
enum Column {
    Label(String),
    Value,
    Time(TimeForm),
}

/// The cells of a line; quotes hold commas, and quotes when doubled.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut marks = line.chars().peekable();
    while let Some(mark) = marks.next() {
        match mark {
            '"' if quoted && marks.peek() == Some(&'"') => {
                cell.push('"');
                marks.next();
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(mark),
        }
    }
    cells.push(cell);
    cells
}

/// The form of a cell that is a time beyond doubt.
fn time_form(cell: &str) -> Option<&'static str> {
    let digits = cell.bytes().all(|byte| byte.is_ascii_digit());
    match cell.len() {
        13 if digits && cell.starts_with('1') => Some("unix_ms"),
        19 if digits && cell.starts_with('1') => Some("unix_ns"),
        10 if digits && cell.starts_with('1') => Some("unix_s"),
        19.. => matches!(Stamp::iso(cell), Some(Stamp::Instant(_))).then_some("rfc3339"),
        _ => None,
    }
}

/// Columns as the first lines suggest them: names of metrics in one, a number, and a time at an end.
fn suggested(head: &Head) -> Option<Vec<String>> {
    let mut lines: Vec<&str> = head.lines().filter(|line| !line.is_empty()).take(50).collect();
    if lines.len() > 1 && head.bytes.len() >= 1 << 16 && lines.len() < 50 {
        lines.pop();
    }
    let rows: Vec<Vec<String>> = lines.iter().map(|line| cells(line)).collect();
    let width = rows.first()?.len();
    if !(3..=64).contains(&width) || rows.iter().any(|row| row.len() != width) {
        return None;
    }
    let every = |column: usize, good: &dyn Fn(&str) -> bool| rows.iter().all(|row| good(&row[column]));
    let time = [width - 1, 0].into_iter().find(|column| every(*column, &|cell| time_form(cell).is_some()))?;
    let form = time_form(&rows[0][time])?;
    // A word such as `web` may be anything; an underscore or colon inside is the habit of metrics.
    // An instance (`web:9100`) has the form of a name too.
    let address = |cell: &str| cell.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let metric = |cell: &str| cell.trim_matches('_').contains(['_', ':']) && !address(cell);
    let named = |column: usize| every(column, &is_metric_name) && rows.iter().any(|row| metric(&row[column]));
    let name = (0..width).find(|column| *column != time && named(*column))?;
    let number = |cell: &str| cell.is_empty() || Number::parse(cell).is_some();
    let numeric: Vec<usize> = (0..width).filter(|column| ![time, name].contains(column) && every(*column, &number)).collect();
    // Beside the value, a label may be numeric (`cpu`); the value stands next to the time mostly.
    let value = *numeric.iter().min_by_key(|column| column.abs_diff(time))?;
    Some(
        (0..width)
            .map(|column| match column {
                _ if column == time => format!("__timestamp__:{form}"),
                _ if column == name => "__name__".to_owned(),
                _ if column == value => "__value__".to_owned(),
                _ => format!("label{column}"),
            })
            .collect(),
    )
}

pub(super) fn recognise(head: &Head) -> Option<String> {
    suggested(head).map(|columns| format!("CSV without a heading, whose columns look like {}", columns.join(",")))
}

/// Whether declared columns are in the words of the export's `format`: then the input is one, whatever its columns look like.
pub(in super::super) fn names_columns_as_exported(names: &[String]) -> bool {
    let has = |word: &str| names.iter().any(|name| name.trim().split(':').next() == Some(word));
    has("__timestamp__") && has("__value__")
}

/// What the declared columns hold.
fn declared(input: &Input, names: &[String]) -> Result<Vec<Column>, Problems> {
    let column = |name: &String| {
        let name = name.trim();
        let (word, form) = name.split_once(':').unwrap_or((name, ""));
        match word {
            "__value__" => Column::Value,
            "__timestamp__" => Column::Time(match form {
                "unix_s" => TimeForm::Epoch { per_second: 1 },
                "unix_ms" => TimeForm::Epoch { per_second: 1_000 },
                "unix_ns" => TimeForm::Epoch { per_second: 1_000_000_000 },
                _ => TimeForm::Auto,
            }),
            _ => Column::Label(name.to_owned()),
        }
    };
    let mut columns: Vec<Column> = names.iter().map(column).collect();
    if !names.iter().any(|name| name.trim().starts_with("__")) {
        // Plain words say the same where none of the export's own stand.
        columns = names.iter().map(|name| plain(name.trim())).collect();
    }
    let count = |what: fn(&Column) -> bool| columns.iter().filter(|column| what(column)).count();
    if count(|column| matches!(column, Column::Value)) == 0 || count(|column| matches!(column, Column::Time(_))) != 1 {
        let message =
            format!("saw the columns {}, expected at least one __value__ and one __timestamp__:unix_ms", names.join(","));
        let help = "try --columns with the `format` of the export, in names: __name__,instance,__value__,__timestamp__:unix_ms";
        return Err(vec![input.problem("ingest/needs-columns", message).help(help)]);
    }
    Ok(columns)
}

/// What a column of a plain name holds.
fn plain(name: &str) -> Column {
    match name {
        "value" => Column::Value,
        "time" | "timestamp" => Column::Time(TimeForm::Auto),
        "metric" | "name" => Column::Label("__name__".to_owned()),
        other => Column::Label(other.to_owned()),
    }
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let Some(names) = &options.columns else {
        let like =
            suggested(&input.head()?).map_or("__name__,instance,__value__,__timestamp__:unix_ms".to_owned(), |all| all.join(","));
        let message = "saw columns without a heading, expected their meaning, as the `format` of the export had it";
        return Err(vec![input.problem("ingest/needs-columns", message).help(format!("try --columns {like}"))]);
    };
    let columns = declared(input, names)?;
    let (mut told, mut clock) = (Told::new(input), Clock::new(options));
    each_line(input, LONGEST, &mut |line, text| {
        if text.is_empty() {
            return Ok(());
        }
        reading.rows += 1;
        let cells = cells(text);
        if cells.len() != columns.len() {
            let message = format!("saw {} cells, expected {} as declared", cells.len(), columns.len());
            told.invalid(reading, options, line, message);
            return Ok(());
        }
        let (mut id, mut values, mut stamp) = (Identity::default(), Vec::new(), None);
        for (column, cell) in columns.iter().zip(&cells) {
            match column {
                Column::Label(name) if name == "__name__" => id.metric.clone_from(cell),
                Column::Label(name) => id = id.with(name, cell),
                Column::Value => values.push(cell),
                Column::Time(form) => {
                    stamp = Stamp::parse(cell, if matches!(form, TimeForm::Auto) { &options.time } else { form });
                    if stamp.is_none() {
                        told.invalid(reading, options, line, format!("saw `{}`, expected a time as declared", seen(cell)));
                        return Ok(());
                    }
                }
            }
        }
        let Some(at) = stamp.and_then(|stamp| clock.instant(0, stamp, line, reading)) else { return Ok(()) };
        let place = place_of(reading, id);
        for cell in values {
            match Number::parse(cell) {
                Some(number) => reading.push(place, at, number, line)?,
                None if cell.is_empty() => reading.missing(place, Some(at)),
                None => told.invalid(reading, options, line, format!("saw `{}`, expected a number", seen(cell))),
            }
        }
        Ok(())
    })?;
    told.finish(reading, options)
}

#[cfg(test)]
mod tests {
    use super::super::super::read as read_any;
    use super::*;

    fn head(text: &str) -> Head {
        Input::memory("a.csv", text.as_bytes().to_vec()).head().unwrap()
    }

    #[test]
    fn columns_are_asked_with_a_suggestion_and_never_taken_for_granted() {
        let text = "node_load1,\"a,\"\"b\",1,0.5,1504447811000\n";
        let problem = &read_any(&Input::memory("a", text.as_bytes().to_vec()), &Options::default()).err().unwrap()[0];
        assert_eq!(problem.help.as_deref(), Some("try --columns __name__,label1,label2,__value__,__timestamp__:unix_ms"));
        let names = ["__name__", "instance", "cpu", "__value__", "__timestamp__:unix_ms"].map(str::to_owned).to_vec();
        let options = Options { columns: Some(names), ..Options::default() };
        let reading = read_any(&Input::memory("a", text.as_bytes().to_vec()), &options).unwrap();
        assert_eq!(reading.series[0].id.to_string(), r#"node_load1{cpu="1",instance="a,\"b"}"#);
    }

    #[test]
    fn tables_with_a_heading_or_without_names_of_metrics_are_left_to_others() {
        for text in
            ["metric,value,time\nnode_load1,1,1504447811000\n", "1504447811000,vm1,5,6\n", "a_b,1\n", "web,1,1504447811000\n"]
        {
            assert_eq!(recognise(&head(text)), None, "{text}");
        }
    }
}
