//! Ratio, probability, quantity with a named unit, money: the numbers that cross an edge of the program.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of what a number counts, in its base form: `cores`, `bytes`, `bytes/s`, `requests/s`, `ratio`, or any word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Unit(String);

impl Unit {
    /// The unit of that base name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The dimensionless unit of utilizations and shares.
    #[must_use]
    pub fn ratio() -> Self {
        Self::named("ratio")
    }

    /// Its base name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Seconds in the time that it is per: 1 for `bytes/s`, 86,400 for `queries/day`; `None` where it is per no time.
    ///
    /// ```
    /// use plimsoll::units::Unit;
    /// assert_eq!(Unit::named("queries/day").seconds(), Some(86_400.0));
    /// assert_eq!(Unit::named("cores").seconds(), None);
    /// ```
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        let times: [(&[&str], f64); 5] = [
            (&["s", "sec", "second"], 1.0),
            (&["min", "minute"], 60.0),
            (&["h", "hour"], 3_600.0),
            (&["d", "day"], 86_400.0),
            (&["w", "week"], 604_800.0),
        ];
        let (_, time) = self.0.rsplit_once('/')?;
        times.iter().find(|(names, _)| names.contains(&time)).map(|(_, seconds)| *seconds)
    }

    /// Whether amounts read best with binary prefixes.
    #[must_use]
    pub fn is_bytes(&self) -> bool {
        self.0 == "bytes" || self.0 == "bytes/s"
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A unit as people write it: a base unit and the factor that turns a written number into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// The base unit.
    pub unit: Unit,
    /// Base units per written unit: 2^30 for `GiB`.
    pub factor: f64,
}

/// Written units with a factor. Anything else is taken as a base unit of its own, with factor 1.
const WRITTEN: &[(&str, &str, f64)] = &[
    ("ratio", "ratio", 1.0),
    ("percent", "ratio", 0.01),
    ("%", "ratio", 0.01),
    ("cores", "cores", 1.0),
    ("core", "cores", 1.0),
    ("millicores", "cores", 1e-3),
    ("vcpu", "cores", 1.0),
    ("bytes", "bytes", 1.0),
    ("B", "bytes", 1.0),
    ("kB", "bytes", 1e3),
    ("MB", "bytes", 1e6),
    ("GB", "bytes", 1e9),
    ("TB", "bytes", 1e12),
    ("PB", "bytes", 1e15),
    ("KiB", "bytes", 1024.0),
    ("MiB", "bytes", 1_048_576.0),
    ("GiB", "bytes", 1_073_741_824.0),
    ("TiB", "bytes", 1_099_511_627_776.0),
    ("PiB", "bytes", 1_125_899_906_842_624.0),
    ("bytes/s", "bytes/s", 1.0),
    ("MB/s", "bytes/s", 1e6),
    ("MiB/s", "bytes/s", 1_048_576.0),
    ("bit/s", "bytes/s", 0.125),
    ("Mbit/s", "bytes/s", 125_000.0),
    ("Gbit/s", "bytes/s", 125_000_000.0),
    ("requests/s", "requests/s", 1.0),
    ("rps", "requests/s", 1.0),
    ("krps", "requests/s", 1e3),
    ("requests/min", "requests/s", 1.0 / 60.0),
];

impl Scale {
    /// Reads a written unit.
    ///
    /// ```
    /// let gib = plimsoll::units::Scale::of("GiB");
    /// assert_eq!((gib.unit.name(), gib.factor), ("bytes", 1_073_741_824.0));
    /// ```
    #[must_use]
    pub fn of(written: &str) -> Self {
        let written = written.trim();
        WRITTEN.iter().find(|(name, _, _)| *name == written).map_or_else(
            || Self { unit: Unit::named(written), factor: 1.0 },
            |(_, base, factor)| Self { unit: Unit::named(base), factor: *factor },
        )
    }
}

