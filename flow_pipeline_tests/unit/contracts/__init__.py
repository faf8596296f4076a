"""Tests of the declarations in contracts."""
