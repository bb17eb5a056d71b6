//! What is asked, in PromQL: one number a bin from a query, so that averages *and* peaks survive.
//!
//! A bin covers `[start, start + step)` and is stamped by its start, as everywhere in this program. Servers evaluate `f_over_time(x[d])`
//! at an instant `t` over what came before it: `(t - d, t]` since Prometheus 3 and in VictoriaMetrics, `[t - d, t]` in Prometheus 2 and
//! its kin of that time. With `offset 1ms`, and one millisecond less of `d` where both ends count, `t = start + step` gives exactly the
//! bin: no sample counts twice, none is lost, because servers know nothing finer than a millisecond.

use crate::formats::Stat;

/// What a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape<'q> {
    /// A bare selector, `name{label="value"}`: its samples can be asked for directly. With its metric name, if it has one.
    Selector(Option<&'q str>),
    /// Anything else: it is evaluated at a resolution, by a subquery.
    Expression,
}

/// The shape of a query.
pub(super) fn shape(query: &str) -> Shape<'_> {
    let query = query.trim();
    let is_name =
        |byte: u8, first: bool| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' || (!first && byte.is_ascii_digit());
    let length = query.bytes().enumerate().take_while(|(place, byte)| is_name(*byte, *place == 0)).count();
    let (name, rest) = query.split_at(length);
    let rest = rest.trim_start();
    let named = Some(name).filter(|name| !name.is_empty());
    match rest {
        "" if named.is_some() && !matches!(name.to_ascii_lowercase().as_str(), "inf" | "nan") => Shape::Selector(named),
        braces if braces.starts_with('{') && closes_at_end(braces) => Shape::Selector(named),
        _ => Shape::Expression,
    }
}

/// Whether the brace that opens the text is closed by its last byte, quoted text left aside.
fn closes_at_end(text: &str) -> bool {
    let mut bytes = text.bytes().enumerate().skip(1);
    let mut quote = None;
    while let Some((place, byte)) = bytes.next() {
        match quote {
            Some(b'`') if byte == b'`' => quote = None,
            Some(b'`') => {}
            Some(_) if byte == b'\\' => drop(bytes.next()),
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if matches!(byte, b'"' | b'\'' | b'`') => quote = Some(byte),
            None if byte == b'}' => return place + 1 == text.len(),
            None if matches!(byte, b'{' | b'#') => return false,
            None => {}
        }
    }
    false
}

/// How expressions are put for one server and one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wording {
    /// Whether both ends of a range count (Prometheus 2).
    pub(super) closed: bool,
    /// Seconds of a bin.
    pub(super) step: i64,
    /// Seconds between evaluations within a bin, where there is a subquery.
    pub(super) resolution: i64,
    /// Seconds of `rate()`'s window where the query is a counter whose rate is asked for.
    pub(super) rate: Option<i64>,
}

impl Wording {
    /// The expression for a statistic of a query.
    pub(super) fn of(&self, query: &str, stat: Stat) -> String {
        let query = query.trim();
        let rated = self.rate.map(|window| format!("rate({query}[{window}s])"));
        let selector = self.rate.is_none() && shape(query) != Shape::Expression;
        let inner = rated.as_deref().unwrap_or(query);
        let milliseconds = self.step * 1_000 - i64::from(self.closed);
        let range = if selector {
            format!("{query}[{milliseconds}ms] offset 1ms")
        } else {
            // A comment at the end of the query must not hide the bracket.
            format!("({inner}\n)[{milliseconds}ms:{}s] offset 1ms", self.resolution)
        };
        match stat {
            Stat::Raw => inner.to_owned(),
            Stat::Average => format!("avg_over_time({range})"),
            Stat::Minimum => format!("min_over_time({range})"),
            Stat::Maximum => format!("max_over_time({range})"),
            Stat::P95 => format!("quantile_over_time(0.95, {range})"),
            Stat::P99 => format!("quantile_over_time(0.99, {range})"),
            Stat::Sum => format!("sum_over_time({range})"),
            Stat::Last => format!("last_over_time({range})"),
            Stat::Count => format!("count_over_time({range})"),
        }
    }
}

/// The resolution at which an expression is evaluated when none is declared: a divisor of the step, a tenth of it or less, at most a
/// minute.
pub(super) fn resolution(step: i64) -> i64 {
    let most = (step / 10).clamp(1, 60);
    (1..=most).rev().find(|seconds| step % seconds == 0).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_told_from_expressions() {
        for (query, expected) in [
            ("up", Shape::Selector(Some("up"))),
            (" node:load:avg { job = \"}\" , b!~'\\'}' } ", Shape::Selector(Some("node:load:avg"))),
            ("{__name__=\"x\"}", Shape::Selector(None)),
            ("a{b=`\\`}", Shape::Selector(Some("a"))),
            ("a{b=\"c\"} > 0", Shape::Expression),
            ("a{b=\"c\"} + a{b=\"d\"}", Shape::Expression),
            ("a offset 1d", Shape::Expression),
            ("rate(a[5m])", Shape::Expression),
            ("a # comment", Shape::Expression),
            ("a{b=\"c\" # }", Shape::Expression),
            ("a{b=\"c", Shape::Expression),
            ("1", Shape::Expression),
            ("NaN", Shape::Expression),
            ("", Shape::Expression),
        ] {
            assert_eq!(shape(query), expected, "{query}");
        }
    }

    #[test]
    fn a_bin_is_its_start_to_before_the_next() {
        let three = Wording { closed: false, step: 300, resolution: 30, rate: None };
        let two = Wording { closed: true, ..three };
        assert_eq!(three.of("up", Stat::Maximum), "max_over_time(up[300000ms] offset 1ms)");
        assert_eq!(two.of("up", Stat::Average), "avg_over_time(up[299999ms] offset 1ms)");
        assert_eq!(two.of("a / b # share", Stat::P95), "quantile_over_time(0.95, (a / b # share\n)[299999ms:30s] offset 1ms)");
        let rated = Wording { rate: Some(120), ..three };
        assert_eq!(rated.of("c_total", Stat::Maximum), "max_over_time((rate(c_total[120s])\n)[300000ms:30s] offset 1ms)");
        assert_eq!(rated.of("c_total", Stat::Raw), "rate(c_total[120s])");
    }

    #[test]
    fn the_resolution_divides_the_step() {
        assert_eq!([300, 3_600, 60, 86_400, 1, 7].map(resolution), [30, 60, 6, 60, 1, 1]);
    }
}
