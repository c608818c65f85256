"""What the guard costs, beside what others cost: `make bench` and `make bench-check`."""