/// Units that exports write, with the base unit and factor that they are kept in. Percent stays percent here: what a percentage is of
/// is only known by the one who declares it.
const EXPORTED: &[(&str, &str, f64)] = &[
    ("%", "percent", 1.0),
    ("percent", "percent", 1.0),
    ("ratio", "ratio", 1.0),
    ("seconds", "seconds", 1.0),
    ("second", "seconds", 1.0),
    ("s", "seconds", 1.0),
    ("ms", "seconds", 1e-3),
    ("milliseconds", "seconds", 1e-3),
    ("us", "seconds", 1e-6),
    ("ns", "seconds", 1e-9),
    ("min", "seconds", 60.0),
    ("h", "seconds", 3_600.0),
    ("d", "seconds", 86_400.0),
    ("hertz", "hertz", 1.0),
    ("Hz", "hertz", 1.0),
    ("kHz", "hertz", 1e3),
    ("MHz", "hertz", 1e6),
    ("GHz", "hertz", 1e9),
    ("1/s", "1/s", 1.0),
    ("ops/s", "1/s", 1.0),
    ("packets/s", "1/s", 1.0),
    ("bytes", "bytes", 1.0),
    ("KB", "bytes", 1e3),
    ("o", "bytes", 1.0), // octets, as tools in French write them
    ("ko", "bytes", 1e3),
    ("Mo", "bytes", 1e6),
    ("Go", "bytes", 1e9),
    ("To", "bytes", 1e12),
    ("Kio", "bytes", 1024.0),
    ("Mio", "bytes", 1_048_576.0),
    ("Gio", "bytes", 1_073_741_824.0),
    ("Tio", "bytes", 1_099_511_627_776.0),
    ("o/s", "bytes/s", 1.0),
    ("ko/s", "bytes/s", 1e3),
    ("Mo/s", "bytes/s", 1e6),
    ("Kio/s", "bytes/s", 1024.0),
    ("Mio/s", "bytes/s", 1_048_576.0),
    ("bit", "bytes", 0.125),
    ("kbit", "bytes", 125.0),
    ("Mbit", "bytes", 125_000.0),
    ("Gbit", "bytes", 125_000_000.0),
    ("Tbit", "bytes", 1.25e11),
    ("sectors", "bytes", 512.0),
    ("B/s", "bytes/s", 1.0),
    ("kB/s", "bytes/s", 1e3),
    ("KB/s", "bytes/s", 1e3),
    ("GB/s", "bytes/s", 1e9),
    ("KiB/s", "bytes/s", 1024.0),
    ("GiB/s", "bytes/s", 1_073_741_824.0),
    ("TB/s", "bytes/s", 1e12),
    ("TiB/s", "bytes/s", 1_099_511_627_776.0),
    ("Tbit/s", "bytes/s", 1.25e11),
    ("kbit/s", "bytes/s", 125.0),
    ("sectors/s", "bytes/s", 512.0),
    ("nanocores", "cores", 1e-9),
    ("microcores", "cores", 1e-6),
    ("mcores", "cores", 1e-3),
];

/// The base unit of a unit as exports write it, and the factor to it: `KiB/s` is 1024 `bytes/s`, `ms` is 0.001 `seconds`; `percent`
/// and `ratio` stay apart. A unit that is not known is its own base.
///
/// ```
/// assert_eq!(plimsoll::units::canonical("KiB/s"), ("bytes/s".to_owned(), 1024.0));
/// assert_eq!(plimsoll::units::canonical("percent"), ("percent".to_owned(), 1.0));
/// assert_eq!(plimsoll::units::canonical("MWh"), ("MWh".to_owned(), 1.0));
/// ```
#[must_use]
pub fn canonical(written: &str) -> (String, f64) {
    let written = written.trim();
    let known = EXPORTED.iter().chain(WRITTEN).find(|(name, _, _)| *name == written);
    known.map_or_else(|| (written.to_owned(), 1.0), |(_, base, factor)| ((*base).to_owned(), *factor))
}

/// An amount of a named unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// The amount, in base units.
    pub amount: f64,
    /// What it counts.
    pub unit: Unit,
}

/// A probability, 0 to 1 by construction.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Probability(f64);

impl Probability {
    /// `None` unless `value` is within 0 to 1.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// As a plain number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

/// An amount of money in the model's one currency.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
pub struct Money(pub f64);

impl std::ops::Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), std::ops::Add::add)
    }
}
