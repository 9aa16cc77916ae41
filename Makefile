# ltsweep: `make sweep` for a first result, `make test` for the tests; .venv is set up where needed.
PYTHON ?= $(firstword $(foreach v,3.11 3.12 3.13,$(shell command -v python$(v) 2>/dev/null)) python3)
VENV := .venv
BIN := $(VENV)/bin
STORE ?= store
SHARED := -n auto
RESULTS_STORE ?= results-store
EXPERIMENTS := $(patsubst conf/experiment/%/small.yaml,%,$(sort $(wildcard conf/experiment/*/small.yaml)))

.PHONY: sweep results test check check-tests soak lint bench clean

sweep: $(VENV)/installed
	$(BIN)/python launch.py experiment=quickstart store=$(STORE)
	@echo "pictures: $(STORE)/reports/quickstart/curves.png and $(STORE)/reports/quickstart/dashboard.html"

# every experiment at its small size, then docs/results.md; what RESULTS_STORE has is not run again
results: $(VENV)/installed
	@failed=; \
	for name in $(EXPERIMENTS); do \
		echo "== $$name"; \
		$(BIN)/python launch.py experiment=$$name size=small store=$(RESULTS_STORE) logger=none; \
		code=$$?; \
		if [ $$code -eq 130 ]; then exit 130; fi; \
		if [ $$code -ne 0 ]; then failed="$$failed $$name"; fi; \
	done; \
	$(BIN)/ltsweep results --store $(RESULTS_STORE) --to docs || exit; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(SHARED)

# what needs no process of its own, beside the linters
check: $(VENV)/installed-dev
	$(MAKE) --jobs=2 lint check-tests

check-tests: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(SHARED) -m "not process and not soak"

soak: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(SHARED) -m soak

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/installed: setup.cfg pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "ltsweep needs Python 3.11, 3.12 or 3.13; name one with: make PYTHON=python3.12 ..."; exit 2; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
