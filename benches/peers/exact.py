"""The chains of benches/exact_speed.rs with SciPy, as a competent user of it would: sparse LU for the long run and mean times,
expm_multiply (Al-Mohy & Higham 2011) for what happens over a time, numpy.convolve for capacities.

Prints `work TAB seconds of CPU per answer TAB the answer`, the least of several rounds.
"""

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix
from scipy.sparse.linalg import expm_multiply, spsolve
from timing import report

YEAR = 8760.0


def generator(n, rates):
    rows, columns, values = zip(*rates)
    q = coo_matrix((values, (rows, columns)), shape=(n, n)).tocsc()
    return (q - csc_matrix((np.asarray(q.sum(axis=1)).ravel(), (range(n), range(n))), shape=(n, n))).tocsc()


def steady(q):
    a = q.T.tolil()
    a[0, :] = 1.0
    b = np.zeros(q.shape[0])
    b[0] = 1.0
    return spsolve(a.tocsc(), b)


def at_end(q, hours):
    start = np.zeros(q.shape[0])
    start[0] = 1.0
    return expm_multiply(q.T.tocsc() * hours, start)


def group(units, needed, mttf, mttr, crews, absorbing):
    last = units - needed + 1 if absorbing else units
    rates = [(i, i + 1, (units - i) / mttf) for i in range(last)]
    rates += [(i, i - 1, min(i, crews) / mttr) for i in range(1, last if absorbing else last + 1)]
    return generator(last + 1, rates)


def two_groups():
    rates = []
    for a in range(31):
        for b in range(31):
            here = a * 31 + b
            if a < 30:
                rates.append((here, here + 31, (30 - a) * 0.01))
            if b < 30:
                rates.append((here, here + 1, (30 - b) * 0.02))
            if a > 0:
                rates.append((here, here - 31, 1.0))
            elif b > 0:
                rates.append((here, here - 1, 1.0))
    return generator(961, rates)


def domains():
    def up(per_year, hours):
        return 1.0 / (1.0 + per_year / YEAR * hours)

    def units(count, p):
        pmf = np.ones(1)
        for _ in range(count):
            pmf = np.convolve(pmf, [1.0 - p, p])
        return pmf

    def times(pmf, count):
        total = np.ones(1)
        for _ in range(count):
            total = np.convolve(total, pmf)
        return total

    def under(pmf, p):
        pmf = pmf * p
        pmf[0] += 1.0 - p
        return pmf

    rack = under(units(17, up(2.0, 24.0)), up(0.5, 6.0))
    zone = under(times(rack, 4), up(0.2, 4.0))
    below = np.concatenate([[0.0], np.cumsum(times(zone, 3))])
    loads = 130.0 + 30.0 * np.cos((np.arange(24) - 14) / 24.0 * 2 * np.pi)
    return below[np.ceil(loads).astype(int)].sum()


def main():
    report("20 of 24, 2 crews: long run", lambda: steady(group(24, 20, 20000.0, 6.0, 2, False))[5:].sum())
    report(
        "20 of 24, 2 crews: first outage within a year",
        lambda: at_end(group(24, 20, 20000.0, 6.0, 2, True), YEAR)[-1],
    )
    report("191 of 200: first outage within a year", lambda: at_end(group(200, 191, YEAR, 24.0, 200, True), YEAR)[-1])
    report("204 servers in 3 x 4 domains: LOLE, EUE of a day", domains)
    q = two_groups()
    report("961 states: long run", lambda: steady(q)[960])
    report(
        "961 states: mean time to all down",
        lambda: spsolve(-q[:960, :960].tocsc(), np.ones(960))[0],
    )
    report("961 states: a year from all up", lambda: at_end(q, YEAR)[960])


main()
