//! The states that a dynamic fault tree passes through.

use std::collections::VecDeque;

use super::{FaultTree, Gate, Kind};

/// What has happened so far.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    status: Vec<Status>,
    /// The input that each spare gate uses, counted from 0; 0 for other elements.
    using: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Good,
    Failed,
    /// Can no longer fail: something came in the wrong order.
    Safe,
}

/// What is still to happen at once.
enum Pending {
    Fails(usize),
    /// The trigger of this dependency has failed.
    Triggers(usize),
}

impl FaultTree {
    pub(super) fn all_good(&self) -> State {
        let count = self.elements.len();
        let mut state = State { status: vec![Status::Good; count], using: vec![0; count] };
        for gate in 0..count {
            if self.is_spare(gate) {
                // a first input that two gates share belongs to the one declared first
                let free = self.next_free(&state, gate, 0, gate);
                state.using[gate] = free.unwrap_or(0) as u8;
            }
        }
        self.forget(&mut state);
        state
    }

    fn is_spare(&self, element: usize) -> bool {
        self.elements[element].kind == Kind::Gate(Gate::Spare)
    }

    /// The first input of a spare gate from `from` on that is good and that no spare gate before `others` uses (but itself).
    fn next_free(&self, state: &State, gate: usize, from: usize, others: usize) -> Option<usize> {
        let taken = |input: usize| {
            let uses = |other: &usize| {
                *other != gate
                    && self.is_spare(*other)
                    && state.status[*other] == Status::Good
                    && self.elements[*other].inputs[usize::from(state.using[*other])] == input
            };
            self.elements[input].parents.iter().filter(|other| **other < others).any(uses)
        };
        let inputs = &self.elements[gate].inputs;
        (from..inputs.len()).find(|at| state.status[inputs[*at]] == Status::Good && !taken(inputs[*at]))
    }

    /// Where each failure of a part leads, and its rate; `None` is the top event.
    pub(super) fn failures(&self, state: &State) -> Vec<(Option<State>, f64)> {
        let active = self.active(state);
        let mut next = Vec::new();
        for (part, held) in self.elements.iter().enumerate() {
            let Kind::Basic { rate, dormancy } = held.kind else { continue };
            let rate = if active[part] { rate } else { rate * dormancy };
            if state.status[part] != Status::Good || rate == 0.0 {
                continue;
            }
            for (mut after, p) in self.fail(state.clone(), part) {
                if self.out_of_sequence(&after) {
                    continue;
                }
                let failed = after.status[self.top] == Status::Failed;
                self.forget(&mut after);
                next.push(((!failed).then_some(after), rate * p));
            }
        }
        next
    }

    /// What is in use: the top, whatever no gate has as input, inputs of gates in use, and of spare gates only the one they use.
    fn active(&self, state: &State) -> Vec<bool> {
        let mut active = vec![false; self.elements.len()];
        for element in &self.downwards {
            let held = &self.elements[*element];
            let by = |gate: &usize| {
                active[*gate]
                    && (!self.is_spare(*gate) || self.elements[*gate].inputs[usize::from(state.using[*gate])] == *element)
            };
            active[*element] = *element == self.top || held.parents.is_empty() || held.parents.iter().any(by);
        }
        active
    }

    /// All that follows at once from the failure of a part, with the probability of each way it may go.
    fn fail(&self, state: State, part: usize) -> Vec<(State, f64)> {
        let mut done = Vec::new();
        let mut open = vec![(state, VecDeque::from([Pending::Fails(part)]), 1.0)];
        while let Some((mut state, mut pending, p)) = open.pop() {
            match pending.pop_front() {
                None => done.push((state, p)),
                Some(Pending::Fails(element)) => {
                    self.spread(&mut state, element, &mut pending);
                    open.push((state, pending, p));
                }
                Some(Pending::Triggers(dependency)) => {
                    let Kind::Gate(Gate::Depends(fires)) = self.elements[dependency].kind else { continue };
                    if fires < 1.0 {
                        let rest = pending.iter().map(|one| match one {
                            Pending::Fails(element) => Pending::Fails(*element),
                            Pending::Triggers(other) => Pending::Triggers(*other),
                        });
                        open.push((state.clone(), rest.collect(), p * (1.0 - fires)));
                    }
                    if fires > 0.0 {
                        pending.extend(self.elements[dependency].inputs[1..].iter().map(|one| Pending::Fails(*one)));
                        open.push((state, pending, p * fires));
                    }
                }
            }
        }
        done
    }

