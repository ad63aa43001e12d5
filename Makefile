# train and test do all the set-up they need. Pass arguments on with ARGS="...", choose the Python
# that makes the virtual environment with PYTHON=python3.12.
PYTHON ?= python3
ARGS ?=

.PHONY: train test setup native

train:
	@$(PYTHON) rl_training/bootstrap.py train $(ARGS)

test:
	@$(PYTHON) rl_training/bootstrap.py test $(ARGS)

setup:
	@$(PYTHON) rl_training/bootstrap.py setup $(ARGS)

# Optional: ONNX models by onnxruntime instead of GDScript (docs/inference.md).
native:
	@$(PYTHON) rl_training/bootstrap.py native $(ARGS)
