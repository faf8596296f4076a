"""Governance: purposes, and disclosure control of what is released."""
