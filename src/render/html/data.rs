//! What the page's script draws and lists: charts and long tables as JSON, rounded to what can be seen.

use serde_json::{Value, json};

use crate::render::cell::{heading, is_number, shown};
use crate::render::chart::Spot;
use crate::report::{Cell, Chart, ChartBody, Report, Table, format};
use crate::time::{Day, Month};
use crate::units::Unit;

/// Steps of a fan that a page is wide enough to show. Fewer would beat with the week.
const FAN_STEPS: usize = 800;
/// Steps of a fan that are one in a report of many pools: a week, whose highest level is shown.
const MANY_FAN_STEP: usize = 7;
/// Steps of history that a page is wide enough to show.
const HISTORY_STEPS: usize = 1_100;
/// The same in a report of many pools, whose size counts.
const SHORT_HISTORY: usize = 160;
/// More curves than this are told apart in the drawing made for files only.
const CURVES: usize = 12;
/// Significant digits kept.
const DIGITS: i32 = 4;

/// JSON that may stand within a `script` element: no `<` can end it.
pub(super) fn inert(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// The data of a chart that the script draws; `None`: its drawing stands in the page.
pub(super) fn chart(report: &Report, chart: &Chart, many: bool) -> Option<Value> {
    match &chart.body {
        ChartBody::Fan { .. } => Some(fan(&chart.body, many)),
        ChartBody::Exhaustion { curves, today, horizon } if curves.len() <= CURVES => {
            let each = curves.iter().map(|(name, curve)| {
                let (days, shares): (Vec<i32>, Vec<f64>) = curve.iter().map(|(day, p)| (day.0, share(*p))).unzip();
                json!([name, days, shares])
            });
            Some(json!({ "kind": "exhaustion", "curves": each.collect::<Vec<_>>(), "today": today.0, "horizon": horizon.0 }))
        }
        ChartBody::Risk { months, lines, accepted } => Some(risk(report, months, lines, *accepted)),
        ChartBody::CostRisk { currency, points, chosen, accepted } => {
            let points: Vec<Value> = points.iter().map(|(name, cost, p, se)| json!([name, cost.round(), p, se])).collect();
            Some(json!({
                "kind": "cost-risk", "currency": currency, "points": points, "chosen": chosen, "accepted": accepted,
                "frontier": frontier(report),
            }))
        }
        _ => None,
    }
}

/// The values that can be read in a drawing: left, top, right, bottom in units of the drawing, and the words.
pub(super) fn spots(spots: &[Spot]) -> Value {
    // half a unit is less than a pointer can tell
    let at = |place: f64| (place * 2.0).round() / 2.0;
    spots.iter().map(|one| json!([at(one.left), at(one.top), at(one.right), at(one.bottom), one.words])).collect()
}

fn share(p: f64) -> f64 {
    (p * 1e4).round() / 1e4
}

/// As many digits as a drawing or a label shows.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let scale = 10f64.powi(DIGITS - 1 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

fn fan(body: &ChartBody, many: bool) -> Value {
    let ChartBody::Fan { unit, history, days, bands, median, line, capacity, crossing, markers, as_of } = body else {
        return Value::Null;
    };
    let unit = Unit::named(unit);
    let seen = history.iter().filter_map(|(_, level)| *level);
    let most = seen.chain(line.iter().map(|step| step.1)).chain(median.iter().copied()).fold(0.0, f64::max);
    let (prefix, factor) = format::prefix(most, &unit);
    let amount = |value: f64| rounded(value / factor);
    let steps = |line: &[(Day, f64)]| line.iter().map(|(day, level)| json!([day.0, amount(*level)])).collect::<Vec<_>>();
    let every = if many { MANY_FAN_STEP } else { days.len().div_ceil(FAN_STEPS).max(1) };
    let thin = |values: &[f64]| -> Vec<f64> {
        values.chunks(every).map(|some| amount(some.iter().copied().fold(f64::NEG_INFINITY, f64::max))).collect()
    };
    let bands: Vec<Value> = bands.iter().map(|(covers, low, high)| json!([covers, thin(low), thin(high)])).collect();
    let past = thinned(history, if many { SHORT_HISTORY } else { HISTORY_STEPS });
    let past_days: Vec<i32> = past.1.iter().map(|(day, _)| day.0).collect();
    let fan_days: Vec<i32> = days.iter().step_by(every).map(|day| day.0).collect();
    json!({
        "kind": "fan",
        "unit": format::unit_name(prefix, &unit),
        "historyDays": in_turn(&past_days, past.0),
        "history": past.1.iter().map(|(_, level)| level.map(amount)).collect::<Vec<_>>(),
        "historyStep": past.0,
        "days": in_turn(&fan_days, every),
        "fanStep": every,
        "bands": bands,
        "median": thin(median),
        "line": steps(line),
        "capacity": steps(capacity),
        "crossing": crossing.map(|(day, level)| json!([day.0, amount(level)])),
        "markers": markers.iter().map(|marker| json!([marker.day.0, marker.label])).collect::<Vec<_>>(),
        "asOf": as_of.0,
    })
}

/// The first of days that follow each other by so many; all of them where they do not.
fn in_turn(days: &[i32], step: usize) -> Value {
    let even = days.windows(2).all(|pair| pair[1] - pair[0] == step as i32);
    if let (Some(first), true) = (days.first(), even) { json!(first) } else { json!(days) }
}

/// The highest level of each so many steps, which is what capacity must carry.
fn thinned(history: &[(Day, Option<f64>)], most: usize) -> (usize, Vec<(Day, Option<f64>)>) {
    let every = history.len().div_ceil(most).max(1);
    let highest = |some: &[(Day, Option<f64>)]| {
        let level = some.iter().filter_map(|(_, level)| *level).reduce(f64::max);
        (some[0].0, level)
    };
    (every, history.chunks(every).map(highest).collect())
}

/// The lines of the chart, which are those of the worst pool, and those of every pool from the tables.
fn risk(report: &Report, months: &[Month], lines: &[(String, Vec<(f64, f64)>)], accepted: Option<f64>) -> Value {
    let pair = |line: &[(f64, f64)]| {
        let (p, se): (Vec<f64>, Vec<f64>) = line.iter().map(|(p, se)| (share(*p), share(*se))).unzip();
        json!([p, se])
    };
    let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
    let of = |id: &str, columns: [&str; 4]| {
        let table = report.tables.iter().find(|table| table.id == id);
        table.map_or_else(Vec::new, |table| by_pool(table, columns))
    };
    let mut known = of("scenario-risk", ["scenario", "pool", "risk", "risk_se"]);
    let last = names.last().copied().unwrap_or_default();
    let with_orders = of("risk-by-month", ["", "pool", "lolp_recommended", "lolp_recommended_se"]);
    known.extend(with_orders.into_iter().map(|(_, pool, line)| (last.to_owned(), pool, line)));
    let pools: Vec<&str> = report.pools.iter().map(|line| line.pool.as_str()).collect();
    let mut each = vec![vec![Value::Null; names.len()]; pools.len()];
    let at: std::collections::BTreeMap<&str, usize> = pools.iter().enumerate().map(|(at, pool)| (*pool, at)).collect();
    for (scenario, pool, line) in &known {
        if let (Some(pool), Some(name)) = (at.get(pool.as_str()), names.iter().position(|name| name == scenario)) {
            each[*pool][name] = pair(line);
        }
    }
    json!({
        "kind": "risk",
        "months": months.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "accepted": accepted,
        "names": names,
        "worst": lines.iter().map(|(_, line)| pair(line)).collect::<Vec<_>>(),
        "pools": pools,
        "each": each,
    })
}

type ByPool = Vec<(String, String, Vec<(f64, f64)>)>;

/// Values and errors of rows that follow each other with the same scenario and pool.
fn by_pool(table: &Table, [scenario, pool, value, error]: [&str; 4]) -> ByPool {
    let at = |name: &str| table.column(name);
    let (Some(pool), Some(value), Some(error)) = (at(pool), at(value), at(error)) else { return Vec::new() };
    let scenario = at(scenario);
    let text = |cell: Option<&Cell>| if let Some(Cell::Text(text)) = cell { text.clone() } else { String::new() };
    let number = |cell: &Cell| if let Cell::Number(number) = cell { *number } else { 0.0 };
    let mut found: ByPool = Vec::new();
    for row in &table.rows {
        let (which, whose) = (text(scenario.and_then(|at| row.get(at))), text(row.get(pool)));
        let point = (number(&row[value]), number(&row[error]));
        match found.last_mut() {
            Some((name, of, line)) if *name == which && *of == whose => line.push(point),
            _ => found.push((which, whose, vec![point])),
        }
    }
    found
}

/// The points that the risk slider stops at.
fn frontier(report: &Report) -> Vec<Value> {
    let Some(table) = report.tables.iter().find(|table| table.id == "frontier") else { return Vec::new() };
    let ids = table.row_ids();
    let one = |(row, id): (usize, String)| {
        let cell = |name: &str| table.column(name).map(|at| &table.rows[row][at]);
        let words = |name: &str| table.column(name).map_or_else(String::new, |at| shown(table, row, at));
        json!({
            "row": id,
            "accepted": words("accepted"),
            "cost": cell("cost"), "costWords": words("cost"),
            "risk": cell("risk"), "riskSe": cell("risk_se"), "riskWords": words("risk"),
            "minutes": words("minutes"), "minutesSe": words("minutes_se"),
            "recommended": cell("recommended"),
        })
    };
    ids.into_iter().enumerate().map(one).collect()
}

/// A long table by columns, each word once: the script lists its rows when the table is opened.
pub(super) fn table(table: &Table) -> Value {
    let keys = table.key_columns();
    let columns = (0..table.columns.len()).map(|column| {
        let cells: Vec<String> = (0..table.rows.len()).map(|row| shown(table, row, column)).collect();
        let mut words: Vec<&str> = Vec::new();
        let mut key_words: Vec<String> = Vec::new();
        let mut places: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        let mut at = Vec::with_capacity(cells.len());
        for (row, cell) in cells.iter().enumerate() {
            let place = *places.entry(cell).or_insert_with(|| {
                words.push(cell);
                key_words.push(table.key_word(&table.rows[row][column]));
                words.len() - 1
            });
            at.push(place);
        }
        let key = keys.contains(&column).then_some(key_words);
        // a column whose cells all differ needs no places
        let at = (words.len() < cells.len()).then_some(at);
        json!({ "head": heading(table, column), "number": is_number(table, column), "words": words, "at": at, "key": key })
    });
    json!({ "rows": table.rows.len(), "pool": table.column("pool"), "columns": columns.collect::<Vec<_>>(), "keys": keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_thinned_to_its_peaks() {
        let history: Vec<(Day, Option<f64>)> = (0..10).map(|day| (Day(day), (day != 4).then_some(f64::from(day % 4)))).collect();
        let (every, kept) = thinned(&history, 4);
        assert_eq!(every, 3);
        assert_eq!(kept, [(Day(0), Some(2.0)), (Day(3), Some(3.0)), (Day(6), Some(3.0)), (Day(9), Some(1.0))]);
        assert_eq!(thinned(&history, 10), (1, history));
        assert_eq!((in_turn(&[3, 10, 17], 7), in_turn(&[3, 10, 16], 7)), (json!(3), json!([3, 10, 16])));
    }

    #[test]
    fn four_digits_are_kept() {
        for (value, kept) in [(123_456.0, 123_500.0), (0.000_123_456, 0.000_123_5), (-2.5, -2.5), (0.0, 0.0)] {
            assert!((rounded(value) - kept).abs() < 1e-12 * 123_500.0, "{value}");
        }
    }

    #[test]
    fn no_text_can_end_the_element_it_stands_in() {
        assert!(!inert(&json!(["</script><script>alert(1)"])).contains('<'));
    }
}
