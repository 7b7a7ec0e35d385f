# Two commands: `make chat` serves the page, `make test` runs every test. Each does its own set-up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
TORCH ?= torch==2.13.0
export HF_HUB_OFFLINE = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export TOKENIZERS_PARALLELISM = false

.PHONY: chat test lint reader bench requirements clean
.DEFAULT_GOAL := chat

# The stamps hold what was installed for: a change of either file installs again.
$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "1/3 Making $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
		{ echo "Byline needs Python 3.11 to 3.13: make PYTHON=/path/to/python3.11 chat"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No venv: apt-get install python3-venv"; exit 1; }
	@echo "2/3 Installing PyTorch ($(TORCH))"
	@$(BIN)/pip install -qq -c constraints.txt $(TORCH)
	@echo "3/3 Installing Byline and what it needs"
	@$(BIN)/pip install -qq -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "Installing what the tests need"
	@$(BIN)/pip install -qq -c constraints.txt -e '.[test,train]'
	@touch $@

chat: $(VENV)/.installed
	@$(BIN)/byline serve

test: $(VENV)/.installed-test
	@sh tests/install_chromium.sh
	@$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile

lint: $(VENV)/.installed-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# Trains, calibrates and measures the reader; DATA names the training sets. Ctrl-C and run again to go on.
# A night on two cores. With a CUDA device: make reader DATA=… EPOCHS=4 TEACHERS="1 2 3 4" (readers of other seeds).
EPOCHS = 1
TEACHERS =
TAUGHT_BY = $(TEACHERS:%=.byline/reader/teacher-%)
reader: $(VENV)/.installed-test
	@for seed in $(TEACHERS); do test -d .byline/reader/teacher-$$seed || $(BIN)/python -m training.reader \
		--data $(DATA) --epochs $(EPOCHS) --seed $$seed --out .byline/reader/teacher-$$seed || exit; done
	@$(BIN)/python -m training.reader --data $(DATA) --epochs $(EPOCHS) $(if $(TEACHERS),--teachers $(TAUGHT_BY))
	@$(BIN)/python -m training.calibrate --data $(DATA)
	@$(BIN)/python -m training.measure --data $(DATA)
	@$(BIN)/python -m training.card
	@echo "The reader is in .byline/reader/model; copy it to qa/weights/reader to ship it."

bench: $(VENV)/.installed-test
	@$(BIN)/pip install -qq -c constraints.txt -e '.[bench]'
	@$(BIN)/python -m benchmarks.retrieval --data $(DATA) --questions report
	@$(BIN)/python -m benchmarks.open --data $(DATA) --questions report
	@$(BIN)/python -m benchmarks.certainty --data $(DATA)
	@$(BIN)/python -m benchmarks.answers --data $(DATA)
	@$(BIN)/python -m benchmarks.crash --kills 200

# What a Space installs, made anew after a change of pyproject.toml or constraints.txt.
requirements: $(VENV)/.installed
	@$(BIN)/python -m qa.requirements

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
