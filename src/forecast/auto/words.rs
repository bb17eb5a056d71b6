//! Why these methods, in plain words.

use super::engine::Weighed;
use crate::forecast::methods::Effect;

/// What is said of a plain series: what it is a mean of, how it did against seasonal naive, what was set aside.
pub(super) fn reasons(one: &Weighed) -> Vec<String> {
    let mut reasons = Vec::new();
    if let [_, _, ..] = one.methods {
        let each: Vec<String> = one.methods.iter().map(|(name, weight)| format!("{name} ({:.0} %)", 100.0 * weight)).collect();
        reasons.push(format!("weighted mean of {}", each.join(", ")));
    }
    match one.origins {
        0 => reasons
            .push("the history is too short to hold any of it back: weights and widths are those of the other series".to_owned()),
        n => reasons.push(against_naive(n, one)),
    }
    if let [_, ..] = one.seasons {
        let each: Vec<String> = one.seasons.iter().map(ToString::to_string).collect();
        reasons.push(format!("seasons of {} steps", each.join(" and ")));
    }
    if one.spikes > 0 {
        let (spikes, are) = if one.spikes == 1 { ("spike", "is") } else { ("spikes", "are") };
        reasons.push(format!("{} one-off {spikes} {are} kept as noise and not carried on", one.spikes));
    }
    if let [_, ..] = one.effects {
        let each: Vec<String> = one.effects.iter().map(effect).collect();
        reasons.push(format!("taken off before and put back after: {}", each.join(", ")));
    }
    if let [_, ..] = one.unseen {
        reasons.push(format!("{} has not come before: its effect is unknown and widens the bands", one.unseen.join(", ")));
    }
    if one.gap > 0 {
        reasons.push(format!("the last {} steps were not observed and are forecast through", one.gap));
    }
    reasons
}

/// Such as `orders 2.04 (± 0.03)`: the change for one unit, or for one step of an event, with its standard error.
fn effect(effect: &Effect) -> String {
    format!("{} {} (± {})", effect.name, number(effect.size), number(effect.sd))
}

/// Three digits that count.
fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = (2 - value.abs().log10().floor() as i32).clamp(0, 12) as usize;
    format!("{value:.digits$}")
}

fn against_naive(origins: usize, one: &Weighed) -> String {
    let at = if origins == 1 { "1 earlier origin".to_owned() } else { format!("{origins} earlier origins") };
    match one.naive {
        Some(naive) if naive > 0.0 => {
            let share = 100.0 * (1.0 - one.crps / naive);
            let word = if share >= 0.0 { "less" } else { "more" };
            format!("from {at} its error (CRPS) was {:.0} % {word} than that of seasonal naive", share.abs())
        }
        _ => format!("weighed by its errors from {at}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_tell_the_mean_the_score_and_what_was_set_aside() {
        let methods = [("ETS(A,N,A)".to_owned(), 0.6), ("DOTM".to_owned(), 0.4)];
        let effects = [Effect { name: "orders".to_owned(), size: 2.0412, sd: 0.031 }];
        let one = Weighed {
            methods: &methods,
            origins: 4,
            crps: 3.0,
            naive: Some(4.0),
            seasons: &[24, 168],
            spikes: 1,
            gap: 2,
            effects: &effects,
            unseen: &["launch"],
        };
        assert_eq!(
            reasons(&one),
            [
                "weighted mean of ETS(A,N,A) (60 %), DOTM (40 %)",
                "from 4 earlier origins its error (CRPS) was 25 % less than that of seasonal naive",
                "seasons of 24 and 168 steps",
                "1 one-off spike is kept as noise and not carried on",
                "taken off before and put back after: orders 2.04 (± 0.0310)",
                "launch has not come before: its effect is unknown and widens the bands",
                "the last 2 steps were not observed and are forecast through",
            ]
        );
        let short = Weighed {
            methods: &methods[..1],
            origins: 0,
            crps: 0.0,
            naive: None,
            seasons: &[],
            spikes: 0,
            gap: 0,
            effects: &[],
            ..one
        };
        assert!(reasons(&short)[0].starts_with("the history is too short"));
    }
}
