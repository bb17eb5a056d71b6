//! Any bytes through one parser: `PLIMSOLL_FUZZ_FORMAT` names it; without it or empty, whichever recognises them. Must not panic, must not take
//! memory beyond the limits that libFuzzer is given, must end. `scripts/fuzz` runs it for every format, which it has from
//! `PLIMSOLL_FUZZ_LIST=1`: the names of all parsers, and `gate-condition` for the language of gates, one a line.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use plimsoll::formats::{self, Input, OnInvalid, Options, RawSeries, Reading, inspect};
use plimsoll::problem::Problem;
use plimsoll::report::gate::{Gate, Names, Severity};
use plimsoll::source::OnDuplicate;
use plimsoll::time::Zone;

static FORMAT: LazyLock<Option<String>> =
    LazyLock::new(|| std::env::var("PLIMSOLL_FUZZ_FORMAT").ok().filter(|name| !name.is_empty()));

/// The name says what a collectd folder would, and is the same in every run.
const NAME: &str = "host/plugin-a/type-b-2026-11-23";

fn list_if_asked() {
    if std::env::var_os("PLIMSOLL_FUZZ_LIST").is_some() {
        for parser in formats::parsers() {
            println!("{}", parser.format);
        }
        println!("{CONDITION}");
        std::process::exit(0);
    }
}

/// Not a format: the conditions of gates.
const CONDITION: &str = "gate-condition";

/// A condition that can be read is printed in one way, and is read again as the same; one that cannot has a message for each fault.
fn condition(bytes: &[u8]) {
    let names = Names {
        pools: ["web", "my pool"].map(str::to_owned).to_vec(),
        scenarios: ["base", "launch"].map(str::to_owned).to_vec(),
        events: vec!["both down".to_owned()],
    };
    let text = String::from_utf8_lossy(bytes);
    match Gate::read(Severity::Fail, &text, &names) {
        Ok(gate) => {
            let again = Gate::read(Severity::Fail, &gate.text, &names).expect("what is printed can be read");
            assert_eq!((again.text.as_str(), again.key()), (gate.text.as_str(), gate.key()));
        }
        Err(refused) => assert!(!refused.faults.is_empty() && !refused.to_string().is_empty()),
    }
}

fn options(ways: u8) -> Options {
    let declared = ways & 1 == 1;
    Options {
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
    }
}

fn holds(series: &RawSeries) {
    assert_eq!(series.at.len(), series.values.reals().len(), "an instant a value");
    assert!(series.lines.is_empty() || series.lines.len() == series.at.len(), "a line a sample, or none");
    assert!(series.at.windows(2).all(|pair| pair[0] < pair[1]), "sorted, one sample an instant");
    assert!(series.values.reals().iter().all(|value| value.is_finite()));
}

/// The same bytes with samples examined and passed on a few at a time, as large files are read: how many.
fn passed_on(input: &Input, options: &Options) -> Result<usize, Vec<Problem>> {
    let mut passed = 0;
    let mut spill = |all: &mut [RawSeries]| {
        for series in all {
            holds(series);
            passed += series.at.len();
            (series.at.clear(), series.lines.clear(), series.missing_at.clear());
            series.values = formats::Values::Whole(Vec::new());
        }
        Ok(())
    };
    let mut reading = Reading::spilling(7, options, input.path(), &mut spill);
    formats::read_into(input, options, &mut reading)?;
    reading.flush().map_err(|problem| vec![problem])?;
    drop(reading);
    Ok(passed)
}

fuzz_target!(init: list_if_asked(), |bytes: &[u8]| {
    // the first byte chooses what is declared, so that those ways are tried as well
    let Some((ways, bytes)) = bytes.split_first() else { return };
    if FORMAT.as_deref() == Some(CONDITION) {
        return condition(bytes);
    }
    let options = options(*ways);
    // bytes that are no text are refused early: as the three bytes of U+FFFD they go on to where text is cut
    let bytes = if ways & 64 == 64 { String::from_utf8_lossy(bytes).into_owned().into_bytes() } else { bytes.to_vec() };
    let input = Input::memory(NAME, bytes);
    let mut raw = Reading::default();
    let told = formats::read_into(&input, &options, &mut raw);
    if ways & 32 == 32
        && let Ok(passed) = passed_on(&input, &options)
    {
        let samples: usize = raw.series.iter().map(|series| series.at.len()).sum();
        assert!(told.is_ok() && passed <= samples, "what is passed on is what is kept, but for duplicates");
    }
    if told.is_ok() && formats::examine(&mut raw, &options, input.path()).is_ok() {
        raw.series.iter().for_each(holds);
        let inspection = inspect::describe(Path::new(NAME), &raw, &options);
        assert!(!inspect::text(&inspection).is_empty());
        serde_json::to_string(&inspection).expect("it is told in JSON too");
    }
});
