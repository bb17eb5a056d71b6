use super::decompose::spread;
use super::growth::Growth;
use super::joint::{Blocks, shocks};
use super::{Choice, Drift, Ets, EtsForm, Fitted, FittedModel, Forecaster, Prepared, Scale, SeasonalNaive, Theta};
use crate::stream::Stream;

/// A forecaster by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Family {
    Naive,
    Drift,
    Ets(Option<EtsForm>),
    Theta,
    FullDrift,
}

impl Family {
    /// Those that `choice` lets compete, the naive one first.
    pub(super) fn allowed(choice: Choice) -> Vec<Self> {
        match choice {
            Choice::Auto => vec![Self::Naive, Self::Drift, Self::Ets(None), Self::Theta, Self::FullDrift],
            Choice::SeasonalNaive => vec![Self::Naive],
            Choice::Drift => vec![Self::Naive, Self::Drift],
            Choice::Ets => vec![Self::Naive, Self::Ets(None)],
            Choice::Theta => vec![Self::Naive, Self::Theta],
        }
    }

    /// What is used where the history is too short for a back-test.
    pub(super) fn untried(choice: Choice) -> Vec<Self> {
        match choice {
            Choice::Auto => vec![Self::Ets(None), Self::Theta, Self::Naive],
            other => Self::allowed(other).split_off(usize::from(other != Choice::SeasonalNaive)),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Naive => "seasonal naive",
            Self::Drift => "drift",
            Self::Ets(_) => "ETS",
            Self::Theta => "Theta",
            Self::FullDrift => "smoothing with drift",
        }
    }

    /// The same, free to take another form.
    pub(super) fn unfixed(self) -> Self {
        if let Self::Ets(_) = self { Self::Ets(None) } else { self }
    }

    fn fit(self, past: &Prepared) -> Option<FittedModel> {
        match self {
            Self::Naive => SeasonalNaive.fit(past).map(FittedModel::Naive),
            Self::Drift => Drift.fit(past).map(FittedModel::Drift),
            Self::Ets(form) => Ets { form }.fit(past).map(FittedModel::Ets),
            Self::Theta => Theta::STANDARD.fit(past).map(FittedModel::Theta),
            Self::FullDrift => Theta::FULL.fit(past).map(FittedModel::Theta),
        }
    }
}

/// A fitted forecaster and the shocks that its paths draw from.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) model: FittedModel,
    pub(super) shocks: Vec<f64>,
    limit: f64,
}

/// The mean of a few fitted forecasters over one history.
#[derive(Debug, Clone)]
pub(super) struct Ensemble {
    pub(super) prepared: Prepared,
    pub(super) growth: Growth,
    pub(super) components: Vec<Component>,
}

/// Innovations beyond so many (robust) standard deviations move the observation in full, the level only by so much.
const LIMIT: f64 = 5.0;

impl Ensemble {
    /// Fits `families` to a prepared history; `dates` past dates are made ready to draw from, of which the newest `trailing_gap` were not
    /// observed. A family that cannot be fitted is left out.
    pub(super) fn fit(prepared: &Prepared, families: &[Family], dates: Dates, stream: Stream) -> Self {
        let components = families.iter().filter_map(|family| {
            let model = family.fit(prepared)?;
            let innovations = model.innovations();
            let seen: Vec<f64> = innovations.iter().flatten().copied().collect();
            let robust = spread(&seen);
            let limit = if robust > 0.0 { LIMIT * robust } else { f64::INFINITY };
            let shocks = shocks(innovations, dates.count, dates.trailing_gap, stream);
            Some(Component { model, shocks, limit })
        });
        let components = components.collect();
        let growth = Growth::of(&prepared.clean, prepared.block);
        Self { prepared: prepared.clone(), growth, components }
    }

    /// Its name in words.
    pub(super) fn name(&self) -> String {
        let names: Vec<String> = self.components.iter().map(|component| component.model.name()).collect();
        let mut name = match names.as_slice() {
            [one] => one.clone(),
            [all @ .., last] => format!("mean of {} and {last}", all.join(", ")),
            [] => String::new(),
        };
        if self.prepared.scale == Scale::Log {
            name.push_str(" on the log scale");
        }
        if self.uses_year() {
            name.push_str(", with a yearly pattern");
        }
        name
    }

    /// A naive forecaster repeats what it saw, the yearly pattern in it.
    pub(super) fn uses_year(&self) -> bool {
        self.prepared.yearly.swing() > 0.0 && self.components.iter().any(|component| component.model.grows())
    }

    /// Writes the path on the working scale for the past dates drawn, one a step, and a change of slope.
    pub(super) fn path(&self, dates: &[u32], slope: f64, scratch: &mut Scratch, out: &mut [f64]) {
        out.fill(0.0);
        let share = 1.0 / self.components.len() as f64;
        for component in &self.components {
            scratch.shocks.clear();
            scratch.shocks.extend(dates.iter().map(|date| component.shocks[*date as usize]));
            self.add(component, share, slope, scratch, out);
        }
    }

    /// The path without any shock.
    pub(super) fn centre(&self, steps: usize) -> Vec<f64> {
        let (mut out, mut scratch) = (vec![0.0; steps], Scratch::default());
        let share = 1.0 / self.components.len() as f64;
        for component in &self.components {
            scratch.shocks.clear();
            scratch.shocks.resize(steps, 0.0);
            self.add(component, share, 0.0, &mut scratch, &mut out);
        }
        out
    }

    fn add(&self, component: &Component, share: f64, slope: f64, scratch: &mut Scratch, out: &mut [f64]) {
        scratch.path.clear();
        scratch.path.resize(out.len(), 0.0);
        component.model.path(&scratch.shocks, component.limit, &mut scratch.path);
        let (grows, n) = (component.model.grows(), self.prepared.values.len());
        for (h, (out, value)) in out.iter_mut().zip(&scratch.path).enumerate() {
            *out += share * if grows { value + slope * (h + 1) as f64 + self.prepared.yearly.at(n + h) } else { *value };
        }
    }
}

/// Room for one path, used again and again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    shocks: Vec<f64>,
    path: Vec<f64>,
}

/// The past dates that shocks are drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dates {
    pub(super) count: usize,
    pub(super) trailing_gap: usize,
}

impl Dates {
    /// Those of one history: all but its first season, where some forecasters have nothing to compare with.
    pub(super) fn of(prepared: &Prepared) -> Self {
        let n = prepared.values.len();
        Self { count: n.saturating_sub(prepared.season).max(n / 2).max(1), trailing_gap: 0 }
    }
}

/// What drives one path of all series: a past date a step, and the blocks that decide its pace of growth.
#[derive(Debug, Clone)]
pub(super) struct Weather {
    pub(super) dates: Vec<u32>,
    pub(super) growth: Vec<u32>,
}

impl Weather {
    /// The weather of one path, by its address.
    pub(super) fn draw(blocks: Blocks, first: usize, steps: usize, growth_blocks: usize, stream: Stream) -> Self {
        Self { dates: blocks.draw(stream, first, steps), growth: Blocks::growth(stream, growth_blocks) }
    }
}
