#!/usr/bin/env python3
"""Writes tests/fixtures/forecast/ets.json: every form of exponential smoothing as statsforecast 2.1.1 (numpy 2) fits it.

Series are simulated with fixed seeds. For each form: the peer's numbers, the deviance (-2 log likelihood) at them, the next steps'
centres and, where the peer has closed forms, their standard deviations. Where the peer forecasts by simulation no deviations are kept.
"""

import itertools
import json
import pathlib

import numpy as np
import statsforecast
from statsforecast.ets import ets_f, forecast_ets

assert statsforecast.__version__ == "2.1.1"
STEPS = 9


def simulated(seed, n, m, slope, swing, noise):
    random = np.random.default_rng(seed)
    level, out = 100.0, []
    for t in range(n):
        level += slope + random.normal(0, noise / 3)
        out.append(level * (1 + swing * np.sin(2 * np.pi * t / m) + 0.4 * swing * (t % m == 2)) + random.normal(0, noise))
    return np.round(np.array(out), 3)


def fitted(y, m, error, trend, season):
    damped = trend.endswith("d")
    model = ets_f(y, m=m, model=error + trend[0] + season, damped=damped, restrict=False, allow_multiplicative_trend=True)
    par = [float(v) for v in model["par"]]
    seeds = par[4 + 1 + (trend != "N"):]
    record = {
        "form": f"ETS({error},{trend},{season})",
        # the peer keeps the season backwards: the last is the first used
        "alpha": par[0], "beta": 0.0 if trend == "N" else par[1], "gamma": 0.0 if season == "N" else par[2],
        "phi": par[3] if damped else 1.0,
        "level": par[4], "slope": par[5] if trend != "N" else 0.0, "season": seeds[::-1],
        "deviance": float(-2 * model["loglik"]), "aicc": float(model["aicc"]), "variance": float(model["sigma2"]),
    }
    closed = not trend.startswith("M") and not (error == "A" and season == "M")
    ahead = forecast_ets(model, h=STEPS, level=[95] if closed else None)
    record["centre"] = [round(float(v), 9) for v in ahead["mean"]]
    if closed:
        record["sd"] = [float(v) for v in (np.ravel(ahead["hi-95"]) - ahead["mean"]) / 1.959963984540054]
    return record


def main():
    sets = []
    for name, (seed, n, m, slope, swing, noise), forms in [
        ("quarterly", (1, 44, 4, 1.2, 0.2, 4.0), list(itertools.product("AM", ["N", "A", "Ad", "M", "Md"], "NAM"))),
        ("monthly", (2, 84, 12, 0.5, 0.25, 5.0), [f for f in itertools.product("AM", ["N", "A", "Ad"], "NAM") if f[0] + f[2] != "AM"]),
        ("flat", (3, 30, 1, 0.0, 0.0, 9.0), list(itertools.product("AM", ["N", "A", "Ad"], "N"))),
    ]:
        y = simulated(seed, n, m, slope, swing, noise)
        found = []
        for form in forms:
            try:
                found.append(fitted(y, m, *form))
            except Exception as why:  # the peer refuses a form: nothing to compare
                print(name, form, repr(why))
        sets.append({"name": name, "season": m, "past": y.tolist(), "fits": found})
    out = pathlib.Path(__file__).parents[2] / "tests/fixtures/forecast/ets.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"peer": "statsforecast 2.1.1", "sets": sets}, separators=(",", ":")) + "\n")
    print(out.stat().st_size, "bytes", [len(s["fits"]) for s in sets])


if __name__ == "__main__":
    main()
