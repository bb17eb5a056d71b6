"""Rates of intermittent demand by statsforecast 2.1.1 (numpy 2), for tests/fixtures/forecast/intermittent.json.

Series are simulated with fixed seeds: Bernoulli occurrences of negative binomial or gamma sizes. ADIDA's weight is the peer's
own choice, found again here by matching its forecast, so that the recursion is compared and not the search.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import brentq
from statsforecast.models import ADIDA, TSB, CrostonClassic, CrostonSBA

OUT = pathlib.Path(__file__).parents[2] / "tests/fixtures/forecast/intermittent.json"


def smooth(x, alpha):
    level = x[0]
    for value in x[1:]:
        level += alpha * (value - level)
    return level


def adida_weight(y, forecast):
    at = np.nonzero(y)[0]
    width = round(np.diff(at + 1, prepend=0).mean())
    sums = y[len(y) % width :].reshape(-1, width).sum(axis=1)
    tried = np.linspace(0.1, 0.3, 2001)
    gap = np.array([smooth(sums, a) / width - forecast for a in tried])
    i = int(np.argmin(np.abs(gap)))
    for j in (i - 1, i):
        if 0 <= j < len(tried) - 1 and gap[j] * gap[j + 1] < 0:
            return brentq(lambda a: smooth(sums, a) / width - forecast, tried[j], tried[j + 1], xtol=1e-15)
    return float(tried[i])


def main():
    rng = np.random.default_rng(20110911)
    out = []
    for n, p, whole in [(40, 0.3, True), (120, 0.15, True), (60, 0.6, False), (200, 0.05, False), (30, 0.9, True)]:
        size = 1 + rng.negative_binomial(2, 0.4, n) if whole else np.round(rng.gamma(2.0, 5.0, n), 3)
        y = np.where(rng.random(n) < p, size, 0).astype(float)
        y[3] = 2.0
        one = {"past": y.tolist()}
        for name, model in [("croston", CrostonClassic()), ("sba", CrostonSBA()), ("tsb", TSB(0.2, 0.05)), ("adida", ADIDA())]:
            one[name] = float(model.forecast(y=y, h=1)["mean"][0])
        one["adida_weight"] = adida_weight(y, one["adida"])
        out.append(one)
    OUT.write_text(json.dumps(out) + "\n")


main()
