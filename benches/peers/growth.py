"""The growth paths of benches/growth_speed.rs with numpy, as a competent user of it would: all paths of a month in one row, one
array for all, exact quantiles of each month by np.partition (which has a vectorised selection) between order statistics as
np.quantile does (which takes as long).

Prints `work TAB seconds of CPU TAB note`, the least of several rounds.
"""

import numpy as np
import timing

N = 1_000_000
P = np.array([0.05, 0.5, 0.95])


def report(work, answer):
    note = "last month: mean {:.2f} ± {:.2f}, p5 {:.2f}, p50 {:.2f}, p95 {:.2f}"
    timing.report(work, answer, lambda seen: note.format(*seen), rounds=7)


def quantiles(row):
    """The shares P of one month, as np.quantile's default."""
    rank = P * (len(row) - 1)
    below = rank.astype(int)
    row = np.partition(row, np.concatenate([below, below + 1]))
    return row[below] + (rank - below) * (row[below + 1] - row[below])


def summary(paths):
    means = paths.mean(axis=1)
    error = paths[-1].std() / np.sqrt(N)
    found = np.array([quantiles(row) for row in paths])
    return means[-1], error, *found[-1]


def plain(seed=1):
    rng = np.random.default_rng(seed)
    paths = rng.standard_normal((24, N))
    paths *= 0.02
    paths += np.log(1.03) - 0.02**2 / 2
    np.cumsum(paths, axis=0, out=paths)
    np.exp(paths, out=paths)
    paths *= 1200.0
    return summary(paths)


def expert(seed=1):
    """Six uncertain inputs, growth and first launch with a rank correlation of 0.5; whether a capacity was reached."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((6, N))
    rho = 2 * np.sin(np.pi * 0.5 / 6)
    z[3] = rho * z[1] + np.sqrt(1 - rho**2) * z[3]
    start = 1200.0 * np.exp(0.13 * z[0])
    growth = np.log1p(0.03 + 0.01 * z[1])
    volatility = 0.03 * np.exp(0.3 * z[2])
    events = {4: 200.0 * np.exp(0.5 * z[3]), 8: 100.0 * np.exp(0.7 * z[4])}
    step = 0.9 * np.exp(0.05 * z[5])
    growth -= volatility**2 / 2
    paths = rng.standard_normal((12, N))
    paths *= volatility
    paths += growth
    np.exp(paths, out=paths)
    at = start
    reached = np.zeros(N, dtype=bool)
    share = np.empty(12)
    for month in range(12):
        paths[month] *= at
        if month + 1 in events:
            paths[month] += events[month + 1]
        if month + 1 == 10:
            paths[month] *= step
        at = paths[month]
        reached |= at >= 2000.0
        share[month] = reached.mean()
    return summary(paths)


report(f"growth, 24 months, numpy {np.__version__}", plain)
report(f"growth, 12 months, 6 uncertain inputs, numpy {np.__version__}", expert)
