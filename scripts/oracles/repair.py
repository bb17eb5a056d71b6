"""Reference values for src/forecast/repair: `python scripts/oracles/repair.py > tests/fixtures/forecast/repair.json`.

Made with Python 3.11, NumPy and SciPy (versions are written into the file); all series are simulated with fixed seeds.
- tobit: the maximum of the right-censored normal likelihood with a mean for each phase, by L-BFGS-B from scipy.optimize.
- pieces: the cheapest partition into straight pieces by trying every start (no pruning), lines by numpy.polyfit.
"""

import json
import sys

import numpy as np
import scipy
from scipy.optimize import minimize
from scipy.stats import norm


def tobit(seed, season, cycles, limit):
    rng = np.random.default_rng(seed)
    means = 50 + 20 * np.sin(2 * np.pi * np.arange(season) / season)
    demand = np.tile(means, cycles) + 6 * rng.standard_normal(season * cycles)
    seen = np.round(np.minimum(demand, limit), 4)
    phase = np.arange(season * cycles) % season
    time = np.arange(season * cycles) - (season * cycles - 1) / 2
    met = seen >= limit

    def loss(p):
        centre, sd = p[:season][phase] + p[season] * time, np.exp(p[season + 1])
        return -np.where(met, norm.logsf((limit - centre) / sd), norm.logpdf(seen, centre, sd)).sum()

    start = np.r_[[seen[phase == k].mean() for k in range(season)], 0.0, np.log(seen.std())]
    best = minimize(loss, start, method="L-BFGS-B", options={"maxiter": 5000, "maxfun": 100000, "ftol": 1e-13, "gtol": 1e-8})
    return {"season": season, "limit": limit, "values": seen.tolist(), "means": best.x[:season].tolist(),
            "slope": best.x[season], "sd": float(np.exp(best.x[season + 1])), "censored": int(met.sum())}


def pieces(seed, penalty, least):
    rng = np.random.default_rng(seed)
    n = 60
    x = rng.standard_normal(n)
    x[rng.integers(15, 30):] += 5
    x[45:] += 0.4 * np.arange(n - 45)
    x = np.round(x, 4)

    def cost(a, b):
        t = np.arange(a, b)
        return float(((x[a:b] - np.polyval(np.polyfit(t, x[a:b], 1), t)) ** 2).sum())

    best, start = np.full(n + 1, np.inf), np.zeros(n + 1, int)
    best[0] = -penalty
    for b in range(least, n + 1):
        for a in range(0, b - least + 1):
            if best[a] + cost(a, b) + penalty < best[b]:
                best[b], start[b] = best[a] + cost(a, b) + penalty, a
    starts, at = [], int(start[n])
    while at > 0:
        starts.append(at)
        at = int(start[at])
    return {"values": x.tolist(), "penalty": penalty, "least": least, "starts": starts[::-1], "cost": float(best[n])}


json.dump({
    "made_with": {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__},
    "tobit": [tobit(1, 7, 40, 60.0), tobit(2, 24, 21, 62.0), tobit(3, 1, 150, 52.0)],
    "pieces": [pieces(seed, penalty, 5) for seed in range(6) for penalty in (6.0, 15.0)],
}, sys.stdout)
