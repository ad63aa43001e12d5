# Each target does all the set-up it needs. Pass arguments on with ARGS="...", choose the Python that
# makes the virtual environment with PYTHON=python3.12. Afterwards .venv/bin/spacetime-rl is there.
PYTHON ?= python3
ARGS ?=

.PHONY: train test setup native docs wheel

# Trains the shipped scene, with an engine for each core, at most 8.
train:
	@$(PYTHON) rl_training/bootstrap.py train $(ARGS)

# Linters, type checks, GDScript tests, pytest.
test:
	@$(PYTHON) rl_training/bootstrap.py test $(ARGS)

# What training needs; ARGS=--dev: what tests, docs and wheels need too.
setup:
	@$(PYTHON) rl_training/bootstrap.py setup $(ARGS)

# Optional: ONNX models by onnxruntime instead of GDScript (docs/inference.md).
native:
	@$(PYTHON) rl_training/bootstrap.py native $(ARGS)

# The pages, into build/site.
docs:
	@$(PYTHON) rl_training/bootstrap.py docs $(ARGS)

# The wheel, into build/dist.
wheel:
	@$(PYTHON) rl_training/bootstrap.py wheel $(ARGS)
