"""Forecasting speed beside others: what `scripts/bench-forecast` runs. Three steps.

    python forecast.py convert TRUTH FOLDER      M3's training series as text: a line with season and horizon, then a line a series
    python forecast.py measure FILE SERIES ROUNDS     statsforecast on one thread; prints `method TAB ms TAB value` lines
    python forecast.py report FOLDER SERIES ROUNDS FILE.md      the table, from what all contestants printed

Times are CPU time of the process (user and system), milliseconds a series, the least of the rounds, after one series of warm-up; imports,
compilation and reading are not counted.
"""

import hashlib
import json
import os
import platform
import re
import sys
import time
from pathlib import Path

GROUPS = ["monthly", "quarterly"]
# what takes others up to a second a series
FEW_SERIES = 50
PATHS = 1000


def convert(truth, folder):
    import pandas

    for group in GROUPS:
        source = Path(truth) / "forecasting" / "m3"
        meta = json.loads((source / f"{group}.meta.json").read_text())
        table = pandas.read_parquet(source / f"{group}.train.parquet")
        lines = [f"{meta['season_length']} {meta['horizon']}"]
        # neighbours in the set are alike and as long: in the order of a hash, the first N are a fair sample of it
        for _, one in sorted(table.groupby("unique_id"), key=lambda item: hashlib.sha256(item[0].encode()).digest()):
            lines.append(" ".join(repr(float(value)) for value in one.sort_values("ds")["y"]))
        (Path(folder) / f"m3-{group}.txt").write_text("\n".join(lines) + "\n")


def read(path, most):
    import numpy

    lines = Path(path).read_text().splitlines()
    season, horizon = (int(word) for word in lines[0].split())
    return season, horizon, [numpy.array(line.split(), dtype=float) for line in lines[1 : most + 1]]


def least(series, rounds, one):
    one(series[0])
    took = []
    for _ in range(rounds):
        start = time.process_time()
        for past in series:
            one(past)
        took.append((time.process_time() - start) * 1e3 / len(series))
    return min(took)


def measure(path, most, rounds):
    from statsforecast.models import AutoARIMA, AutoCES, AutoETS, DynamicOptimizedTheta

    season, horizon, series = read(path, int(most))
    rounds = int(rounds)

    def tell(method, ms):
        print(f"{method}\tms\t{ms:.5f}", flush=True)

    def forecast(model):
        return lambda past: model(season_length=season).forecast(y=past, h=horizon)

    tell("ets", least(series, rounds, forecast(AutoETS)))
    tell("dot", least(series, rounds, forecast(DynamicOptimizedTheta)))
    tell("ces", least(series, rounds, forecast(AutoCES)))
    tell("arima", least(series[:FEW_SERIES], min(rounds, 2), forecast(AutoARIMA)))
    # paths of one fitted model: fitting is counted above
    if hasattr(AutoETS, "simulate"):
        models = [AutoETS(season_length=season).fit(past) for past in series[:FEW_SERIES]]
        tell("paths", least(models, rounds, lambda fitted: fitted.simulate(h=horizon, n_paths=PATHS, seed=1)))


def printed(path):
    """What one contestant printed; nothing where it could not be run."""
    rows = {}
    if Path(path).exists():
        for line in Path(path).read_text().splitlines():
            method, _, value = line.split("\t")
            rows[method] = float(value)
    return rows


STATSFORECAST, ANOFOX = "statsforecast", "anofox"
# set, what it is, whose, their method, our method, by how much ours must be quicker, most ms
ROWS = [
    ("monthly", "AutoETS", STATSFORECAST, "ets", "ets", 50, 1.2),
    ("monthly", "AutoETS", ANOFOX, "ets", "ets", None, None),
    ("monthly", "dynamic optimised Theta", STATSFORECAST, "dot", "dot", 25, None),
    ("monthly", "dynamic optimised Theta", ANOFOX, "dot", "dot", 2, None),
    ("monthly", "AutoARIMA, fast search", STATSFORECAST, "arima", "arima fast", 50, None),
    ("monthly", "AutoARIMA, thorough search", STATSFORECAST, "arima", "arima", 50, None),
    ("monthly", "AutoCES", STATSFORECAST, "ces", "ces", None, None),
    ("monthly", "1,000 joint paths × 18 steps, a series of a batch", STATSFORECAST, "paths", "paths", None, 0.3),
    ("monthly", "1,000 joint paths × 18 steps, one series alone", STATSFORECAST, "paths", "paths alone", None, 0.3),
    ("monthly", "whole default", None, None, "default 1", None, 5.0),
    ("quarterly", "AutoETS", STATSFORECAST, "ets", "ets", 50, None),
    ("quarterly", "AutoETS", ANOFOX, "ets", "ets", None, None),
    ("quarterly", "dynamic optimised Theta", STATSFORECAST, "dot", "dot", 25, None),
    ("quarterly", "dynamic optimised Theta", ANOFOX, "dot", "dot", 2, None),
    ("quarterly", "AutoARIMA, fast search", STATSFORECAST, "arima", "arima fast", 50, None),
    ("quarterly", "AutoARIMA, thorough search", STATSFORECAST, "arima", "arima", 50, None),
    ("quarterly", "AutoCES", STATSFORECAST, "ces", "ces", None, None),
    ("quarterly", "whole default", None, None, "default 1", None, None),
]


