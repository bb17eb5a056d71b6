//! A growth question from words, as typed on a command line.

use super::projection::{Change, Event, Input, Question};
use crate::portable::{exp, ln, normal_quantile};
use crate::stats::Distribution;

/// A growth question in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// Demand before the first month: `1200` or `lognormal:1000,1400`.
    pub start: String,
    /// Growth a month: `0.03` or `normal:0.02,0.04`.
    pub growth: String,
    /// Volatility a month: `0.02` or `uniform:0.01,0.03`.
    pub volatility: String,
    /// How many months are looked ahead.
    pub months: usize,
    /// The capacity, and what it is from a month on: `3000` or `3000,7=4500`.
    pub capacity: Option<String>,
    /// Launches, month and size: `6=lognormal:100,300`.
    pub launches: Vec<String>,
    /// Steps, month and factor: `12=0.9`.
    pub steps: Vec<String>,
    /// Rank correlations of pairs: `start,growth=0.5`, `growth,launch1=0.3`.
    pub correlations: Vec<String>,
}

/// Words that say nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is `{seen}`, expected {accepted}")]
pub struct Misread {
    /// What was to be read.
    pub what: &'static str,
    /// What was given.
    pub seen: String,
    /// What would be accepted.
    pub accepted: &'static str,
}

const A_LAW: &str = "a number, or a law with its 10 % and 90 % points (uniform: its ends), such as lognormal:1000,1400, normal:0.02,0.04 or uniform:1,2";
const AN_EVENT: &str = "the month, =, and a number or a law, such as 6=lognormal:100,300";
const A_LINE: &str = "an amount, and what it is from a month on, such as 3000,7=4500";
const A_PAIR: &str =
    "two of start, growth, volatility, launch1, step1, …, then = and a rank correlation, such as start,growth=0.5";

