"""Coefficients and reference values of src/portable.rs, at 60 digits with mpmath.

  python portable_math.py coefficients             the polynomials, as Rust constants
  python portable_math.py reference > FILE         src/portable/reference.tsv

A line of the reference: function, the bits of its arguments, and the value as the sum of two doubles (their bits).
"""
import random
import struct
import sys

from mpmath import mp, mpf, chebyfit

mp.dps = 60


def bits(x):
    return f"{struct.unpack('<Q', struct.pack('<d', float(x)))[0]:016x}"


def near_minimax(f, low, high, terms):
    """A Chebyshev fit at 60 digits; its error is within a small factor of the best polynomial's."""
    coefficients, error = chebyfit(f, [low, high], terms, error=True)
    return [float(c) for c in reversed(coefficients)], float(error)


def show(name, doc, coefficients, error):
    print(f"/// {doc} Error of the fit: {error:.1e}.")
    print(f"const {name}: [f64; {len(coefficients)}] = [{', '.join(repr(c) for c in coefficients)}];")


def coefficients():
    half = mp.log(2) / 2 + mpf("1e-6")
    show("EXP", "(e^r - 1 - r) / r^2 on |r| <= ln(2) / 2.",
         *near_minimax(lambda r: (mp.exp(r) - 1 - r) / r**2 if abs(r) > mpf("1e-15") else mpf(1) / 2 + r / 6 + r * r / 24, -half, half, 11))
    top = (mp.sqrt(2) - 1) ** 2 / (mp.sqrt(2) + 1) ** 2 + mpf("1e-9")

    def atanh_rest(z):
        s = mp.sqrt(z)
        return (2 * mp.atanh(s) - 2 * s) / (s * z) if z > mpf("1e-20") else mpf(2) / 3 + 2 * z / 5

    def atanh_rest2(z):
        s = mp.sqrt(z)
        return (2 * mp.atanh(s) - 2 * s - 2 * s * z / 3) / (s * z * z) if z > mpf("1e-12") else mpf(2) / 5 + 2 * z / 7

    show("LN", "(2 atanh(s) - 2 s) / s^3 in z = s^2.", *near_minimax(atanh_rest, mpf(0), top, 7))
    show("LN_REST", "(2 atanh(s) - 2 s - 2 s^3 / 3) / s^5 in z = s^2.", *near_minimax(atanh_rest2, mpf(0), top, 8))
    quarter = mpf(1) / 16 + mpf("1e-9")

    def sin_rest(z):
        x = mp.sqrt(z)
        return (mp.sin(mp.pi * x) / x - mp.pi) / z if z > mpf("1e-20") else -mp.pi**3 / 6 + z * mp.pi**5 / 120

    def cos_rest(z):
        x = mp.sqrt(z)
        return (mp.cos(mp.pi * x) - 1 + mp.pi**2 * z / 2) / z**2 if z > mpf("1e-12") else mp.pi**4 / 24 - z * mp.pi**6 / 720

    show("SIN", "(sin(pi x) / x - pi) / x^2 in z = x^2, |x| <= 1/4.", *near_minimax(sin_rest, mpf(0), quarter, 7))
    show("COS", "(cos(pi x) - 1 + pi^2 x^2 / 2) / x^4 in z = x^2, |x| <= 1/4.", *near_minimax(cos_rest, mpf(0), quarter, 7))

    # thirteen digits: portable/near.rs, simulate/growth/normals.rs
    show("near LN", "(2 s - 2 atanh(s)) / s^3 in z = s^2.", *near_minimax(lambda z: -atanh_rest(z), mpf(0), top, 5))
    show("near EXP", "e^r on |r| <= ln(2) / 2.", *near_minimax(mp.exp, -half, half, 10))
    eighth = mp.pi / 4
    show("near SIN", "sin(pi x / 4) / x in z = x^2, |x| <= 1.",
         *near_minimax(lambda z: mp.sin(eighth * mp.sqrt(z)) / mp.sqrt(z) if z > mpf("1e-20") else eighth, mpf(0), mpf(1), 6))
    show("near COS", "cos(pi x / 4) in z = x^2, |x| <= 1.", *near_minimax(lambda z: mp.cos(eighth * mp.sqrt(z)), mpf(0), mpf(1), 6))

    def split(name, value, keep):
        """The value in three doubles; the first keeps so many bits, so that its product with a small whole number is exact."""
        e = mp.floor(mp.log(abs(value), 2))
        first = mp.floor(value / mpf(2) ** (e - keep + 1)) * mpf(2) ** (e - keep + 1)
        second = float(value - first)
        if keep < 53:
            second = float(mp.floor((value - first) / mpf(2) ** (e - 2 * keep + 1)) * mpf(2) ** (e - 2 * keep + 1))
        third = float(value - first - mpf(second))
        print(f"const {name}: [f64; 3] = [{float(first)!r}, {second!r}, {third!r}];")

    split("LN_2", mp.log(2), 41)
    split("PI", mp.pi, 26)
    split("HALF_PI_SQUARED", mp.pi**2 / 2, 53)
    split("TWO_THIRDS", mpf(2) / 3, 53)
    ziggurat("NORMAL", lambda x: mp.exp(-x * x / 2), lambda y: mp.sqrt(-2 * mp.log(y)),
             lambda r: mp.sqrt(mp.pi / 2) * mp.erfc(r / mp.sqrt(2)), mpf("3.6541528853610088"))
    ziggurat("EXPONENTIAL", lambda x: mp.exp(-x), lambda y: -mp.log(y), lambda r: mp.exp(-r), mpf("7.69711747013104972"))


