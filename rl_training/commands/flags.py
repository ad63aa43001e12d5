"""The flags that several commands share, declared once: one name, one meaning, one old spelling.

Commands add them with `add`, change what differs (a default, a word of the help), and keep flags
that are theirs alone to themselves. Light: no torch, no NumPy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rl_training.commands.parser import Parser
from rl_training.errors import StorageError

STDOUT = "-"
"""What `--json` is without a file."""


@dataclass(frozen=True)
class Flag:
    """One flag.

    Attributes:
        options: what `add_argument` takes besides the name.
        old: earlier spellings, which work and say the new one.
    """

    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    old: tuple[str, ...] = ()


def _flag(
    text: str,
    kind: Any = None,
    metavar: str | None = None,
    *,
    old: tuple[str, ...] = (),
    **more: Any,
) -> Flag:
    options: dict[str, Any] = {"help": text, **more}
    if kind is not None:
        options["type"] = kind
    if metavar is not None:
        options["metavar"] = metavar
    return Flag(MappingProxyType(options), old)


SHARED: Mapping[str, Flag] = MappingProxyType(
    {
        "scenario": _flag("what is played (rl_training/scenarios)", None, "NAME"),
        "project_path": _flag("folder of another Godot project", None, "DIR", old=("--project",)),
        "scene_path": _flag("res:// path of another scene", None, "RES", old=("--scene",)),
        "env_path": _flag("an exported game", None, "PATH"),
        "model": _flag("the policy: .zip or .onnx", Path, "PATH"),
        "parameter": _flag(
            "an environment parameter: a number or a sampler such as 'uniform(0, 1)' "
            "(docs/parameters.md); may be repeated",
            None,
            "NAME=VALUE",
            action="append",
        ),
        "experiment_name": _flag("name of the run", None, "NAME", old=("--experiment",)),
        "run_root": _flag("folder of models/ and logs/, if not the usual one", Path, "DIR"),
        "episodes": _flag("how many are played", int, "N"),
        "seed": _flag("everything random comes from it", int, "N"),
        "num_envs": _flag("engine processes; one a core, at most 8, if absent", int, "N"),
        "arenas": _flag("copies of the scene in each engine; chosen if absent", int, "N"),
        "port": _flag("first TCP port; an error when it is taken", int, "N"),
        "timeout_s": _flag("an engine silent this long is hung", float, "S"),
        "backend": _flag(
            "where engines run: local, or ray: on the nodes of a cluster (docs/scale.md)",
            choices=("local", "ray"),
        ),
        "address": _flag("the cluster's head, or auto (docs/scale.md)", None, "HOST:PORT"),
        "nodes": _flag("wait until so many nodes have joined the cluster", int, "N"),
        "engines_per_actor": _flag("engines that one actor of a cluster owns", int, "N"),
        "godot": _flag("engine binary; found or installed if absent", None, "PATH"),
        "other_parameters": _flag(
            "compare although the environment parameters differ", action="store_true"
        ),
        "baseline": _flag("report that it is compared with", Path, "JSON"),
        "tolerance": _flag("relative worsening of a metric that is allowed", float, "X"),
        "alpha": _flag("probability of a false alarm, over all metrics together", float, "P"),
        "output": _flag("the file to write", Path, "PATH"),
        "markdown": _flag("write the table as Markdown too", Path, "PATH"),
        "junit": _flag("write JUnit XML too", Path, "PATH"),
        "json": _flag(
            "print JSON instead of text; with FILE, write it there and print the text",
            Path,
            "FILE",
            nargs="?",
            const=Path(STDOUT),
        ),
        "samples": _flag("how many are compared", int, "N"),
        "thresholds": _flag("limits of the training's check, TOML or JSON", Path, "FILE"),
        "timesteps": _flag("decisions of all agents together", int, "N"),
        "viz": _flag("show the engine's window", action="store_true"),
    }
)


def add(parser: Parser, *names: str, **changes: Any) -> None:
    """Add shared flags.

    Args:
        parser: of the command.
        names: of `SHARED`.
        changes: other options for all of them, for instance `default=100`.
    """
    for name in names:
        parser.add_argument(f"--{name}", **options(name, **changes))
        for old in SHARED[name].old:
            parser.renamed(old, f"--{name}")


def add_data(parser: Parser) -> None:
    """Add the positional files of trajectories, at least one, as `data`."""
    parser.add_argument("data", nargs="+", metavar="DATA", help="files or folders (docs/data.md)")


def options(name: str, **changes: Any) -> dict[str, Any]:
    """Return what `add_argument` takes for a shared flag, for a group of a command's flags.

    Args:
        name: of `SHARED`.
        changes: other options.
    """
    return {**SHARED[name].options, **changes}


def emit(target: Path | None, data: Any, text: str) -> bool:
    """Print a result as `--json` asks for it.

    Args:
        target: the flag's value; None: not given.
        data: what JSON holds.
        text: what people read.

    Returns:
        Whether the text was printed, so that next steps may follow.

    Raises:
        StorageError: the file cannot be written.
    """
    if target == Path(STDOUT):
        print(json.dumps(data, indent=1))
        return False
    write_json(target, data)
    print(text)
    return True


def write_json(target: Path | None, data: Any) -> None:
    """Write JSON to the file of `--json`, if one was given.

    Raises:
        StorageError: the file cannot be written.
    """
    if target is None or target == Path(STDOUT):
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise StorageError(f"--json: {target} cannot be written: {error.strerror}") from error
