"""Tests of journeys, on histories drawn as tables."""
