PYTHON ?= python3
PORT ?= 8501
HOST ?= 127.0.0.1
VENV := .venv
READY := $(VENV)/.ready
RUN := $(VENV)/bin/python

.PHONY: app test test-all bench wheel

app: $(READY)
	@$(RUN) -m views.cli app --port $(PORT) --host $(HOST)

# A browser needs both cores for itself; everything else is one process a core, and what it tests is compiled by XLA's
# older code generator, in three quarters of the time. The browser tests run what visitors run. Threads and pages share the
# machine with whatever else runs there: what failed is asked once more, alone, and fails if it fails again.
OLDER := XLA_FLAGS=--xla_cpu_use_fusion_emitters=false
AGAIN := --last-failed --last-failed-no-failures=none
test: $(READY)
	@$(OLDER) $(RUN) -m pytest -n 2 --dist loadfile --ignore=tests/browser || $(OLDER) $(RUN) -m pytest --ignore=tests/browser $(AGAIN)
	@$(RUN) -m pytest tests/browser || $(RUN) -m pytest tests/browser $(AGAIN)

test-all: $(READY)
	@$(RUN) -m pytest -m "full or not full"

bench: $(READY)
	@$(RUN) -m tests.benchmarks

wheel: $(READY)
	@$(RUN) -m hatchling build -t wheel -d dist

# The stamp is written last, so an interrupted set-up is taken up again.
# Bytecode is made for what a start imports, 7 s of work; pip would make it for everything, 47 s. The programs of the
# first page and of the first network are compiled and kept.
$(READY): requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "Thalweg needs Python 3.11 or newer, and there is no $(PYTHON) here; name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Thalweg needs Python 3.11 or newer, and $(PYTHON) is older; name a newer one with PYTHON=..." >&2; exit 1; }
	@echo "Setting up $(VENV) from requirements.txt (once, about a minute)..."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-compile -r requirements.txt
	@PYTHONDONTWRITEBYTECODE= $(RUN) -c 'import app, sklearn.datasets, views.warm; views.warm.set_up()'
	@touch $@
