//! What a condition may ask for: one table, which the checker reads, and of which the reference page is made.

/// What a function or an operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// A number.
    Number,
    /// A probability, 0 to 1.
    Share,
    /// A day.
    Date,
    /// A length of time in days.
    Days,
}

impl Type {
    /// In a sentence.
    pub fn says(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Share => "a probability",
            Self::Date => "a date",
            Self::Days => "a length of time",
        }
    }
}

/// What a function is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    /// `"2027-03-31"`, `today + 90 d`.
    Day,
    /// `"2027-03"`, or a day in it.
    Month,
    /// A number strictly between 0 and 1.
    Share,
    /// `"host"`, `"rack"` or `"zone"`.
    Loss,
    /// The name of a rare event of the model file.
    Event,
}

impl Parameter {
    /// In the reference.
    pub fn says(self) -> &'static str {
        match self {
            Self::Day => "date",
            Self::Month => "month",
            Self::Share => "share",
            Self::Loss => "loss",
            Self::Event => "event",
        }
    }
}

/// Whose a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// `pool.NAME.`, in every scenario.
    Pool,
    /// `pool.NAME.` of the plan, which is made for `base`.
    PlannedPool,
    /// `report.`
    Report,
    /// Nobody's.
    Free,
}

/// When a function is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    /// Never.
    No,
    /// It does not come within the horizon.
    NotWithin,
    /// There is nothing to know it from.
    Unknown,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    ShortfallBy,
    ShortfallIn,
    Shortfall,
    ShortfallWorst,
    HoursShortIn,
    HoursShort,
    ExhaustedBy,
    ReserveExhaustedBy,
    Exhaustion,
    ReserveExhaustion,
    Headroom,
    ReserveHeadroom,
    Survives,
    OrderBy,
    OrderByInDays,
    NextOrder,
    UnitsToOrder,
    Cost,
    ForecastRatio,
    PlanCost,
    PlanUnits,
    Accepted,
    Event,
    Today,
    End,
    Date,
}

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    /// Its name.
    pub name: &'static str,
    /// Whose.
    pub home: Home,
    /// What it is.
    pub ask: Ask,
    /// What it is given.
    pub takes: &'static [Parameter],
    /// What it gives.
    pub gives: Type,
    /// When it is null.
    pub null: Null,
    /// What it means.
    pub says: &'static str,
    /// How sure it is known.
    pub sure: &'static str,
}

const COUNTED: &str = "counted over the futures: exact interval of a share (Clopper–Pearson)";
const RANKED: &str = "a rank among the futures: the days or units whose exact interval of a share encloses the one asked for";
const EXACT: &str = "known exactly";

