"""Benchmarks: ratios measured within one run, medians over repetitions; never timed tests."""
