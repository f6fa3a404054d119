# The project's table of contents: `make help` lists what can be done.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test bluesky lint bench chaos two-hosts screenshots messages schema lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F':.*?## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(STAMP) ## Create the virtual environment and install the hashed lock

$(STAMP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: run make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the packages of requirements/dev.txt (first time: about a minute)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(STAMP) ## Run the whole job on this machine until Ctrl-C (ONCE=1: run it headless, check it, exit)
	@$(BIN)/python -m i4emploi_site.demo $(if $(ONCE),--once,)

serve: $(STAMP) ## Start site, workers and beat for development, without demo data
	@$(BIN)/python -m i4emploi_site.demo --serve

test: $(STAMP) ## Run every test on real PostgreSQL and Valkey, in parallel
	@$(BIN)/python -m pytest $(ARGS)

BLUESKY := tests/bluesky
BLUESKY_STAMP := $(BLUESKY)/node_modules/.installed

bluesky: $(STAMP) ## Test the Bluesky adapter on the real PDS and AppView (needs Node 20 and npm)
	@if node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null; then \
	  $(MAKE) --no-print-directory $(BLUESKY_STAMP) && $(BIN)/python -m pytest -n 0 $(BLUESKY) $(ARGS); \
	else \
	  echo "Node 20 with npm is missing: Bluesky's servers cannot run here, nothing of Bluesky was tested." >&2; \
	  exit $${I4_BLUESKY_TESTS_MUST_RUN:-0}; \
	fi

$(BLUESKY_STAMP): $(BLUESKY)/package.json $(BLUESKY)/package-lock.json
	@echo "Installing Bluesky's servers with npm (first time: one or two minutes)…"
	@# SQLite's binding is compiled here: with the headers that came with Node, where there are, instead of a download
	@cd $(BLUESKY) && prefix=$$(node -p 'path.dirname(path.dirname(process.execPath))') && \
	  if [ -f "$$prefix/include/node/node.h" ]; then export npm_config_nodedir="$$prefix"; fi && \
	  npm ci --loglevel=error
	@touch $@

lint: $(STAMP) ## Style, types, import contracts, migrations, templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/mypy

bench: $(STAMP) ## Measure speed as ratios within one run (NAME=page|redirect; all by default)
	@$(BIN)/python -m bench $(NAME)

chaos: $(STAMP) ## Publish while processes are killed and networks fail; compare ledgers and consents (SEED=n POSTS=2000)
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(POSTS),--posts $(POSTS))

two-hosts: $(STAMP) ## Let two worker hosts share a broadcast, and cut one off meanwhile (Linux, root, iproute2)
	@$(BIN)/python -m tests.chaos.two_hosts

screenshots: $(STAMP) ## Take docs/screenshots/ again from a running demo of its own
	@$(BIN)/python -m i4emploi_site.demo --screenshots docs/screenshots

messages: $(STAMP) ## Collect the texts to translate into locale/, and compile them (needs gettext)
	@# French begins anew: every text is its own, and a guess of msgmerge would leave one out of the catalogue
	@sed -i.bak -e '/^#, fuzzy$$/d' -e '/^$$/q' locale/fr/LC_MESSAGES/django.po && rm locale/fr/LC_MESSAGES/django.po.bak
	@$(BIN)/python manage.py makemessages -l en -l fr --no-location --no-obsolete --no-wrap -i .venv -i .data -i node_modules
	@msgen --no-wrap locale/fr/LC_MESSAGES/django.po -o locale/fr/LC_MESSAGES/django.po
	@$(BIN)/python manage.py compilemessages -i .venv -v 0

schema: $(STAMP) ## Write docs/openapi.yaml from the API
	@$(BIN)/python manage.py spectacular --lang en --file docs/openapi.yaml

lock: $(STAMP) ## Resolve requirements/*.in into hashed locks
	@for set in base dev; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --upgrade \
	  requirements/$$set.in -o requirements/$$set.txt; done

clean: ## Remove the environment and the embedded servers' data
	@test ! -x $(BIN)/python || $(BIN)/python -m i4emploi_site.servers stop
	@rm -rf $(VENV) $(BLUESKY)/node_modules .data staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis
