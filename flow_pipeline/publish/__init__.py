"""Publish: stores, releases, data dictionary."""
