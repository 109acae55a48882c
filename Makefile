# make demo   install, then compare the reference model with a failing one on real digits
# make test   install with the test extras, then lint, types and every test
# make cuda   the tests that need a CUDA device
# make example  train and write reports/example, the report that the repository shows
# make expectation  what the reference model has to reach in tests/test_own_gate.py, trained anew
# make bench  the standard step against the plain published loop
# make faults  how often trace names the right culprit: takes hours, and goes on where it was stopped
# make fuzz   mutated model files and results, for SECONDS
# make docs   the documentation as a site, into site/

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
SECONDS ?= 300

# Workers set their own thread counts; without this, two test processes would fight over the cores.
export OMP_NUM_THREADS = 1
export MKL_NUM_THREADS = 1

# Its builder advertises a successor otherwise.
export NO_MKDOCS_2_WARNING = 1

.PHONY: demo test lint cuda bench fuzz faults schema example expectation docs clean

demo: $(VENV)/.demo
	$(BIN)/ebdiag compare ref:ebgan_pt user_models/sigmoid_decoder.py --budget quick

test: $(VENV)/.test lint
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

cuda: $(VENV)/.test
	$(BIN)/python -m pytest -m cuda

bench: $(VENV)/.test
	$(BIN)/python benchmarks/step.py --json

fuzz: $(VENV)/.test
	PYTHONPATH=tests $(BIN)/python -m fuzz_inputs $(SECONDS) `date +%s`

faults: $(VENV)/.test
	$(BIN)/python -m benchmarks.faults.run --at-once $(JOBS)

example: $(VENV)/.demo
	$(BIN)/ebdiag compare ref:ebgan_pt user_models/sigmoid_decoder.py --budget quick --out reports/example

expectation: $(VENV)/.test
	$(BIN)/ebdiag compare ref:ebgan_pt reference_models/ebgan_pt.py --budget quick --out .ebdiag/expectation
	cp .ebdiag/expectation/result.json benchmarks/expected/result.json

schema: $(VENV)/.test
	$(BIN)/python -m ebdiag.result

docs: $(VENV)/.test
	$(BIN)/python -m mkdocs build --strict

$(VENV)/.demo: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[test,docs]'
	touch $@ $(VENV)/.demo

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache build dist site
