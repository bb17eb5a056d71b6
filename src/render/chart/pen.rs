//! Drawing in units of the page, with eighths of a unit kept: the drawing library counts in whole numbers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use super::theme::{INK, MUTED, PAPER, letters};
use crate::render::font::{REGULAR, SEMI_BOLD};

/// Steps of the library's grid in one unit of the page.
pub(super) const FINE: f64 = 8.0;

/// Texts keep so far from the edges of the page.
const EDGE: f64 = 4.0;

/// Half the width of a band that has one step.
const ALONE: f64 = 5.0;

/// A text on the page, and the box that its letters fill: from the top of capitals to the foot of a `g`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    pub text: String,
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Label {
    /// Whether the boxes of two texts share more than half a unit each way.
    pub fn meets(&self, other: &Self) -> bool {
        let shared = |from: f64, to: f64| to - from > 0.5;
        shared(self.left.max(other.left), self.right.min(other.right))
            && shared(self.top.max(other.top), self.bottom.min(other.bottom))
    }
}

/// A part of a drawing that stands for a value, and the value in words: what a pointer over it reads.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::render) struct Spot {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub words: String,
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub size: f64,
    pub bold: bool,
    pub color: RGBColor,
}

pub(super) const TITLE: Type = Type { size: 21.0, bold: true, color: INK };
pub(super) const SUBTITLE: Type = Type { size: 13.5, bold: false, color: MUTED };
pub(super) const LABEL: Type = Type { size: 13.0, bold: false, color: INK };
pub(super) const AXIS: Type = Type { size: 12.5, bold: false, color: MUTED };
pub(super) const FOOTER: Type = Type { size: 11.0, bold: false, color: MUTED };

impl Type {
    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub fn color(self, color: RGBColor) -> Self {
        Self { color, ..self }
    }

    /// So many times as large.
    pub fn larger(self, times: f64) -> Self {
        Self { size: self.size * times, ..self }
    }

    fn style(self) -> TextStyle<'static> {
        let mut text = TextStyle::from(font(self.bold, self.size * FINE));
        text.color = letters(self.color).to_backend_color();
        text
    }

    /// Its width in units of the page.
    pub fn width(self, text: &str) -> f64 {
        let mut before = None;
        let sizes: f64 = text.chars().map(|letter| advance(self.bold, before.replace(letter), letter)).sum();
        (sizes * self.size * FINE).floor() / FINE
    }

    /// Cut with an ellipsis to fit.
    pub fn fitted(self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().collect();
        let cut = |kept: usize| letters[..kept].iter().collect::<String>().trim_end().to_owned() + "…";
        most(letters.len(), |kept| self.width(&cut(kept)) <= width).map_or_else(|| "…".to_owned(), cut)
    }

    /// A name, cut in its middle to fit: names of one fleet often differ at their ends only.
    pub fn named(self, name: &str, width: f64) -> String {
        if self.width(name) <= width {
            return name.to_owned();
        }
        let letters: Vec<char> = name.chars().collect();
        let cut = |kept: usize| {
            let (head, tail) = (kept.div_ceil(2), kept / 2);
            let text = |of: &[char]| of.iter().collect::<String>();
            format!("{}…{}", text(&letters[..head]).trim_end(), text(&letters[letters.len() - tail..]).trim_start())
        };
        most(letters.len(), |kept| self.width(&cut(kept)) <= width).map_or_else(|| "…".to_owned(), cut)
    }

    /// Broken into at most so many lines that fit; what is left over is cut with an ellipsis.
    pub fn wrapped(self, text: &str, width: f64, most: usize) -> Vec<String> {
        let mut lines = self.broken(text, width);
        if lines.len() > most {
            let rest = lines.split_off(most.saturating_sub(1)).join(" ");
            // the words alone may fit, yet they are not all
            lines.push(self.fitted(&format!("{rest} {rest}"), width));
        }
        lines
    }

    /// The same with lines about as long as each other.
    pub fn balanced(self, text: &str, width: f64, most: usize) -> Vec<String> {
        let lines = self.wrapped(text, width, most);
        let narrower = |share: u32| self.wrapped(text, width * f64::from(share) / 20.0, most);
        let same = |other: &Vec<String>| other.len() == lines.len() && other.last().is_some_and(|last| !last.ends_with('…'));
        (11..20).map(narrower).find(same).unwrap_or(lines)
    }

    fn broken(self, text: &str, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let parts = together(text).into_iter().flat_map(|part| {
            let whole = self.width(&part) <= width;
            if whole { vec![part] } else { part.split(' ').map(str::to_owned).collect() }
        });
        for word in parts {
            let word = word.as_str();
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(self.fitted(word, width)),
            }
        }
        lines
    }
}

