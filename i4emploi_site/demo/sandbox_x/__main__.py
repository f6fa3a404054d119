"""`python -m i4emploi_site.demo.sandbox_x --port N`"""

import argparse

from i4emploi_site.demo.sandbox_x.server import make_server
from i4emploi_site.demo.sandbox_x.world import World

parser = argparse.ArgumentParser(description="A sandbox of X on loopback.")
parser.add_argument("--port", type=int, default=8100)
parser.add_argument("--speed", type=float, default=60, help="how many times faster than life the audience sees tweets")
parser.add_argument("--seed", type=int, default=2015, help="what decides how far each tweet goes")
options = parser.parse_args()
make_server(options.port, World(options.seed, options.speed)).serve_forever()