def ziggurat(name, f, inverse, tail, near):
    """The start of the tail and the area of a layer, so that 256 layers of equal area close at the top."""

    def gap(r):
        area = r * f(r) + tail(r)
        x = r
        for _ in range(254):
            x = inverse(area / x + f(x))
        return area / x + f(x) - 1

    r = mp.findroot(gap, (near, near * (1 + mpf("1e-12"))), solver="secant", tol=mpf("1e-50"), verify=False)
    print(f"{name}: tail from {mp.nstr(r, 20)}, area {mp.nstr(r * f(r) + tail(r), 20)}, gap {mp.nstr(gap(r), 3)}")


def quantile(p):
    """The normal quantile by Newton's method on erfc at 60 digits, in whichever tail p is."""
    tail = p if p <= 0.5 else 1 - p
    if tail == mpf(1) / 2:
        return mpf(0)
    x = -mp.sqrt(-2 * mp.log(tail)) if tail < mpf("0.02") else mp.sqrt(2) * mp.erfinv(2 * tail - 1)
    for _ in range(60):
        step = (mp.erfc(-x / mp.sqrt(2)) / 2 - tail) * mp.sqrt(2 * mp.pi) * mp.exp(x * x / 2)
        # Halley: x'' / x' of the quantile is x
        step = step / (1 + x * step / 2)
        x -= step
        if abs(step) < mpf("1e-45") * abs(x):
            break
    return x if p <= 0.5 else -x


def reference():
    draw = random.Random(20080612)
    log_uniform = lambda low, high: 10 ** draw.uniform(low, high)
    signed = lambda x: draw.choice([-1, 1]) * x
    ln_at = ([log_uniform(-300, 300) for _ in range(60)] + [draw.uniform(0.5, 2) for _ in range(120)]
             + [1 + signed(log_uniform(-16, -1)) for _ in range(60)] + [draw.random() for _ in range(60)]
             + [0.7071067811865475, 0.7071067811865476, 1.414213562373095, 1.4142135623730951, 2.0, 0.5,
                5e-324, 2.2250738585072014e-308, 1.2e-310, 1.7976931348623157e308, 1 - 2.0**-53, 1 + 2.0**-52, 2.0**-53])
    exp_at = ([draw.uniform(-745, 709.7) for _ in range(100)] + [draw.uniform(-1, 1) for _ in range(120)]
              + [draw.uniform(-30, 5) for _ in range(80)] + [signed(log_uniform(-17, -1)) for _ in range(40)]
              + [0.34657359027997264, -0.34657359027997264, 709.78, -708.3964185322641, -745.1, -740.0, 1.0, 5e-324])
    ln_1p_at = ([signed(log_uniform(-17, -0.01)) for _ in range(150)] + [log_uniform(-3, 300) for _ in range(50)]
                + [-draw.random() for _ in range(100)] + [-1 + 2.0**-53, 1e-300, -1e-300, 0.4142135623730951])
    exp_m1_at = ([signed(log_uniform(-17, 1.5)) for _ in range(200)] + [draw.uniform(-2, 2) for _ in range(150)]
                 + [draw.uniform(-50, 709) for _ in range(50)] + [709.78, -745.0, 1e-300, -1e-300])
    turns = ([draw.uniform(-2, 2) for _ in range(150)] + [draw.uniform(-1e6, 1e6) for _ in range(50)]
             + [signed(log_uniform(-300, -1)) for _ in range(30)] + [n / 8 + signed(log_uniform(-15, -3)) for n in range(-16, 17)]
             + [0.25, 0.75, -0.25, 1.25, 0.24999999999999997, 4503599627370497.5, 1e9 + 0.125])
    quantile_at = ([draw.random() for _ in range(150)] + [log_uniform(-300, -1) for _ in range(80)]
                   + [1 - log_uniform(-15, -1) for _ in range(50)] + [0.5 + signed(log_uniform(-15, -2)) for _ in range(40)]
                   + [0.5, 0.075, 0.925, 2.0**-53, 1 - 2.0**-53, 5e-324, 2.2250738585072014e-308])
    pow_at = ([(log_uniform(-3, 3), draw.uniform(-5, 5)) for _ in range(150)]
              + [(-mp.log(draw.random()), 1 / draw.uniform(0.2, 8)) for _ in range(100)]
              + [(log_uniform(-10, 10), draw.uniform(-30, 30)) for _ in range(80)]
              + [(1 + signed(log_uniform(-12, -2)), log_uniform(0, 4)) for _ in range(60)]
              + [(2.0, 0.5), (0.7071067811865476, 3.0), (10.0, -3.0), (1.5, 1000.0), (3.0, -600.0), (1e-300, 1.01)])
    one = [("ln", ln_at, mp.log), ("exp", exp_at, mp.exp), ("ln_1p", ln_1p_at, mp.log1p), ("exp_m1", exp_m1_at, mp.expm1),
           ("sin_pi", turns, mp.sinpi), ("cos_pi", turns, mp.cospi), ("normal_quantile", quantile_at, quantile)]
    rows = [(name, (float(x),), f(mpf(float(x)))) for name, at, f in one for x in at]
    rows += [("powf", (float(x), float(y)), mpf(float(x)) ** mpf(float(y))) for x, y in pow_at]
    for name, arguments, value in rows:
        high = float(value)
        print("\t".join([name, *map(bits, arguments), bits(high), bits(value - mpf(high))]))


if __name__ == "__main__":
    {"coefficients": coefficients, "reference": reference}[sys.argv[1]]()
