"""`python -m i4emploi_site.demo`: the whole job on this machine. See `make demo`."""

import argparse
import sys

from i4emploi_site.demo import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="run the job headless, check it against the networks, exit")
    parser.add_argument("--serve", action="store_true", help="start site, workers and beat only, on the usual data")
    parser.add_argument("--screenshots", metavar="FOLDER", help="run the job, take the README's screenshots, exit")
    options = parser.parse_args()
    if options.serve:
        return run.serve()
    return run.demo(once=options.once, screenshots=options.screenshots)


if __name__ == "__main__":
    sys.exit(main())
