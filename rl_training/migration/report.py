"""What a migration did, what it left for the user, and how both are told.

Filled by the planning modules, printed by the script. It decides nothing but the exit code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["change", "left", "note"]

_TITLES: dict[Kind, str] = {
    "change": "changes",
    "left": "left for you",
    "note": "good to know",
}


@dataclass(frozen=True)
class Entry:
    """One line of the report.

    Attributes:
        kind: "change": done (or planned); "left": the user must do it; "note": nothing to do.
        file: path inside the project, "/" as separator.
        line: line of the migrated file, from 1; 0 where there is none.
        text: what was changed or found.
        remedy: what the user should do; empty for changes.
    """

    kind: Kind
    file: str
    line: int
    text: str
    remedy: str = ""

    def as_line(self) -> str:
        """Return "file:line: text; remedy"."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.text}" + (f". {self.remedy}" if self.remedy else "")


def change(file: str, line: int, text: str) -> Entry:
    """Return an entry for something that the migration does."""
    return Entry("change", file, line, text)


def left(file: str, line: int, text: str, remedy: str) -> Entry:
    """Return an entry for something that the user must do."""
    return Entry("left", file, line, text, remedy)


def note(file: str, line: int, text: str, remedy: str = "") -> Entry:
    """Return an entry for something that behaves differently and may be left so."""
    return Entry("note", file, line, text, remedy)


@dataclass(frozen=True)
class MigrationReport:
    """The result of one migration.

    Attributes:
        project: the folder with project.godot.
        entries: all that was done, left and noted, in the order in which it is printed.
        backup: where the old files are; None when nothing was changed.
        dry_run: nothing was written.
    """

    project: Path
    entries: Sequence[Entry]
    backup: Path | None
    dry_run: bool

    @property
    def exit_code(self) -> int:
        """0 when all is done, 1 when something is left for the user."""
        return 1 if self.of("left") else 0

    def of(self, kind: Kind) -> list[Entry]:
        """Return the entries of one kind."""
        return [entry for entry in self.entries if entry.kind == kind]

    def as_text(self) -> str:
        """Return the report as it is printed: changes, notes, what is left, and one last line."""
        lines: list[str] = []
        for kind in ("change", "note", "left"):
            entries = self.of(kind)
            if entries:
                title = "would change" if kind == "change" and self.dry_run else _TITLES[kind]
                lines.append(f"{title} ({len(entries)}):")
                lines.extend(f"  {entry.as_line()}" for entry in entries)
        lines.append(self._last_line())
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain data for JSON."""
        return {
            "project": str(self.project),
            "backup": str(self.backup) if self.backup else None,
            "dry_run": self.dry_run,
            "entries": [asdict(entry) for entry in self.entries],
        }

    def _last_line(self) -> str:
        open_points = len(self.of("left"))
        rest = f"; {open_points} left for you" if open_points else ""
        if not self.of("change"):
            return f"nothing to do{rest}"
        if self.dry_run:
            return f"dry run: nothing was written{rest}"
        return (
            f"migrated{rest}. The old files are in {self.backup}. Next: open the project once in "
            "the editor, or train; then see docs/migrate.md"
        )
