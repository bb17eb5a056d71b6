"""Milliseconds a series of statsforecast's automatic methods and of plimsoll's, on one thread, on the same files, in turn.

    python forecast_program.py PLIMSOLL GROUP.train.parquet:HORIZON:SEASON [...] [--sample 50] [--series N]

Prints a Markdown table. Time is CPU time (user and system). That of statsforecast is taken in this process after a warm-up on five series
and leaves out imports and reading; that of plimsoll is of the whole process: starting, reading, the method at each origin of its
back-test, bands, writing. Automatic ARIMA runs on --sample series, spread evenly over the names, on both sides.
"""

import argparse
import os
import resource
import subprocess
import tempfile
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NIXTLA_NUMBA_RELEASE_GIL"):
    os.environ.setdefault(name, "1")
warnings.filterwarnings("ignore")

import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoARIMA, AutoETS, DynamicOptimizedTheta

PAIRS = [("AutoETS", AutoETS, "ets"), ("DynamicOptimizedTheta", DynamicOptimizedTheta, "theta"), ("AutoARIMA", AutoARIMA, "arima")]


def some(frame, count):
    names = frame["unique_id"].drop_duplicates().tolist()
    count = min(count, len(names))
    kept = {names[i * len(names) // count] for i in range(count)}
    return frame[frame["unique_id"].isin(kept)]


def theirs(model, frame, horizon, season):
    def run(part):
        return StatsForecast([model(season_length=season)], freq=1, n_jobs=1).forecast(df=part, h=horizon, level=[80, 95])

    run(some(frame, 5))
    begun = time.process_time()
    run(frame)
    return time.process_time() - begun


def ours(program, method, path, horizon, season, folder):
    command = [program, "forecast", "--input", path, "--horizon", str(horizon), "--season", str(season), "--method", method]
    command += ["--threads", "1", "--quiet", "--output", os.path.join(folder, "out.parquet")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        return None
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("groups", nargs="+")
    parser.add_argument("--sample", type=int, default=50)
    parser.add_argument("--series", type=int, help="only so many series of each group")
    a = parser.parse_args()
    print("| group | series | method | statsforecast, ms a series | plimsoll, ms a series | times as fast |")
    print("| --- | ---: | --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for group in a.groups:
            path, horizon, season = group.rsplit(":", 2)
            whole = pd.read_parquet(path)
            if a.series:
                whole = some(whole, a.series)
            name = "/".join(path.removesuffix(".train.parquet").split("/")[-2:])
            for title, model, method in PAIRS + [("all of `auto`", None, "auto")]:
                frame = some(whole, a.sample) if method == "arima" else whole
                file = os.path.join(folder, "in.parquet")
                frame.to_parquet(file)
                count = frame["unique_id"].nunique()
                peer = theirs(model, frame, int(horizon), int(season)) if model else None
                own = ours(a.program, method, file, int(horizon), int(season), folder)
                shown = [f"{1e3 * seconds / count:.2f}" if seconds is not None else "–" for seconds in (peer, own)]
                ratio = f"{peer / own:.1f}" if peer is not None and own else "–"
                print(f"| {name} | {count} | {title} | {shown[0]} | {shown[1]} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
