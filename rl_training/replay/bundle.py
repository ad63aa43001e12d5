"""One file with all that a bug report about an episode needs.

A bundle is a zip: the recording, the replay's own recording, the verdict, the engine's log, the
versions, the scene's files with what they depend on, and the changes that are not committed.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from rl_training.errors import RecordingError
from rl_training.replay.project_files import LARGEST_FILE, checksum, needed_files
from rl_training.replay.replay import ReplayResult
from rl_training.runs.atomic import atomic_path
from rl_training.runs.provenance import commit, versions

FORMAT = "spacetime_rl_bundle"
VERSION = 1
_MANIFEST = "bundle.json"
_REPLAYED = "replayed.replay"
_PROJECT = "project/"
_LARGEST = 1 << 28
_LARGEST_DIFF = 8 << 20


@dataclass(frozen=True)
class Bundle:
    """An unpacked bundle.

    Attributes:
        recording: the recorded episode.
        project: folder with the packed part of the project; None for an exported game.
        files: SHA-256 of each file that the scene needs, by path in the project.
        left_out: those that are too large to be packed.
    """

    recording: Path
    project: Path | None
    files: dict[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def changed_files(self, project: Path) -> list[str]:
        """Return which of the files are others in `project`, or are not there."""
        return [name for name, known in self.files.items() if checksum(project / name) != known]


def write_bundle(
    path: Path,
    result: ReplayResult,
    replayed: Path | None,
    project: Path | None,
    more: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Pack a replay.

    Args:
        path: of the bundle.
        result: what the replay came to.
        replayed: file of the replay's own recording; None: it left none.
        project: folder of the project; None: an exported game was played.
        more: further texts by their names in the bundle, such as the page of steps of a shrunk
            episode.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    recording = result.recorded.path
    scene = str(result.recorded.header["scene"])
    names = [] if project is None else needed_files(project, scene)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "recording": recording.name,
        "scene": scene,
        "commit": commit(),
        "versions": versions(),
        "engine": result.recorded.header["engine"],
        "files": {},
        "left_out": [],
    }
    with (
        atomic_path(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.write(recording, recording.name)
        if replayed is not None and replayed.is_file():
            archive.write(replayed, _REPLAYED)
        for name in names:
            assert project is not None
            manifest["files"][name] = checksum(project / name)
            if (project / name).stat().st_size > LARGEST_FILE:
                manifest["left_out"].append(name)
            else:
                archive.write(project / name, _PROJECT + name)
        archive.writestr("verdict.json", json.dumps(result.to_dict(), indent=1))
        archive.writestr("engine.log", "\n".join(result.log) + "\n")
        if project is not None:
            archive.writestr("changes.diff", _uncommitted(project))
        for name, text in more.items():
            archive.writestr(name, text)
        archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
        archive.writestr("README.md", _readme(path, result, manifest, more))


def is_bundle(path: Path) -> bool:
    """Whether a file is a zip archive."""
    return path.is_file() and zipfile.is_zipfile(path)


@contextlib.contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Unpack a bundle for the time of the block.

    Raises:
        RecordingError: it is none, is damaged or of another version.
    """
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                manifest = json.loads(archive.read(_MANIFEST))
                if manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
                    raise RecordingError(
                        f"{path} is a bundle of {manifest.get('format')} version "
                        f"{manifest.get('version')}, this harness reads {FORMAT} version {VERSION}"
                    )
                _unpack(archive, Path(folder))
            project = Path(folder, _PROJECT)
            bundle = Bundle(
                recording=Path(folder, PurePosixPath(manifest["recording"]).name),
                project=project if (project / "project.godot").is_file() else None,
                files={str(name): str(known) for name, known in manifest["files"].items()},
                left_out=tuple(manifest["left_out"]),
            )
        except (KeyError, ValueError, TypeError, AttributeError, OSError) as error:
            raise RecordingError(f"{path} is no bundle of replay_episode.py: {error!r}") from error
        except zipfile.BadZipFile as error:
            raise RecordingError(f"{path} is damaged: {error}") from error
        yield bundle


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
        raise ValueError(f"it holds more than {_LARGEST} bytes")
    for entry in archive.infolist():
        parts = PurePosixPath(entry.filename).parts
        if ".." in parts or PurePosixPath(entry.filename).is_absolute():
            raise ValueError(f"it holds a file outside itself: {entry.filename}")
    archive.extractall(folder)


def _uncommitted(project: Path) -> str:
    """Return what differs from the commit, as git tells it; empty without git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(project), "diff", "HEAD", "--", "."],
            capture_output=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout[:_LARGEST_DIFF].decode("utf-8", "replace")


def _readme(path: Path, result: ReplayResult, manifest: dict[str, Any], more: Iterable[str]) -> str:
    lines = [
        f"# {result.recorded.path.stem}",
        "",
        *(f"    {line}" for line in result.lines()),
        "",
        "Play it again, in a checkout of the project at the commit below:",
        "",
        f"    python rl_training/replay_episode.py {path.name}",
        "",
        "or with the files in this bundle, which runs their scripts:",
        "",
        f"    python rl_training/replay_episode.py {path.name} --from_bundle",
        "",
        "`--viz` shows it in a window, `--video film.avi` films it.",
        "",
        f"- commit: {manifest['commit']}, recorded at: {result.recorded.header['commit'] or '?'}",
        f"- engine: {manifest['engine']}, {result.recorded.header['system']}",
        f"- scene: {manifest['scene']}, {len(manifest['files'])} files, "
        f"{len(manifest['left_out'])} of them too large to be packed",
        "",
        "Files:",
        "",
        f"- {manifest['recording']}: the episode",
        f"- {_REPLAYED}: the same, as it was played again",
        "- verdict.json: where they differ",
        "- engine.log: what the engine printed",
        "- project/: the scene's files and what they depend on",
        "- changes.diff: what is not committed",
        "- bundle.json: versions and checksums",
        *(f"- {name}" for name in more),
        "",
    ]
    return "\n".join(lines)
