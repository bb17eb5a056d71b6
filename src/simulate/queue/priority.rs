//! One server and classes of priority.

/// Poisson arrivals and exponential services of each class; class 0 goes first, first come first served within a class.
///
/// Cobham (1954), "Priority assignment in waiting line problems", *Operations Research* 2(1), 70–76; Kleinrock (1976), *Queueing
/// Systems* vol. 2, §3.6–3.7.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorityQueue {
    /// (arrivals, services) per second.
    classes: Vec<(f64, f64)>,
}

impl PriorityQueue {
    /// From (arrivals, services) per second of each class, first served first; `None` when all together have no steady state.
    #[must_use]
    pub fn new(classes: Vec<(f64, f64)>) -> Option<Self> {
        let valid = classes.iter().all(|(arrivals, service)| *arrivals >= 0.0 && *service > 0.0 && service.is_finite());
        let queue = Self { classes };
        (valid && !queue.classes.is_empty() && queue.load(queue.classes.len()) < 1.0).then_some(queue)
    }

    /// The load of the first `n` classes.
    fn load(&self, n: usize) -> f64 {
        self.classes[..n].iter().map(|(arrivals, service)| arrivals / service).sum()
    }

    /// What is left in the mean of the service under way, of the first `n` classes: Σ λ E S² / 2 = Σ λ / μ².
    fn residual(&self, n: usize) -> f64 {
        self.classes[..n].iter().map(|(arrivals, service)| arrivals / (service * service)).sum()
    }

    /// (1 - load of those before) (1 - load up to here).
    fn room(&self, class: usize) -> f64 {
        (1.0 - self.load(class)) * (1.0 - self.load(class + 1))
    }

    /// Mean wait in seconds of a class when a service under way is finished first; `None` for a class that is not there.
    #[must_use]
    pub fn mean_wait(&self, class: usize) -> Option<f64> {
        (class < self.classes.len()).then(|| self.residual(self.classes.len()) / self.room(class))
    }

    /// Mean response in seconds of a class when higher ones interrupt a service, which then resumes where it was.
    #[must_use]
    pub fn mean_response_preemptive(&self, class: usize) -> Option<f64> {
        let (_, service) = self.classes.get(class)?;
        Some(1.0 / (service * (1.0 - self.load(class))) + self.residual(class + 1) / self.room(class))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mm1;
    use super::*;

    #[test]
    fn the_first_class_preempting_sees_no_other_and_waits_add_up_to_those_of_one_queue() {
        let queue = PriorityQueue::new(vec![(0.2, 1.0), (0.3, 1.0), (0.3, 1.0)]).unwrap();
        let alone = Mm1::new(0.2, 1.0).unwrap();
        assert!((queue.mean_response_preemptive(0).unwrap() - alone.mean_response()).abs() < 1e-15);
        // Kleinrock's conservation law: Σ ρ_i W_i is that of first come first served
        let sum: f64 = [0.2, 0.3, 0.3].iter().enumerate().map(|(i, load)| load * queue.mean_wait(i).unwrap()).sum();
        assert!((sum - 0.8 * Mm1::new(0.8, 1.0).unwrap().mean_wait()).abs() < 1e-13, "{sum}");
        assert_eq!(queue.mean_wait(3), None);
        assert!(PriorityQueue::new(vec![(0.6, 1.0), (0.5, 1.0)]).is_none());
    }
}
