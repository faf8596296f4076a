"""flow-pipeline: from extracts of a health and care economy to linked journeys."""

import os
from importlib.metadata import PackageNotFoundError, version

# Polars' allocator gives memory back half a second after it was used, to ask for it again in the
# next step: a twentieth of the processor time of journeys. It reads this when Polars is loaded.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:3000")

try:
    __version__ = version("flow-pipeline")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
