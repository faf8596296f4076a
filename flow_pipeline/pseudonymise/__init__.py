"""Pseudonymise: identifiers → keyed tokens and ids; nothing identifiable goes further."""
