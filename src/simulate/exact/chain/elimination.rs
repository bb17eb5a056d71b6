//! Long-run probabilities, mean times and rewards by taking states out one by one, without a subtraction.

use std::collections::BTreeSet;

use super::{Chain, Invalid};

/// A state that was taken out, and what it was connected with among those still there.
struct Step {
    state: usize,
    /// Sum of its rates to those still there: what the diagonal would be, but never computed as a difference.
    exit: f64,
    /// Rates out.
    to: Vec<(usize, f64)>,
    /// Rates in ÷ `exit`.
    from: Vec<(usize, f64)>,
}

impl Chain {
    /// Takes out all states that `keep` does not name; what passed through one now passes directly.
    ///
    /// Grassmann, Taksar & Heyman (1985), "Regenerative analysis and steady state distributions for Markov chains", *Operations
    /// Research* 33(5), 1107–1116. All terms are positive, so that each result has a small relative error of its own, however
    /// small it is: O'Cinneide (1993), "Entrywise perturbation theory and error analysis for Markov chains", *Numerische
    /// Mathematik* 65. Next is always the state whose removal adds the fewest rates (Markowitz 1957, *Management Science* 3(3)).
    fn eliminate(&self, keep: &[bool]) -> Vec<Step> {
        let states = self.states();
        let mut out: Vec<Vec<(usize, f64)>> =
            (0..states).map(|from| if keep[from] { Vec::new() } else { self.rates(from).to_vec() }).collect();
        let mut into: Vec<Vec<usize>> = vec![Vec::new(); states];
        for (from, rates) in out.iter().enumerate() {
            for (to, _) in rates {
                into[*to].push(from);
            }
        }
        let cost = |out: &[Vec<(usize, f64)>], into: &[Vec<usize>], state: usize| out[state].len() * into[state].len();
        let mut costs: Vec<usize> = (0..states).map(|state| cost(&out, &into, state)).collect();
        let mut queue: BTreeSet<(usize, usize)> =
            (0..states).filter(|state| !keep[*state]).map(|state| (costs[state], state)).collect();
        let mut steps = Vec::with_capacity(queue.len());
        while let Some((_, state)) = queue.pop_first() {
            let to = std::mem::take(&mut out[state]);
            let sources = std::mem::take(&mut into[state]);
            let exit: f64 = to.iter().map(|(_, rate)| rate).sum();
            let mut from = Vec::with_capacity(sources.len());
            for (target, _) in &to {
                let held = &mut into[*target];
                held.remove(held.binary_search(&state).expect("a rate is kept with both its ends"));
            }
            for source in sources {
                let row = &mut out[source];
                let held = row.remove(row.binary_search_by_key(&state, |one| one.0).expect("kept with both its ends"));
                let share = held.1 / exit;
                pass_on(row, source, &to, share, &mut into);
                from.push((source, share));
            }
            for touched in from.iter().chain(&to).map(|one| one.0).filter(|one| !keep[*one]) {
                let now = cost(&out, &into, touched);
                if now != costs[touched] {
                    queue.remove(&(costs[touched], touched));
                    queue.insert((now, touched));
                    costs[touched] = now;
                }
            }
            steps.push(Step { state, exit, to, from });
        }
        steps
    }

    /// The long-run probability of each state, whatever the start.
    ///
    /// # Errors
    /// [`Invalid::SeveralClosedClasses`] when it depends on the start.
    pub fn steady(&self) -> Result<Vec<f64>, Invalid> {
        let class = self.closed_class()?;
        let kept = class.iter().position(|within| *within).unwrap_or(0);
        // states outside the class have no part in the long run; inside it no rate leads out
        let keep: Vec<bool> = (0..self.states()).map(|state| state == kept || !class[state]).collect();
        let steps = self.eliminate_within(&keep, kept);
        let mut steady = vec![0.0; self.states()];
        steady[kept] = 1.0;
        for step in steps.iter().rev() {
            steady[step.state] = step.from.iter().map(|(from, share)| steady[*from] * share).sum();
        }
        let total: f64 = steady.iter().sum();
        Ok(steady.iter().map(|p| p / total).collect())
    }

    /// As [`Self::eliminate`], with the rates out of the one state that is kept.
    fn eliminate_within(&self, keep: &[bool], kept: usize) -> Vec<Step> {
        let mut steps = self.eliminate(keep);
        // the rates out of the kept state were left out above, as they change no other rate; they enter as sources here
        let mut row: Vec<f64> = vec![0.0; self.states()];
        for (to, rate) in self.rates(kept) {
            row[*to] = *rate;
        }
        for step in &mut steps {
            let share = row[step.state] / step.exit;
            if share > 0.0 {
                for (to, rate) in &step.to {
                    row[*to] += share * rate;
                }
                step.from.push((kept, share));
            }
        }
        steps
    }

