"""Tests of the declarations in tables."""
