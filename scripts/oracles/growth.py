"""Growth and driver models by numpy 2 and scipy, for tests/fixtures/forecast/growth.json. Simulated with a fixed seed.

- saturating curves with even noise: scipy's curve_fit (Levenberg and Marquardt), the same least squares;
- drivers: ordinary least squares with its textbook prediction variance s^2 (1 + x'(X'X)^-1 x).
"""

import json
import pathlib

import numpy as np
from scipy.optimize import curve_fit

OUT = pathlib.Path(__file__).parents[2] / "tests/fixtures/forecast/growth.json"


def logistic(t, a, b):
    return 1000 / (1 + np.exp(-(a + b * t)))


def gompertz(t, a, b):
    return 1000 * np.exp(-np.exp(-(a + b * t)))


def saturating(rng):
    out = []
    for name, shape, a, b in [("Logistic", logistic, -3, 0.05), ("Gompertz", gompertz, -1.5, 0.03), ("Logistic", logistic, 2.5, -0.04)]:
        t = np.arange(90.0)
        y = np.round(np.clip(shape(t, a, b) + 25 * rng.normal(size=90), 0, 1000), 2)
        found, covariance = curve_fit(shape, t, y, p0=(a, b), xtol=1e-14, ftol=1e-14)
        ahead = np.arange(90.0, 114.0)
        out.append({"shape": name, "past": y.tolist(), "centre": shape(ahead, *found).tolist()})
    return out


def drivers(rng):
    n, h = 80, 6
    users = np.round(20 + np.cumsum(rng.normal(size=n + h)), 3)
    price = np.round(rng.uniform(1, 3, n + h), 3)
    sale = np.isin(np.arange(n + h), [10, 30, 55, 83]).astype(float)
    X = np.column_stack([np.ones(n + h), np.arange(n + h), users, price, sale])
    y = np.round(X[:n] @ [40, 0.3, 2.0, -5.0, 12.0] + 2 * rng.normal(size=n), 3)
    inverse = np.linalg.inv(X[:n].T @ X[:n])
    beta = inverse @ X[:n].T @ y
    s2 = ((y - X[:n] @ beta) ** 2).sum() / (n - X.shape[1])
    return {
        "past": y.tolist(),
        "users": users.tolist(),
        "price": price.tolist(),
        "effects": beta[2:].tolist(),
        "effect_sd": np.sqrt(s2 * np.diag(inverse))[2:].tolist(),
        "centre": (X[n:] @ beta).tolist(),
        "sd": np.sqrt(s2 * (1 + np.einsum("ij,jk,ik->i", X[n:], inverse, X[n:]))).tolist(),
    }


rng = np.random.default_rng(1838)
OUT.write_text(json.dumps({"saturating": saturating(rng), "drivers": drivers(rng)}) + "\n")
