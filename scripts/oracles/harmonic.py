"""Writes tests/fixtures/forecast/harmonic.json: regressions on Fourier terms with AR errors by exact likelihood, statsforecast 2.1.1.

    python scripts/oracles/harmonic.py      (numpy 2.4, statsforecast 2.1.1)

The series are simulated from a fixed seed: eight years of weeks, two waves a year, AR(1) and AR(2) errors.
"""

import json
from pathlib import Path

import numpy as np
from statsforecast.models import ARIMA

YEAR = 365.25 / 7
rng = np.random.default_rng(19990703)


def terms(t):
    waves = [f(2 * np.pi * k * t / YEAR) for k in (1, 2) for f in (np.cos, np.sin)]
    return np.column_stack([t / 100, *waves])


def case(phi, count=417, steps=26):
    errors = np.zeros(count)
    noise = rng.normal(0, 1, count)
    for t in range(count):
        errors[t] = noise[t] + sum(p * errors[t - i - 1] for i, p in enumerate(phi) if t > i)
    t = np.arange(count + steps)
    x = terms(t)
    series = np.round(80 + x[:count] @ np.array([2.0, 6, -3, 2, 1.5]) + errors, 3)
    model = ARIMA(order=(len(phi), 0, 0), include_mean=True)
    ahead = model.forecast(series, steps, X=x[:count], X_future=x[count:], level=[95])
    mean, upper = np.asarray(ahead["mean"]), np.asarray(ahead["hi-95"])
    sd = (upper - mean) / 1.959963984540054
    return {"lags": len(phi), "series": series.tolist(), "mean": np.round(mean, 6).tolist(), "sd": np.round(sd, 6).tolist()}


def main():
    document = {"versions": "statsforecast 2.1.1", "cases": [case([0.6]), case([0.9, -0.4])]}
    out = Path(__file__).parents[2] / "tests/fixtures/forecast/harmonic.json"
    out.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
