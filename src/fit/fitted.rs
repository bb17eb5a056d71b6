use std::fmt;

use serde::Serialize;

use crate::stats::{Interval, complement, normal_quantile_of_tail};

use super::family::{Chart, Family};
use super::law::Law;
use super::likelihood::{Maximum, covariance, profile};
use super::observation::{Error, Lifetimes};
use super::search::search;

/// A fitted parameter in its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name: `shape`, `scale`, `mean`, `mu`, …
    pub name: &'static str,
    /// The maximum-likelihood estimate.
    pub value: f64,
    /// From the observed information.
    pub standard_error: f64,
    /// Wald's interval, symmetric in ln (positive parameters) or logit (probabilities), so that it stays where the parameter may be.
    pub interval: Interval,
}

/// A law fitted to lifetimes by maximum likelihood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FittedLaw {
    /// Its family.
    pub family: Family,
    /// The law.
    pub law: Law,
    /// Its free parameters; the phases of an Erlang law are chosen, not among them.
    pub parameters: Vec<Parameter>,
    /// E(T) with its standard error and interval (delta method on ln E(T)).
    pub mean: Parameter,
    /// ln of the likelihood.
    pub log_likelihood: f64,
    /// 2k - 2 ln L. Akaike (1974).
    pub aic: f64,
    /// k ln n - 2 ln L. Schwarz (1978).
    pub bic: f64,
    /// Lifetimes.
    pub count: usize,
    /// Failures among them.
    pub failures: usize,
    /// Confidence of the intervals.
    pub confidence: f64,
    #[serde(skip)]
    chart: Chart,
    #[serde(skip)]
    top: Maximum,
}

/// The law of `family` with the greatest likelihood, with intervals at `confidence` (values outside (0, 1) count as 0.95).
///
/// ```
/// use plimsoll::fit::{Family, Lifetimes, Observation, fit_law};
/// let rows = [Observation::failed(20.0), Observation::failed(70.0), Observation::alive(90.0)];
/// let fitted = fit_law(Family::Exponential, &Lifetimes::new(&rows).unwrap(), 0.95).unwrap();
/// assert!((fitted.parameters[0].value - 90.0).abs() < 1e-9); // total time on test ÷ failures
/// ```
///
/// # Errors
/// [`Error::TooFew`] and [`Error::NoMaximum`].
pub fn fit_law(family: Family, lifetimes: &Lifetimes, confidence: f64) -> Result<FittedLaw, Error> {
    let confidence = if confidence > 0.0 && confidence < 1.0 { confidence } else { 0.95 };
    let name = family.name();
    let (chart, top) = search(family, lifetimes)?;
    let law = chart.law(&top.at).ok_or(Error::NoMaximum { law: name })?;
    let covariance = covariance(chart, lifetimes, &top).ok_or(Error::NoMaximum { law: name })?;
    let z = normal_quantile_of_tail(complement(confidence) / 2.0);
    let error = |gradient: &[f64]| {
        let n = gradient.len();
        let through = |i: usize| (0..n).map(|j| gradient[i] * covariance[i * n + j] * gradient[j]).sum::<f64>();
        (0..n).map(through).sum::<f64>().sqrt()
    };
    let free = chart.parameters(&top.at);
    let parameters = free.iter().map(|one| {
        let along = error(&one.gradient);
        let ends = [-z, z].map(|z| one.scale.moved(one.value, z * along));
        let interval = Interval { low: ends[0], high: ends[1] };
        Parameter { name: one.name, value: one.value, standard_error: along * one.scale.slope(one.value), interval }
    });
    let parameters: Vec<Parameter> = parameters.collect();
    let mean = mean(chart, &top.at, &law, z, &error);
    // the phases of an Erlang law were chosen from the data as well
    let k = family.parameters().len() as f64;
    let n = lifetimes.count();
    Ok(FittedLaw {
        family,
        parameters,
        mean,
        log_likelihood: top.value,
        aic: 2.0 * k - 2.0 * top.value,
        bic: k * (n as f64).ln() - 2.0 * top.value,
        count: n,
        failures: lifetimes.failures(),
        confidence,
        law,
        chart,
        top,
    })
}

