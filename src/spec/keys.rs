//! Every key of a model file, once: the reader checks against these tables, the schema and the reference are made from them.

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    Number,
    /// 0 to 1.
    Ratio,
    Whole,
    Flag,
    Date,
    /// A date, or a law of dates.
    DateLaw,
    /// `"12 h"`, `"30 d"`.
    Duration,
    /// `"16 cores"`, `"64 GiB"`, or a number in the base unit.
    Amount,
    /// A number, a law or quantiles, of plain numbers.
    Law,
    /// The same, of durations.
    DurationLaw,
    /// The same, whose own numbers may be uncertain.
    OpenDurationLaw,
    OneOf(&'static [&'static str]),
    /// A table with these keys.
    Table(&'static [Key]),
    /// A list of tables with these keys.
    Tables(&'static [Key]),
    /// Tables with these keys, by name.
    Named(&'static [Key]),
    /// Texts by name.
    Texts,
    /// Texts, or lists of them, by name.
    TextsOrLists,
    /// Amounts, or laws of them, by name.
    Amounts,
    /// A number, or a law that makes it uncertain.
    NumberOrLaw,
    /// An amount, or a law that makes it uncertain.
    AmountOrLaw,
    /// A list of numbers.
    Numbers,
    /// A ratio, or a law that makes it uncertain.
    RatioOrLaw,
    /// One text or a list of texts.
    Strings,
    /// A ratio, a law that makes it uncertain, or a table with these keys.
    RatioLawOr(&'static [Key]),
    /// A whole number, or a list of tables with these keys.
    WholeOr(&'static [Key]),
    /// A ratio, or a table with these keys.
    RatioOr(&'static [Key]),
    /// A number, or a list of tables with these keys.
    NumberOr(&'static [Key]),
    /// Plain amounts by name.
    Uses,
}

impl Kind {
    /// The keys of the tables that stand at a key of this kind, and what those are called.
    pub fn below(self, path: &str) -> Option<(String, &'static [Key])> {
        match self {
            Self::Table(below) | Self::RatioLawOr(below) | Self::RatioOr(below) => Some((path.to_owned(), below)),
            Self::Tables(below) | Self::WholeOr(below) | Self::NumberOr(below) => Some((format!("{path}[]"), below)),
            Self::Named(below) => Some((format!("{path}.<name>"), below)),
            _ => None,
        }
    }
}

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    pub says: &'static str,
}

const fn must(name: &'static str, kind: Kind, says: &'static str) -> Key {
    Key { name, kind, required: true, says }
}

const fn may(name: &'static str, kind: Kind, says: &'static str) -> Key {
    Key { name, kind, required: false, says }
}

pub(super) const MODEL: &[Key] = &[
    must("question", Kind::Text, "The question that the model answers, as a sentence."),
    may("zone", Kind::Text, "IANA time zone of its civil days, such as `Europe/Berlin`; `UTC` unless given."),
    may("currency", Kind::Text, "Currency of all prices; `EUR` unless given."),
    must("resource", Kind::Texts, "The unit of each resource: `cpu = \"cores\"`, `memory = \"bytes\"`."),
    must("plan", Kind::Table(PLAN), "What is asked of the plan."),
    must("unit", Kind::Named(UNIT), "What can be bought and run, by name."),
    may("domain", Kind::Named(DOMAIN), "Regions, zones and racks, by name."),
    may("failure", Kind::Tables(FAILURE), "What breaks."),
    may("crew", Kind::Named(CREW), "Who repairs, by name: limited jobs at once."),
    may("shelf", Kind::Named(SHELF), "Spare parts, by name."),
    may("drain", Kind::Tables(DRAIN), "Planned work that takes domains out of service."),
    may("deploy", Kind::Tables(DEPLOY), "Bad releases, rolled out in waves and rolled back."),
    must("pool", Kind::Tables(POOL), "Interchangeable units that carry one demand."),
    may("rare", Kind::Tables(RARE), "Rare events asked for: fewer than so many hosts of a pool up within a time."),
    may("correlation", Kind::Tables(CORRELATION), "Uncertain numbers that go together."),
    may("source", Kind::Tables(SOURCE), "Where history is read from; a demand with a `level` needs none."),
    may("limit", Kind::Named(LIMIT), "Slots, power, quotas that units share, by name."),
    may("scenario", Kind::Named(SCENARIO), "Named sets of changes. `base` has none and is always there."),
];

/// A file of `plimsoll choose`.
pub(super) const CHOICE_FILE: &[Key] = &[
    may("question", Kind::Text, "The question that the choice answers, as a sentence."),
    may("currency", Kind::Text, "Currency of all prices; `EUR` unless given."),
    must("resource", Kind::Texts, "The unit of each resource."),
    must("unit", Kind::Named(CHOICE_UNIT), "The types of units to choose from, by name."),
    must("choice", Kind::Table(CHOICE), "What is asked of them."),
    may("correlation", Kind::Tables(CHOICE_CORRELATION), "Requirements that go together."),
];

pub(super) const CHOICE_UNIT: &[Key] = &[
    must("capacity", Kind::Amounts, "Capacity of one unit for each resource."),
    must("price", Kind::Number, "What one unit costs over the span that is planned, such as a year."),
    may("lot", Kind::Whole, "Units come in multiples of this; 1 unless given."),
    may("limit", Kind::Whole, "At most so many."),
];

pub(super) const CHOICE: &[Key] = &[
    must("requirement", Kind::Amounts, "What is asked of each resource: an amount or a law."),
    may("line", Kind::Ratio, "The share of capacity that may be used; 1 unless given."),
    may("spare", Kind::Whole, "Units that may be lost without a shortage; 0 unless given."),
    may(
        "penalty",
        Kind::Number,
        "What it costs to serve nothing over the span; a share unserved costs that share of it; 0 unless given.",
    ),
    may("risk", Kind::Ratio, "Accepted probability that some demand is unserved; 1 unless given."),
    may("among", Kind::Strings, "Only these units; all unless given."),
    may("worlds", Kind::Whole, "Worlds to judge in; 8192 unless given."),
    may("seed", Kind::Whole, "Seed of all draws; 42 unless given."),
];

pub(super) const CHOICE_CORRELATION: &[Key] = &[
    must("between", Kind::Strings, "Two resources of the requirement."),
    must("rank", Kind::Number, "Their rank correlation (Spearman), -1 to 1."),
];

pub(super) const PLAN: &[Key] = &[
    must("horizon", Kind::Duration, "How far ahead, such as `\"365 d\"`."),
    may("risk", Kind::RatioOr(RISK), "Accepted probability of any shortfall in a month, or another rule; 0.01 unless given."),
    may(
        "budget",
        Kind::NumberOr(BUDGET),
        "Money that new orders may take a calendar quarter, or a list of amounts by date; no bound unless given.",
    ),
    may("late_arrival", Kind::Ratio, "Accepted probability that an order arrives after it is needed; 0.1 unless given."),
    may("confirmation", Kind::Duration, "How long demand must stay above the line before that counts; `\"1 d\"` unless given."),
    may("availability", Kind::Ratio, "Availability promised, for minutes of error budget."),
    may(
        "shortfall_price",
        Kind::Number,
        "What a unit that is missing for an hour costs, for regret in money; no price unless given, none beside a `penalty`.",
    ),
    may("review", Kind::Duration, "How often orders are reviewed, for policies in closed loop; `\"3 months\"` unless given."),
    may("reforecast", Kind::Whole, "Futures in which demand is forecast anew at each review, which takes long; 0 unless given."),
    may("replications", Kind::Whole, "Futures simulated a scenario; 2000 unless given."),
    may("seed", Kind::Whole, "Seed of all draws; 42 unless given."),
    may("as_of", Kind::Date, "The last day of history to use; the last full day of the data unless given."),
];

pub(super) const RISK: &[Key] = &[
    may("expected_shortfall", Kind::Number, "At most so many units missing in the mean of a month."),
    may("cvar", Kind::Number, "At most so many units missing in the mean of the worst futures of a month."),
    may("level", Kind::Ratio, "With `cvar`: the worst futures are those above this quantile; 0.95 unless given."),
    may(
        "penalty",
        Kind::Number,
        "In place of a bound: money that a unit missing costs a month; orders and penalties together cost least.",
    ),
];

pub(super) const BUDGET: &[Key] = &[
    must("from", Kind::Date, "It holds for quarters that begin on this day or later, until the next."),
    must("amount", Kind::Number, "Money a quarter."),
];

pub(super) const LIMIT: &[Key] = &[
    must("at_most", Kind::Amount, "At most so much, what is in force today included: a number, or with a unit as in `uses`."),
    must("uses", Kind::Uses, "What one unit of each type draws on it: `{ m8 = \"450 W\" }`."),
    may("in", Kind::Text, "Only units below this domain; all unless given."),
];

pub(super) const TERM: &[Key] = &[
    must("name", Kind::Text, "Its name, such as `on demand`, `reserved 1 y`, `bought`."),
    may("upfront", Kind::Number, "Once a commitment; 0 unless given."),
    may("monthly", Kind::Number, "Each month in force; 0 unless given."),
    may(
        "commits",
        Kind::Duration,
        "Whole months within which it is not returned: `\"1 month\"`, `\"1 y\"`; kept for good unless given.",
    ),
    may("lead_time", Kind::DurationLaw, "In place of the unit's lead time."),
];

pub(super) const PRICE_CHANGE: &[Key] = &[
    must("from", Kind::Date, "The first day with it."),
    must(
        "factor",
        Kind::Number,
        "Times the prices of the catalog, under every term; a commitment keeps the prices of its first day.",
    ),
];

pub(super) const UNIT: &[Key] = &[
    must("capacity", Kind::Amounts, "Capacity of one unit for each resource."),
    may("price", Kind::Table(PRICE), "What one unit costs that is kept for good; or give `term`."),
    may("term", Kind::Tables(TERM), "Ways to pay for it, in place of `price`."),
    may("price_change", Kind::Tables(PRICE_CHANGE), "Prices from a date on."),
    may("lot", Kind::Whole, "Units are bought in multiples of this; 1 unless given."),
    must(
        "lead_time",
        Kind::OpenDurationLaw,
        "From order to service, such as `\"45 d\"` or `{ p10 = \"30 d\", p50 = \"45 d\", p90 = \"80 d\" }`; also of a unit that only stands and is not bought.",
    ),
    may("limit", Kind::Whole, "At most so many may be in force over all pools (slots, power, quota)."),
];

pub(super) const PRICE: &[Key] =
    &[may("purchase", Kind::NumberOrLaw, "Once, with the order."), may("monthly", Kind::NumberOrLaw, "Each month in force.")];

pub(super) const DOMAIN: &[Key] =
    &[must("level", Kind::OneOf(&["rack", "zone", "region"]), "What it is."), may("within", Kind::Text, "The domain around it.")];

pub(super) const FAILURE: &[Key] = &[
    must("name", Kind::Text, "Its name; draws are addressed by it."),
    must("strikes", Kind::Text, "`host`, `rack`, `zone`, `region` (each one on its own clock), or the name of one domain."),
    may("unit", Kind::Text, "Only hosts of this unit."),
    may("pool", Kind::Text, "Only hosts of this pool."),
    must("time_to_failure", Kind::OpenDurationLaw, "From repair to the next failure."),
    must(
        "repair",
        Kind::OpenDurationLaw,
        "From failure to repair, waiting for spares and people included unless `crew` or `shelf` are given.",
    ),
    may("share", Kind::RatioOrLaw, "Share of the capacity below that is lost; 1 unless given."),
    may(
        "hits_each",
        Kind::RatioOrLaw,
        "Common cause: each unit below is lost with this probability, in place of a share of all.",
    ),
    may(
        "overlapping",
        Kind::Flag,
        "Failures may begin while an earlier one lasts (shocks): exponential `time_to_failure` only; false unless given.",
    ),
    may("crew", Kind::Text, "The crew that repairs: a repair begins when one of its jobs is free."),
    may("rank", Kind::Whole, "Its place in the crew's queue: lower first, then first come, first served; 0 unless given."),
    may("shelf", Kind::Text, "The shelf that a repair takes a part from; without one it waits."),
];

pub(super) const CREW: &[Key] = &[must("jobs", Kind::Whole, "Repairs at once.")];

pub(super) const SHELF: &[Key] = &[
    must("parts", Kind::Whole, "Parts on the shelf when none is on order; each one taken is ordered again."),
    must("lead_time", Kind::DurationLaw, "From order to arrival of a part."),
    may("review", Kind::Duration, "Orders are gathered and placed every so often; at once unless given."),
];

pub(super) const DRAIN: &[Key] = &[
    must("name", Kind::Text, "Its name."),
    must("takes", Kind::Text, "`rack`, `zone`, `region` (each in turn, in name order), or the name of one domain."),
    must("first", Kind::Date, "The day of the first, from 00:00."),
    may("every", Kind::Duration, "From one round to the next; one round unless given."),
    may("apart", Kind::Duration, "From one domain of a round to the next; `\"1 d\"` unless given."),
    must("lasts", Kind::Duration, "How long each is out of service."),
    may(
        "one_at_a_time",
        Kind::Flag,
        "Each waits until no other of the round is down, for whatever reason: never two at once; true unless given.",
    ),
];

pub(super) const DEPLOY: &[Key] = &[
    must("name", Kind::Text, "Its name; draws are addressed by it."),
    may("pool", Kind::Text, "Which pool; all unless given."),
    must("every", Kind::DurationLaw, "From one bad release to the next."),
    may(
        "waves",
        Kind::OneOf(&["zone", "rack"]),
        "It goes to the hosts of one zone or rack after the other; `zone` unless given.",
    ),
    may("gap", Kind::Duration, "From one wave to the next; `\"1 h\"` unless given."),
    must("detection", Kind::DurationLaw, "From the first wave until it is seen to be bad: no wave begins after that."),
    must("rollback", Kind::DurationLaw, "From then until all hosts are rolled back."),
    may("share", Kind::Ratio, "Share of a host's capacity that is lost while it has the release; 1 unless given."),
];

pub(super) const POOL: &[Key] = &[
    must("name", Kind::Text, "Its name."),
    may(
        "service",
        Kind::Text,
        "The service that it is a part of: room and exhaustion are told of all pools of a service together.",
    ),
    must(
        "buys",
        Kind::Strings,
        "The unit that is bought for it; or a list of units, of which the one is bought that keeps the rule at least cost (of equal cost the first).",
    ),
    must("units", Kind::Tables(GROUP), "What stands where."),
    must("demand", Kind::Tables(DEMAND), "What is asked of it, by resource."),
    may(
        "routing",
        Kind::OneOf(&["shared", "pinned"]),
        "Where the load of a lost zone goes: `shared` by survivors (unless given) or `pinned`.",
    ),
    may("transfer", Kind::Tables(TRANSFER), "With `pinned` routing: load of one zone that another may serve."),
    may("overload", Kind::Table(OVERLOAD), "Hosts that stop when they are asked for too much, and others after them."),
    may("redundancy", Kind::Table(REDUNDANCY), "What it must survive at its peak."),
    may("order", Kind::Tables(ORDER), "What is on its way, or planned."),
    may(
        "growth",
        Kind::Law,
        "Growth a year beyond the forecast, in `base` and every other scenario: 0.1 is 10 %; none unless given.",
    ),
];

pub(super) const RARE: &[Key] = &[
    must("name", Kind::Text, "Its name; draws are addressed by it."),
    must("pool", Kind::Text, "The pool."),
    must("below", Kind::Whole, "Fewer hosts up than this, at some moment."),
    must("within", Kind::Duration, "Counted from a first day on which everything is up and new, such as `\"1 y\"`."),
    may("precision", Kind::Ratio, "Half of the 95 % interval ÷ probability at which it is sure enough; 0.1 unless given."),
];

pub(super) const CORRELATION: &[Key] = &[
    must(
        "between",
        Kind::Strings,
        "Two uncertain numbers: `unit.<name>.price.purchase` or `.monthly`, `unit.<name>.capacity.<resource>`, `pool.<name>.demand.<resource>.line`, `failure.<name>.share` or `.hits_each`; of scenarios `growth.<pool>` (`growth` for all), `launch.<name>.size`, `.delay` or `.ramp`, `efficiency.<name>.gain`.",
    ),
    must("rank", Kind::Number, "Their rank correlation (Spearman), -1 to 1."),
];

pub(super) const GROUP: &[Key] = &[
    must("unit", Kind::Text, "The unit."),
    may("in", Kind::Text, "The domain it stands in."),
    may("racks", Kind::Whole, "Spread evenly over so many racks of that domain."),
    must("count", Kind::WholeOr(COUNT), "Units in force, or a list of counts by date."),
    may("standby", Kind::Table(STANDBY), "Some of the units wait to take over; failures of these hosts are exponential."),
];

pub(super) const STANDBY: &[Key] = &[
    must("units", Kind::Whole, "How many of the group wait; they add no capacity until one fails."),
    may("ages", Kind::Ratio, "Failure rate of one that waits as a share of that of an active one: 1 hot (unless given), 0 cold."),
    may(
        "takes_over",
        Kind::Ratio,
        "Chance that one takes over; otherwise the group is down until the repair of the one that failed. 1 unless given.",
    ),
];

pub(super) const COUNT: &[Key] =
    &[must("from", Kind::Date, "The first day with this count."), must("units", Kind::Whole, "Units in force from then on.")];

pub(super) const DEMAND: &[Key] = &[
    must("resource", Kind::Text, "The resource."),
    may(
        "statistic",
        Kind::OneOf(&["mean", "p95", "p99", "max"]),
        "The statistic of the day that is planned for; `p99` unless given.",
    ),
    must("line", Kind::RatioLawOr(LATENCY), "The share of capacity that may safely be used, or a latency objective."),
    may("level", Kind::AmountOrLaw, "Its level on the first day, for a demand without history: no source gives it then."),
    may("growth", Kind::NumberOrLaw, "Growth a year of a stated level: 0.25 is 25 %; none unless given."),
    may("volatility", Kind::NumberOrLaw, "How far a stated level wanders: standard deviation of its logarithm after a year."),
    may("noise", Kind::NumberOrLaw, "How far each day is off a stated level: standard deviation of the logarithm."),
    may("hours", Kind::Numbers, "24 numbers: demand of each hour of the day as a share of a stated level; all 1 unless given."),
];

pub(super) const LATENCY: &[Key] = &[
    must("percentile", Kind::Ratio, "Such as 0.99."),
    must("target", Kind::Duration, "The response time that this share of requests must meet."),
    may(
        "by",
        Kind::OneOf(&["mmc", "mgc", "scalability", "measured"]),
        "How the response grows with the load: M/M/c (unless given), M/G/c, the universal scalability law, or a measured curve.",
    ),
    may(
        "service_time",
        Kind::DurationLaw,
        "`mmc` and `mgc`: the time that a server works on a request; the mean, or for `mgc` a law.",
    ),
    may("servers", Kind::Whole, "`mmc` and `mgc`: servers behind one queue."),
    may(
        "variation",
        Kind::Number,
        "`mgc`, with a mean as `service_time`: variance ÷ mean² of services; 0 always as long, 1 exponential. Between and above, they are taken as gamma.",
    ),
    may("rate", Kind::Number, "`scalability`: λ, requests a second of a unit that has one of them at a time."),
    may("contention", Kind::Ratio, "`scalability`: σ, the share of the work that is done one at a time; 0 unless given."),
    may("coherence", Kind::Ratio, "`scalability`: κ, what each pair at work costs; 0 unless given. Not both are 0."),
    may("points", Kind::Tables(POINT), "`measured`: two or more; both numbers rise."),
];

pub(super) const POINT: &[Key] = &[
    must("utilization", Kind::Ratio, "The share of capacity in use, above 0."),
    must("latency", Kind::Duration, "The response time at the percentile."),
];

pub(super) const REDUNDANCY: &[Key] = &[
    may("hosts", Kind::Whole, "The loss of any so many hosts."),
    may("rack", Kind::Flag, "The loss of any rack."),
    may("zone", Kind::Flag, "The loss of any zone."),
];

pub(super) const TRANSFER: &[Key] = &[
    must("from", Kind::Text, "The zone whose load it is."),
    must("to", Kind::Text, "The zone that serves it, with what its own load leaves."),
    must("at_most", Kind::Ratio, "Share of the pool's whole demand that may move."),
    may("both_ways", Kind::Flag, "The same the other way; false unless given."),
];

pub(super) const OVERLOAD: &[Key] = &[
    must("trips_at", Kind::Number, "A host stops when demand is above so many times what hosts alive may safely carry: 1.25."),
    must("restart", Kind::DurationLaw, "Until it is back."),
];

pub(super) const ORDER: &[Key] = &[
    must("name", Kind::Text, "Its name."),
    may("unit", Kind::Text, "The unit; what the pool buys unless given."),
    must("units", Kind::Whole, "How many."),
    may("in", Kind::Text, "Where they go; spread over the pool's groups unless given."),
    must("ordered", Kind::Date, "The day of the order."),
    may("arrives", Kind::Date, "The day of arrival, where it is known."),
    may("lead_time", Kind::DurationLaw, "In place of the unit's lead time."),
    may("leaves", Kind::Date, "The day its units leave; they stay unless given."),
    may("committed", Kind::Flag, "Signed: its cost is sunk and it cannot be left out; false unless given."),
];

pub(super) const SOURCE: &[Key] = &[
    must("name", Kind::Text, "Its name."),
    may(
        "files",
        Kind::Strings,
        "Exports in any format that `plimsoll inspect` knows (also packed: .gz, .zst), folders of them, or a store; `*` matches within a folder. Relative to the model file.",
    ),
    may(
        "url",
        Kind::Text,
        "In place of `files`: a server that answers range queries as Prometheus does. Credentials come from the environment.",
    ),
    may("query", Kind::Text, "With `url`: the query (PromQL)."),
    may("step", Kind::Duration, "With `url`: from one sample to the next; `\"5 min\"` unless given."),
    may("start", Kind::Date, "With `url`: the first day asked for."),
    may("end", Kind::Date, "With `url`: the day after the last; until the run begins unless given."),
    must("resource", Kind::Text, "The resource it describes."),
    may("pool", Kind::Text, "The pool it describes; or give `pool_from`."),
    may(
        "pool_from",
        Kind::Text,
        "The column or label that names the pool, `metric` for the name of the series: one source for every pool of the model.",
    ),
    may("format", Kind::Text, "The format by name; found out unless given. `plimsoll inspect --formats` lists them."),
    may("time", Kind::Text, "The time column of a table; found out, with all other columns, unless given."),
    may(
        "entity",
        Kind::Strings,
        "The columns or labels that name the entity (host, VM, node), `metric` for the name of the series; none when a table is one series.",
    ),
    may("value", Kind::Text, "The value column (long form)."),
    may("values", Kind::Strings, "The value columns, an entity each (wide form)."),
    may("columns", Kind::Strings, "The meaning of the columns of a file without a header, in order."),
    may("time_form", Kind::Text, "`auto` (unless given), `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns`, or a strptime pattern."),
    may("since", Kind::Text, "The instant from which the time column counts seconds."),
    may("at", Kind::Text, "The instant of a snapshot that has no time of its own."),
    may("zone", Kind::Text, "Time zone of times without an offset; the model's unless given."),
    may(
        "unit",
        Kind::Text,
        "The unit of the values, such as `percent`, `MiB`, `cores`; what the file or its names say unless given, else the resource's.",
    ),
    may("scale", Kind::Number, "Multiplies every value, for units that have no name."),
    may(
        "kind",
        Kind::OneOf(&["gauge", "counter", "delta", "event"]),
        "What the file or its names say unless given, else `gauge`.",
    ),
    may(
        "sampled",
        Kind::OneOf(&["raw", "average", "maximum"]),
        "What a row already is; what the file says unless given, else `raw`.",
    ),
    may(
        "select",
        Kind::TextsOrLists,
        "Keep only rows with these values in these columns or labels: a text, or a list of which any is meant, `*` for any letters; `metric` and `stat` select by name and statistic.",
    ),
    may(
        "on_duplicate",
        Kind::OneOf(&["error", "first", "last", "max", "mean"]),
        "Two rows of one entity at one time that differ; `error` unless given.",
    ),
    may(
        "encoding",
        Kind::OneOf(&["utf8", "latin1"]),
        "The encoding of text; UTF-8 unless given, and UTF-16 with a mark is found out.",
    ),
    may(
        "on_invalid",
        Kind::OneOf(&["error", "null", "skip"]),
        "Cells and rows that cannot be read: refuse the file (unless given), take the value as missing, or leave out the row; counted.",
    ),
    may("max_bad", Kind::Ratio, "Highest share of rows left out under `null` and `skip`; 0.001 unless given."),
    may("strict", Kind::Flag, "Any warning about the data refuses them; false unless given."),
    may("measures", Kind::OneOf(&["demand", "utilization"]), "What the values are; `demand` unless given."),
    may(
        "of",
        Kind::Text,
        "What utilization is a ratio of: an amount for each entity such as `16 cores`, or `pool` for the pool's capacity in force. Unless given, one series without `entity` is of the pool, and each of several is of one unit of the pool.",
    ),
    may(
        "saturation",
        Kind::Number,
        "Values at or above this (in the file's unit) are saturated: demand was at least that much. Utilization is saturated at 100 % unless given.",
    ),
];

pub(super) const SCENARIO: &[Key] = &[
    must("supposes", Kind::Text, "What it supposes, as a sentence."),
    may("with", Kind::Strings, "Other scenarios that this one is made of: all that they change, too."),
    may("committed", Kind::Flag, "It will come: it is part of `base` and of every other scenario; false unless given."),
    may("weight", Kind::Number, "Its weight where plans are compared over all scenarios; 1 unless given, and `base` has 1."),
    may("growth", Kind::Tables(GROWTH), "Growth beyond the forecast."),
    may("launch", Kind::Tables(LAUNCH), "Launches."),
    may("efficiency", Kind::Tables(EFFICIENCY), "Efficiency gains."),
    may("domain_loss", Kind::Tables(DOMAIN_LOSS), "Domains lost on purpose."),
    may("migration", Kind::Tables(MIGRATION), "Load that moves from one pool to another."),
    may("freeze", Kind::Tables(FREEZE), "Spans of days in which nothing is changed."),
    may("price", Kind::Tables(SCENARIO_PRICE), "Prices that change: they move the cost of what is missing, not the risk."),
];

pub(super) const MIGRATION: &[Key] = &[
    must("name", Kind::Text, "Its name; draws are addressed by it."),
    must("from", Kind::Text, "The pool that loses load."),
    must("to", Kind::Text, "The pool that gains it; it carries all resources of the other."),
    must("start", Kind::DateLaw, "The planned start, or a law of it: then without `delay`."),
    may("delay", Kind::DurationLaw, "How much later than a known `start` it may be; none unless given."),
    must("share", Kind::Law, "Share of the forecast demand of `from` that has moved in the end, 0 to 1."),
    may("ramp", Kind::DurationLaw, "From start to the whole share; `\"1 d\"` unless given."),
];

pub(super) const SCENARIO_PRICE: &[Key] = &[
    must("unit", Kind::Text, "The unit."),
    must("from", Kind::Date, "The first day with the new price."),
    may("purchase", Kind::Number, "Purchase and upfront prices, under every term, are multiplied by this; 1 unless given."),
    may("monthly", Kind::Number, "So are monthly prices from then on, but of commitments made before; 1 unless given."),
];

pub(super) const GROWTH: &[Key] = &[
    may("pool", Kind::Text, "Which pool; all unless given."),
    must("annual", Kind::Law, "Extra growth a year as a ratio: 0.1 is 10 % more than the forecast."),
];

pub(super) const LAUNCH: &[Key] = &[
    must("name", Kind::Text, "Its name."),
    may("pool", Kind::Text, "Which pool; all unless given."),
    must("start", Kind::DateLaw, "The planned start, or a law of it: then without `delay`."),
    may("delay", Kind::DurationLaw, "How much later than a known `start` it may be; none unless given."),
    must("size", Kind::Law, "Ratio of demand added: 0.25 is 25 %."),
    may("ramp", Kind::DurationLaw, "From start to full size; `\"1 d\"` unless given."),
];

pub(super) const EFFICIENCY: &[Key] = &[
    must("name", Kind::Text, "Its name."),
    may("pool", Kind::Text, "Which pool; all unless given."),
    must("from", Kind::Date, "The day it takes effect."),
    must("gain", Kind::Law, "Ratio of demand saved."),
];

pub(super) const FREEZE: &[Key] = &[
    must("from", Kind::Date, "The first day."),
    must("until", Kind::Date, "The first day after it, on which what has waited is done."),
];

pub(super) const DOMAIN_LOSS: &[Key] = &[
    must("domain", Kind::Text, "The domain's name."),
    must("on", Kind::Date, "The day, from 00:00."),
    must("lasts", Kind::Duration, "For how long."),
];
