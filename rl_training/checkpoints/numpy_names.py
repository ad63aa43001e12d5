"""Pickles of one NumPy read by the other: `numpy.core` became `numpy._core` in NumPy 2.

pip and uv resolve to different sets of packages, so a checkpoint may hold either name. Called by
whatever unpickles a model. Nothing here reads a file.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_OTHER = {"numpy._core": "numpy.core", "numpy.core": "numpy._core"}


@contextlib.contextmanager
def either_numpy() -> Iterator[None]:
    """Let modules of NumPy's core be imported by both of its names for the length of the block."""
    # The first takes what is below a name that is itself an alias: Python would load its files a
    # second time. The last is asked for what this NumPy does not have.
    first, last = _Finder(below_aliases=True), _Finder()
    sys.meta_path.insert(0, first)
    sys.meta_path.append(last)
    try:
        yield
    finally:
        sys.meta_path.remove(first)
        sys.meta_path.remove(last)
        for name in [name for name in sys.modules if _is_alias(name)]:
            del sys.modules[name]


class _Finder(MetaPathFinder):
    """Finds a module of NumPy's core by its other name.

    Args:
        below_aliases: only where the core itself is there under its other name alone.
    """

    def __init__(self, *, below_aliases: bool = False) -> None:
        self._below_aliases = below_aliases
        self._busy = False

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the spec of an alias; None where it is not ours to find."""
        for name, other in _OTHER.items():
            if fullname != name and not fullname.startswith(name + "."):
                continue
            if self._busy or (self._below_aliases and not _is_alias(name)):
                return None
            # Or two names that are both missing would ask each other for ever.
            self._busy = True
            try:
                module = importlib.import_module(other + fullname[len(name) :])
            except ImportError:
                return None
            finally:
                self._busy = False
            return importlib.util.spec_from_loader(fullname, _Alias(module))
        return None


class _Alias(Loader):
    """Gives a module that is there under another name; it leaves the module as it is."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module itself."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Put back what the import machinery changed."""
        module.__spec__ = self._spec


def _is_alias(name: str) -> bool:
    """Whether a name of NumPy's core is another module's that is loaded under it."""
    ours = any(name == core or name.startswith(core + ".") for core in _OTHER)
    module = sys.modules.get(name) if ours else None
    return module is not None and getattr(module, "__name__", name) != name
