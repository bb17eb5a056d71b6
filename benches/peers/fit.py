"""What fitting costs with scipy and lifelines on the data of benches/fit_speed.rs: `work TAB cpu_seconds TAB note`."""

import math
import time

import numpy as np

ROWS, ROUNDS = 10_000, 5


def least(work, run, note):
    best, answer = math.inf, None
    for _ in range(ROUNDS):
        before = time.process_time()
        answer = run()
        best = min(best, time.process_time() - before)
    print(f"{work}\t{best:.6f}\t{note(answer)}", flush=True)


i = np.arange(1, ROWS + 1)
u = (i * 0.6180339887498949) % 1.0
life = 1000.0 * (-np.log(1.0 - u)) ** (1 / 1.5)
event = i % 3 != 0
times = np.where(event, life, 0.5 * life)

try:
    from scipy import stats

    data = stats.CensoredData(uncensored=times[event], right=times[~event])
    least("scipy_fit_weibull", lambda: stats.weibull_min.fit(data, floc=0), lambda p: f"shape {p[0]:.6g}, scale {p[2]:.6g}")
    least("scipy_fit_lognormal", lambda: stats.lognorm.fit(data, floc=0), lambda p: f"sigma {p[0]:.6g}, median {p[2]:.6g}")
    least("scipy_fit_gamma", lambda: stats.gamma.fit(data, floc=0), lambda p: f"shape {p[0]:.6g}, scale {p[2]:.6g}")
except ImportError:
    print("scipy\tnan\tnot installed")

try:
    import lifelines

    least(
        "lifelines_fit_weibull",
        lambda: lifelines.WeibullFitter().fit(times, event),
        lambda f: f"shape {f.rho_:.6g}, scale {f.lambda_:.6g}, ln L {f.log_likelihood_:.6f}",
    )
    least("lifelines_fit_lognormal", lambda: lifelines.LogNormalFitter().fit(times, event), lambda f: f"ln L {f.log_likelihood_:.6f}")
    least(
        "lifelines_kaplan_meier",
        lambda: lifelines.KaplanMeierFitter().fit(times, event),
        lambda f: f"last S {f.survival_function_.iloc[-1, 0]:.9f}",
    )
except ImportError:
    print("lifelines\tnan\tnot installed")
