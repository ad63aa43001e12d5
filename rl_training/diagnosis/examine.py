"""All checks in their order; what one needs of another goes along."""

from __future__ import annotations

from collections.abc import Iterator

from rl_training.diagnosis import machine_checks
from rl_training.diagnosis.finding import Finding, skipped
from rl_training.diagnosis.game_checks import NAMES, check_game
from rl_training.diagnosis.project_checks import check_engine, check_project, has_arenas
from rl_training.diagnosis.subject import Subject


def examine(subject: Subject) -> Iterator[Finding]:
    """Yield the findings as they come; the game is played only if nothing before it failed."""
    yield machine_checks.check_python()
    yield machine_checks.check_packages()
    yield machine_checks.check_torch()
    yield machine_checks.check_folders(subject)
    yield machine_checks.check_disk(subject)
    yield machine_checks.check_ports(subject)
    yield machine_checks.check_stray_engines()
    yield machine_checks.check_screen()
    engine_finding, engine = check_engine(subject)
    yield engine_finding
    failed = engine_finding.status == "failed"
    for finding in check_project(subject, engine):
        failed = failed or finding.status == "failed"
        yield finding
    if failed:
        for name in NAMES:
            yield skipped(name, "the game cannot be played, see above")
        return
    yield from check_game(subject, has_arenas(subject))
