"""What holds for every test."""

import atexit
import os
import sys

from hypothesis import settings

# The first Polars call in a process is slow: a deadline would make tests flaky, not better.
settings.register_profile("flow_pipeline", deadline=None, derandomize=True)
settings.load_profile("flow_pipeline")

# As in flow_pipeline.cli.program: pytest's summary is the last thing to be said.
atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stderr__.fileno()))
