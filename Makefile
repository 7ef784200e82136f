# `make demo` and `make test` do everything on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed

.PHONY: demo test slow lint tree types kernels mutants doctests installed benchmarks clean

demo: $(STAMP)
	$(BIN)/collude check second-price --agents 4 --values 0:9 || test $$? -eq 1  # 1: some axiom is violated

test: $(STAMP)
	$(BIN)/python -m pytest -q -m "not slow"

slow: $(STAMP)
	$(BIN)/python -m pytest -q -m slow

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	rm -rf build
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $(STAMP)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Neither type checkers nor doctest follow editable installs with a folder mapping: links give them the package as it will be.
tree:
	rm -rf build/tree && mkdir -p build/tree/collude
	for file in api/*; do ln -s ../../../$$file build/tree/collude/; done
	for folder in axioms cli enumerate kernels models programs; do ln -s ../../../$$folder build/tree/collude/; done

types: $(STAMP) tree
	cd build/tree && MYPYPATH=. ../../$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../mypy -p collude

kernels: $(STAMP)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -m "kernel and not slow"
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -q -m "kernel and not slow"

# Every deliberate break of tests/mutants/ must be noticed by the tests that it names.
mutants: $(STAMP)
	$(BIN)/python tests/mutants/run.py

# The examples in docstrings, all of them: interpreted, as compiling them would take longer than everything else.
doctests: $(STAMP) tree
	cd build/tree && NUMBA_DISABLE_JIT=1 PYTHONPATH=. ../../$(BIN)/python -m pytest -q -c ../../pyproject.toml --rootdir . \
		--doctest-modules -p no:cacheprovider collude

# What somebody gets who installs the package and works elsewhere: the command, and kernels in his own code.
installed:
	rm -rf build && $(PYTHON) -m venv build/installed
	build/installed/bin/python -m pip install --quiet .
	cd build/installed && bin/collude list mechanisms > mechanisms.txt && bin/python ../../examples/own_jitted_search.py

benchmarks: $(STAMP)
	$(BIN)/python benchmarks/check.py
	$(BIN)/python benchmarks/reallocation.py
	$(BIN)/python benchmarks/search.py
	$(BIN)/python benchmarks/expectations.py
	$(BIN)/python benchmarks/carriers.py
	$(BIN)/python benchmarks/trade.py
	$(BIN)/python benchmarks/screening.py
	$(BIN)/python benchmarks/symmetry.py

clean:
	rm -rf .venv build dist *.egg-info
