"""Hourly count, mean, max and p95 of every series of one CSV: DuckDB, polars, pandas (on demand) and other commands, each in a process
of its own. Prints JSON: CPU seconds (user + system), wall seconds and peak memory of each, the least of the runs; and whether all agree.

    python ingest.py FILE.csv [--peers duckdb,polars] [--other NAME=COMMAND ...] [--runs 3] [--threads 2]

Every peer aggregates *all* groups. What it then prints, and what is compared, is a sample: hosts whose name ends in 7, the hour from
13:00 UTC of each day; one line `host,metric,epoch,count,mean,max,p95` each, sorted. p95 interpolates linearly between order statistics
(type 7). A command given by --other has to print the same lines.
"""

import argparse
import json
import math
import os
import shlex
import subprocess
import sys
import tempfile
import time

KEYS = ["host", "service", "zone", "metric"]


def show(rows):
    for row in sorted(rows):
        print(",".join(repr(cell) if isinstance(cell, float) else str(cell) for cell in row))


def duckdb(path, threads):
    import duckdb

    con = duckdb.connect(config={"threads": threads})
    # Types are declared and times taken as plain UTC ones: DuckDB's fastest way with RFC 3339 times that end in Z.
    con.execute(
        f"""
        create temp table hourly as
        select host, service, zone, metric, date_trunc('hour', timestamp) as hour,
               count(*) as n, avg(value) as mean, max(value) as max, quantile_cont(value, 0.95) as p95
        from read_csv('{path}', header = true, columns = {{'timestamp': 'TIMESTAMP', 'host': 'VARCHAR', 'service': 'VARCHAR',
                      'zone': 'VARCHAR', 'metric': 'VARCHAR', 'value': 'DOUBLE'}})
        group by all
        """
    )
    show(
        con.execute(
            """select host, metric, epoch(hour)::bigint, n, mean, max, p95 from hourly
               where host like '%7' and date_part('hour', hour) = 13"""
        ).fetchall()
    )


def polars(path, threads):
    import polars as pl

    schema = {"timestamp": pl.String, **{key: pl.String for key in KEYS}, "value": pl.Float64}
    value = pl.col("value")
    hourly = (
        pl.scan_csv(path, schema=schema)
        .with_columns(hour=pl.col("timestamp").str.to_datetime("%Y-%m-%dT%H:%M:%SZ").dt.truncate("1h"))
        .group_by([*KEYS, "hour"])
        .agg(n=pl.len(), mean=value.mean(), max=value.max(), p95=value.quantile(0.95, interpolation="linear"))
        .collect(engine="streaming")
    )
    sample = hourly.filter(pl.col("host").str.ends_with("7") & (pl.col("hour").dt.hour() == 13))
    show(sample.select("host", "metric", pl.col("hour").dt.epoch("s"), "n", "mean", "max", "p95").rows())


def pandas(path, threads):
    import pandas as pd

    table = pd.read_csv(path, dtype={key: "category" for key in KEYS}, parse_dates=["timestamp"])
    table["hour"] = table["timestamp"].dt.floor("h")
    value = table.groupby([*KEYS, "hour"], observed=True)["value"]
    hourly = value.agg(["count", "mean", "max"])
    hourly["p95"] = value.quantile(0.95)
    hourly = hourly.reset_index()
    sample = hourly[hourly["host"].astype(str).str.endswith("7") & (hourly["hour"].dt.hour == 13)]
    rows = sample[["host", "metric", "hour", "count", "mean", "max", "p95"]].itertuples(index=False)
    show((host, metric, int(hour.timestamp()), n, mean, high, p95) for host, metric, hour, n, mean, high, p95 in rows)


PEERS = {"duckdb": duckdb, "polars": polars, "pandas": pandas}


def measure(command, threads):
    """Runs a command; its figures and the lines that it printed."""
    env = {**os.environ, "POLARS_MAX_THREADS": str(threads)}
    with tempfile.TemporaryFile("w+") as out:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=out, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"{command[0]}: exit status {child.returncode}")
        out.seek(0)
        lines = out.read().splitlines()
    peak = usage.ru_maxrss / 1024  # KiB on Linux
    return {"cpu_s": usage.ru_utime + usage.ru_stime, "wall_s": wall, "peak_mib": peak}, lines


def least(command, threads, runs):
    """The least of several runs, figure by figure: what others do on the machine only ever adds."""
    results = [measure(command, threads) for _ in range(runs)]
    best = {name: round(min(figures[name] for figures, _ in results), 3) for name in results[0][0]}
    return best, results[0][1]


def differences(lines, others):
    """How many lines differ by more than 1e-9, relatively."""
    wrong = abs(len(lines) - len(others))
    for line, other in zip(lines, others):
        left, right = line.split(","), other.split(",")
        numbers = zip(map(float, left[2:]), map(float, right[2:]))
        wrong += left[:2] != right[:2] or any(not math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in numbers)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--peers", default="duckdb,polars", help="comma-separated; empty for none")
    parser.add_argument("--other", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--child", choices=PEERS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        PEERS[args.child](args.path, args.threads)
        return
    here = [sys.executable, os.path.abspath(__file__), args.path, "--threads", str(args.threads)]
    commands = {name: [*here, "--child", name] for name in args.peers.split(",") if name}
    for other in args.other:
        name, command = other.split("=", 1)
        commands[name] = shlex.split(command)
    results, reference = {}, None
    for name, command in commands.items():
        results[name], lines = least(command, args.threads, args.runs)
        reference = reference or lines
        results[name] |= {"compared": len(lines), "differ": differences(lines, reference)}
        if "duckdb" in results:
            results[name]["of_duckdb"] = round(results[name]["cpu_s"] / results["duckdb"]["cpu_s"], 3)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
