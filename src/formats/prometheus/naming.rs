//! Series named by label sets in which `__name__` is the metric.

use super::super::known::{kind_of_name, unit_of_name};
use super::super::{Identity, Reading};

/// The place of the series with these labels. When it is new, its name tells unit and kind where it can.
pub(super) fn place<'l>(reading: &mut Reading<'_>, labels: impl IntoIterator<Item = (&'l str, &'l str)>) -> usize {
    let mut id = Identity::default();
    for (label, value) in labels {
        if label == "__name__" {
            value.clone_into(&mut id.metric);
        } else {
            id = id.with(label, value);
        }
    }
    place_of(reading, id)
}

/// The same for an identity at hand.
pub(super) fn place_of(reading: &mut Reading<'_>, id: Identity) -> usize {
    let (unit, kind) = (unit_of_name(&id.metric), kind_of_name(&id.metric));
    reading.placed(id, unit, kind)
}
