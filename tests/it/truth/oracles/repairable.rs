//! Groups of units that fail and are repaired, and their spares.

use plimsoll::simulate::exact::{CommonCause, CoveredStandby, ErasureCode, KOfN, ProofTested, Shocks, Spares, ZonedFleet};

use super::case::{Case, case, family};

/// Families answered here.
pub const FAMILIES: &[&str] = &[
    "kofn",
    "kofn_rare",
    "standby_norepair",
    "standby_coverage",
    "common_cause_beta",
    "proof_test_pfd",
    "erasure_mttdl",
    "min_capacity",
    "min_capacity_zones",
    "mginf_transient",
    "zone_rare",
    "spares_leadtime",
];

const YEAR: f64 = 8_760.0;

#[test]
fn kofn() {
    for case in ["kofn", "kofn_rare"].iter().flat_map(|name| family(name)).map(|value| case(&value)) {
        let group = case.group();
        let transient = group.transient(case.number("horizon")).unwrap();
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
fn standby_norepair() {
    for case in family("standby_norepair").iter().map(case) {
        let group = KOfN {
            units: case.whole("units"),
            needed: case.whole("needed"),
            mttf: 1.0 / case.number("failure_rate"),
            mttr: 1.0,
            crews: 0,
            standby: case.number("standby_factor"),
        };
        let transient = group.transient(case.number("horizon")).unwrap();
        case.check(|quantity| {
            Some(vec![match quantity {
                "mttf_system" => group.mttf_system(),
                "p_failed_by_T" => transient.p_outage,
                "reliability_T" => transient.p_no_outage,
                "var_time_to_failure" => group.variance_of_time_to_outage().unwrap(),
                _ => return None,
            }])
        });
    }
}

#[test]
fn standby_coverage() {
    for case in family("standby_coverage").iter().map(case) {
        let pair = CoveredStandby::new(case.number("failure_rate"), case.number("repair_rate"), case.number("coverage")).unwrap();
        case.check(|quantity| {
            Some(match quantity {
                "steady_unavailability" => vec![pair.unavailability().unwrap()],
                "mttf_system" => vec![pair.mttf_system()],
                "state_probabilities" => pair.steady().unwrap(),
                _ => return None,
            })
        });
    }
}

#[test]
fn common_cause_beta() {
    for case in family("common_cause_beta").iter().map(case) {
        let group = |beta| CommonCause::new(case.whole("units"), case.whole("needed"), case.number("failure_rate"), beta);
        let (with, without) = (group(case.number("beta")).unwrap(), group(0.0).unwrap());
        let (mttr, horizon) = (case.number("mttr"), case.number("horizon"));
        case.check(|quantity| {
            let answer = match quantity {
                "unreliability_T" => with.unreliability(horizon),
                "unreliability_T_without_ccf" => without.unreliability(horizon),
                "mttf_system" => with.mttf_system(),
                "steady_unavailability" => with.unavailability(mttr),
                "steady_unavailability_without_ccf" => without.unavailability(mttr),
                _ => return None,
            };
            Some(vec![answer.unwrap()])
        });
    }
}

#[test]
fn proof_test_pfd() {
    for case in family("proof_test_pfd").iter().map(case) {
        case.check(|quantity| {
            let (what, architecture) = quantity.split_once('_')?;
            let (needed, units) = architecture.split_once("oo")?;
            let (needed, units) = (needed.parse().ok()?, units.parse().ok()?);
            let group = ProofTested::new(units, needed, case.number("failure_rate"), case.number("test_interval")).unwrap();
            Some(vec![match what {
                "pfdavg" => group.average_probability_of_failure_on_demand().unwrap(),
                "approx" => group.approximation(),
                _ => return None,
            }])
        });
    }
}

#[test]
fn erasure_mttdl() {
    for case in family("erasure_mttdl").iter().map(case) {
        let serial = case.parameters["rebuild"] == "serial";
        let code = ErasureCode::new(case.whole("n"), case.whole("k"), case.number("mttf"), case.number("mttr"), serial).unwrap();
        case.check(|quantity| {
            Some(vec![match quantity {
                "mttdl" => code.mean_time_to_data_loss(),
                "mttdl_years" => code.mean_time_to_data_loss() / YEAR,
                "mttdl_approx" => code.approximation(),
                other => {
                    let years: f64 = other.strip_prefix("p_data_loss_")?.strip_suffix('y')?.parse().ok()?;
                    code.p_loss(years * YEAR).unwrap()
                }
            }])
        });
    }
}

fn levels(case: &Case) -> Vec<u32> {
    case.parameters["levels"].as_array().unwrap().iter().map(|level| level.as_u64().unwrap() as u32).collect()
}

#[test]
fn min_capacity() {
    for case in family("min_capacity").iter().map(case) {
        let units = case.whole("servers");
        // at most `level` up at some time: an outage of a group that needs one more
        let p = |level: u32| {
            if level >= units {
                return 1.0;
            }
            let (mttf, mttr, crews) = (case.number("mttf"), case.number("mttr"), case.whole("crews"));
            let group = KOfN { units, needed: level + 1, mttf, mttr, crews, standby: 1.0 };
            group.first_outage(case.number("horizon")).unwrap().met
        };
        case.check(|quantity| (quantity == "cdf_min_capacity").then(|| levels(&case).into_iter().map(p).collect()));
    }
}

fn zoned(case: &Case) -> ZonedFleet {
    ZonedFleet {
        zones: case.whole("zones"),
        servers: case.whole("servers_per_zone"),
        server: (case.number("server_mttf"), case.number("server_mttr")),
        zone: (case.number("zone_mttf"), case.number("zone_mttr")),
    }
}

#[test]
fn min_capacity_zones() {
    for case in family("min_capacity_zones").iter().map(case) {
        let fleet = zoned(&case);
        let horizon = case.number("horizon");
        case.check(|quantity| match quantity {
            "cdf_min_capacity" => {
                Some(levels(&case).iter().map(|level| fleet.p_minimum_at_most(*level, horizon).unwrap()).collect())
            }
            "steady_capacity_pmf" => Some(fleet.capacity().unwrap().pmf),
            _ => None,
        });
    }
}

#[test]
fn zone_rare() {
    for case in family("zone_rare").iter().map(case) {
        let capacity = zoned(&case).capacity().unwrap();
        let needed = case.number("needed");
        case.check(|quantity| {
            Some(vec![match quantity {
                "steady_unavailability" => capacity.p_below(needed),
                "outage_frequency" => capacity.frequency_below(needed),
                "expected_outages_T" => capacity.frequency_below(needed) * case.number("horizon"),
                "mean_outage_duration" => capacity.mean_hours_below(needed),
                "capacity_pmf" => return Some(capacity.pmf.clone()),
                _ => return None,
            }])
        });
    }
}

#[test]
fn mginf_transient() {
    for case in family("mginf_transient").iter().map(case) {
        let (mu, sigma) = (case.number("lognormal_mu"), case.number("lognormal_sigma"));
        let shocks = Shocks::lognormal(case.number("shocks_per_year") / YEAR, mu, sigma).unwrap();
        case.check(|quantity| {
            let at = |time: &str| Some(shocks.p_up_at(time.parse().ok()?));
            Some(vec![if quantity == "steady_availability" {
                shocks.p_up()
            } else if let Some(time) = quantity.strip_prefix("point_availability_t_") {
                at(time)?
            } else {
                let (domains, time) = quantity.strip_prefix("p_all_")?.split_once("_up_t_")?;
                at(time)?.powi(domains.parse().ok()?)
            }])
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
