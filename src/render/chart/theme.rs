//! Colours and sizes of all charts: Okabe & Ito (2008), told apart by readers with any colour vision.

use plotters::style::RGBColor;

pub(in crate::render) const INK: RGBColor = RGBColor(0x1b, 0x1f, 0x24);
pub(in crate::render) const MUTED: RGBColor = RGBColor(0x5b, 0x65, 0x70);
pub(in crate::render) const GRID: RGBColor = RGBColor(0xe3, 0xe6, 0xea);
pub(in crate::render) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
pub(in crate::render) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub(in crate::render) const RED: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
const PINK: RGBColor = RGBColor(0xcc, 0x79, 0xa7);
const GOLD: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
const SKY: RGBColor = RGBColor(0x56, 0xb4, 0xe9);

/// Colours of lines, in order.
pub(in crate::render) const SERIES: [RGBColor; 7] = [BLUE, RED, GREEN, PINK, GOLD, SKY, INK];

/// What is written on blue of this opacity: dark until that has less contrast than white. Relative luminance (WCAG 2.2) is 0.014 of the
/// ink, and 0.21 of blue at 0.85, where both have a contrast of 4.
pub(in crate::render) fn ink_on_blue(opacity: f64) -> RGBColor {
    if opacity > 0.85 { PAPER } else { INK }
}

/// The same drawing with colours taken from the page's light or dark style.
pub(in crate::render) fn themed(svg: &str) -> String {
    const NAMES: [(&str, &str); 10] = [
        ("#1B1F24", "var(--ink)"),
        ("#5B6570", "var(--muted)"),
        ("#E3E6EA", "var(--grid)"),
        ("#FFFFFF", "var(--paper)"),
        ("#0072B2", "var(--c-blue)"),
        ("#D55E00", "var(--c-red)"),
        ("#009E73", "var(--c-green)"),
        ("#CC79A7", "var(--c-pink)"),
        ("#E69F00", "var(--c-gold)"),
        ("#56B4E9", "var(--c-sky)"),
    ];
    NAMES.iter().fold(svg.to_owned(), |svg, (color, name)| svg.replace(&format!("\"{color}\""), &format!("\"{name}\"")))
}
