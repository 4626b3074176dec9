"""The real parts: start, stop, play with them. Used by the end-to-end tests, the demo and the benchmarks."""
