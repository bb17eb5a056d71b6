"""The table of simulation speed: our figures beside those of others from the same run.

    simulation.py FOLDER VERSIONS OUTPUT

FOLDER has `plimsoll.tsv` and `others.tsv` of lines `work TAB cpu_seconds TAB note`.
"""

import pathlib
import sys

# (what, our work, its times, the other's work, its times, the ratio asked for)
PAIRS = [
    ("a year of 200 servers × 10,000, SimPy", "fleet, 10,000 years of 200 servers", 1, "fleet by simpy, 300 replications", 10_000 / 300, 240),
    ("a year of 200 servers × 10,000, numpy", "fleet, 10,000 years of 200 servers", 1, "fleet by numpy, 2000 replications", 5, 34),
    ("M/M/8, 1,000,000 customers, SimPy", "M/M/8, the recursion in blocks", 1, "M/M/8, SimPy", 1, 215),
    ("M/M/8, 1,000,000 customers, simcore", "M/M/8, the recursion in blocks", 1, "M/M/8, simcore 0.1.0, ordered arrivals", 1, 3),
    ("1,000,000 growth paths × 24 months, numpy", "growth, 1e6 paths, 24 months", 1, "growth, 24 months, numpy", 1, 8),
    ("the same, antithetic", "growth, 1e6 paths, 24 months, antithetic", 1, "growth, 24 months, numpy", 1, 8),
    ("1,000,000 trials × 12 months, 6 uncertain inputs, numpy", "growth, 1e6 trials, 12 months, 6 uncertain inputs", 1, "growth, 12 months, 6 uncertain inputs, numpy", 1, None),
    ("six uncertain numbers, three correlations, 2^20 futures, NumPy and SciPy", "six uncertain numbers, three correlations, 2^20 futures", 1, "six uncertain numbers, three correlations, 2^20 futures", 1, None),
    ("nearest correlation matrix of 20 numbers, NumPy", "nearest correlation matrix of 20 numbers", 1, "nearest correlation matrix of 20 numbers", 1, None),
    ("Weibull fit, 10,000 lives, scipy", "fit_weibull", 1, "scipy_fit_weibull", 1, None),
    ("Weibull fit, 10,000 lives, lifelines", "fit_weibull", 1, "lifelines_fit_weibull", 1, None),
    ("20 of 24 with 2 crews, long run, scipy", "20 of 24, 2 crews: long run", 1, "20 of 24, 2 crews: long run", 1, None),
    ("204 servers: LOLE and EUE of a day, numpy", "204 servers in 3 x 4 domains: LOLE, EUE of a day", 1, "204 servers in 3 x 4 domains: LOLE, EUE of a day", 1, None),
]


def read(path):
    rows = {}
    for line in pathlib.Path(path).read_text().splitlines():
        work, spent, note = (line.split("\t") + [""])[:3]
        rows[work] = (float(spent), note)
    return rows


def find(rows, work):
    """The row of that name, or the one that begins with it (peers add their version)."""
    return rows.get(work) or next((row for name, row in rows.items() if name.startswith(work)), None)


def main():
    folder, versions, output = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    ours, others = read(folder / "plimsoll.tsv"), read(folder / "others.tsv")
    lines = [
        "# Simulation speed beside others",
        "",
        "Made by `scripts/bench-simulation`: CPU seconds, one thread, the least of several rounds, both sides on one machine in one",
        f"run. {versions}. The notes show that both sides compute the same.",
        "",
        "| work | plimsoll s | other s | ratio | asked | plimsoll's answer | other's answer |",
        "| --- | ---: | ---: | ---: | ---: | --- | --- |",
    ]
    for what, our, our_times, other, other_times, asked in PAIRS:
        mine, theirs = find(ours, our), find(others, other)
        if mine is None or theirs is None:
            lines.append(f"| {what} | | | left out: {'ours' if mine is None else 'the other'} was not measured | | | |")
            continue
        a, b = mine[0] * our_times, theirs[0] * other_times
        goal = "" if asked is None else f"{asked}"
        lines.append(f"| {what} | {a:.4g} | {b:.4g} | {b / a:,.1f} | {goal} | {mine[1]} | {theirs[1]} |")
    lines += ["", "## All of ours", "", "| work | CPU s | note |", "| --- | ---: | --- |"]
    lines += [f"| {work} | {spent:.4g} | {note} |" for work, (spent, note) in ours.items()]
    pathlib.Path(output).write_text("\n".join(lines) + "\n")
    print(f"wrote {output}")


main()
