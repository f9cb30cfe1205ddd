"""What `make bench` measures, each beside a floor of the same run, and writes into docs/performance.md."""
