"""`python -m i4emploi_site.demo.sandbox_x --port N`"""

from i4emploi_site.demo.sandbox.server import run
from i4emploi_site.demo.sandbox_x.server import make_server
from i4emploi_site.demo.sandbox_x.world import World

run("X", 8100, make_server, World)
