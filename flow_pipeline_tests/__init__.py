"""Tests of flow-pipeline."""
