//! Groups of units that fail and are repaired, and their spares.

use plimsoll::simulate::exact::{KOfN, Spares};

use super::case::{case, family};

/// Families answered here.
pub const FAMILIES: &[&str] = &["kofn", "spares_leadtime"];

#[test]
fn kofn() {
    for case in family("kofn").iter().map(case) {
        let group = KOfN {
            units: case.whole("units"),
            needed: case.whole("needed"),
            mttf: case.number("mttf"),
            mttr: case.number("mttr"),
            crews: case.whole("crews"),
            standby: case.number("standby_factor"),
        };
        let transient = group.transient(case.number("horizon"));
        let (down, often) = (group.unavailability(), group.outage_frequency());
        case.check(|quantity| {
            Some(match quantity {
                "steady_unavailability" => vec![down],
                "steady_availability" => vec![1.0 - down],
                "outage_frequency" => vec![often],
                "mean_outage_duration" => vec![down / often],
                "mtbf_system" => vec![1.0 / often],
                "mttf_system" => vec![group.mttf_system()],
                "mean_units_up" => vec![group.mean_up()],
                "unavailability_at_T" => vec![transient.unavailability],
                "interval_unavailability_T" => vec![transient.interval_unavailability],
                "expected_outages_T" => vec![transient.expected_outages],
                "p_outage_by_T" => vec![transient.p_outage],
                "p_no_outage_by_T" => vec![transient.p_no_outage],
                "state_probabilities" => group.steady(),
                _ => return None,
            })
        });
    }
}

#[test]
fn spares_leadtime() {
    for case in family("spares_leadtime").iter().map(case) {
        let fleet = Spares {
            needed: case.whole("needed"),
            spares: case.whole("spares"),
            mttf: case.number("mttf"),
            lead_time: case.number("lead_time"),
        };
        let periodic = Spares { spares: case.whole("spares_for_period"), ..fleet };
        case.check(|quantity| {
            Some(vec![match quantity {
                "p_short_hot_n_plus_k" => fleet.p_short_hot(),
                "p_short_palm" => fleet.p_short_palm(),
                "fill_rate_palm" => fleet.fill_rate_palm(),
                "expected_backorders_palm" => fleet.backorders_palm(),
                "p_stockout_periodic" => periodic.p_stockout_periodic(case.number("order_interval")),
                other => f64::from(fleet.spares_for(other.strip_prefix("min_spares_")?.parse().ok()?)),
            }])
        });
    }
}
