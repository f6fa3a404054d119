"""`python -m i4emploi_site.demo.sandbox_bluesky --port N`"""

from i4emploi_site.demo.sandbox.server import run
from i4emploi_site.demo.sandbox_bluesky.server import make_server
from i4emploi_site.demo.sandbox_bluesky.world import World

run("Bluesky", 8110, make_server, World)
