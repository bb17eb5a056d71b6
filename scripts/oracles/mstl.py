"""Writes tests/fixtures/forecast/mstl.json: STL and MSTL of simulated series by statsmodels 0.15.0 and statsforecast 2.1.1.

    python scripts/oracles/mstl.py      (numpy 2.4, statsmodels 0.15.0, statsforecast 2.1.1)

The series are made here from a fixed seed. Periods are even: for an odd period statsmodels takes a low-pass window two points longer
than the authors' (the least odd number that is not under the period).
"""

import json
from pathlib import Path

import numpy as np
from statsforecast.mstl import mstl
from statsmodels.tsa.seasonal import STL

rng = np.random.default_rng(20210707)


def simulated(count, periods, outliers=0):
    t = np.arange(count)
    level = 50 + np.cumsum(rng.normal(0.02, 0.3, count))
    season = sum(
        (3 + 2 * k + 0.01 * t) * np.sin(2 * np.pi * t / p + k) + np.cos(4 * np.pi * t / p) for k, p in enumerate(periods)
    )
    series = level + season + rng.normal(0, 1, count)
    for at in rng.integers(0, count, outliers):
        series[at] += 25
    return np.round(series, 3)


def stl(name, series, **settings):
    loops = settings.pop("loops")
    fit = STL(series, **settings).fit(**loops)
    parts = {part: [float(f"{v:.9g}") for v in getattr(fit, part)[::5]] for part in ("seasonal", "trend", "weights")}
    return {"name": name, "series": series.tolist(), "every": 5, **parts}


def main():
    plain, dirty = simulated(133, [12]), simulated(120, [12], outliers=4)
    cases = [
        stl("plain", plain, period=12, seasonal=11, seasonal_deg=0, loops={"inner_iter": 5}),
        stl("lines, jumps", plain, period=12, seasonal=7, seasonal_deg=1, trend_jump=3, low_pass_jump=3, loops={"inner_iter": 2}),
        stl("robust", dirty, period=12, seasonal=7, seasonal_deg=1, robust=True, loops={"inner_iter": 2, "outer_iter": 6}),
    ]
    series = simulated(331, [6, 24])
    many = mstl(series, [6, 24])
    parts = {part: [float(f"{v:.9g}") for v in many[part].to_numpy()[::5]] for part in ("trend", "seasonal6", "seasonal24")}
    document = {"versions": "statsmodels 0.15.0, statsforecast 2.1.1", "stl": cases, "mstl": {"series": series.tolist(), **parts}}
    out = Path(__file__).parents[2] / "tests/fixtures/forecast/mstl.json"
    out.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
