"""M/M/8 at 90 %, a million customers, by SimPy: the peer of `benches/station_speed.rs`.

    python station.py [CUSTOMERS] [ROUNDS]

Prints `work TAB cpu_seconds TAB note`: CPU time of the process, the least of the rounds, imports not counted. Needs simpy.
"""

import random
import sys
import time

import simpy

SERVERS, RATE = 8, 7.2


def run(customers, seed):
    draw = random.Random(seed).expovariate
    env = simpy.Environment()
    servers = simpy.Resource(env, capacity=SERVERS)
    waits = 0.0

    def customer(came):
        nonlocal waits
        with servers.request() as request:
            yield request
            waits += env.now - came
            yield env.timeout(draw(1.0))

    def source():
        for _ in range(customers):
            yield env.timeout(draw(RATE))
            env.process(customer(env.now))

    env.process(source())
    env.run()
    return waits / customers


def main():
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    least, wait = float("inf"), 0.0
    for seed in range(rounds):
        start = time.process_time()
        wait = run(customers, seed)
        least = min(least, time.process_time() - start)
    print(f"M/M/8, SimPy {simpy.__version__}\t{least:.5f}\tmean wait {wait:.4f}")


main()
