"""First come, first served, with as many slots as the service is staffed for."""

import numpy as np

from flow_pipeline.synthetic import clock
from flow_pipeline.synthetic.clock import Bools, Floats, Ints, Period


def serve(
    arrival: Ints, service: Ints, backlog: Floats, urgent: Bools, period: Period, lag: int = 1
) -> Ints:
    """The day each request is first served.

    Every service has slots for just its mean demand, and starts with ``backlog`` days of work
    (one value per service), so waits swing around the backlog as demand does. Urgent requests go
    to kept slots. Days are moved on to working days.
    """
    out = np.asarray(arrival).astype(np.float64)
    for number in np.unique(service):
        rows = np.flatnonzero((service == number) & ~urgent)
        if not len(rows):
            continue
        rows = rows[np.argsort(arrival[rows], kind="stable")]
        first = int(arrival[rows[0]])
        between = max(period.end - first, 30) / len(rows)
        slots = np.arange(len(rows)) * between
        free = np.maximum(arrival[rows] + lag, first + backlog[number])
        out[rows] = np.maximum.accumulate(free - slots) + slots
    return next_working_day(np.ceil(out).astype(np.int64))


def next_working_day(days: Ints) -> Ints:
    days = np.array(days)
    for _ in range(5):
        days = np.where(clock.is_working_day(days), days, days + 1)
    return days