    /// Marks an element as failed and every gate that fails with it; dependencies that they trigger come after.
    fn spread(&self, state: &mut State, element: usize, pending: &mut VecDeque<Pending>) {
        if state.status[element] != Status::Good {
            return;
        }
        state.status[element] = Status::Failed;
        let mut new = VecDeque::from([element]);
        while let Some(input) = new.pop_front() {
            for constraint in &self.elements[input].constraints {
                let held = &self.elements[*constraint];
                if matches!(held.kind, Kind::Gate(Gate::Depends(_))) && held.inputs[0] == input {
                    pending.push_back(Pending::Triggers(*constraint));
                }
            }
            for gate in &self.elements[input].parents {
                if state.status[*gate] == Status::Good {
                    let status = self.hit(state, *gate, input);
                    state.status[*gate] = status;
                    if status == Status::Failed {
                        new.push_back(*gate);
                    }
                }
            }
        }
    }

    /// What becomes of a gate when one of its inputs has failed.
    fn hit(&self, state: &mut State, gate: usize, input: usize) -> Status {
        let inputs = &self.elements[gate].inputs;
        let failed = |one: &usize| state.status[*one] == Status::Failed;
        let count = inputs.iter().filter(|one| failed(one)).count();
        let when = |fails: bool| if fails { Status::Failed } else { Status::Good };
        let Kind::Gate(kind) = self.elements[gate].kind else { return Status::Good };
        match kind {
            Gate::And => when(count == inputs.len()),
            Gate::Or => Status::Failed,
            Gate::AtLeast(wanted) => when(count >= wanted as usize),
            Gate::InOrder => {
                let before = inputs.iter().take_while(|one| **one != input).all(failed);
                if before { when(count == inputs.len()) } else { Status::Safe }
            }
            Gate::First if inputs[0] == input && count == 1 => Status::Failed,
            Gate::First => Status::Safe,
            Gate::Spare => {
                let used = usize::from(state.using[gate]);
                if inputs[used] != input {
                    return Status::Good;
                }
                match self.next_free(state, gate, used + 1, usize::MAX) {
                    Some(next) => {
                        state.using[gate] = next as u8;
                        Status::Good
                    }
                    None => Status::Failed,
                }
            }
            Gate::Depends(_) | Gate::Sequence => Status::Good,
        }
    }

    /// Whether a sequence has an input failed behind one that has not: such a failure cannot happen.
    fn out_of_sequence(&self, state: &State) -> bool {
        self.elements.iter().filter(|held| held.kind == Kind::Gate(Gate::Sequence)).any(|held| {
            let failed: Vec<bool> = held.inputs.iter().map(|one| state.status[*one] == Status::Failed).collect();
            failed.windows(2).any(|pair| pair[1] && !pair[0])
        })
    }

    /// Counts as failed what can no longer matter.
    fn forget(&self, state: &mut State) {
        let matters = self.matters(state);
        for element in (0..self.elements.len()).filter(|element| !matters[*element]) {
            state.status[element] = Status::Failed;
            state.using[element] = 0;
        }
    }

    /// The top matters; inputs of a gate that matters and may still fail; what triggers something that matters and may still fail;
    /// what must fail before it; and a spare gate that competes with one that matters.
    fn matters(&self, state: &State) -> Vec<bool> {
        let mut matters = vec![false; self.elements.len()];
        matters[self.top] = true;
        loop {
            let open = |element: usize| matters[element] && state.status[element] == Status::Good;
            let new: Vec<usize> = (0..self.elements.len())
                .filter(|element| !matters[*element])
                .filter(|element| {
                    let held = &self.elements[*element];
                    let by_parent = held.parents.iter().any(|gate| open(*gate));
                    let by_constraint = held.constraints.iter().any(|one| {
                        let inputs = &self.elements[*one].inputs;
                        let behind = match self.elements[*one].kind {
                            Kind::Gate(Gate::Depends(_)) if inputs[0] != *element => &[],
                            _ => inputs.as_slice(),
                        };
                        behind.iter().any(|one| open(*one))
                    });
                    let competes = self.is_spare(*element)
                        && held
                            .inputs
                            .iter()
                            .any(|one| self.elements[*one].parents.iter().any(|gate| self.is_spare(*gate) && open(*gate)));
                    by_parent || by_constraint || competes
                })
                .collect();
            if new.is_empty() {
                return matters;
            }
            for element in new {
                matters[element] = true;
            }
        }
    }
}
