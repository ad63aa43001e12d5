"""Hints on a run that chooses its levels: it is judged by those that it did not choose."""

from __future__ import annotations

from rl_training.runs.hints import RunFacts, find_hints

Row = dict[str, float | None]


def _rows(new: float | None) -> list[Row]:
    """Evaluations succeed often, training half of the time, as its sampler wants."""
    rows: list[Row] = []
    for number in range(1, 21):
        row: Row = {
            "timesteps": 1000.0 * number,
            "rollout/ep_rew_mean": 1.0,
            "rollout/success_rate": 0.5,
            "eval/success_rate": 0.2 if new is None else new,
        }
        if new is not None:
            row["levels/new_success_mean"] = new
        rows.append(row)
    return rows


def _names(rows: list[Row]) -> list[str]:
    return [hint.name for hint in find_hints(RunFacts(rows))]


def test_success_on_chosen_levels_is_not_held_against_evaluations() -> None:
    assert "evaluation far from training" in _names(_rows(None))
    assert "evaluation far from training" not in _names(_rows(0.2))


def test_a_run_whose_chosen_levels_stay_half_solved_may_be_solved() -> None:
    assert RunFacts(_rows(0.95)).is_solved
    assert not RunFacts(_rows(None)).is_solved


def test_a_run_that_gets_better_on_new_levels_has_improved() -> None:
    rows = _rows(0.5)
    for number, row in enumerate(rows):
        row["levels/new_success_mean"] = number / 20
    assert RunFacts(rows).has_improved
    assert not RunFacts(_rows(0.5)).has_improved
