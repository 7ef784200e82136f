# `make demo` and `make test` do everything on a fresh machine with Python 3.11 or newer. Another Python, in a folder of its own:
# make test PYTHON=python3.13 VENV=build/python3.13
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
LEAN := $(VENV)/installed-lean
ARCHIVE_TESTS := tests/test_python_entry.py tests/test_deals.py tests/test_voting_rules.py

.PHONY: demo test slow lint tree types kernels mutants doctests installed archive benchmarks clean

demo: $(LEAN)
	$(BIN)/collude check second-price --agents 4 --values 0:9 || test $$? -eq 1  # 1: some axiom is violated

test: $(STAMP)
	$(BIN)/python -m pytest -q -m "not slow"

slow: $(STAMP)
	$(BIN)/python -m pytest -q -m slow

# The demo needs the command alone; what has been installed for the tests is enough for it.
$(LEAN): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test $(STAMP) -nt pyproject.toml || $(BIN)/python -m pip install --quiet --editable .
	touch $(LEAN)

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	rm -rf build/lib build/tree
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
	cd build/tree && MYPYPATH=. $(abspath $(BIN))/mypy --config-file ../../pyproject.toml --cache-dir ../mypy -p collude

kernels: $(STAMP)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -m "kernel and not slow"
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -q -m "kernel and not slow"

# Every deliberate break of tests/mutants/ must be noticed by the tests that it names.
mutants: $(STAMP)
	$(BIN)/python tests/mutants/run.py

# The examples in docstrings, all of them: interpreted, as compiling them would take longer than everything else.
doctests: $(STAMP) tree
	cd build/tree && NUMBA_DISABLE_JIT=1 PYTHONPATH=. $(abspath $(BIN))/python -m pytest -q -c ../../pyproject.toml --rootdir . \
		--doctest-modules -p no:cacheprovider collude

# What somebody gets who installs the package and works elsewhere: the command, and kernels in his own code.
installed:
	rm -rf build/lib build/installed && $(PYTHON) -m venv build/installed
	build/installed/bin/python -m pip install --quiet .
	cd build/installed && bin/collude list mechanisms > mechanisms.txt && bin/python ../../examples/own_jitted_search.py

# The source archive, unpacked elsewhere and installed without links to here: the command, and some of its own tests.
archive: $(STAMP)
	rm -rf build/archive dist && $(BIN)/python -m build --quiet --sdist --outdir dist
	mkdir -p build/archive && tar -xzf dist/collude-*.tar.gz -C build/archive --strip-components 1
	$(PYTHON) -m venv build/archive/venv && build/archive/venv/bin/python -m pip install --quiet "build/archive[test]"
	cd build/archive && venv/bin/collude list axioms > axioms.txt && venv/bin/python -m pytest -q $(ARCHIVE_TESTS)

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