    /// Expected reward collected from each state until the chain reaches one that `stop` names, at `reward` per unit of time:
    /// those that may never get there must be among `stop`.
    fn collected(&self, stop: &[bool], reward: &[f64]) -> Vec<f64> {
        let steps = self.eliminate(stop);
        let mut value = reward.to_vec();
        for step in &steps {
            let here = value[step.state];
            for (from, share) in &step.from {
                value[*from] += share * here;
            }
        }
        for state in (0..self.states()).filter(|state| stop[*state]) {
            value[state] = 0.0;
        }
        for step in steps.iter().rev() {
            let ahead: f64 = step.to.iter().map(|(to, rate)| rate * value[*to]).sum();
            value[step.state] = (value[step.state] + ahead) / step.exit;
        }
        value
    }

    /// Expected reward from each state until one of `targets` is reached, collected at `reward` (at least 0) per unit of time;
    /// infinite where it may never be reached. With a reward of 1 everywhere it is the mean time.
    #[must_use]
    pub fn reward_until(&self, targets: &[bool], reward: &[f64]) -> Vec<f64> {
        let never: Vec<bool> = self.leads_to(targets).iter().map(|leads| !leads).collect();
        let absorbing = self.with_absorbing(targets);
        let lost = absorbing.leads_to(&never);
        let stop: Vec<bool> = targets.iter().zip(&lost).map(|(target, lost)| *target || *lost).collect();
        let mut value = absorbing.collected(&stop, reward);
        for state in (0..self.states()).filter(|state| lost[*state] && !targets[*state]) {
            value[state] = f64::INFINITY;
        }
        value
    }

    /// Mean time from each state until one of `targets` is reached.
    #[must_use]
    pub fn mean_time_to(&self, targets: &[bool]) -> Vec<f64> {
        self.reward_until(targets, &vec![1.0; self.states()])
    }

    /// Variance of that time: the mean m of the rest of it jumps by m(j) − m(i) at rate q(i, j), and Var = E ∫ Σ q (m(j) − m(i))²
    /// dt, the expected quadratic variation of the martingale E[T | past]; a sum of positive terms.
    #[must_use]
    pub fn variance_of_time_to(&self, targets: &[bool]) -> Vec<f64> {
        let mean = self.mean_time_to(targets);
        let spread = |from: usize| -> f64 { self.rates(from).iter().map(|(to, q)| q * (mean[*to] - mean[from]).powi(2)).sum() };
        let reward: Vec<f64> =
            (0..self.states()).map(|from| if targets[from] || mean[from].is_infinite() { 0.0 } else { spread(from) }).collect();
        self.reward_until(targets, &reward)
    }

    /// P(one of `targets` is reached, and before any of `before`) from each state.
    #[must_use]
    pub fn p_reach(&self, targets: &[bool], before: &[bool]) -> Vec<f64> {
        let ends: Vec<bool> = targets.iter().zip(before).map(|(a, b)| *a || *b).collect();
        let absorbing = self.with_absorbing(&ends);
        let leads = absorbing.leads_to(&ends);
        let stop: Vec<bool> = ends.iter().zip(&leads).map(|(end, leads)| *end || !leads).collect();
        let into = |from: usize| -> f64 { self.rates(from).iter().filter(|(to, _)| targets[*to]).map(|(_, rate)| rate).sum() };
        let reward: Vec<f64> = (0..self.states()).map(|from| if ends[from] { 0.0 } else { into(from) }).collect();
        let mut value = absorbing.collected(&stop, &reward);
        for state in (0..self.states()).filter(|state| targets[*state]) {
            value[state] = 1.0;
        }
        value
    }

    /// The same chain, which stays in `targets` for ever.
    pub(super) fn with_absorbing(&self, targets: &[bool]) -> Self {
        let mut chain = Self { first: vec![0], rates: Vec::with_capacity(self.rates.len()), exit: self.exit.clone() };
        for (from, target) in targets.iter().enumerate() {
            if *target {
                chain.exit[from] = 0.0;
            } else {
                chain.rates.extend_from_slice(self.rates(from));
            }
            chain.first.push(chain.rates.len());
        }
        chain
    }
}

/// Adds `share` of the rates `to` to a row of rates, leaving out those that lead back to the row's own state.
fn pass_on(row: &mut Vec<(usize, f64)>, own: usize, to: &[(usize, f64)], share: f64, into: &mut [Vec<usize>]) {
    let mut merged = Vec::with_capacity(row.len() + to.len());
    let mut held = row.iter().copied().peekable();
    for (target, rate) in to.iter().filter(|one| one.0 != own) {
        while let Some(one) = held.next_if(|one| one.0 < *target) {
            merged.push(one);
        }
        if let Some(one) = held.next_if(|one| one.0 == *target) {
            merged.push((one.0, one.1 + share * rate));
        } else {
            merged.push((*target, share * rate));
            let sources = &mut into[*target];
            if let Err(place) = sources.binary_search(&own) {
                sources.insert(place, own);
            }
        }
    }
    merged.extend(held);
    *row = merged;
}
