//! What tests of several families share.

use std::path::PathBuf;

/// The folder of a family below `PLIMSOLL_TRUTH`; `None`, told on stderr, when the variable is not set.
///
/// # Panics
/// When the variable is set but the folder is missing: a test that silently reads nothing cannot fail.
pub fn truth(family: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("PLIMSOLL_TRUTH") else {
        eprintln!("left out: PLIMSOLL_TRUTH is not set, so `{family}` was not read");
        return None;
    };
    let folder = PathBuf::from(root).join(family);
    assert!(folder.is_dir(), "PLIMSOLL_TRUTH is set, but {} is not a folder", folder.display());
    Some(folder)
}

/// Asserts |seen - expected| <= tolerance, and shows all three.
#[track_caller]
pub fn assert_within(what: &str, seen: f64, expected: f64, tolerance: f64) {
    let off = (seen - expected).abs();
    assert!(off <= tolerance, "{what}: {seen} is {off:e} off {expected}, allowed {tolerance:e}");
}
