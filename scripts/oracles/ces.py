"""Complex exponential smoothing by statsforecast, for tests/fixtures/forecast/ces.json. Run: python scripts/oracles/ces.py

statsforecast 2.1.1, numpy 2. The series is simulated here with a fixed seed.
"""

import json
import pathlib

import numpy as np
from statsforecast.ces import auto_ces, forecast_ces

rng = np.random.default_rng(20220801)
t = np.arange(48)
values = np.round(40 + np.cumsum(rng.normal(0.1, 1.0, 48)) + np.array([6.0, -2.0, -5.0, 1.0])[t % 4] + rng.normal(0, 1, 48), 3)

cases = []
for form in "NSPF":
    model = auto_ces(values, 4, model=form)
    names = ["alpha_0", "alpha_1", "beta_0", "beta_1"][: {"N": 2, "S": 2, "P": 3, "F": 4}[form]]
    cases.append(
        {
            "form": form,
            "season": 4,
            "past": values.tolist(),
            "parameters": [float(model["par"][name]) for name in names],
            "first": model["states"][: model["m"]].tolist(),
            "mse": float(np.mean(model["residuals"] ** 2)),
            "centre": forecast_ces(model, 10)["mean"].tolist(),
        }
    )

target = pathlib.Path(__file__).parents[2] / "tests/fixtures/forecast/ces.json"
target.write_text(json.dumps(cases) + "\n")
