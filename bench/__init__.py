"""Speed as ratios within one run: `python -m bench [page|redirect]`, or `make bench NAME=…`."""