fn font(bold: bool, size: f64) -> FontDesc<'static> {
    static FONTS: OnceLock<()> = OnceLock::new();
    FONTS.get_or_init(|| {
        // The built-in files are known to be fonts; a refusal would only make measures a guess.
        drop(register_font("Inter", FontStyle::Normal, REGULAR));
        drop(register_font("Inter", FontStyle::Bold, SEMI_BOLD));
    });
    ("Inter", size, if bold { FontStyle::Bold } else { FontStyle::Normal }).into_font()
}

/// Size at which letters are measured: the library gives whole numbers.
const MEASURED: f64 = 1e6;

/// How far a letter stands from the one before it to the next, in sizes of the letters. It is asked of the font once: a frontier tries
/// thousands of places for its words.
fn advance(bold: bool, before: Option<char>, letter: char) -> f64 {
    thread_local! {
        static KNOWN: RefCell<BTreeMap<(bool, Option<char>, char), f64>> = const { RefCell::new(BTreeMap::new()) };
    }
    let measured = |text: String| font(bold, MEASURED).box_size(&text).map_or(0.56, |(width, _)| f64::from(width) / MEASURED);
    KNOWN.with_borrow_mut(|known| {
        *known.entry((bold, before, letter)).or_insert_with(|| match before {
            Some(before) => measured(format!("{before}{letter}")) - measured(before.to_string()),
            None => measured(letter.to_string()),
        })
    })
}

/// The most of `1..below` that fits, where more than what does not fit does not fit either.
fn most(below: usize, fits: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut kept, mut not) = (0, below);
    while kept + 1 < not {
        let middle = usize::midpoint(kept, not);
        if fits(middle) { kept = middle } else { not = middle }
    }
    (kept > 0).then_some(kept)
}

/// Words, a number with what it counts, a month with its year: `13 Mar 2027`, `14 × general`, `1,738 hours`.
fn together(text: &str) -> Vec<String> {
    let number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let counts = |word: &str| word == "×" || (number(word) && !word.ends_with([':', ';', '.', ')']));
    let month = |word: &str| MONTHS.contains(&word);
    let mut parts: Vec<String> = Vec::new();
    let mut before = "";
    for word in text.split(' ') {
        let year = month(before) && number(word);
        let joined = counts(before) || year;
        match parts.last_mut() {
            Some(part) if joined && part.split(' ').count() < 3 => {
                part.push(' ');
                part.push_str(word);
            }
            _ => parts.push(word.to_owned()),
        }
        // a year counts nothing
        before = if year { "" } else { word };
    }
    parts
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws on one page. What the drawing library could refuse (a file it cannot write to) does not happen in memory.
pub(super) struct Pen<'a> {
    area: Area<'a>,
    width: f64,
    /// All texts so far.
    texts: RefCell<Vec<Label>>,
    /// All values that can be read.
    spots: RefCell<Vec<Spot>>,
}

impl<'a> Pen<'a> {
    pub fn new(out: &'a mut String, width: f64, height: f64) -> Self {
        let size = ((width * FINE) as u32, (height * FINE) as u32);
        let area = SVGBackend::with_string(out, size).into_drawing_area();
        let pen = Self { area, width, texts: RefCell::default(), spots: RefCell::default() };
        pen.rect((0.0, 0.0), (width, height), PAPER, 1.0);
        pen
    }

    fn at((x, y): (f64, f64)) -> (i32, i32) {
        ((x * FINE).round() as i32, (y * FINE).round() as i32)
    }

