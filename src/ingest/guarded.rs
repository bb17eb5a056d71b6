//! Decoders of foreign bytes may meet an assertion of theirs on a damaged file: that is a problem of the file, not of the program.

use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// This thread is within a decoder of foreign bytes.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Decoders of foreign bytes: what they refuse, and what they did not foresee, as one sentence.
///
/// # Errors
/// The sentence.
pub fn guarded<T, E: Display>(decode: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    // Told once, as a problem of the file, and not as one of the program beside it.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |told| {
            if !GUARDED.get() {
                loud(told);
            }
        }));
    });
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    GUARDED.set(outer);
    match result {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("its parts contradict each other".to_owned()),
    }
}
