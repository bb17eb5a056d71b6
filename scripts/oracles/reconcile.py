"""Reconciled forecasts by the textbook formula S (S'W^-1 S)^-1 S'W^-1 y in numpy 2, and by scipy's nnls where leaves may not be
negative, for tests/fixtures/forecast/reconcile.json. Simulated with a fixed seed."""

import json
import pathlib

import numpy as np
from scipy.optimize import nnls

OUT = pathlib.Path(__file__).parents[2] / "tests/fixtures/forecast/reconcile.json"
HIERARCHIES = [
    (2, [[0, 1]]),
    (5, [[0, 1, 2, 3, 4], [0, 1], [2, 3, 4]]),
    (6, [[0, 1, 2, 3, 4, 5], [0, 2, 4], [1, 3, 5], [0, 1], [2, 3], [4, 5]]),
]


def project(S, W, y):
    inverse = np.linalg.inv(W)
    return S @ np.linalg.solve(S.T @ inverse @ S, S.T @ inverse @ y)


def nonnegative(S, W, y):
    half = np.linalg.cholesky(np.linalg.inv(W)).T
    return S @ nnls(half @ S, half @ y)[0]


def shrunk(errors):
    n = errors.shape[1]
    sd = np.sqrt((errors**2).mean(axis=1))
    z = errors / sd[:, None]
    r = z @ z.T / n
    noise = np.array([[np.var(a * b, ddof=1) / n for b in z] for a in z])
    off = ~np.eye(len(z), dtype=bool)
    shrink = float(np.clip(noise[off].sum() / (r[off] ** 2).sum(), 0, 1))
    r[off] *= 1 - shrink
    return r * np.outer(sd, sd), shrink


def main():
    rng = np.random.default_rng(2019)
    out = []
    for leaves, sums in HIERARCHIES:
        A = np.array([[float(leaf in over) for leaf in range(leaves)] for over in sums])
        S = np.vstack([A, np.eye(leaves)])
        bottom = rng.normal(size=(leaves, 30)) * rng.uniform(0.5, 3.0, (leaves, 1)) + rng.normal(size=30)
        errors = np.round(S @ bottom + 0.5 * rng.normal(size=(len(S), 30)), 3)
        base = np.round(S @ rng.uniform(5, 30, leaves) + rng.normal(size=len(S)) * 3, 3)
        low = np.round(S @ rng.uniform(0, 2, leaves) + rng.normal(size=len(S)) * 4, 3)
        W, shrink = shrunk(errors)
        structural = np.diag(S.sum(axis=1))
        out.append(
            {
                "leaves": leaves,
                "sums": sums,
                "errors": errors.tolist(),
                "base": base.tolist(),
                "equal": project(S, np.eye(len(S)), base).tolist(),
                "structural": project(S, structural, base).tolist(),
                "variance": project(S, np.diag(np.diag(W)), base).tolist(),
                "covariance": project(S, W, base).tolist(),
                "shrink": shrink,
                "low": low.tolist(),
                "nonnegative_structural": nonnegative(S, structural, low).tolist(),
                "nonnegative_covariance": nonnegative(S, W, low).tolist(),
            }
        )
    OUT.write_text(json.dumps(out) + "\n")


main()
