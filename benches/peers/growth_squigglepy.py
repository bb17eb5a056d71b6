"""The expert-only growth question of benches/inputs_speed.rs with squigglepy (`pip install squigglepy`), as its README writes a model:
five of the six uncertain numbers by its own laws and quantiles (it has no law through three stated quantiles: its lognormal and normal
go through two), correlated by its own `sq.correlate` where three pairs are, 2^20 samples each.

Prints `work TAB seconds of CPU TAB the answer`, the least of several rounds. Threads of BLAS are off.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import squigglepy as sq
from squigglepy.numbers import M
from timing import report

FUTURES = 1 << 20
assert M == 1_000_000


def laws():
    growth = sq.lognorm(0.01, 0.08, credibility=80)
    launch = sq.lognorm(0.15, 0.4, credibility=80)
    lead = sq.lognorm(35.0, 84.0, credibility=80)
    price = sq.lognorm(lognorm_mean=9_000.0 * 1.0202, lognorm_sd=1_860.0)
    gain = sq.norm(mean=0.1, sd=0.03)
    line = sq.beta(20.0, 8.0)
    return growth, launch, lead, price, gain, line


def independent():
    return sum(float(sq.sample(law, FUTURES).sum()) for law in laws()) / FUTURES


def correlated():
    growth, launch, lead, price, gain, line = laws()
    growth, launch, gain = sq.correlate((growth, launch, gain), [[1.0, 0.5, -0.3], [0.5, 1.0, 0.0], [-0.3, 0.0, 1.0]])
    lead, price = sq.correlate((lead, price), [[1.0, 0.4], [0.4, 1.0]])
    drawn = (growth, launch, lead, price, gain, line)
    return sum(float(sq.sample(law, FUTURES).sum()) for law in drawn) / FUTURES


report("six uncertain numbers, squigglepy, no correlation, 2^20 futures", independent, rounds=2)
report("six uncertain numbers, squigglepy, three correlations, 2^20 futures", correlated, rounds=1)