/// Every function.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "p_shortfall_by",
        home: Home::Pool,
        ask: Ask::ShortfallBy,
        takes: &[Parameter::Day],
        gives: Type::Share,
        null: Null::No,
        says: "P(any shortfall from the first day planned for to the end of this day). Shortfalls are kept by month: a day within a month counts the whole month, and the interval begins where only the months before it count. Beyond the horizon it is known from below only.",
        sure: COUNTED,
    },
    Function {
        name: "p_shortfall_in",
        home: Home::Pool,
        ask: Ask::ShortfallIn,
        takes: &[Parameter::Month],
        gives: Type::Share,
        null: Null::No,
        says: "P(any shortfall in the month): the LOLP of the tables `risk-by-month` and `adequacy`.",
        sure: COUNTED,
    },
    Function {
        name: "p_shortfall",
        home: Home::Pool,
        ask: Ask::Shortfall,
        takes: &[],
        gives: Type::Share,
        null: Null::No,
        says: "P(any shortfall within the horizon).",
        sure: COUNTED,
    },
    Function {
        name: "p_shortfall_worst",
        home: Home::Pool,
        ask: Ask::ShortfallWorst,
        takes: &[],
        gives: Type::Share,
        null: Null::No,
        says: "The highest `p_shortfall_in` of all months.",
        sure: "from the highest low end to the highest high end of the months",
    },
    Function {
        name: "hours_short_in",
        home: Home::Pool,
        ask: Ask::HoursShortIn,
        takes: &[Parameter::Month],
        gives: Type::Number,
        null: Null::No,
        says: "Expected hours short in the month (LOLE).",
        sure: MEAN,
    },
    Function {
        name: "hours_short",
        home: Home::Pool,
        ask: Ask::HoursShort,
        takes: &[],
        gives: Type::Number,
        null: Null::No,
        says: "Expected hours short within the horizon.",
        sure: MEAN,
    },
    Function {
        name: "p_exhausted_by",
        home: Home::Pool,
        ask: Ask::ExhaustedBy,
        takes: &[Parameter::Day],
        gives: Type::Share,
        null: Null::No,
        says: "P(demand has crossed the safe-load line by this day, everything up, and stayed above it for the confirmation span). Beyond the horizon it is known from below only.",
        sure: COUNTED,
    },
    Function {
        name: "p_reserve_exhausted_by",
        home: Home::Pool,
        ask: Ask::ReserveExhaustedBy,
        takes: &[Parameter::Day],
        gives: Type::Share,
        null: Null::No,
        says: "The same with the declared redundancy lost; with none declared, the same number.",
        sure: COUNTED,
    },
    Function {
        name: "exhaustion",
        home: Home::Pool,
        ask: Ask::Exhaustion,
        takes: &[Parameter::Share],
        gives: Type::Date,
        null: Null::NotWithin,
        says: "The day by which this share of the futures has crossed, everything up: `exhaustion(0.5)` is the P50 of the report.",
        sure: RANKED,
    },
    Function {
        name: "reserve_exhaustion",
        home: Home::Pool,
        ask: Ask::ReserveExhaustion,
        takes: &[Parameter::Share],
        gives: Type::Date,
        null: Null::NotWithin,
        says: "The same with the declared redundancy lost; with none declared, the same day.",
        sure: RANKED,
    },
    Function {
        name: "headroom",
        home: Home::Pool,
        ask: Ask::Headroom,
        takes: &[Parameter::Month, Parameter::Share],
        gives: Type::Number,
        null: Null::No,
        says: "The least room of the month at the planned level, everything up, in units to buy of the binding resource: this share of the futures has at most so much. Negative: units are missing.",
        sure: RANKED,
    },
    Function {
        name: "reserve_headroom",
        home: Home::Pool,
        ask: Ask::ReserveHeadroom,
        takes: &[Parameter::Month, Parameter::Share],
        gives: Type::Number,
        null: Null::No,
        says: "The same with the declared redundancy lost.",
        sure: RANKED,
    },
    Function {
        name: "survives",
        home: Home::Pool,
        ask: Ask::Survives,
        takes: &[Parameter::Loss, Parameter::Month],
        gives: Type::Share,
        null: Null::No,
        says: "P(the month's peak is carried when its worst `\"host\"`, `\"rack\"` or `\"zone\"` is lost).",
        sure: COUNTED,
    },
    Function {
        name: "order_by",
        home: Home::PlannedPool,
        ask: Ask::OrderBy,
        takes: &[],
        gives: Type::Date,
        null: Null::NotWithin,
        says: "The last day to order so that it arrives before the crossing (redundancy lost, where one is declared) with the chance that the model accepts. Overdue is earlier than every day from today on.",
        sure: "the days at which the chance of arriving in time, with its interval (Clopper–Pearson), meets what is accepted",
    },
    Function {
        name: "order_by_in_days",
        home: Home::PlannedPool,
        ask: Ask::OrderByInDays,
        takes: &[],
        gives: Type::Number,
        null: Null::NotWithin,
        says: "Days from today to `order_by`, as a number.",
        sure: "as `order_by`",
    },
    Function {
        name: "next_order",
        home: Home::PlannedPool,
        ask: Ask::NextOrder,
        takes: &[],
        gives: Type::Date,
        null: Null::NotWithin,
        says: "The last day to place the first of the recommended orders (table `schedule`).",
        sure: EXACT,
    },
    Function {
        name: "units_to_order",
        home: Home::PlannedPool,
        ask: Ask::UnitsToOrder,
        takes: &[],
        gives: Type::Number,
        null: Null::No,
        says: "Units of all the recommended orders of the pool.",
        sure: EXACT,
    },
    Function {
        name: "cost",
        home: Home::PlannedPool,
        ask: Ask::Cost,
        takes: &[],
        gives: Type::Number,
        null: Null::No,
        says: "What they cost within the horizon, in the model's currency.",
        sure: EXACT,
    },
    Function {
        name: "forecast_ratio",
        home: Home::PlannedPool,
        ask: Ask::ForecastRatio,
        takes: &[],
        gives: Type::Number,
        null: Null::Unknown,
        says: "The back-test error of the forecast of the binding resource over that of seasonal naive (CRPS): above 1 it is worse.",
        sure: "its standard error over the points held back",
    },
    Function {
        name: "cost",
        home: Home::Report,
        ask: Ask::PlanCost,
        takes: &[],
        gives: Type::Number,
        null: Null::No,
        says: "What the recommended orders of all pools cost within the horizon, in the model's currency.",
        sure: EXACT,
    },
    Function {
        name: "units_to_order",
        home: Home::Report,
        ask: Ask::PlanUnits,
        takes: &[],
        gives: Type::Number,
        null: Null::No,
        says: "Units of the recommended orders of all pools.",
        sure: EXACT,
    },
    Function {
        name: "accepted",
        home: Home::Report,
        ask: Ask::Accepted,
        takes: &[],
        gives: Type::Share,
        null: Null::Unknown,
        says: "The risk of a month that the model accepts (`plan.risk`); null where its rule is another.",
        sure: EXACT,
    },
    Function {
        name: "p_event",
        home: Home::Report,
        ask: Ask::Event,
        takes: &[Parameter::Event],
        gives: Type::Share,
        null: Null::No,
        says: "The probability of a rare event that the model file asks for by name.",
        sure: "its standard error; from 0 to the bound when nothing was seen; from 0 to 1 when the report says not to trust it",
    },
    Function {
        name: "today",
        home: Home::Free,
        ask: Ask::Today,
        takes: &[],
        gives: Type::Date,
        null: Null::No,
        says: "The first day planned for: the day after the last of history. Not the day on which the program runs.",
        sure: EXACT,
    },
    Function {
        name: "end",
        home: Home::Free,
        ask: Ask::End,
        takes: &[],
        gives: Type::Date,
        null: Null::No,
        says: "The last day planned for.",
        sure: EXACT,
    },
    Function {
        name: "date",
        home: Home::Free,
        ask: Ask::Date,
        takes: &[Parameter::Day],
        gives: Type::Date,
        null: Null::No,
        says: "A day: `date(\"2027-03-31\")`. Where a date is wanted the text alone will do.",
        sure: EXACT,
    },
];

