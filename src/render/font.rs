//! The text font, built in: Inter, SIL Open Font License 1.1 (see `font/OFL.txt`).

use std::fmt::Write;

use base64::Engine;

/// Regular weight.
pub(super) const REGULAR: &[u8] = include_bytes!("font/Inter-Regular.otf");
/// Semi-bold.
pub(super) const SEMI_BOLD: &[u8] = include_bytes!("font/Inter-SemiBold.otf");

/// The built-in font as style rules.
pub(super) fn fonts() -> String {
    let mut rules = String::new();
    for (weight, bytes) in [(400, REGULAR), (600, SEMI_BOLD)] {
        let data = base64::engine::general_purpose::STANDARD.encode(bytes);
        let _infallible = write!(
            rules,
            "@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/otf;base64,{data}) format(\"opentype\")}}"
        );
    }
    rules
}