def shown(value):
    return "" if value is None else f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def row(line, theirs, ours):
    group, what, whose, their_method, our_method, times, most = line
    peer = theirs.get((group, whose), {}).get(their_method)
    own = ours[group].get(our_method)
    ratio = peer / own if peer and own else None
    goals, met = [], []
    if times:
        goals.append(f"≥ {times} ×")
        met.append(ratio is not None and ratio >= times)
    if most:
        goals.append(f"≤ {most:g} ms")
        met.append(own is not None and own <= most)
    verdict = "" if not goals else "met" if all(met) else "missed"
    if times and ratio is None:
        verdict = "not measured"
    cells = [group, what, whose or "", shown(peer), shown(own), shown(ratio), ", ".join(goals), verdict]
    return "| " + " | ".join(cells) + " |"


def machine():
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} cores, {model.group(1) if model else platform.machine()}, {platform.system()} {platform.machine()}"


PAGE = """# Forecasting speed, beside others

`PLIMSOLL_TRUTH=FOLDER scripts/bench-forecast` makes this page. The folder has M3's series (`forecasting/m3`); Python 3 with `venv` is needed,
and, the first time, the network. {machine}; {versions}.

All contestants run one after another on the same machine on the same {series} series of each set, drawn by a hash of their names
(AutoARIMA, and paths of others: the first {few} of them), fit and forecast each over the set's horizon (monthly 18 steps, quarterly 8), on one
thread. Figures are **CPU time of the process**, user and system together, from the system's process clock: what else the machine does changes
them little. Milliseconds a series, the least of {rounds} rounds (AutoARIMA of others: of at most two), after one series of warm-up; imports,
just-in-time compilation and reading are not counted. Ratio: theirs ÷ ours.

Paths: theirs simulate a model that is fitted already, each series for itself. Ours are joint: the same past dates for all series of the batch,
and marginals moved to the calibrated quantiles; drawing the dates is counted. The whole default tries several methods at rolling origins, weighs
and calibrates them and makes the joint paths ready. The whole program, with reading and writing: [its own page](forecasting-speed-program.md).

| M3 | method | beside | theirs, ms | ours, ms | ratio | goal | |
| --- | --- | --- | ---: | ---: | ---: | --- | --- |
{rows}

The whole default on M3 monthly by threads; time on the wall depends on what else runs, CPU time hardly does:

| threads | CPU ms a series | wall ms a series |
| ---: | ---: | ---: |
{threads}

Peak memory of a process that forecasts all series of a batch and draws 1,000 joint paths of each: {memory}.
"""


def report(folder, series, rounds, page):
    folder = Path(folder)
    theirs = {(group, who): printed(folder / f"{who}-{group}.tsv") for group in GROUPS for who in (STATSFORECAST, ANOFOX)}
    ours = {group: printed(folder / f"plimsoll-{group}.tsv") for group in GROUPS}
    peaks = [(n, printed(folder / f"memory-{n}.tsv").get("peak")) for n in (int(series), 4 * int(series))]
    monthly = ours["monthly"]
    threads = [
        f"| {n} | {shown(monthly.get(f'default {n}'))} | {shown(monthly.get(f'default {n} wall'))} |" for n in (1, 2)
    ]
    text = PAGE.format(
        machine=machine(),
        versions=(folder / "versions").read_text().strip(),
        series=series,
        few=FEW_SERIES,
        rounds=rounds,
        rows="\n".join(row(line, theirs, ours) for line in ROWS),
        threads="\n".join(threads),
        memory=", ".join(f"{n} monthly series {shown(peak)} MiB" for n, peak in peaks if peak),
    )
    Path(page).parent.mkdir(parents=True, exist_ok=True)
    Path(page).write_text(text)
    print(text)


if __name__ == "__main__":
    {"convert": convert, "measure": measure, "report": report}[sys.argv[1]](*sys.argv[2:])
