"""A policy set: the policies of several groups of agents, trained together, in one file.

A zip, whose members are not compressed again:

    policies.json      {"format": 1, "timesteps": n, "policies": {group: {"state", "file", ...}}}
    <group>.zip        the ordinary checkpoint of a policy that learns (or a frozen one's)
    <group>.onnx       a frozen policy's file, where that is what it was given as

Written by a training of several policies in place of the checkpoint; read by `--resume`, and by
whoever plays or evaluates the policies together. It never loads a model. The file appears whole or
not at all; its checkpoints hold pickles: load only files you trust.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from rl_training.errors import ModelError, nearest
from rl_training.runs.atomic import atomic_path
from rl_training.runs.paths import policy_file

FORMAT = 1
"""Version of policies.json: 1 since 0.1.0."""

State = Literal["learning", "frozen", "scripted"]

_INDEX = "policies.json"
_SUFFIXES = (".zip", ".onnx")


@dataclass(frozen=True)
class SetMember:
    """One group of a policy set.

    Attributes:
        name: of the group (`policy_name`).
        state: "learning", "frozen" (played by a model that does not learn) or "scripted" (by the
            game's own control).
        file: name of its model inside the set, .zip or .onnx; empty: it has none of its own.
        shares: name of the group whose policy plays it; empty: its own does.
        actions: how a frozen policy acts in the engine: "auto", "sampled" or "deterministic".
    """

    name: str
    state: State = "learning"
    file: str = ""
    shares: str = ""
    actions: str = "auto"


@dataclass(frozen=True)
class PolicySet:
    """A policy set on disk; models are taken out when they are asked for.

    Attributes:
        path: of the set.
        members: by the group's name, in the scene's order.
        timesteps: decisions of all learning agents together when it was written.
    """

    path: Path
    members: Mapping[str, SetMember]
    timesteps: int

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all groups."""
        return tuple(self.members)

    @property
    def learning(self) -> tuple[str, ...]:
        """Names of the groups that have a policy of their own that learns."""
        return tuple(
            each.name for each in self.members.values() if each.state == "learning" and each.file
        )

    def member(self, name: str) -> SetMember:
        """Return one group.

        Raises:
            ModelError: the set has no such group.
        """
        if name not in self.members:
            raise ModelError(
                f"{self.path} has no policy {name!r}.{nearest(name, self.members)} "
                f"It holds {', '.join(self.members)}"
            )
        return self.members[name]

    def owner(self, name: str) -> SetMember:
        """Return the group whose file plays a group: itself, or the one that it shares.

        Raises:
            ModelError: the set has no such group.
        """
        found = self.member(name)
        return self.member(found.shares) if found.shares else found

    def extract(self, name: str, folder: Path) -> Path | None:
        """Write the model that plays a group into a folder.

        Args:
            name: of the group; of one that shares, the other's model is taken.
            folder: exists; give one that you remove (`tempfile.TemporaryDirectory`).

        Returns:
            The file, .zip or .onnx, named after its group; None: the group is scripted.

        Raises:
            ModelError: the set has no such group, or is damaged.
        """
        owner = self.owner(name)
        if not owner.file:
            return None
        target = folder / owner.file
        try:
            with (
                zipfile.ZipFile(self.path) as archive,
                archive.open(owner.file) as source,
                open(target, "wb") as file,
            ):
                shutil.copyfileobj(source, file)
        except (zipfile.BadZipFile, KeyError, OSError) as error:
            raise ModelError(f"{self.path} is damaged: {error}") from error
        return target


def is_policy_set(path: Path) -> bool:
    """Return whether a file is a policy set; False for any other file, and where there is none."""
    if path.suffix != ".zip" or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return _INDEX in archive.NameToInfo
    except (zipfile.BadZipFile, OSError):
        return False


def read_policy_set(path: Path) -> PolicySet:
    """Read what a policy set holds; no model is loaded.

    Raises:
        ModelError: the file is missing, damaged, no policy set, or of a newer format.
    """
    if not path.is_file():
        siblings = [each.name for each in path.parent.glob("*.zip")] if path.parent.is_dir() else []
        raise ModelError(f"no model at {path}.{nearest(path.name, siblings)}")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            data = json.loads(archive.read(_INDEX)) if _INDEX in names else None
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ModelError(f"{path} is damaged: {error}") from error
    if data is None:
        raise ModelError(f"{path} is no policy set: it has no {_INDEX}")
    try:
        return _parsed(path, data, names)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelError(f"{path} has an unreadable {_INDEX}: {error}") from error


def write_policy_set(
    path: Path, members: Iterable[SetMember], models: Mapping[str, Path], timesteps: int
) -> None:
    """Write a policy set, whole or not at all.

    Args:
        path: the .zip file.
        members: all groups, in the scene's order; their `file` is set here.
        models: name of the group to its model, .zip or .onnx, for those that have one of their own.
        timesteps: decisions of all learning agents together until now.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    members = tuple(members)
    files = dict(zip(models, _file_names(models), strict=True))
    rows = {}
    for each in members:
        row: dict[str, Any] = {"state": each.state}
        if each.name in files:
            row["file"] = files[each.name]
        if each.shares:
            row["shares"] = each.shares
        if each.state == "frozen":
            row["actions"] = each.actions
        rows[each.name] = row
    index = {"format": FORMAT, "timesteps": timesteps, "policies": rows}
    with (
        atomic_path(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr(_INDEX, json.dumps(index, indent=1))
        for name, model in models.items():
            archive.write(model, files[name])


def _file_names(models: Mapping[str, Path]) -> list[str]:
    names: list[str] = []
    for group, model in models.items():
        stem, number = policy_file(group), 1
        while f"{stem}{model.suffix}" in names:
            number += 1
            stem = f"{policy_file(group)}_{number}"
        names.append(f"{stem}{model.suffix}")
    return names


def _parsed(path: Path, data: dict[str, Any], names: list[str]) -> PolicySet:
    if int(data["format"]) > FORMAT:
        raise ModelError(
            f"{path} has format {data['format']}, this harness reads up to {FORMAT}; update it"
        )
    members = {}
    for name, row in data["policies"].items():
        each = SetMember(
            name,
            row["state"],
            row.get("file", ""),
            row.get("shares", ""),
            row.get("actions", "auto"),
        )
        if each.state not in get_args(State):
            raise ValueError(f"{name} has the state {each.state!r}")
        if each.file and (each.file not in names or not _plain(each.file)):
            raise ValueError(f"{name} has the file {each.file!r}, which is not there")
        members[name] = each
    for each in members.values():
        if each.shares and (each.shares not in members or members[each.shares].shares):
            raise ValueError(f"{each.name} shares {each.shares!r}, which has no policy of its own")
        if each.state != "scripted" and not each.shares and not each.file:
            raise ValueError(f"{each.name} has no file")
    return PolicySet(path, MappingProxyType(members), int(data["timesteps"]))


def _plain(file: str) -> bool:
    """Return whether a member's name stays in the folder that it is written to."""
    return file == policy_file(file) and file.endswith(_SUFFIXES) and not file.startswith(".")
