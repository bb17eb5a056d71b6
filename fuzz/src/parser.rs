//! Any bytes through one parser: `PLIMSOLL_FUZZ_FORMAT` names it; without it, whichever recognises them. Must not panic, must not take
//! memory beyond the limits that libFuzzer is given, must end. `scripts/fuzz` runs it for every format.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use plimsoll::formats::{self, Input, OnInvalid, Options};
use plimsoll::source::OnDuplicate;
use plimsoll::time::Zone;

static FORMAT: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("PLIMSOLL_FUZZ_FORMAT").ok());

fuzz_target!(|bytes: &[u8]| {
    // the first byte chooses what is declared, so that those ways are tried as well
    let Some((ways, bytes)) = bytes.split_first() else { return };
    let declared = ways & 1 == 1;
    let options = Options {
        format: FORMAT.clone(),
        zone: declared.then(|| Zone::named("Europe/Berlin").expect("the zone is built in")),
        at: declared.then_some(1_772_452_800_000_000_000),
        origin: declared.then_some(0),
        columns: (ways & 2 == 2).then(|| ["time", "host", "value"].map(str::to_owned).to_vec()),
        on_invalid: if ways & 4 == 4 { OnInvalid::Null } else { OnInvalid::Error },
        on_duplicate: if ways & 8 == 8 { OnDuplicate::Mean } else { OnDuplicate::Error },
        latin1: ways & 16 == 16,
        max_bad: 1.0,
        most_bytes: 1 << 24,
        ..Options::default()
    };
    let input = Input::memory("host/plugin-a/type-b-2026-11-23", bytes.to_vec());
    if let Ok(reading) = formats::read(&input, &options) {
        for series in &reading.series {
            assert_eq!(series.at.len(), series.values.reals().len());
            assert!(series.at.windows(2).all(|pair| pair[0] < pair[1]), "sorted, one sample an instant");
            assert!(series.values.reals().iter().all(|value| value.is_finite()));
        }
    }
});
