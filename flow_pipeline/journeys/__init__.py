"""Journeys: core rows → events → spells → journeys, hand-offs, delays, failure demand."""
