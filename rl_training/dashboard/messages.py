"""What clients may send, as types: they check requests and make the OpenAPI document.

Called by `rest`, `stream` and `openapi`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", max_length=100)
]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,60}$")]
Path = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_/-]+)*$", max_length=120)
]
Value = bool | int | float | Annotated[str, StringConstraints(max_length=200)]
MOST_STEPS = 2**53


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Start(_Message):
    """Start a training."""

    scenario: Word = Field(description="a name that GET /options lists")
    experiment_name: Name = Field(description="names the run; an earlier one is archived")
    preset: list[Word] = Field(
        default=[], max_length=8, description="names that GET /options lists"
    )
    timesteps: int | None = Field(default=None, ge=1, le=MOST_STEPS, description="of the whole run")
    num_envs: int | None = Field(default=None, ge=1, le=256, description="engine processes")
    arenas: int | None = Field(
        default=None, ge=1, le=4096, description="copies of the scene in each"
    )
    seed: int | None = Field(default=None, ge=0, lt=2**31)
    algorithm: Word | None = Field(default=None, description="ppo, sac, ...")
    resume: bool = Field(default=False, description="go on from the newest checkpoint")


class OfRun(_Message):
    """An order to a living run."""

    run: Name
    wait_s: float = Field(default=10.0, ge=0.0, le=60.0, description="longest wait for its answer")


class Parameters(_Message):
    """New values of parameters of a living run."""

    values: dict[Path, Value] = Field(
        min_length=1,
        max_length=20,
        description="a learner's parameter, the scene's parameters.NAME, curriculum.NAME",
    )
    wait_s: float = Field(default=10.0, ge=0.0, le=60.0, description="longest wait for the answer")


class Follow(_Message):
    """Curves that a page follows."""

    run: Name
    tags: list[Annotated[str, StringConstraints(max_length=200)]] | None = Field(
        default=None, max_length=200, description='patterns ("reward/*"); null: all'
    )
    offset: int = Field(
        default=0, ge=0, le=MOST_STEPS, alias="from", description="byte to go on from"
    )
    generation: str = Field(default="", max_length=64, description="as the last update gave it")
    points: int = Field(
        default=1000, ge=4, le=20_000, description="of each curve and update at most"
    )


class Tail(_Message):
    """A run's log that a page follows."""

    run: Name
    offset: int = Field(default=-1, ge=-1, le=MOST_STEPS, alias="from", description="-1: its end")


class View(_Message):
    """Arenas of a living run that a page looks at."""

    run: Name
    arenas: list[Annotated[int, Field(ge=0, lt=2**20)]] = Field(min_length=1, max_length=16)


class Auth(_Message):
    """The first message of a socket."""

    type: Literal["auth"]
    token: str = Field(max_length=500)


class Subscribe(_Message):
    """All that a page wants to be told from now on; it replaces what it wanted before."""

    type: Literal["subscribe"]
    seq: int = Field(default=0, ge=0, le=MOST_STEPS, description="comes back with each update")
    follow: list[Follow] = Field(default=[], max_length=1000)
    log: Tail | None = None
    view: View | None = None


def problem_of(errors: list[Any]) -> str:
    """Return what pydantic found as one line."""
    lines = []
    for error in errors[:3]:
        place = ".".join(str(part) for part in error["loc"] if part != "__root__")
        lines.append(f"{place or 'the body'}: {error['msg']}")
    return "; ".join(lines)
