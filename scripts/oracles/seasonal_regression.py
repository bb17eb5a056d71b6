#!/usr/bin/env python3
"""Writes tests/fixtures/forecast/seasonal_regression.json.

1. Generalised least squares with the covariance of the phase effects written out in full (numpy 2, dense), which the
   sums of src/forecast/methods/phase_effects.rs must give back.
2. Forecasts by statsforecast 2.1.1 (SeasonalNaive, MSTL) of simulated series with two seasons, whose errors on
   the steps held out are the measure of the seasonal regression.

All series are simulated here with fixed seeds.
"""

import json
import pathlib

import numpy as np
from statsforecast.models import MSTL, SeasonalNaive

RIDGE = 0.1


def dense(seed, length, day, week, lags, ratios):
    rng = np.random.default_rng(seed)
    values = np.zeros(length)
    hours = rng.normal(0, 1, day)
    cells = rng.normal(0, 0.5, week)
    for t in range(length):
        before = 0.6 * values[t - 1] if t else 0.0
        values[t] = 0.5 * hours[t % day] + 0.5 * cells[t % week] + before + rng.normal(0, 0.4)
    values = np.round((values - values.mean()) / values.std(), 6)
    first = max(lags)
    at = np.arange(first, length)
    rows = np.column_stack([np.ones(len(at))] + [values[at - lag] for lag in lags])
    target = values[at]
    hour = (at[:, None] % day == np.arange(day)).astype(float)
    cell = (at[:, None] % week == np.arange(week)).astype(float)
    covariance = np.eye(len(at)) + ratios[0] * hour @ hour.T + ratios[1] * cell @ cell.T
    inverse = np.linalg.inv(covariance)
    width = rows.shape[1]
    system = rows.T @ inverse @ rows
    system += np.diag([0.0] + [RIDGE] * (width - 1)) + 1e-8 * np.diag(np.diag(rows.T @ rows))
    right = rows.T @ inverse @ target
    beta = np.linalg.solve(system, right)
    rest = target @ inverse @ target - right @ beta
    free = len(at) - width
    variance = rest / free
    criterion = free * np.log(variance) + np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(system)[1]
    left = inverse @ (target - rows @ beta)
    effects = [
        ratios[0] * hour[:, phase % day] @ left + ratios[1] * cell[:, phase] @ left for phase in range(week)
    ]
    return {
        "values": values.tolist(),
        "day": day,
        "week": week,
        "lags": lags,
        "ratios": ratios,
        "beta": beta.tolist(),
        "effects": effects,
        "variance": variance,
        "criterion": criterion,
    }


def contest(seed, kind):
    rng = np.random.default_rng(seed)
    length, ahead = 24 * 7 * 5, 48
    t = np.arange(length + ahead)
    day = np.sin(2 * np.pi * t / 24) + 0.5 * np.cos(4 * np.pi * t / 24)
    workday = np.where((t // 24) % 7 < 5, 1.0, 0.4)
    noise = np.zeros(len(t))
    for i in range(1, len(t)):
        noise[i] = 0.7 * noise[i - 1] + rng.normal(0, 0.15)
    values = 10 + 3 * workday * (1.5 + day) + noise
    if kind == "multiplied":
        values = np.exp(1 + 0.6 * workday * (1.5 + day) + noise)
    if kind == "spikes":
        values = values + (rng.random(len(t)) < 0.01) * 20
    values = np.round(values, 3)
    past, truth = values[:length], values[length:]
    error = lambda forecast: float(np.mean(np.abs(forecast - truth)))
    return {
        "kind": kind,
        "past": past.tolist(),
        "truth": truth.tolist(),
        "seasonal_naive": error(SeasonalNaive(24).forecast(past, h=ahead)["mean"]),
        "mstl": error(MSTL([24, 168]).forecast(past, h=ahead)["mean"]),
    }


fixture = {
    "versions": {"statsforecast": "2.1.1", "numpy": np.__version__},
    "dense": [
        dense(1, 140, 6, 6, [1, 5, 6, 7], [0.3, 0.0]),
        dense(2, 170, 4, 12, [1, 2, 4, 12], [3.0, 0.1]),
        dense(3, 170, 4, 12, [1, 4], [0.0, 0.3]),
    ],
    "contests": [contest(seed, kind) for kind in ["added", "multiplied", "spikes"] for seed in (11, 12)],
}
out = pathlib.Path(__file__).resolve().parents[2] / "tests/fixtures/forecast/seasonal_regression.json"
out.write_text(json.dumps(fixture) + "\n")
