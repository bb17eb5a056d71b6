"""The works of benches/inputs_speed.rs with NumPy and SciPy, as a competent user of them would: correlated normals by Cholesky, each law
by its own quantile function (SciPy's monotone PCHIP for stated quantiles), Higham's projections with numpy.linalg.eigh.

Prints `work TAB seconds of CPU per answer TAB the answer`, the least of several rounds. Threads of BLAS are off.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtr, ndtri
from scipy.stats import beta
from timing import report

FUTURES = 1 << 20


def through(points):
    z, y = ndtri([p for p, _ in points]), np.log([x for _, x in points])
    inside = PchipInterpolator(z, y)
    slopes = inside.derivative()(z[[0, -1]])

    def at(score):
        line = inside(np.clip(score, z[0], z[-1]))
        line += slopes[0] * np.minimum(score - z[0], 0.0) + slopes[1] * np.maximum(score - z[-1], 0.0)
        return np.exp(line)

    return at


def six():
    rho = np.eye(6)
    for a, b, rank in [(0, 1, 0.5), (2, 3, 0.4), (0, 4, -0.3)]:
        rho[a, b] = rho[b, a] = 2.0 * np.sin(np.pi * rank / 6.0)
    lower = np.linalg.cholesky(rho)
    growth = through([(0.1, 0.01), (0.5, 0.03), (0.9, 0.08)])
    launch = through([(0.1, 0.15), (0.5, 0.25), (0.9, 0.4)])
    lead = through([(0.1, 35.0), (0.5, 49.0), (0.9, 84.0)])
    # a table: beta.ppf itself takes a microsecond a draw
    grid = np.linspace(-8.0, 8.0, 4097)
    line = beta(20.0, 8.0).ppf(ndtr(grid))

    def answer():
        z = lower @ np.random.default_rng(1).standard_normal((6, FUTURES))
        drawn = [
            growth(z[0]),
            launch(z[1]),
            lead(z[2]),
            9000.0 * np.exp(0.2 * z[3]),
            0.1 + 0.03 * z[4],
            np.interp(z[5], grid, line),
        ]
        return sum(float(column[::64].sum()) for column in drawn) / (FUTURES / 64)

    return answer


def nearest(stated):
    unit, correction = stated.copy(), np.zeros_like(stated)
    for _ in range(10_000):
        start = unit - correction
        values, vectors = np.linalg.eigh(start)
        valid = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = valid - start
        before, unit = unit, valid.copy()
        np.fill_diagonal(unit, 1.0)
        if max(np.linalg.norm(unit - before), np.linalg.norm(unit - valid)) <= 1e-12 * np.linalg.norm(unit):
            break
    return unit[0, 1]


report("six uncertain numbers, three correlations, 2^20 futures", six())
stated = np.array([[float(abs(a - b) <= 1) for a in range(20)] for b in range(20)])
report("nearest correlation matrix of 20 numbers", lambda: nearest(stated))
