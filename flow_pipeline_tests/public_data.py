"""Data that others made, beside the checkout where it is there: larger than a test should carry."""

from pathlib import Path

PUBLIC_DATA = Path(__file__).parents[2] / "shared" / "data"
