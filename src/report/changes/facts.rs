use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::report::past::PastTable;
use crate::time::Day;

/// Which conclusion of a run: what it is, of which pool, of which month, loss or scenario.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Conclusion {
    /// What it is.
    pub what: What,
    /// The pool; empty for what is of the whole plan.
    pub pool: String,
    /// The month, the loss, the scenario; empty where there is one only.
    pub of: String,
}

/// The conclusions that are compared, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The P50 day of the first crossing.
    Exhaustion,
    /// P(no crossing within the horizon).
    Never,
    /// The day of the first recommended order.
    OrderBy,
    /// Units over all recommended orders.
    Units,
    /// Cost of the recommended orders within the horizon.
    Cost,
    /// P(any shortfall in the month), orders as declared.
    Risk,
    /// P(the month's peak is carried when the worst one is lost).
    Survival,
    /// Units missing under the rule.
    Missing,
}

impl What {
    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Exhaustion => "crosses (P50)",
            Self::Never => "P(never crosses)",
            Self::OrderBy => "first order by",
            Self::Units => "units to order",
            Self::Cost => "cost of the orders",
            Self::Risk => "P(shortfall)",
            Self::Survival => "P(survives)",
            Self::Missing => "units missing",
        }
    }
}

/// What a run concluded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// A number of sampled futures, with its standard error.
    Estimate {
        /// The mean.
        value: f64,
        /// Its standard error.
        standard_error: f64,
    },
    /// A day of sampled futures, with the 95 % interval of their sampling; `None`: not within the horizon.
    Crossing {
        /// The day.
        day: Option<Day>,
        /// The earliest.
        low: Option<Day>,
        /// The latest.
        high: Option<Day>,
    },
    /// A decision: a number of units or an amount of money.
    Amount(f64),
    /// A decision: a day; `None`: nothing is to be ordered.
    Date(Option<Day>),
}

/// All conclusions of a run that are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// By what they are.
    pub facts: BTreeMap<Conclusion, Known>,
    /// All money is in this currency.
    pub currency: String,
}

impl Facts {
    /// From a report as JSON (`report.json`); a table that it does not have gives none.
    #[must_use]
    pub fn of(report: &Value) -> Self {
        let currency = PastTable::unit(report, "schedule", "cost").unwrap_or_default().to_owned();
        let mut all = Self { facts: BTreeMap::new(), currency };
        all.crossings(report);
        all.orders(report);
        let estimates = [
            (What::Risk, "risk-by-month", "month", "lolp", "lolp_se"),
            (What::Survival, "survival", "lost", "p_survives", "p_survives_se"),
        ];
        for (what, table, key, value, error) in estimates {
            for row in PastTable::of(report, table).rows() {
                let of = if what == What::Survival {
                    format!("{} {}", row.text(key), row.text("month"))
                } else {
                    row.text(key).to_owned()
                };
                if let (Some(value), Some(standard_error)) = (row.number(value), row.number(error)) {
                    all.add(what, row.text("pool"), &of, Known::Estimate { value, standard_error });
                }
            }
        }
        for row in PastTable::of(report, "scenarios").rows() {
            if let Some(units) = row.number("units_needed") {
                all.add(What::Missing, row.text("pool"), row.text("scenario"), Known::Amount(units));
            }
        }
        all
    }

    fn add(&mut self, what: What, pool: &str, of: &str, known: Known) {
        self.facts.insert(Conclusion { what, pool: pool.to_owned(), of: of.to_owned() }, known);
    }

    fn crossings(&mut self, report: &Value) {
        for row in PastTable::of(report, "exhaustion").rows() {
            let (pool, of) = (row.text("pool"), row.text("variant"));
            let crossing = Known::Crossing { day: row.day("p50"), low: row.day("p50_low"), high: row.day("p50_high") };
            self.add(What::Exhaustion, pool, of, crossing);
            if let (Some(value), Some(standard_error)) = (row.number("p_never"), row.number("p_never_se")) {
                self.add(What::Never, pool, of, Known::Estimate { value, standard_error });
            }
        }
    }

    fn orders(&mut self, report: &Value) {
        let pools: Vec<String> = self.facts.keys().map(|one| one.pool.clone()).collect();
        let schedule = PastTable::of(report, "schedule");
        let mut total = 0.0;
        for pool in pools {
            let mine = || schedule.rows().filter(|row| row.text("pool") == pool);
            let first = mine().filter_map(|row| row.day("order_by")).min();
            self.add(What::OrderBy, &pool, "", Known::Date(first));
            self.add(What::Units, &pool, "", Known::Amount(mine().filter_map(|row| row.number("units")).sum()));
        }
        for row in schedule.rows() {
            total += row.number("cost").unwrap_or(0.0);
        }
        self.add(What::Cost, "", "", Known::Amount(total));
    }
}
