"""Any mixture of agents, and what an engine would say for it; for tests of the codecs.

Payloads are written by the fake engine's codec, which shares no code with ours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Spaces = dict[str, Any]

_SIZES = st.integers(1, 5)
BOXES = st.builds(lambda size: {"space": "box", "size": [size]}, _SIZES)
DISCRETE = st.builds(lambda size: {"space": "discrete", "size": size}, _SIZES)
IMAGES = st.builds(
    lambda shape: {"space": "box", "size": shape}, st.lists(_SIZES, min_size=3, max_size=3)
)
OBSERVATIONS = st.fixed_dictionaries(
    {"obs": BOXES}, optional={"a_2d": IMAGES, "key": DISCRETE, "more": BOXES}
)
CONTINUOUS = st.builds(lambda size: {"action_type": "continuous", "size": size}, _SIZES)
CHOICES = st.builds(lambda size: {"action_type": "discrete", "size": size}, _SIZES)
ACTIONS = st.dictionaries(
    st.sampled_from(["move", "aim", "jump"]), CONTINUOUS | CHOICES, min_size=1
)


@st.composite
def mixtures(draw: st.DrawFn, most: int = 64) -> dict[str, Any]:
    """Draw an `env_info`: up to three layouts, each of up to three groups of 0 to `most` agents."""
    groups: list[dict[str, Any]] = []
    observations: list[Spaces] = []
    actions: list[Spaces] = []
    for layout in range(draw(st.integers(1, 3))):
        spaces = draw(st.tuples(OBSERVATIONS, ACTIONS))
        counts = draw(st.lists(st.integers(0, most), min_size=1, max_size=3))
        if layout == 0 and not sum(counts):
            counts[0] = 1
        for count in counts:
            group = {"name": f"g{len(groups)}", "first": len(observations), "count": count}
            groups.append({**group, "layout": layout})
            observations += [spaces[0]] * count
            actions += [spaces[1]] * count
    return described(observations, actions, groups)


def described(
    observations: list[Spaces], actions: list[Spaces], groups: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the `env_info` of our addon."""
    return {
        "type": "env_info",
        "n_agents": len(observations),
        "observation_space": observations,
        "action_space": actions,
        "agent_policy_names": [g["name"] for g in groups for _ in range(g["count"])],
        "spacetime_rl": {
            "protocol": 1,
            "transport": "binary2",
            "groups": groups,
            "agent_arenas": [0] * len(observations),
            "agent_paths": [f"Agent{i}" for i in range(len(observations))],
        },
    }


def observation(declared: Spaces, rng: np.random.Generator) -> dict[str, Any]:
    """Return one agent's values as the JSON transport has them."""
    values: dict[str, Any] = {}
    for key, spec in declared.items():
        if "2d" in key:
            values[key] = rng.bytes(int(np.prod(spec["size"]))).hex()
        elif spec["space"] == "discrete":
            values[key] = int(rng.integers(spec["size"]))
        else:
            values[key] = floats(rng, spec["size"][0]).tolist()
    return values


def floats(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    """Return numbers of all magnitudes that a float32 holds."""
    magnitude = 10.0 ** rng.integers(-38, 38, size)
    numbers: NDArray[np.float32] = (rng.uniform(-3, 3, size) * magnitude).astype(np.float32)
    return numbers


def step_message(
    info: dict[str, Any], status: list[int], rng: np.random.Generator
) -> dict[str, Any]:
    """Return a `step` message in which the agents have these bits."""
    declared = info["observation_space"]
    ended = [flag & 3 > 0 for flag in status]
    return {
        "type": "step",
        "obs": [observation(each, rng) for each in declared],
        "reward": floats(rng, len(status)).tolist(),
        "done": ended,
        "terminated": [flag & 1 > 0 for flag in status],
        "truncated": [flag & 2 > 0 for flag in status],
        "final_obs": [
            observation(each, rng) if end else None
            for each, end in zip(declared, ended, strict=True)
        ],
        "info": [{"end": i} if end else {} for i, end in enumerate(ended)],
    }