fn mean(chart: Chart, at: &[f64], law: &Law, z: f64, error: &impl Fn(&[f64]) -> f64) -> Parameter {
    let ln_mean = |at: &[f64]| chart.law(at).map_or(f64::NAN, |law| law.mean().ln());
    let mut point = at.to_vec();
    let gradient: Vec<f64> = (0..at.len())
        .map(|i| {
            let mut there = |by: f64| {
                point[i] = at[i] + by;
                let value = ln_mean(&point);
                point[i] = at[i];
                value
            };
            (there(1e-4) - there(-1e-4)) / 2e-4
        })
        .collect();
    let (value, along) = (law.mean(), error(&gradient));
    let interval = Interval { low: value * (-z * along).exp(), high: value * (z * along).exp() };
    Parameter { name: "mean", value, standard_error: value * along, interval }
}

impl FittedLaw {
    /// The interval of a parameter from the likelihood ratio, 2 (ln L_max - ln L) <= z² with the others free: better than Wald's
    /// where the likelihood is lopsided. `None` for a name that is no coordinate of its own (the scale of a gamma law) or where
    /// the likelihood never falls that far.
    ///
    /// Meeker & Escobar (1998), *Statistical Methods for Reliability Data*, §8.3.
    #[must_use]
    pub fn profile_interval(&self, parameter: &str, lifetimes: &Lifetimes) -> Option<Interval> {
        let free = self.chart.parameters(&self.top.at);
        let one = free.iter().find(|one| one.name == parameter)?;
        let coordinate = one.gradient.iter().position(|slope| *slope == 1.0)?;
        if one.gradient.iter().filter(|slope| **slope != 0.0).count() != 1 {
            return None;
        }
        let z = normal_quantile_of_tail(complement(self.confidence) / 2.0);
        let found = self.parameters.iter().find(|one| one.name == parameter)?;
        let along = found.standard_error / one.scale.slope(one.value);
        let end = |side: f64| self.profile_end(lifetimes, coordinate, side * along, z);
        Some(Interval { low: one.scale.moved(one.value, end(-1.0)?), high: one.scale.moved(one.value, end(1.0)?) })
    }

    /// How far from the top along a coordinate the profile has fallen by z²/2, in steps of one standard error.
    fn profile_end(&self, lifetimes: &Lifetimes, held: usize, step: f64, z: f64) -> Option<f64> {
        let mut start = self.top.at.clone();
        let mut fall = |by: f64| {
            let there = profile(self.chart, lifetimes, &start, held, self.top.at[held] + by);
            start.clone_from(&there.at);
            2.0 * (self.top.value - there.value) - z * z
        };
        let (mut near, mut far) = (0.0, step);
        for round in 0.. {
            if fall(far) >= 0.0 {
                break;
            }
            if round == 40 {
                return None;
            }
            (near, far) = (far, far + step);
        }
        for _ in 0..50 {
            let middle = f64::midpoint(near, far);
            if fall(middle) < 0.0 {
                near = middle;
            } else {
                far = middle;
            }
            if (far - near).abs() < 1e-8 * step.abs() {
                break;
            }
        }
        Some(f64::midpoint(near, far))
    }
}

impl fmt::Display for FittedLaw {
    /// `Weibull, shape 2.10 (1.55 to 2.85), scale 81.9 (67.0 to 100), 95 % intervals, from 23 failures of 23`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.family.name())?;
        if let Chart::Erlang(phases) = self.chart {
            write!(f, ", {phases} phases")?;
        }
        for one in &self.parameters {
            let [value, low, high] = [one.value, one.interval.low, one.interval.high].map(figures);
            write!(f, ", {} {value} ({low} to {high})", one.name.replace('_', " "))?;
        }
        write!(f, ", {} % intervals, from {} failures of {}", figures(self.confidence * 100.0), self.failures, self.count)
    }
}

/// Three significant figures, whole numbers from 100 on.
pub(super) fn figures(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let places = 2 - value.abs().log10().floor() as i32;
    if places <= 0 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.*}", places as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
