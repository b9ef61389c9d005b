"""The benchmarks of `scripts/bench`: a local origin, us and other programs doing the same work, figures, a page."""
