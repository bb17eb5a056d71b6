"""One year of a fleet of 200 servers in 3 zones of 4 racks, as users of SimPy and of numpy would write it.

    fleet.py simpy REPLICATIONS | numpy REPLICATIONS

Printed: `work TAB cpu_seconds TAB note` for that many replications; the note has hours short and unserved amount a year and
the mean of the lowest capacity, to be set beside those of the other sides.
"""

import sys
import time

import numpy as np

YEAR = 8760.0
ZONES, RACKS = 3, 4
PER_RACK = [17, 17, 16]
SERVER = (1.2 / YEAR, 24.0)
RACK = (0.5 / YEAR, 6.0)
ZONE = (0.3 / YEAR, 4.0)
LOAD = 150 + 35 * np.cos(2 * np.pi * (np.arange(24) - 14) / 24)
HOURLY = np.tile(LOAD, 365)
PEAK = LOAD.max()


def median(mean):
    """The median of a lognormal law with sigma 1 and this mean."""
    return mean * np.exp(-0.5)


def shortfall(times, capacity):
    """Hours short and amount × hours short of a step function that starts at 0 and ends at YEAR."""
    short, unserved = 0.0, 0.0
    ends = np.append(times[1:], YEAR)
    for i in np.flatnonzero(capacity < PEAK):
        start, end = times[i], ends[i]
        hours = np.arange(int(start), min(int(np.ceil(end)), 8760))
        length = np.minimum(hours + 1, end) - np.maximum(hours, start)
        lack = HOURLY[hours] - capacity[i]
        down = lack > 0
        short += length[down].sum()
        unserved += (lack[down] * length[down]).sum()
    return short, unserved


def with_simpy(replications):
    """A process for each server, rack and zone; each change of capacity is written down."""
    import random

    import simpy

    def one(seed):
        rng = random.Random(seed)
        env = simpy.Environment()
        up = [[0] * RACKS for _ in range(ZONES)]
        rack_shocks = [[0] * RACKS for _ in range(ZONES)]
        zone_shocks = [0] * ZONES
        changes = [(0.0, 0)]

        def note():
            capacity = 0
            for z in range(ZONES):
                if zone_shocks[z] == 0:
                    for r in range(RACKS):
                        if rack_shocks[z][r] == 0:
                            capacity += up[z][r]
            changes.append((env.now, capacity))

        def server(z, r):
            rate, mean = SERVER
            mu = np.log(median(mean))
            if rng.random() < rate * mean / (1 + rate * mean):
                # what is left of a repair in the steady state: a uniform share of a length-biased one
                yield env.timeout(rng.random() * rng.lognormvariate(mu + 1.0, 1.0))
                up[z][r] += 1
                note()
            else:
                up[z][r] += 1
            while True:
                yield env.timeout(rng.expovariate(rate))
                up[z][r] -= 1
                note()
                yield env.timeout(rng.lognormvariate(mu, 1.0))
                up[z][r] += 1
                note()

        def shocks(counts, index, rate, mean):
            mu = np.log(median(mean))

            def outage(length):
                counts[index] += 1
                note()
                yield env.timeout(length)
                counts[index] -= 1
                note()

            passed = rng.expovariate(1.0)
            while passed < rate * mean:
                env.process(outage(rng.random() * rng.lognormvariate(mu + 1.0, 1.0)))
                passed += rng.expovariate(1.0)
            while True:
                yield env.timeout(rng.expovariate(rate))
                env.process(outage(rng.lognormvariate(mu, 1.0)))

        for z in range(ZONES):
            env.process(shocks(zone_shocks, z, *ZONE))
            for r in range(RACKS):
                env.process(shocks(rack_shocks[z], r, *RACK))
                for _ in range(PER_RACK[z]):
                    env.process(server(z, r))

        def begin():
            note()
            yield env.timeout(0)

        env.process(begin())
        env.run(until=YEAR)
        times = np.array([at for at, _ in changes])
        capacity = np.array([held for _, held in changes])
        # of several changes at one instant the last counts
        last = np.append(times[1:] > times[:-1], True)
        times, capacity = times[last], capacity[last]
        return (*shortfall(times, capacity), capacity.min())

    return np.array([one(seed) for seed in range(replications)])


