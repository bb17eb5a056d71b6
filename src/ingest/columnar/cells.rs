//! Columns of a batch as times, words and numbers.

use polars::prelude::{Column, DataType, PolarsResult, TimeUnit};

use crate::formats::{NANOS, Number, Stamp};
use crate::source::TimeForm;

/// A column's cells; those that could not be read, with what stands there.
pub(super) struct Cells<T> {
    /// `None` where the cell is null, or could not be read.
    pub all: Vec<Option<T>>,
    /// Row within the batch, and the text seen.
    pub invalid: Vec<(usize, String)>,
}

impl<T> Cells<T> {
    fn whole(all: Vec<Option<T>>) -> Self {
        Self { all, invalid: Vec::new() }
    }
}

/// How numbers and zoneless instants of a time column are meant.
#[derive(Debug, Clone)]
pub(super) struct Times {
    pub form: TimeForm,
    /// Seconds count from here.
    pub origin: Option<i64>,
    /// A zoneless instant is UTC by the convention of its physical type.
    pub utc: bool,
}

/// Nanoseconds in a unit of a datetime column.
pub(super) fn nanos_of(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => 1,
        TimeUnit::Microseconds => 1_000,
        TimeUnit::Milliseconds => 1_000_000,
    }
}

impl Times {
    /// The stamps of a column.
    pub fn of(&self, column: &Column) -> PolarsResult<Cells<Stamp>> {
        match column.dtype() {
            DataType::Datetime(unit, zone) => {
                let (each, instant) = (nanos_of(*unit), zone.is_some() || self.utc);
                let stamp = |at: i64| {
                    let at = at.saturating_mul(each);
                    if instant { Stamp::Instant(at) } else { Stamp::Local(at) }
                };
                let numbers = column.cast(&DataType::Int64)?;
                Ok(Cells::whole(numbers.i64()?.iter().map(|at| at.map(stamp)).collect()))
            }
            DataType::Date => {
                let days = column.cast(&DataType::Int32)?;
                let stamp = |day: i32| Stamp::Local(i64::from(day).saturating_mul(crate::time::DAY_SECONDS * NANOS));
                Ok(Cells::whole(days.i32()?.iter().map(|day| day.map(stamp)).collect()))
            }
            dtype if dtype.is_integer() => {
                let numbers = column.cast(&DataType::Int64)?;
                Ok(Cells::whole(numbers.i64()?.iter().map(|at| at.map(|at| self.of_whole(at))).collect()))
            }
            dtype if dtype.is_primitive_numeric() || dtype.is_decimal() => {
                let numbers = column.cast(&DataType::Float64)?;
                let finite = numbers.f64()?.iter().map(|at| at.filter(|at| at.is_finite()));
                Ok(Cells::whole(finite.map(|at| at.map(|at| self.of_real(at))).collect()))
            }
            _ => {
                let text = column.cast(&DataType::String)?;
                let mut invalid = Vec::new();
                let each = text.str()?.iter().enumerate().map(|(row, text)| {
                    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
                    let stamp = Stamp::parse(text, &self.form);
                    if stamp.is_none() {
                        invalid.push((row, cut(text)));
                    }
                    stamp
                });
                let all = each.collect();
                Ok(Cells { all, invalid })
            }
        }
    }

    /// Whole numbers exactly.
    fn of_whole(&self, at: i64) -> Stamp {
        match (&self.form, self.origin) {
            (TimeForm::SecondsSince(zero), _) => Stamp::Instant(zero.0.saturating_add(at).saturating_mul(NANOS)),
            (TimeForm::Epoch { per_second }, _) => Stamp::Instant(at.saturating_mul(NANOS / (*per_second).max(1) as i64)),
            (_, Some(origin)) => Stamp::Instant(origin.saturating_add(at.saturating_mul(NANOS))),
            _ => Stamp::Instant(at.saturating_mul(nanos_by_size(at as f64))),
        }
    }

