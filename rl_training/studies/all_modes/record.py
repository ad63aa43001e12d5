"""What the stages of `--mode all` made, in a file: `--resume` skips those that are finished.

Written after each stage, whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rl_training.errors import StorageError
from rl_training.runs.atomic import write_text
from rl_training.runs.text_table import text_table

HEAD = ("stage", "what it made", "seconds", "result")
STOPPED, FAILED = "stopped", "failed"
SKIPPED = "finished before, skipped"


@dataclass(frozen=True)
class StageResult:
    """One stage.

    Attributes:
        stage: its name.
        made: files, the one that later stages use first.
        seconds: wall time, of the call that finished it.
        result: in a few words.
        settings: it was done with.
        finished: nothing of it is left to do.
        skipped: it was finished in an earlier call.
    """

    stage: str
    made: tuple[str, ...]
    seconds: float
    result: str
    settings: Mapping[str, Any]
    finished: bool = True
    skipped: bool = False


class Record:
    """The stages of a run of `--mode all`.

    Args:
        path: of the JSON file.

    Raises:
        StorageError: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stages: dict[str, StageResult] = {}
        if not path.is_file():
            return
        try:
            rows = json.loads(path.read_text("utf-8"))["stages"]
            for row in rows:
                row["made"] = tuple(row["made"])
                self.stages[row["stage"]] = StageResult(**row)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(
                f"{path} cannot be read ({error}): delete it to begin anew"
            ) from error

    def add(self, result: StageResult) -> None:
        """Keep a stage's result; finished ones are written down.

        Raises:
            StorageError: the file cannot be written.
        """
        self.stages[result.stage] = result
        rows = [asdict(one) for one in self.stages.values() if one.finished]
        for row in rows:
            row["skipped"] = False
        write_text(self.path, json.dumps({"stages": rows}, indent=1) + "\n")

    def summary(self, order: Sequence[str]) -> str:
        """Return the table of the stages that were reached, in their order, and what is next.

        Args:
            order: names of the stages of this call.
        """
        stopped = any(not self.stages[name].finished for name in order if name in self.stages)
        after = "\nnot finished: go on with the same command and --resume" if stopped else ""
        return f"{self._table(order)}\nrecord: {self.path}{after}"

    def _table(self, order: Sequence[str]) -> str:
        rows = []
        for name in order:
            one = self.stages.get(name)
            if one is None:
                continue
            words = [f"{one.result} ({SKIPPED})" if one.skipped else one.result]
            rows.append([name, ", ".join(one.made[:1]), f"{one.seconds:.1f}", *words])
        return text_table(HEAD, rows, left=(0, 1, 3))
