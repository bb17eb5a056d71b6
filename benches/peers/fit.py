"""What fitting costs with scipy and lifelines on the data of benches/fit_speed.rs: `work TAB cpu_seconds TAB note`."""

import numpy as np
from timing import report

ROWS = 10_000


i = np.arange(1, ROWS + 1)
u = (i * 0.6180339887498949) % 1.0
life = 1000.0 * (-np.log(1.0 - u)) ** (1 / 1.5)
event = i % 3 != 0
times = np.where(event, life, 0.5 * life)

try:
    from scipy import stats

    data = stats.CensoredData(uncensored=times[event], right=times[~event])
    report("scipy_fit_weibull", lambda: stats.weibull_min.fit(data, floc=0), lambda p: f"shape {p[0]:.6g}, scale {p[2]:.6g}")
    report("scipy_fit_lognormal", lambda: stats.lognorm.fit(data, floc=0), lambda p: f"sigma {p[0]:.6g}, median {p[2]:.6g}")
    report("scipy_fit_gamma", lambda: stats.gamma.fit(data, floc=0), lambda p: f"shape {p[0]:.6g}, scale {p[2]:.6g}")
except ImportError:
    print("scipy\tnan\tnot installed")

try:
    import lifelines

    report(
        "lifelines_fit_weibull",
        lambda: lifelines.WeibullFitter().fit(times, event),
        lambda f: f"shape {f.rho_:.6g}, scale {f.lambda_:.6g}, ln L {f.log_likelihood_:.6f}",
    )
    report("lifelines_fit_lognormal", lambda: lifelines.LogNormalFitter().fit(times, event), lambda f: f"ln L {f.log_likelihood_:.6f}")
    report(
        "lifelines_kaplan_meier",
        lambda: lifelines.KaplanMeierFitter().fit(times, event),
        lambda f: f"last S {f.survival_function_.iloc[-1, 0]:.9f}",
    )
except ImportError:
    print("lifelines\tnan\tnot installed")
