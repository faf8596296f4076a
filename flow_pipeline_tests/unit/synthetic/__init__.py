"""Tests of the synthetic economy."""
