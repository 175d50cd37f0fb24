"""Benchmarks: `make bench` prints tables with ratios. Nothing here is a test."""
