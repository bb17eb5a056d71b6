//! Tails P(T > t) and where they fall to a level.

/// The t where a falling `tail` reaches `level`, in the unit of `scale`, by bisection to the last bits; 0 where it starts below.
pub(super) fn where_tail_reaches(level: f64, scale: f64, tail: impl Fn(f64) -> f64) -> f64 {
    if tail(0.0) <= level {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, scale);
    while tail(high) > level && high < f64::MAX / 4.0 {
        low = high;
        high *= 2.0;
    }
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if tail(middle) > level { low = middle } else { high = middle }
    }
}

/// Σ p(j)·`survival`[j] over the Poisson probabilities p(j) of `mean`: P(T > t) of a law that is a number of exponential steps
/// at one rate, with `survival`[j] = P(more than j steps) and `mean` = rate · t (Jensen 1953, uniformization). What is beyond
/// the end of `survival` counts as 0.
///
/// Every term is positive, so the answer keeps its relative precision down to 1e-50. The probabilities are taken by ratios
/// from the largest outwards and divided by their sum, so that no logarithm of a factorial costs digits.
pub(super) fn poisson_mixture(mean: f64, survival: &[f64]) -> f64 {
    if mean <= 0.0 {
        return survival.first().copied().unwrap_or(0.0);
    }
    let at = |j: usize| survival.get(j).copied().unwrap_or(0.0);
    // below this share of the largest probability a term is left out: far under any level of a percentile
    let least = 1e-60;
    let mode = mean.floor() as usize;
    let (mut total, mut sum) = (1.0, at(mode));
    let (mut up, mut weight) = (mode, 1.0);
    while weight > least {
        up += 1;
        weight *= mean / up as f64;
        total += weight;
        sum += weight * at(up);
    }
    weight = 1.0;
    for down in (0..mode).rev() {
        weight *= (down + 1) as f64 / mean;
        total += weight;
        sum += weight * at(down);
        if weight < least {
            break;
        }
    }
    sum / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_of_poisson_steps_is_the_tail_of_an_erlang_law() {
        // more than j steps of 3 are left while j < 3: P(Erlang(3, 2) > 1.5) = e^-3 (1 + 3 + 9/2)
        let seen = poisson_mixture(3.0, &[1.0, 1.0, 1.0]);
        assert!((seen - (-3.0_f64).exp() * 8.5).abs() < 1e-16, "{seen}");
        // far out it keeps its digits: e^-90 (1 + 90) is 1e-37
        let far = poisson_mixture(90.0, &[1.0, 1.0]);
        assert!((far / ((-90.0_f64).exp() * 91.0) - 1.0).abs() < 1e-13, "{far:e}");
    }

    #[test]
    fn bisection_finds_the_median_of_an_exponential() {
        let seen = where_tail_reaches(0.5, 1e-3, |t: f64| (-t).exp());
        assert!((seen - 2.0_f64.ln()).abs() < 1e-15, "{seen}");
        assert_eq!(where_tail_reaches(0.5, 1.0, |t: f64| 0.4 * (-t).exp()), 0.0);
    }
}
