"""Speed and memory, beside the raw ceiling: `python -m tests.bench`."""
