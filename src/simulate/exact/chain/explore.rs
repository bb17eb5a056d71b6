use std::collections::BTreeMap;

use super::{Chain, Invalid};

/// The chain of all states that can be reached from `start`, in the order in which they are first met (so `start` is 0), and what
/// each of them is. `next` tells where a state passes to, and at which rate.
///
/// # Errors
/// [`Invalid::TooManyStates`] beyond `limit` states, [`Invalid::Number`] for a rate that is negative or not finite.
pub fn explore<S: Ord + Clone>(
    start: S,
    limit: usize,
    mut next: impl FnMut(&S) -> Vec<(S, f64)>,
) -> Result<(Chain, Vec<S>), Invalid> {
    let mut numbers = BTreeMap::from([(start.clone(), 0)]);
    let mut states = vec![start];
    let mut rates = Vec::new();
    let mut from = 0;
    while from < states.len() {
        for (state, rate) in next(&states[from]) {
            if rate == 0.0 {
                continue;
            }
            let to = match numbers.get(&state) {
                Some(known) => *known,
                None if states.len() == limit => return Err(Invalid::TooManyStates { limit }),
                None => {
                    numbers.insert(state.clone(), states.len());
                    states.push(state);
                    states.len() - 1
                }
            };
            rates.push((from, to, rate));
        }
        from += 1;
    }
    Ok((Chain::new(states.len(), rates)?, states))
}
