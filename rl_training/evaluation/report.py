"""The report of an evaluation: a frozen, typed model, and its JSON file; the same whoever played.

`report_builder.build_report` makes one from what was played, `EvaluationReport.load` reads one.
The gate, the pages and the studies take it as it is. It starts no engine and imports no torch.

A report holds its episodes and what is known of them; every other number is computed from those.
The JSON holds the computed numbers too, under the names that outside readers know.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    FiniteFloat,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    ValidationError,
    computed_field,
    model_serializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from rl_training.errors import UsageError
from rl_training.evaluation.performance import over_episodes
from rl_training.evaluation.report_formats import FORMAT, migrated
from rl_training.evaluation.report_parts import (
    IGNORED,
    Direction,
    DrawnFrom,
    EngineErrors,
    EpisodeRow,
    Game,
    MetricInfo,
    Provenance,
    Run,
    Seed,
)
from rl_training.evaluation.report_results import PolicyResults, Results
from rl_training.evaluation.request import DETERMINISTIC, Actions
from rl_training.runs.atomic import write_text

# mypy does not know properties below decorators: https://github.com/python/mypy/issues/1362
# mypy: disable-error-code="prop-decorator"

Mode = Literal["python", "in_engine"]
PYTHON: Mode = "python"
IN_ENGINE: Mode = "in_engine"

_LAST = ("policies", "episodes")


class EvaluationReport(Results):
    """What was played, how, and what came of it. With `provenance` it is a baseline.

    Attributes:
        format: version of the file's format, see `report_formats`.
        scenario: name of the scenario.
        model: the model's file; of several, each group with its own.
        models: name of a group to what played it, a file or "game"; empty: one model played all.
        runs: name of a group to the training run of its model, where groups have their own.
        parameters: environment parameters that were set, name to the number of all episodes, or to
            a sampler's text form ("uniform(0, 1)"); the rows have what was drawn.
        actions: how policies acted; absent where they were deterministic.
        mode: `PYTHON` or `IN_ENGINE`.
        seed: of the evaluation.
        wall_time_s: seconds of playing, engines' start included.
        engine: version of Godot; empty when unknown.
        game: which game, where it is not the harness's repository; None in baselines.
        run: the training run that the model came from; None when it is unknown.
        commit: of the harness.
        versions: of Python and the packages.
        engine_errors: errors and warnings in the engines' output; None: not known.
        length_direction: whether longer or shorter episodes are better; None: neither.
        metric_info: what is known of the scene's metrics.
        reward_terms: mean sum of each reward term.
        provenance: where a baseline came from; None: it is no baseline.
        episodes: by rising number.
    """

    model_config = ConfigDict(
        **IGNORED,
        title="Report of an evaluation, or a baseline",
        json_schema_extra={
            "description": "What evaluate_model.py --output writes, whoever played; with "
            "`provenance` it is a baseline. Keys that are not named here are the scenario's "
            "metrics.",
            "additionalProperties": {"type": "number"},
        },
    )

    provenance: Provenance | None = Field(default=None, exclude_if=lambda v: v is None)
    format: Literal[2]
    scenario: str = Field(min_length=1)
    model: str = Field(description="file of the model")
    models: dict[str, str] = Field(default_factory=dict, exclude_if=lambda v: not v)
    parameters: dict[str, FiniteFloat | DrawnFrom] = Field(
        default_factory=dict, exclude_if=lambda v: not v
    )
    actions: Actions = Field(
        default=DETERMINISTIC,
        description="how policies acted: the most probable action, or one drawn",
        exclude_if=lambda v: v == DETERMINISTIC,
    )
    mode: Mode
    seed: Seed
    wall_time_s: float = Field(ge=0.0, allow_inf_nan=False)
    engine: str = Field(description="version of Godot; empty when unknown")
    game: Game | None = Field(default=None, exclude_if=lambda v: v is None)
    run: Run | None = Field(default=None, exclude_if=lambda v: v is None)
    runs: dict[str, Run] = Field(default_factory=dict, exclude_if=lambda v: not v)
    commit: str
    versions: dict[str, str]
    engine_errors: EngineErrors | None = Field(default=None, exclude_if=lambda v: v is None)
    length_direction: Direction | None = None
    metric_info: tuple[MetricInfo, ...]
    reward_terms: dict[str, FiniteFloat] = Field(description="mean sum of each reward term")
    episodes: Annotated[tuple[EpisodeRow, ...], Field(min_length=1)]

    def rows(self) -> tuple[EpisodeRow, ...]:
        """See `Results`."""
        return self.episodes

    @property
    def was_in_engine(self) -> bool:
        """Whether the engine played alone."""
        return self.mode == IN_ENGINE

    def known_metrics(self) -> tuple[MetricInfo, ...]:
        """See `Results`."""
        return self.metric_info

    @computed_field(description="what is better in a metric, where that is known")
    @cached_property
    def directions(self) -> dict[str, Direction]:
        """Name of a number in the report to what is better in it, where that is known."""
        found: dict[str, Direction] = {"mean_reward": "higher", "success_rate": "higher"}
        if self.length_direction is not None:
            found["mean_episode_length"] = self.length_direction
        for info in self.metric_info:
            if info.direction is not None:
                found[info.name] = info.direction
            if info.zero_rate:
                found[info.zero_rate_name] = "higher"
        return found

    @computed_field(description="the same numbers for each policy by its name")
    @cached_property
    def policies(self) -> dict[str, PolicyResults]:
        """Name of a policy to what its agents came to; empty when the rows tell none."""
        rows: dict[str, list[EpisodeRow]] = {}
        for row in self.episodes:
            if row.policy:
                rows.setdefault(row.policy, []).append(row)
        return {name: PolicyResults.of(own, self.metric_info) for name, own in rows.items()}

    @computed_field(description="of the game: means of times, largest values, sums of what is late")
    @cached_property
    def performance(self) -> dict[str, float]:
        """What the game's monitor told over all episodes; empty when nobody asked it."""
        return over_episodes([row.performance for row in self.episodes if row.performance])

    def with_episodes(self, episodes: Sequence[EpisodeRow]) -> EvaluationReport:
        """Return a copy with other episodes; everything that follows from them is computed anew."""
        return self.model_copy(update={"episodes": tuple(episodes)})

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold, as `save` writes it."""
        return self.model_dump(mode="json", by_alias=True)

    def save(self, path: Path) -> None:
        """Write the report, whole or not at all.

        Raises:
            StorageError: the folder cannot be written, or the disk is full.
        """
        write_text(path, json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n")

    @classmethod
    def load(cls, path: Path | str, what: str = "report") -> EvaluationReport:
        """Read a report or a baseline, also one of an older format.

        Args:
            path: the JSON file.
            what: what messages call it.

        Raises:
            UsageError: there is none, or it is not a report of `evaluate_model.py`.
        """
        path = Path(path)
        if not path.is_file():
            raise UsageError(f"no {what} at {path}: evaluate_model.py --output writes one")
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            reason = _first_problem(error)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{path} is no report of evaluate_model.py: {reason}") from None

    @classmethod
    def from_dict(cls, data: Any) -> EvaluationReport:
        """Read what `to_dict` gave, or the same of an older format.

        Raises:
            ValueError: it is no report (also pydantic's ValidationError, which is one).
            KeyError: a key of an older format is missing.
        """
        return cls.model_validate(migrated(data))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the fields; `_flat` only adds what `additionalProperties` says."""
        plain: Any = {name: part for name, part in core_schema.items() if name != "serialization"}
        described = handler(plain)
        # `_flat` leaves it out where nobody measured.
        if "performance" in described.get("required", ()):
            described["required"].remove("performance")
        return described

    @model_serializer(mode="wrap")
    def _flat(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Put each metric at the top level too, and the long parts last."""
        data: dict[str, Any] = handler(self)
        if not self.performance:
            del data["performance"]
        named_otherwise = {info.name for info in self.metric_info if info.is_success}
        for each in self.metric_results:
            if each.name not in named_otherwise:
                data.setdefault(each.name, each.mean)
        return {key: data[key] for key in data if key not in _LAST} | {
            key: data[key] for key in _LAST if key in data
        }


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "missing":
        return f"it lacks {place!r}"
    return f"{place}: {problem['msg']}"


__all__ = ["FORMAT", "IN_ENGINE", "PYTHON", "EvaluationReport", "Mode"]
