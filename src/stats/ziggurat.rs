//! The layers of Marsaglia & Tsang (2000), "The ziggurat method for generating random variables", *J. Stat. Soft.* 5(8):
//! 256 of equal area under a falling curve. The bits that choose the layer, the sign and the place in it are all different
//! ones, as Doornik (2005), "An improved ziggurat method to generate normal random samples", asks.

use super::portable::{exp, ln};

const LAYERS: usize = 256;

/// The layers of one law, computed by the compiler.
pub struct Table {
    /// Right ends, falling: `x[0]` of a rectangle with the area of the bottom layer and its tail, `x[1]` where the tail starts.
    x: [f64; LAYERS + 1],
    /// The curve at each right end; the first is never asked for.
    height: [f64; LAYERS + 1],
}

impl Table {
    /// The layer that 64 random bits choose.
    #[inline]
    pub fn layer(bits: u64) -> usize {
        (bits & 0xFF) as usize
    }

    /// Where in its layer: the middles of 2^52 cells of (0, 1).
    #[inline]
    fn at(&self, bits: u64) -> f64 {
        let unit = f64::from_bits((bits >> 12) | 0x3FF0_0000_0000_0000) - (1.0 - f64::EPSILON / 2.0);
        unit * self.x[Self::layer(bits)]
    }

    /// The draw, if it falls where the whole layer is under the curve.
    #[inline]
    pub fn inside(&self, bits: u64) -> Option<f64> {
        let x = self.at(bits);
        (x < self.x[Self::layer(bits) + 1]).then_some(x)
    }

    /// The draw, if the point at height `unit` of the layer is under the curve. Not for the bottom layer.
    #[inline]
    pub fn under_the_curve(&self, bits: u64, unit: f64, curve: impl Fn(f64) -> f64) -> Option<f64> {
        let (x, layer) = (self.at(bits), Self::layer(bits));
        let height = self.height[layer] + unit * (self.height[layer + 1] - self.height[layer]);
        (height < curve(x)).then_some(x)
    }

    /// Where the tail starts.
    #[inline]
    pub fn tail(&self) -> f64 {
        self.x[1]
    }
}

/// exp(-x²/2) from 0 on. Start of the tail and area of a layer: `scripts/oracles/portable_math.py coefficients`.
pub static NORMAL: Table = table(3.654_152_885_361_008_8, 0.004_928_673_233_974_655, true);
/// exp(-x) from 0 on.
pub static EXPONENTIAL: Table = table(7.697_117_470_131_049_7, 0.003_949_659_822_581_557, false);

const fn table(tail: f64, area: f64, normal: bool) -> Table {
    let mut table = Table { x: [0.0; LAYERS + 1], height: [1.0; LAYERS + 1] };
    table.height[1] = if normal { exp(-0.5 * tail * tail) } else { exp(-tail) };
    table.x[1] = tail;
    table.x[0] = area / table.height[1];
    table.height[0] = 0.0;
    let mut i = 2;
    while i < LAYERS {
        let height = table.height[i - 1] + area / table.x[i - 1];
        table.x[i] = if normal { root(-2.0 * ln(height)) } else { -ln(height) };
        table.height[i] = height;
        i += 1;
    }
    table
}

/// √x by Newton's method: the compiler's own is not at hand in a constant.
const fn root(x: f64) -> f64 {
    let mut guess = 1.0;
    let mut i = 0;
    while i < 40 {
        guess = 0.5 * (guess + x / guess);
        i += 1;
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_has_the_same_area_and_the_last_ends_at_the_top() {
        for (table, curve, area) in [
            (&NORMAL, (|x: f64| (-0.5 * x * x).exp()) as fn(f64) -> f64, 0.004_928_673_233_974_655),
            (&EXPONENTIAL, |x| (-x).exp(), 0.003_949_659_822_581_557),
        ] {
            for i in 1..LAYERS {
                assert!((curve(table.x[i]) - table.height[i]).abs() < 1e-14, "{i}");
                let seen = table.x[i] * (table.height[i + 1] - table.height[i]);
                // the errors of 255 heights add up towards the top
                assert!((seen - area).abs() < 1e-13, "{i}: {seen} {area}");
                assert!(table.x[i] < table.x[i - 1]);
            }
            assert_eq!((table.x[LAYERS], table.height[LAYERS]), (0.0, 1.0));
        }
    }

    #[test]
    fn a_layer_below_the_tail_has_the_area_of_its_rectangle_and_its_tail() {
        let tail = statrs::function::erf::erfc(NORMAL.tail() / 2.0f64.sqrt()) * (std::f64::consts::PI / 2.0).sqrt();
        let seen = NORMAL.x[0] * NORMAL.height[1] - NORMAL.tail() * NORMAL.height[1];
        // erfc of that crate keeps 11 digits
        assert!((seen / tail - 1.0).abs() < 1e-10, "{seen} {tail}");
        let tail = (-EXPONENTIAL.tail()).exp();
        assert!((EXPONENTIAL.x[0] * EXPONENTIAL.height[1] - (EXPONENTIAL.tail() * EXPONENTIAL.height[1] + tail)).abs() < 1e-15);
    }
}
