# Short targets, no logic: what they call does the work.
.PHONY: setup run studio test test-long check audit bench load cluster cluster-test cluster-figures eval eval-close train-smoke fuzz clean

PY := .venv/bin/python
# For two cores: browsers and trainings compute, the other tests of the app wait more than they compute.
BROWSER_WORKERS := 2
APP_WORKERS := 3
TRAINING_WORKERS := 2
# On a busy machine a browser may miss a deadline: what fails is run again, twice at most, and named.
RETRY := --reruns 2 -r sR
# A second time may be a quarter of an hour.
LONG_RETRY := --reruns 1 -r sR

setup: .venv/web static/vendor/socket.io.esm.min.js

run: setup
	$(PY) -m webapp $(if $(HTTPS),--https --host 0.0.0.0) $(ARGS)

# The page /train, for this machine alone.
studio: setup .venv/training
	MASK_MIRROR_STUDIO=yes $(PY) -m webapp --host 127.0.0.1 $(ARGS)

test: setup .venv/dev .venv/training node_modules/axe-core
	tools/install-chromium.sh
	tools/install-firefox.sh
	NPM_COMMAND=node tools/npm.sh --test tests/js/*/*.test.js tests/js/*/*/*.test.js
	$(PY) -m pytest $(RETRY) -n $(BROWSER_WORKERS) tests/e2e $(ARGS) || test $$? -eq 5
	$(PY) -m pytest $(RETRY) -n $(APP_WORKERS) --ignore=tests/e2e --ignore=tests/model_training $(ARGS) || test $$? -eq 5
	$(PY) -m pytest $(RETRY) -n $(TRAINING_WORKERS) tests/model_training $(ARGS) || test $$? -eq 5

test-long: setup .venv/dev .venv/training node_modules/axe-core
	tools/install-chromium.sh
	tools/install-firefox.sh
	$(PY) -m pytest $(LONG_RETRY) -m long -n $(APP_WORKERS) --dist worksteal --ignore=tests/model_training $(ARGS) || test $$? -eq 5
	$(PY) -m pytest $(LONG_RETRY) -m long tests/model_training $(ARGS) || test $$? -eq 5

check: setup .venv/dev .venv/training
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	$(PY) tools/house.py --check

audit: setup .venv/dev .venv/training
	$(PY) tools/audit.py $(ARGS)

bench: setup .venv/dev
	$(PY) -m bench $(ARGS)

load: setup .venv/dev
	$(PY) -m bench.load $(ARGS)

cluster: setup .venv/dev
	tools/install-servers.sh
	$(PY) -m bench.cluster $(ARGS)

cluster-test: setup .venv/dev
	tools/install-servers.sh
	$(PY) -m bench.cluster test $(ARGS)

cluster-figures: setup .venv/dev
	tools/install-servers.sh
	$(PY) -m bench.cluster figures $(ARGS)

fuzz: setup .venv/dev
	MASK_MIRROR_FUZZ_MUTATIONS=100000 $(PY) -m pytest tests/faults/test_pictures.py -k mutations

# Without DATA nothing is installed: the first line says what is missing.
eval eval-close: $(if $(DATA),.venv/training)

eval:
	@test -n "$(DATA)" || { echo "make eval needs DATA=folder with faces/test.json, faces/images/ and negatives/"; exit 2; }
	@$(PY) -m model_training evaluate detector --coco $(DATA)/faces/test.json --images $(DATA)/faces/images \
		--negatives $(DATA)/negatives --out runs/eval $(ARGS)

eval-close:
	@test -n "$(DATA)" || { echo "make eval-close needs DATA=folder with faces/val.json, faces/images/ and mask12k/"; exit 2; }
	@$(PY) -m model_training evaluate close-ups --coco $(DATA)/faces/val.json --images $(DATA)/faces/images \
		--crops $(DATA)/mask12k/Validation --crops-train $(DATA)/mask12k/Train --out runs/eval-close $(ARGS)

train-smoke: .venv/training
	$(PY) -m model_training rehearse --out $(or $(OUT),runs/rehearsal) $(ARGS)

.venv/bin/python:
	tools/make-venv.sh

.venv/web: .venv/bin/python requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev: .venv/web requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

.venv/training: .venv/web model_training/requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r model_training/requirements.txt
	touch $@

static/vendor/socket.io.esm.min.js: .venv/web package.json package-lock.json static/install-vendor.js
	tools/npm.sh ci $(if $(wildcard node_modules/axe-core),,--omit=dev)
	tools/npm.sh run build
	touch $@

node_modules/axe-core: .venv/web package.json package-lock.json
	tools/npm.sh ci
	touch $@

clean:
	rm -rf .venv node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache
