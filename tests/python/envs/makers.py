"""Environments for a test, made by a short call and closed when the test is over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from rl_training.envs import EnvSettings, make_vec_env


class Closable(Protocol):
    def close(self) -> None: ...


E = TypeVar("E", bound=Closable)


class Maker(Generic[E]):
    """Makes environments of one kind.

    Args:
        build: makes one from settings.
        scene: what is played where the test names none.
        settings: what holds where the test says nothing else.

    Attributes:
        made: all of them, in their order.
    """

    def __init__(self, build: Callable[..., E], scene: str, **settings: Any) -> None:
        self.made: list[E] = []
        self._build, self._scene, self._settings = build, scene, settings

    def __call__(self, scene: str | None = None, **changes: Any) -> E:
        scene_path = self._scene if scene is None else scene
        self.made.append(self._build(**{**self._settings, "scene_path": scene_path, **changes}))
        return self.made[-1]


@contextlib.contextmanager
def making(build: Callable[..., E], scene: str, **settings: Any) -> Iterator[Maker[E]]:
    """Give a `Maker`, and close what it made."""
    maker = Maker(build, scene, **settings)
    try:
        yield maker
    finally:
        for env in maker.made:
            env.close()


def build_vec_env(kind: Any = "async", **settings: Any) -> Any:
    """Make a `VecEnv` over engines; `kind`: as `make_vec_env` has it."""
    return make_vec_env(EnvSettings(**settings), kind)
