"""flow-pipeline: from extracts of a health and care economy to linked journeys."""

import os
from importlib.metadata import PackageNotFoundError, version

# Memory that one batch of rows leaves is wanted by the next. Polars has its allocator give it back
# after half a second; kept for ten, as the allocator itself would, it is not fetched anew each time.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000")

try:
    __version__ = version("flow-pipeline")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