    fn of_real(&self, at: f64) -> Stamp {
        match (&self.form, self.origin) {
            (TimeForm::SecondsSince(zero), _) => {
                Stamp::Instant(zero.0.saturating_mul(NANOS).saturating_add((at * 1e9).round() as i64))
            }
            (TimeForm::Epoch { per_second }, _) => Stamp::epoch(at, *per_second),
            (_, Some(origin)) => Stamp::Instant(origin.saturating_add((at * 1e9).round() as i64)),
            _ => Stamp::epoch_by_size(at),
        }
    }
}

/// Nanoseconds in the unit of a number since 1970, told by its size: years 1973 to 2200 do not overlap.
fn nanos_by_size(at: f64) -> i64 {
    match at.abs() {
        size if size < 1e11 => NANOS,
        size if size < 1e14 => 1_000_000,
        size if size < 1e17 => 1_000,
        _ => 1,
    }
}

/// Numbers of a column, exact where they are whole; nulls are `None`.
pub(super) fn numbers(column: &Column) -> PolarsResult<Cells<Number>> {
    match column.dtype() {
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            let whole = column.cast(&DataType::UInt64)?;
            Ok(Cells::whole(whole.u64()?.iter().map(|value| value.map(Number::Whole)).collect()))
        }
        dtype if dtype.is_integer() => {
            let whole = column.cast(&DataType::Int64)?;
            let number = |value: i64| u64::try_from(value).map_or(Number::Real(value as f64), Number::Whole);
            Ok(Cells::whole(whole.i64()?.iter().map(|value| value.map(number)).collect()))
        }
        DataType::Boolean => {
            let flags = column.bool()?.iter().map(|flag| flag.map(|flag| Number::Whole(u64::from(flag))));
            Ok(Cells::whole(flags.collect()))
        }
        DataType::Duration(unit) => {
            let factor = nanos_of(*unit) as f64 / 1e9;
            let counts = column.cast(&DataType::Int64)?;
            Ok(Cells::whole(counts.i64()?.iter().map(|count| count.map(|count| Number::Real(count as f64 * factor))).collect()))
        }
        dtype if dtype.is_primitive_numeric() || dtype.is_decimal() => {
            let reals = column.cast(&DataType::Float64)?;
            Ok(Cells::whole(reals.f64()?.iter().map(|value| value.map(Number::Real)).collect()))
        }
        _ => written_numbers(column),
    }
}

/// Numbers kept as text, in a column that was declared to hold values.
fn written_numbers(column: &Column) -> PolarsResult<Cells<Number>> {
    let text = column.cast(&DataType::String)?;
    let mut invalid = Vec::new();
    let each = text.str()?.iter().enumerate().map(|(row, text)| {
        let text = text.map(str::trim).filter(|text| !text.is_empty() && !text.eq_ignore_ascii_case("null"))?;
        let number = Number::parse(text);
        if number.is_none() {
            invalid.push((row, cut(text)));
        }
        number
    });
    let all = each.collect();
    Ok(Cells { all, invalid })
}

/// Text as seen, short enough for a message.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::NamedFrom;
    use polars::prelude::Series;

    fn stamps(column: Series, form: TimeForm) -> Vec<Option<Stamp>> {
        Times { form, origin: None, utc: false }.of(&column.into()).unwrap().all
    }

    #[test]
    fn whole_epochs_are_exact_in_every_unit() {
        let at = 1_504_447_811_347_713_001;
        let column = Series::new("ts".into(), [at, at / 1_000, at / 1_000_000, at / NANOS]);
        let told: Vec<i64> = stamps(column, TimeForm::Auto)
            .into_iter()
            .map(|stamp| match stamp {
                Some(Stamp::Instant(at)) => at,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(told, [at, at / 1_000 * 1_000, at / 1_000_000 * 1_000_000, at / NANOS * NANOS]);
    }

    #[test]
    fn whole_numbers_stay_exact_and_negative_ones_are_real() {
        let column = Series::new("v".into(), [Some(9_007_199_254_740_993_i64), None, Some(-3)]).into();
        let all = numbers(&column).unwrap().all;
        assert_eq!(all, [Some(Number::Whole(9_007_199_254_740_993)), None, Some(Number::Real(-3.0))]);
        let column = Series::new("v".into(), [u64::MAX]).into();
        assert_eq!(numbers(&column).unwrap().all, [Some(Number::Whole(u64::MAX))]);
    }
}