const MEAN: &str = "normal interval of a mean; where fewer than ten futures carry it, from 0 to the high end of P(any shortfall) × the hours there are";

/// The reference page of gates, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(
        "# What a gate may ask for\n\n\
         Generated from the table that gates are checked against; do not edit (`UPDATE_DOCS=1 cargo test --test it the_reference`). What a gate is: \
         [gates](../guides/gates.md).\n\n\
         A *date* is text such as `\"2027-03-31\"`, or `today`, `end`, and so many days before or after: `today + 90 d`. A *month* is text such \
         as `\"2027-03\"`, or a date in it. A *share* is a number strictly between 0 and 1.\n",
    );
    let homes = [
        (
            Home::Pool,
            "A pool, in any scenario",
            "`pool.NAME.…`, `scenario.NAME.pool.NAME.…`, or the name alone within `any_pool(…)` and `all_pools(…)`.",
        ),
        (Home::PlannedPool, "A pool of the plan", "The same, but not of a scenario: the plan is made for `base`."),
        (Home::Report, "The whole report", "`report.…`"),
        (Home::Free, "Dates", "By name alone, anywhere."),
    ];
    for (home, title, how) in homes {
        page.push_str(&format!("\n## {title}\n\n{how}\n\n| function | is | means | how sure |\n|---|---|---|---|\n"));
        for function in FUNCTIONS.iter().filter(|function| function.home == home) {
            let null = match function.null {
                Null::No => "",
                Null::NotWithin => ", `null` when not within the horizon",
                Null::Unknown => ", `null` when not known",
            };
            let takes: Vec<&str> = function.takes.iter().map(|parameter| parameter.says()).collect();
            let takes = if takes.is_empty() { String::new() } else { format!("({})", takes.join(", ")) };
            let (name, gives) = (function.name, function.gives.says());
            page.push_str(&format!("| `{name}{takes}` | {gives}{null} | {} | {} |\n", function.says, function.sure));
        }
    }
    page
}
