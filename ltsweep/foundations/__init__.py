"""What everything stands on: components, errors, files, randomness, provenance."""