def with_numpy(replications):
    """Failures of all servers drawn at once for each replication, then sorted and summed up."""
    rng = np.random.default_rng(1)
    servers = sum(RACKS * per for per in PER_RACK)
    rack_of = np.repeat(np.arange(ZONES * RACKS), np.repeat(PER_RACK, RACKS))
    per_rack = np.bincount(rack_of, minlength=ZONES * RACKS)
    out = np.empty((replications, 3))

    def overlapping(units, rate, mean):
        number = rng.poisson(rate * YEAR * units)
        running = rng.poisson(rate * mean * units)
        start = np.concatenate([np.zeros(running), rng.uniform(0, YEAR, number)])
        left = rng.uniform(size=running) * rng.lognormal(np.log(median(mean)) + 1.0, 1.0, running)
        length = np.concatenate([left, rng.lognormal(np.log(median(mean)), 1.0, number)])
        return rng.integers(0, units, number + running), start, np.minimum(start + length, YEAR)

    for k in range(replications):
        rate, mean = SERVER
        # strikes at a constant rate; those on a server that is down are void, found by sorting by server and start
        number = rng.poisson(rate * YEAR * servers)
        down = np.flatnonzero(rng.uniform(size=servers) < rate * mean / (1 + rate * mean))
        unit = np.concatenate([down, rng.integers(0, servers, number)])
        start = np.concatenate([np.zeros(len(down)), rng.uniform(0, YEAR, number)])
        left = rng.uniform(size=len(down)) * rng.lognormal(np.log(median(mean)) + 1.0, 1.0, len(down))
        end = start + np.concatenate([left, rng.lognormal(np.log(median(mean)), 1.0, number)])
        order = np.lexsort((start, unit))
        unit, start, end = unit[order], start[order], np.minimum(end[order], YEAR)
        clash = np.flatnonzero((unit[1:] == unit[:-1]) & (start[1:] < end[:-1])) + 1
        if len(clash):
            keep = np.ones(len(unit), bool)
            for i in clash:
                before = np.flatnonzero(keep[:i] & (unit[:i] == unit[i]))
                keep[i] = not (len(before) and end[before[-1]] > start[i])
            unit, start, end = unit[keep], start[keep], end[keep]
        rack, rack_start, rack_end = overlapping(ZONES * RACKS, *RACK)
        zone, zone_start, zone_end = overlapping(ZONES, *ZONE)
        if len(rack) + len(zone) == 0:
            times = np.concatenate([[0.0], start, end])
            change = np.concatenate([[servers], -np.ones(len(start)), np.ones(len(end))])
            order = np.argsort(times, kind="stable")
            times, capacity = times[order], np.cumsum(change[order])
        else:
            struck = np.concatenate([rack, *[zone * RACKS + r for r in range(RACKS)]])
            s = np.concatenate([rack_start, *[zone_start] * RACKS])
            e = np.concatenate([rack_end, *[zone_end] * RACKS])
            times = np.concatenate([[0.0], start, end, s, e])
            where = np.concatenate([[0], rack_of[unit], rack_of[unit], struck, struck])
            servers_change = np.concatenate([[0], -np.ones(len(start)), np.ones(len(end)), np.zeros(2 * len(s))])
            shock_change = np.concatenate([np.zeros(1 + 2 * len(start)), np.ones(len(s)), -np.ones(len(e))])
            order = np.argsort(times, kind="stable")
            times, where = times[order], where[order]
            capacity = np.full(len(times), 0.0)
            # racks never struck are summed at once
            hit = np.unique(struck)
            calm = ~np.isin(where, hit)
            capacity += per_rack.sum() - per_rack[hit].sum() + np.cumsum(np.where(calm, servers_change[order], 0))
            for one in hit:
                mine = where == one
                up = per_rack[one] + np.cumsum(np.where(mine, servers_change[order], 0))
                capacity += np.where(np.cumsum(np.where(mine, shock_change[order], 0)) > 0, 0, up)
        last = np.append(times[1:] > times[:-1], True) & (times < YEAR)
        last[-1] = times[-1] < YEAR
        times, capacity = times[last], capacity[last]
        out[k] = (*shortfall(times, capacity), capacity.min())
    return out


def main():
    side, replications = sys.argv[1], int(sys.argv[2])
    run = {"simpy": with_simpy, "numpy": with_numpy}[side]
    run(3)
    started = time.process_time()
    seen = run(replications)
    spent = time.process_time() - started
    mean, error = seen.mean(axis=0), seen.std(axis=0, ddof=1) / np.sqrt(replications)
    note = ", ".join(
        f"{name} {value:.3f} ± {off:.3f}" for name, value, off in zip(["hours short", "unserved", "lowest"], mean, error)
    )
    print(f"fleet by {side}, {replications} replications\t{spent:.3f}\t{note}")


if __name__ == "__main__":
    main()
