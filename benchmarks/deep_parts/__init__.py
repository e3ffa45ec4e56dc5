"""The parts of benchmarks.deep, one table each."""
