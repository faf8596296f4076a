"""flow-pipeline: from extracts of a health and care economy to linked journeys."""