    fn put<'b, E>(&self, element: &'b E)
    where
        &'b E: plotters::element::PointCollection<'b, (i32, i32)>,
        E: plotters::element::Drawable<SVGBackend<'a>>,
    {
        drop(self.area.draw(element));
    }

    /// A line through points; a point alone, as between two gaps, is a dot as wide as the line and a little more.
    pub fn line(&self, points: &[(f64, f64)], color: RGBColor, width: f64) {
        if let [alone] = points {
            self.dot(*alone, 0.75 * width, color);
        } else if points.len() > 1 {
            let style = ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: (width * FINE) as u32 };
            self.put(&PathElement::new(points.iter().map(|p| Self::at(*p)).collect::<Vec<_>>(), style));
        }
    }

    /// Dashes of `dash` units with gaps as long.
    pub fn dashed(&self, points: &[(f64, f64)], color: RGBColor, width: f64, dash: f64) {
        self.in_turn(points, color, width, dash, (0, 2));
    }

    /// One of so many lines that lie on each other, each drawn in dashes of `dash` units where the others are not.
    pub fn in_turn(&self, points: &[(f64, f64)], color: RGBColor, width: f64, dash: f64, (turn, of): (usize, usize)) {
        if of == 1 {
            self.line(points, color, width);
            return;
        }
        let mut from_start = 0.0;
        for pair in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let length = (x1 - x0).hypot(y1 - y0);
            let mut at = 0.0;
            while at < length {
                let phase = (from_start + at) % (of as f64 * dash);
                let now = (phase / dash) as usize;
                let step = ((now + 1) as f64 * dash - phase).max(0.25).min(length - at);
                if now == turn {
                    let place = |d: f64| (x0 + (x1 - x0) * d / length, y0 + (y1 - y0) * d / length);
                    self.line(&[place(at), place(at + step)], color, width);
                }
                at += step;
            }
            from_start += length;
        }
    }

    pub fn polygon(&self, points: &[(f64, f64)], color: RGBColor, opacity: f64) {
        if points.len() > 2 {
            let style = color.mix(opacity).filled();
            self.put(&Polygon::new(points.iter().map(|p| Self::at(*p)).collect::<Vec<_>>(), style));
        }
    }

    pub fn rect(&self, from: (f64, f64), to: (f64, f64), color: RGBColor, opacity: f64) {
        self.put(&Rectangle::new([Self::at(from), Self::at(to)], color.mix(opacity).filled()));
    }

    pub fn dot(&self, at: (f64, f64), radius: f64, color: RGBColor) {
        self.put(&Circle::new(Self::at(at), (radius * FINE) as i32, color.filled()));
    }

    /// One line of text; `at.1` is its middle. It is moved, and where that is not enough cut, to stay within the width of the page.
    pub fn text(&self, text: &str, at: (f64, f64), kind: Type, anchor: Anchor) {
        let text = kind.fitted(text, self.width - 2.0 * EDGE);
        self.write(self.boxed(&text, at, kind, anchor), kind, anchor);
    }

    /// The same where no other text stands yet; otherwise nothing is written. Whether it was.
    pub fn label(&self, text: &str, at: (f64, f64), kind: Type, anchor: Anchor) -> bool {
        let label = self.boxed(text, at, kind, anchor);
        let free = label.right <= self.width && !self.texts.borrow().iter().any(|other| other.meets(&label));
        if free {
            self.write(label, kind, anchor);
        }
        free
    }

    /// The same on a plate of paper, so that no line drawn before strikes it out.
    pub fn label_on_paper(&self, text: &str, at: (f64, f64), kind: Type, anchor: Anchor) -> bool {
        let place = self.boxed(text, at, kind, anchor);
        let free = place.right <= self.width && !self.texts.borrow().iter().any(|other| other.meets(&place));
        if free {
            self.rect((place.left - 3.0, place.top - 2.0), (place.right + 3.0, place.bottom + 2.0), PAPER, 1.0);
        }
        free && self.label(text, at, kind, anchor)
    }

    /// A band between two edges, from the x, lower and upper y of each step; that of one step is as wide as a mark.
    pub fn band(&self, steps: &[(f64, f64, f64)], color: RGBColor, opacity: f64) {
        if let [(x, low, high)] = steps {
            self.rect((x - ALONE, *high), (x + ALONE, *low), color, opacity);
            return;
        }
        let up = steps.iter().map(|(x, _, high)| (*x, *high));
        let down = steps.iter().rev().map(|(x, low, _)| (*x, *low));
        self.polygon(&up.chain(down).collect::<Vec<_>>(), color, opacity);
    }

    /// At the first of some places that is free.
    pub fn label_at_one_of(&self, text: &str, places: &[((f64, f64), Anchor)], kind: Type) {
        let _none_is_free = places.iter().any(|(at, anchor)| self.label(text, *at, kind, *anchor));
    }

    /// Says what the value of a rectangle is, to whoever points at it. Draws nothing.
    pub fn spot(&self, from: (f64, f64), to: (f64, f64), words: String) {
        let (left, top, right, bottom) = (from.0.min(to.0), from.1.min(to.1), from.0.max(to.0), from.1.max(to.1));
        self.spots.borrow_mut().push(Spot { left, top, right, bottom, words });
    }

    /// All texts on the page, and all values that can be read.
    pub fn told(self) -> (Vec<Label>, Vec<Spot>) {
        (self.texts.into_inner(), self.spots.into_inner())
    }

    /// The box that a text would fill there.
    pub fn boxed(&self, text: &str, at: (f64, f64), kind: Type, anchor: Anchor) -> Label {
        let wide = kind.width(text);
        let left = match anchor {
            Anchor::Start => at.0,
            Anchor::Middle => at.0 - wide / 2.0,
            Anchor::End => at.0 - wide,
        };
        let left = left.min(self.width - EDGE - wide).max(EDGE);
        let (top, bottom) = (at.1 - 0.38 * kind.size, at.1 + 0.56 * kind.size);
        Label { text: text.to_owned(), left, top, right: left + wide, bottom }
    }

    fn write(&self, label: Label, kind: Type, anchor: Anchor) {
        let (horizontal, x) = match anchor {
            Anchor::Start => (HPos::Left, label.left),
            Anchor::Middle => (HPos::Center, f64::midpoint(label.left, label.right)),
            Anchor::End => (HPos::Right, label.right),
        };
        // the library's own baseline shifts differ between viewers: the baseline is placed here, 0.36 of the size under the middle
        let style = kind.style().pos(Pos::new(horizontal, VPos::Bottom));
        let at = Self::at((x, label.bottom - 0.2 * kind.size));
        self.put(&Text::new(label.text.clone(), at, style));
        self.texts.borrow_mut().push(label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_with_what_they_count() {
        let parts = together("order 14 × general on 13 Mar 2027: 1,738 hours in 3 of 8 days");
        assert_eq!(parts, ["order", "14 × general", "on", "13 Mar 2027:", "1,738 hours", "in", "3 of", "8 days"]);
        assert_eq!(together("lacks in Sep 2027 and May not"), ["lacks", "in", "Sep 2027", "and", "May", "not"]);
        for width in [90.0, 140.0, 200.0] {
            let lines = LABEL.broken("crosses on 13 Mar 2027 and 14 × general by 1,738 hours", width);
            assert!(
                lines.iter().all(|line| !line.ends_with(" 13") && !line.ends_with('×') && line != "13"),
                "{width}: {lines:?}"
            );
        }
    }

    /// The library measures whole texts; letters are measured one by one.
    #[test]
    fn a_text_is_as_wide_as_its_letters() {
        for text in ["Worst month's risk, root scale", "AVATAR To. 7 %", "é – × …", "", "100 %"] {
            for kind in [TITLE, LABEL, FOOTER.bold()] {
                let (whole, _) = kind.style().font.box_size(text).unwrap();
                let (whole, letters) = (f64::from(whole) / FINE, kind.width(text));
                assert!((whole - letters).abs() <= 1.0 / FINE, "{text}: {whole}, {letters}");
            }
        }
    }

    #[test]
    fn a_cut_text_keeps_as_many_letters_as_fit() {
        let text = "recommendation engine of the checkout in Frankfurt am Main";
        for width in 0..400 {
            let width = f64::from(width);
            let head = |kept: usize| text[..kept].trim_end().to_owned() + "…";
            let slow = (1..text.len()).rev().map(head).find(|cut| LABEL.width(cut) <= width).unwrap_or_else(|| "…".to_owned());
            let whole = LABEL.width(text) <= width;
            assert_eq!(LABEL.fitted(text, width), if whole { text.to_owned() } else { slow }, "{width}");
        }
    }
}
