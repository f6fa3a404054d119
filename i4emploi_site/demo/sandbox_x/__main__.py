"""`python -m i4emploi_site.demo.sandbox_x --port N`"""

import argparse

from i4emploi_site.demo.sandbox_x.server import make_server

parser = argparse.ArgumentParser(description="A sandbox of X on loopback.")
parser.add_argument("--port", type=int, default=8100)
options = parser.parse_args()
make_server(options.port).serve_forever()
