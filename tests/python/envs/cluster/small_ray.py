"""What our cluster code uses of Ray, in this process: tests choose who is late and who dies.

Actors are objects, their commands run in their order when somebody waits for an answer, and what
goes to them and comes back goes through pickle. The real thing is tested at night.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest


class RayError(Exception):
    """As Ray's."""


class RayActorError(RayError):
    """As Ray's."""


class ObjectLostError(RayError):
    """As Ray's."""


class RayTaskError(RayError):
    """As Ray's; `cause` is what the actor raised."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Ref:
    """An answer to come."""

    def __init__(self, actor: Actor, method: str, args: Sequence[Any]) -> None:
        self.actor, self.method, self._args = actor, method, args
        self._losses, self._failures = actor.losses, actor.failures
        self.is_done = False
        self._value: bytes = b""
        self._error: RayError | None = None

    def run(self) -> None:
        """Do it."""
        self.is_done = True
        if (loss := (self.actor.first, self.method)) in self._losses:
            self._losses.remove(loss)
            self.actor.die()
        for failure in self._failures:
            if failure[:2] == (self.actor.first, self.method):
                self._failures.remove(failure)
                self._value = pickle.dumps(("error", failure[2]))
                return
        if self.actor.is_dead:
            self._error = RayActorError("The actor is dead")
            return
        args = [each.value() if isinstance(each, Put) else each for each in self._args]
        try:
            method = getattr(self.actor.instance(), self.method)
            self._value = pickle.dumps(method(*pickle.loads(pickle.dumps(args))))
        except RayActorError as error:
            # A test's way to lose the actor in the middle of a command.
            self._error = error
        except Exception as error:
            self._error = RayTaskError(error)

    def value(self) -> Any:
        """Return the answer."""
        if self._error is not None:
            raise self._error
        return pickle.loads(self._value)


class Put:
    """A value in the object store, as it was when it was put there."""

    def __init__(self, value: Any) -> None:
        self._pickled = pickle.dumps(value)

    def value(self) -> Any:
        """Return a copy."""
        return pickle.loads(self._pickled)


class Actor:
    """An object that does one command after the other."""

    def __init__(self, ray: SmallRay, kind: type, args: Sequence[Any]) -> None:
        self._kind, self._args = kind, args
        self.losses, self.failures = ray.losses, ray.failures
        self._object: Any = None
        self.is_dead = False
        self.queue: list[Ref] = []
        # Of what the test calls it: the number of its first engine, or of its making.
        self.first: int = getattr(args[0], "first", 0)

    def instance(self) -> Any:
        """Return the object; it is made when it is first needed."""
        if self._object is None:
            self._object = self._kind(*self._args)
        return self._object

    def __getattr__(self, method: str) -> Any:
        if method.startswith("_"):
            raise AttributeError(method)
        return _Method(self, method)

    def die(self) -> None:
        """Be killed."""
        if self._object is not None:
            self._object.close()
        self.is_dead = True


class _Method:
    def __init__(self, actor: Actor, method: str) -> None:
        self._actor, self._method = actor, method

    def remote(self, *args: Any) -> Ref:
        ref = Ref(self._actor, self._method, args)
        self._actor.queue.append(ref)
        return ref


class _Class:
    def __init__(self, ray: SmallRay, kind: type) -> None:
        self._ray, self._kind = ray, kind

    def options(self, **_: Any) -> _Class:
        return self

    def remote(self, *args: Any) -> Actor:
        made = Actor(self._ray, self._kind, args)
        self._ray.actors.append(made)
        return made


class SmallRay:
    """Stands for the package.

    Attributes:
        late: first engines of the actors whose rollouts come when nobody else's can be waited for.
        actors: all that were made.
        losses: first engine of an actor, and the command in which it is lost; each happens once.
        failures: the same, and the error that is the answer to the command.
    """

    class exceptions:
        """As Ray's."""

        RayError = RayError
        RayActorError = RayActorError
        ObjectLostError = ObjectLostError
        RayTaskError = RayTaskError

    def __init__(self) -> None:
        self.late: set[int] = set()
        self.losses: list[tuple[int, str]] = []
        self.failures: list[tuple[int, str, Exception]] = []
        self.actors: list[Actor] = []

    def remote(self, kind: type) -> _Class:
        """Make a class whose objects are actors."""
        return _Class(self, kind)

    def put(self, value: Any) -> Put:
        """Keep a value."""
        return Put(value)

    def get(self, ref: Ref) -> Any:
        """Return an answer; everything that the actor was told before is done first."""
        while not ref.is_done:
            ref.actor.queue.pop(0).run()
        return ref.value()

    def wait(
        self, refs: Sequence[Ref], *, num_returns: int, timeout: float
    ) -> tuple[list[Ref], list[Ref]]:
        """Return who answers first, and the others."""
        quick = [r for r in refs if r.method != "rollout" or r.actor.first not in self.late]
        ready = (quick or (list(refs) if timeout else []))[:num_returns]
        return ready, [ref for ref in refs if ref not in ready]

    def kill(self, actor: Actor, *, no_restart: bool) -> None:
        """End an actor."""
        del no_restart
        actor.die()

    def nodes(self) -> list[dict[str, Any]]:
        """Return one."""
        return [{"Alive": True}]

    def cluster_resources(self) -> dict[str, float]:
        """Return its cores."""
        return {"CPU": 64.0}


@contextlib.contextmanager
def small_ray(monkeypatch: pytest.MonkeyPatch, *places: str) -> Iterator[SmallRay]:
    """Put it in Ray's place.

    Args:
        monkeypatch: of the test.
        places: modules that use `connected`.
    """
    ray = SmallRay()

    @contextlib.contextmanager
    def connected(*_: Any) -> Iterator[SmallRay]:
        yield ray

    for place in places:
        monkeypatch.setattr(f"{place}.connected", connected)
    try:
        yield ray
    finally:
        for actor in ray.actors:
            actor.die()


Make = Callable[..., Any]
