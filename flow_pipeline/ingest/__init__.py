"""Ingest: delivered file → accepted rows and quarantined rows, nothing lost."""
