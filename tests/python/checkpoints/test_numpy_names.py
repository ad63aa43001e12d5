"""Pickles of the other NumPy, in a process whose own NumPy lacks the name that they hold."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from rl_training.checkpoints.numpy_names import either_numpy

_NEW = np.lib.NumpyVersion(np.__version__) >= "2.0.0"
_OWN, _OTHER = ("numpy._core", "numpy.core") if _NEW else ("numpy.core", "numpy._core")
_READ = """
import importlib.abc, pickle, sys
import numpy as np
from rl_training.checkpoints.numpy_names import either_numpy

MISSING, DATA = {missing!r}, {data!r}


class Without(importlib.abc.MetaPathFinder):
    def __init__(self, inner):
        self.inner = inner

    def find_spec(self, name, path=None, target=None):
        hidden = name == MISSING or name.startswith(MISSING + ".")
        return None if hidden else self.inner.find_spec(name, path, target)


for name in [name for name in sys.modules if (name + ".").startswith(MISSING + ".")]:
    del sys.modules[name]
sys.meta_path[:] = [Without(each) for each in sys.meta_path]
try:
    pickle.loads(DATA)
except ModuleNotFoundError:
    print("cannot be read")
with either_numpy():
    print(pickle.loads(DATA).tolist())
left = [name for name in sys.modules if (name + ".").startswith(MISSING + ".")]
print(left, len(sys.meta_path))
"""


def _of_the_other_numpy(values: list[float]) -> bytes:
    """Return an array as the other NumPy pickles it: by the other name of its core."""
    # Protocol 2 holds names as lines, without their lengths.
    data = pickle.dumps(np.array(values), protocol=2)
    assert f"c{_OWN}.multiarray\n".encode() in data
    return data.replace(f"c{_OWN}.".encode(), f"c{_OTHER}.".encode())


def test_an_array_of_the_other_numpy_is_read() -> None:
    code = _READ.format(missing=_OTHER, data=_of_the_other_numpy([1.0, 2.5]))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["cannot be read", "[1.0, 2.5]"]
    assert lines[2].startswith("[] ")


def test_what_neither_numpy_has_is_still_missing() -> None:
    with either_numpy(), pytest.raises(ModuleNotFoundError):
        pickle.loads(b"cnumpy._core.never_there\nx\n.")


def test_ones_own_pickles_are_read_as_ever() -> None:
    before = len(sys.meta_path)
    with either_numpy():
        assert pickle.loads(pickle.dumps(np.arange(3))).tolist() == [0, 1, 2]
    assert len(sys.meta_path) == before
