"""A choice of instance type and count under uncertain demand by Netflix's service-capacity-modeling (`pip install
service-capacity-modeling`), as its README asks for one: a stateless service whose reads, work a request, sizes and data are intervals;
every instance type of a region is a candidate in every simulated world.

Prints `work TAB seconds of CPU TAB the first choices`, each with its count, for several numbers of worlds: beside benches/choice_speed.rs.
"""

import sys
import time

from service_capacity_modeling.capacity_planner import planner
from service_capacity_modeling.interface import CapacityDesires, DataShape, Interval, QueryPattern




def interval(low, mid, high):
    return Interval(low=low, mid=mid, high=high, confidence=0.98)


DESIRES = CapacityDesires(
    service_tier=1,
    query_pattern=QueryPattern(
        estimated_read_per_second=interval(40_000, 100_000, 250_000),
        estimated_write_per_second=interval(2_000, 10_000, 30_000),
        estimated_mean_read_latency_ms=interval(1, 4, 12),
        estimated_mean_write_latency_ms=interval(1, 3, 9),
        estimated_mean_read_size_bytes=interval(512, 2_048, 8_192),
        estimated_mean_write_size_bytes=interval(128, 512, 4_096),
    ),
    data_shape=DataShape(estimated_state_size_gib=interval(100, 400, 900)),
)


def pick(cluster):
    return f"{cluster.count} × {cluster.instance.name}"


def main():
    worlds = [int(word) for word in sys.argv[1:]] or [128, 256, 512]
    for count in worlds:
        before = time.process_time()
        plan = planner.plan(
            model_name="org.netflix.stateless-java",
            region="us-east-1",
            desires=DESIRES,
            simulations=count,
            num_results=4,
        )
        spent = time.process_time() - before
        first = [pick(of.candidate_clusters.regional[0]) for of in plan.least_regret]
        print(f"capacity choice, {count} worlds\t{spent:.3f}\t{'; '.join(first)}", flush=True)
    shapes = planner.hardware_shapes.region("us-east-1").instances
    print(f"instance types of the region\t0\t{len(shapes)}")


main()
