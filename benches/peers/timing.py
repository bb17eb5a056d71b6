"""How the peers' sides are timed: `work TAB cpu_seconds TAB note`, the least of several rounds."""

import time


def least(answer, rounds):
    """The least seconds of CPU of some rounds, and what the last one gave."""
    spent = []
    for _ in range(rounds):
        begun = time.process_time()
        seen = answer()
        spent.append(time.process_time() - begun)
    return min(spent), seen


def report(work, answer, note="{:.12e}".format, rounds=5):
    seconds, seen = least(answer, rounds)
    print(f"{work}\t{seconds:.4e}\t{note(seen)}", flush=True)
