"""Tags of scalars of one of several policies: `policy/<name>/<tag of a run of one>`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

Value = TypeVar("Value")

TIMESTEPS = "timesteps"

PREFIX = "policy/"
_OWN = ("rollout/", "train/", "episode/", "reward/", "eval/", "watch/", "agents/", "time/")


def policy_tag(policy: str, tag: str) -> str:
    """Return the tag under which a policy's scalar stands."""
    return f"{PREFIX}{policy}/{tag}"


def split_tag(tag: str) -> tuple[str, str]:
    """Return (policy, tag of a run of one); the policy is empty for a scalar of the whole run.

    A policy's name may hold "/": the tag begins at the first part that learners log under.
    """
    if not tag.startswith(PREFIX):
        return "", tag
    rest = tag.removeprefix(PREFIX)
    places = [at for own in _OWN if (at := rest.find(f"/{own}")) >= 0]
    if not places:
        name, _, own = rest.partition("/")
        return name, own
    return rest[: min(places)], rest[min(places) + 1 :]


def policies_in(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the policies that have scalars, in the order of the tags."""
    found = (split_tag(tag)[0] for tag in tags)
    return tuple(dict.fromkeys(name for name in found if name))


def rows_of_policies(rows: Iterable[Mapping[str, Value]]) -> dict[str, list[dict[str, Value]]]:
    """Return the lines of each of several policies, with the tags of a run of one.

    Args:
        rows: of a run's metrics; the timesteps are the run's.

    Returns:
        Policy to its lines; empty for a run of one policy.
    """
    found: dict[str, list[dict[str, Value]]] = {}
    for row in rows:
        own: dict[str, dict[str, Value]] = {}
        for tag, value in row.items():
            policy, plain = split_tag(tag)
            if policy:
                own.setdefault(policy, {TIMESTEPS: row[TIMESTEPS]})[plain] = value
        for policy, line in own.items():
            found.setdefault(policy, []).append(line)
    return found