impl Words {
    /// The question they ask.
    ///
    /// # Errors
    /// All words that cannot be read.
    pub fn question(&self) -> Result<Question, Vec<Misread>> {
        let mut wrong = Vec::new();
        let law = |what, text: &str, wrong: &mut Vec<Misread>| {
            distribution(text).unwrap_or_else(|| {
                wrong.push(Misread { what, seen: text.to_owned(), accepted: A_LAW });
                Distribution::constant(f64::NAN)
            })
        };
        let start = law("start", &self.start, &mut wrong);
        let growth = law("growth", &self.growth, &mut wrong);
        let volatility = law("volatility", &self.volatility, &mut wrong);
        let mut read = Vec::new();
        for (what, texts, change) in [("a launch", &self.launches, Change::Adds), ("a step", &self.steps, Change::Multiplies)] {
            for text in texts {
                match event(text, change) {
                    Some(event) => read.push(event),
                    None => wrong.push(Misread { what, seen: text.clone(), accepted: AN_EVENT }),
                }
            }
        }
        let mut correlations = Vec::new();
        for text in &self.correlations {
            match pair(text, self.launches.len(), self.steps.len()) {
                Some(pair) => correlations.push(pair),
                None => wrong.push(Misread { what: "a correlation", seen: text.clone(), accepted: A_PAIR }),
            }
        }
        let capacity = self.capacity.as_ref().and_then(|text| {
            let read = line(text, self.months);
            if read.is_none() {
                wrong.push(Misread { what: "the capacity", seen: text.clone(), accepted: A_LINE });
            }
            read
        });
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Question { start, growth, volatility, months: self.months, events: read, correlations, capacity })
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// The law through its 10 % and 90 % points, 2 × 1.2816 standard deviations apart.
fn distribution(text: &str) -> Option<Distribution> {
    let Some((law, points)) = text.split_once(':') else { return number(text).map(Distribution::constant) };
    let (low, high) = points.split_once(',')?;
    let (low, high) = (number(low)?, number(high)?);
    if low >= high {
        return None;
    }
    let apart = 2.0 * normal_quantile(0.9);
    match law.trim() {
        "uniform" => Some(Distribution::Uniform { low, high }),
        "normal" => Some(Distribution::Normal { mean: f64::midpoint(low, high), sd: (high - low) / apart }),
        "lognormal" if low > 0.0 => {
            let (low, high) = (ln(low), ln(high));
            Some(Distribution::Lognormal { median: exp(f64::midpoint(low, high)), sigma: (high - low) / apart })
        }
        _ => None,
    }
}

fn event(text: &str, change: Change) -> Option<Event> {
    let (month, size) = text.split_once('=')?;
    Some(Event { month: month.trim().parse().ok()?, change, size: distribution(size)? })
}

fn pair(text: &str, launches: usize, steps: usize) -> Option<(Input, Input, f64)> {
    let (names, rank) = text.split_once('=')?;
    let (one, other) = names.split_once(',')?;
    let numbered = |name: &str, kind: &str, count: usize| {
        let place: usize = name.strip_prefix(kind)?.parse().ok()?;
        (1..=count).contains(&place).then(|| place - 1)
    };
    let input = |name: &str| match name.trim() {
        "start" => Some(Input::Start),
        "growth" => Some(Input::Growth),
        "volatility" => Some(Input::Volatility),
        name => numbered(name, "launch", launches)
            .or_else(|| numbered(name, "step", steps).map(|place| launches + place))
            .map(Input::Event),
    };
    Some((input(one)?, input(other)?, number(rank)?))
}

fn line(text: &str, months: usize) -> Option<Vec<f64>> {
    let mut parts = text.split(',');
    let mut line = vec![number(parts.next()?)?; months];
    for part in parts {
        let (month, amount) = part.split_once('=')?;
        let (month, amount) = (month.trim().parse::<usize>().ok()?, number(amount)?);
        line.get_mut(month.checked_sub(1)?..)?.fill(amount);
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words {
            start: "lognormal:1000,1440".to_owned(),
            growth: "normal:0.02,0.04".to_owned(),
            volatility: "0.02".to_owned(),
            months: 4,
            capacity: Some("3000,3=4500".to_owned()),
            launches: vec!["2=uniform:100,300".to_owned()],
            steps: vec!["3=0.9".to_owned(), "4=lognormal:0.8,1".to_owned()],
            correlations: vec!["start,growth=-0.5".to_owned(), "launch1, step2=0.3".to_owned()],
        }
    }

    #[test]
    fn words_make_the_question_they_say() {
        let seen = words().question().unwrap();
        for (law, low, high) in [(&seen.start, 1_000.0, 1_440.0), (&seen.growth, 0.02, 0.04)] {
            assert!((law.quantile(0.1) / low - 1.0).abs() < 1e-12 && (law.quantile(0.9) / high - 1.0).abs() < 1e-12);
        }
        assert_eq!(seen.volatility, Distribution::constant(0.02));
        assert_eq!(seen.capacity, Some(vec![3_000.0, 3_000.0, 4_500.0, 4_500.0]));
        let events: Vec<(usize, Change)> = seen.events.iter().map(|event| (event.month, event.change)).collect();
        assert_eq!(events, [(2, Change::Adds), (3, Change::Multiplies), (4, Change::Multiplies)]);
        assert_eq!(seen.correlations, [(Input::Start, Input::Growth, -0.5), (Input::Event(0), Input::Event(2), 0.3)]);
    }

    #[test]
    fn all_words_that_cannot_be_read_are_told_at_once() {
        let bad = Words {
            start: "lognormal:0,5".to_owned(),
            growth: "three".to_owned(),
            volatility: "gamma:1,2".to_owned(),
            capacity: Some("3000,9=1".to_owned()),
            launches: vec!["soon=1".to_owned(), "2=normal:3,1".to_owned()],
            steps: vec!["4".to_owned()],
            correlations: vec!["start,launch3=0.1".to_owned(), "start=0.1".to_owned()],
            ..words()
        };
        let told: Vec<&str> = bad.question().unwrap_err().iter().map(|wrong| wrong.what).collect();
        let wanted =
            ["start", "growth", "volatility", "a launch", "a launch", "a step", "a correlation", "a correlation", "the capacity"];
        assert_eq!(told, wanted);
    }
}
