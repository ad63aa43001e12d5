"""Models' files on their way to another machine.

Made by whoever spreads a play over a cluster, written down by its actors. It opens no model.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rl_training.errors import ModelError
from rl_training.play.players import RANDOM, Players


@dataclass(frozen=True)
class SentModels:
    """Content of files; can be pickled.

    Attributes:
        files: path where they come from, suffix and content of each.
    """

    files: tuple[tuple[str, str, bytes], ...]

    @classmethod
    def of(cls, paths: Iterable[Path]) -> SentModels:
        """Read files of this machine, each once.

        Raises:
            ModelError: one cannot be read.
        """
        found = []
        for path in dict.fromkeys(paths):
            try:
                found.append((str(path), path.suffix, path.read_bytes()))
            except OSError as error:
                raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
        return cls(tuple(found))

    @contextlib.contextmanager
    def written(self) -> Iterator[dict[Path, Path]]:
        """Yield path where a file comes from to its copy here, for the time of the block."""
        with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
            copies: dict[Path, Path] = {}
            for number, (name, suffix, content) in enumerate(self.files):
                copy = Path(folder, f"model_{number}{suffix}")
                copy.write_bytes(content)
                copies[Path(name)] = copy
            yield copies


def moved(players: Players, copies: Mapping[Path, Path]) -> Players:
    """Return the players of copies of the models."""

    def one(file: Path | None) -> Path | None:
        return file if file is None or file == RANDOM else copies[file]

    return Players(one(players.others), {name: one(each) for name, each in players.groups.items()})
