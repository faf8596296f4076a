"""What holds for every test."""

import atexit
import os
import sys

import pytest
from hypothesis import settings

# The first Polars call in a process is slow: a deadline would make tests flaky, not better.
settings.register_profile("flow_pipeline", deadline=None, derandomize=True)
settings.load_profile("flow_pipeline")

# As in flow_pipeline.cli.program: pytest's summary is the last thing to be said.
atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stderr__.fileno()))


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are named by their length: packed ones hold the time at which they were packed, and
    tests that run side by side must be called the same."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
