"""flow-pipeline: from extracts of a health and care economy to linked journeys."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("flow-pipeline")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
