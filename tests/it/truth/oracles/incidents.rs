//! Real incident histories: read from their cells, fitted, set beside the fits of scipy that their README states.

use plimsoll::fit::{Family, Lifetimes, Observation, Read, Reading, TableShape, fit_law, read};

use crate::support::{assert_within, truth};

fn table(name: &str, reading: &Reading) -> Option<Read> {
    let path = truth("incidents")?.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = text.lines().map(cells);
    let header = lines.next().unwrap();
    let rows: Vec<Vec<String>> = lines.collect();
    Some(read(&header, &rows, reading).unwrap_or_else(|problems| panic!("{name}: {}", problems[0])))
}

/// The cells of a line; quotes around a cell keep its commas.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            letter => cells.last_mut().unwrap().push(letter),
        }
    }
    cells
}

/// Provider, incidents, lognormal mu and sigma and Weibull shape and scale of minutes, log-likelihoods in the order of the families.
type Reference = (&'static str, usize, [f64; 2], [f64; 2], [f64; 4]);

const SCIPY: [Reference; 3] = [
    ("AWS", 260, [4.6120, 0.9749], [1.1342, 159.94], [-1561.4, -1562.8, -1559.7, -1566.4]),
    ("Azure", 197, [5.5776, 1.0703], [0.8672, 458.90], [-1391.7, -1418.0, -1422.0, -1422.6]),
    ("GCP", 291, [4.6646, 1.6433], [0.6596, 223.02], [-1914.8, -1912.0, -1940.7, -1990.1]),
];

#[test]
fn durations_of_cloud_incidents_have_the_laws_that_scipy_finds() {
    for (provider, count, lognormal, weibull, likelihoods) in SCIPY {
        let reading = Reading {
            component: ["provider", "service", "location"].map(str::to_owned).to_vec(),
            only: Some(("provider".to_owned(), provider.to_owned())),
            ..Reading::default()
        };
        let Some(seen) = table("cloud_incidents_2018_2019.csv", &reading) else { return };
        assert_eq!((seen.shape, seen.observed.repair.len()), (TableShape::Incidents, count));
        let minutes: Vec<Observation> = seen.observed.repair.iter().map(|one| Observation::failed(one.until() * 60.0)).collect();
        let lifetimes = Lifetimes::new(&minutes).unwrap();
        let families = [Family::Lognormal, Family::Weibull, Family::Gamma, Family::Exponential];
        for (family, likelihood) in families.into_iter().zip(likelihoods) {
            let fitted = fit_law(family, &lifetimes, 0.95).unwrap();
            // half a unit of the last digit that the README prints
            assert_within(&format!("{provider} {}", family.name()), fitted.log_likelihood, likelihood, 0.051);
            let wanted = match family {
                Family::Lognormal => lognormal,
                Family::Weibull => weibull,
                _ => continue,
            };
            for (one, wanted) in fitted.parameters.iter().zip(wanted) {
                assert_within(
                    &format!("{provider} {}", one.name),
                    one.value,
                    wanted,
                    if wanted > 100.0 { 0.0051 } else { 5.1e-5 },
                );
            }
        }
    }
}

#[test]
fn relative_outages_never_count_the_unknown_ends_as_gaps() {
    let Some(seen) = table("statuspage_outages_relative.csv", &Reading { set_aside: true, ..Reading::default() }) else { return };
    assert_eq!(seen.observed.repair.len() + seen.problems.len(), 944);
    assert!(seen.observed.time_to_failure.iter().all(|one| one.has_failed() && one.until() > 0.0));
    // each of the twelve services has one incident more than gaps, and what overlapped has none
    assert!(seen.observed.time_to_failure.len() + 12 <= seen.observed.repair.len());
    assert!(seen.notes.iter().any(|note| note.contains("when the watch began")), "{:?}", seen.notes);
}

#[test]
fn tickets_that_were_not_resolved_are_censored() {
    let Some(seen) = table("itsm_tickets_servicenow.csv", &Reading { set_aside: true, ..Reading::default() }) else { return };
    let open = seen.observed.repair.iter().filter(|one| !one.has_failed()).count();
    assert_eq!(seen.observed.repair.len() + seen.problems.len(), 24_918);
    assert!(open > 1_000 && open <= 1_556, "{open}");
}
