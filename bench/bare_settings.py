"""The site's own settings and middleware, with one view that does nothing."""

from i4emploi_site.settings import *  # noqa: F403

ROOT_URLCONF = "bench.bare_urls"
