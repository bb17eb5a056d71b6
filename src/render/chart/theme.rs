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

/// The colour of letters that belong to a line of this colour: darker, where the line's own has less than the contrast of 4.5 to paper
/// that WCAG 2.2 asks of text.
pub(in crate::render) fn letters(line: RGBColor) -> RGBColor {
    match line {
        RED => RGBColor(0xa8, 0x3a, 0x08),
        GREEN => RGBColor(0x00, 0x69, 0x4d),
        PINK => RGBColor(0x97, 0x3f, 0x72),
        GOLD => RGBColor(0x7d, 0x58, 0x00),
        SKY => RGBColor(0x1b, 0x6b, 0x9c),
        other => other,
    }
}

/// Letters on pale blue: dark on white paper, white on dark paper.
const ON_PALE: RGBColor = RGBColor(0x10, 0x14, 0x18);
const BLACK: RGBColor = RGBColor(0x00, 0x00, 0x00);

/// What is written on blue of this opacity, with a contrast of 4.5 (WCAG 2.2) on white paper and on dark: on the blue between, only black
/// has it on both.
pub(in crate::render) fn ink_on_blue(opacity: f64) -> RGBColor {
    match opacity {
        deep if deep > 0.925 => PAPER,
        middle if middle > 0.62 => BLACK,
        _ => ON_PALE,
    }
}

/// The same drawing with colours taken from the page's light or dark style.
pub(in crate::render) fn themed(svg: &str) -> String {
    const NAMES: [(&str, &str); 16] = [
        ("#101418", "var(--on-pale)"),
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
        ("#A83A08", "var(--act)"),
        ("#00694D", "var(--good)"),
        ("#973F72", "var(--t-pink)"),
        ("#7D5800", "var(--watch)"),
        ("#1B6B9C", "var(--t-sky)"),
    ];
    NAMES.iter().fold(svg.to_owned(), |svg, (color, name)| svg.replace(&format!("\"{color}\""), &format!("\"{name}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[test]
    fn letters_have_the_contrast_that_text_needs() {
        for line in SERIES.into_iter().chain([MUTED]) {
            let contrast = 1.05 / (luminance(letters(line)) + 0.05);
            assert!(contrast >= 4.5, "{line:?}: {contrast:.2}");
        }
    }

    /// The value of a style of the page, light or dark.
    fn style(name: &str, dark: bool) -> RGBColor {
        let css = include_str!("../report.css");
        let from = if dark { css.find(":root[data-theme=dark]").unwrap() } else { 0 };
        let hex = css[from..].split(&format!("{name}:#")).nth(1).unwrap();
        let hex: String = hex.chars().take_while(char::is_ascii_hexdigit).collect();
        let hex = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex };
        let channel = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        RGBColor(channel(0), channel(2), channel(4))
    }

    #[test]
    fn numbers_in_cells_have_the_contrast_that_text_needs_on_light_and_dark_paper() {
        for dark in [false, true] {
            let (paper, blue) = (style("--paper", dark), style("--c-blue", dark));
            let letters = |opacity: f64| match ink_on_blue(opacity) {
                PAPER => paper,
                ON_PALE => style("--on-pale", dark),
                other => other,
            };
            for step in 0..=1_000 {
                let opacity = f64::from(step) / 1_000.0;
                let mixed = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * opacity).round() as u8;
                let cell = luminance(RGBColor(mixed(paper.0, blue.0), mixed(paper.1, blue.1), mixed(paper.2, blue.2)));
                let ink = luminance(letters(opacity));
                let contrast = (cell.max(ink) + 0.05) / (cell.min(ink) + 0.05);
                assert!(contrast >= 4.5, "dark {dark}, opacity {opacity}: {contrast:.2}");
            }
        }
        assert_eq!((style("--paper", false), style("--on-pale", false)), (PAPER, ON_PALE));
        assert_eq!(style("--c-blue", false), BLUE);
    }
}
