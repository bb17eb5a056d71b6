"""Theta models by statsforecast, for tests/fixtures/forecast/theta.json. Run: python scripts/oracles/theta.py

statsforecast 2.1.1, statsmodels 0.15, numpy 2. The series are simulated here with a fixed seed.
"""

import json
import pathlib

import numpy as np
from statsforecast.theta import auto_theta, forecast_theta
from statsmodels.tsa.seasonal import seasonal_decompose

rng = np.random.default_rng(20160401)


def simulated():
    t = np.arange(60)
    wave = np.sin(2 * np.pi * t / 12)
    walk = np.cumsum(rng.normal(0.4, 1.0, 60))
    yield "multiplied", 12, (100 + 0.3 * t + walk) * (1 + 0.25 * wave) * np.exp(rng.normal(0, 0.03, 60))
    yield "added", 4, np.array([6.0, -2.0, -5.0, 1.0])[t % 4] + 0.1 * t + walk[::-1] - 20 + rng.normal(0, 0.5, 60)
    yield "walk", 1, 50 + walk + rng.normal(0, 2.0, 60)
    yield "short", 1, np.array([12.0, 15.0, 14.0, 19.0, 23.0, 22.0, 28.0, 27.0])


cases = []
for name, season, values in simulated():
    values = np.round(values, 3)
    for form in ["STM", "DSTM", "OTM", "DOTM"]:
        model = auto_theta(values.copy(), season, model=form)
        indices, errors = None, model["residuals"]
        if model.get("decompose", False):
            kind = model["decomposition_type"]
            indices = seasonal_decompose(values, model=kind, period=season).seasonal[:season].tolist()
            again = np.resize(indices, len(values))
            # the peer puts the season on the errors; the mean squared error is of the adjusted series
            errors = errors / again if kind == "multiplicative" else errors - again
        cases.append(
            {
                "name": name,
                "season": season,
                "past": values.tolist(),
                "form": form,
                "alpha": float(model["par"]["alpha"]),
                "theta": float(model["par"]["theta"]),
                "start": float(model["par"]["initial_smoothed"]),
                "mse": float(np.mean(errors[3:] ** 2)),
                "composition": model.get("decomposition_type") if indices else None,
                "indices": indices,
                "centre": forecast_theta(model, 15)["mean"].tolist(),
            }
        )

target = pathlib.Path(__file__).parents[2] / "tests/fixtures/forecast/theta.json"
target.write_text(json.dumps(cases) + "\n")
