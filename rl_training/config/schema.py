"""The JSON schema of a configuration, made from its classes; editors complete YAML by it.

python -m rl_training.config.schema --write    renews rl_training/config/schema.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from rl_training.config.algorithms import SETTINGS
from rl_training.config.modes import DEVICES, SECTIONS, TrainingMode
from rl_training.config.policies import OWN_SECTIONS, RUN_SECTION
from rl_training.config.samplers import SAMPLERS
from rl_training.config.train_config import TrainConfig

PATH = Path(__file__).parent / "schema.json"
WHOLE = (
    *("Schedule", "ParameterCurriculum", "Lesson", "GoOn", "Constant"),
    *(kind.__name__ for kind in SAMPLERS.values()),
)
"""Values that a layer gives whole, so that what they need must stand in it."""


def make_schema() -> dict[str, Any]:
    """Return the schema; every setting is optional, since a file holds only what it changes."""
    models: list[Any] = [(TrainConfig, "validation")]
    models += [(settings, "validation") for settings in SETTINGS.values()]
    models += [(section, "validation") for section in (*SECTIONS.values(), TrainingMode)]
    _, whole = models_json_schema(models)
    definitions = dict(whole["$defs"])
    root = definitions.pop("TrainConfig")
    names = [settings.__name__ for settings in SETTINGS.values()]
    root["properties"]["algorithm"] = {
        "title": "Algorithm",
        "description": "How to learn; `name` chooses.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in names],
    }
    for name, section in SECTIONS.items():
        described = " ".join(str(section.__doc__).split())
        reference = f"#/$defs/{section.__name__}"
        root["properties"][name] = {"$ref": reference, "description": described}
    root["properties"]["device"] = {
        "enum": list(DEVICES), "description": "Where PPO learns: the same as training.device.",
    }  # fmt: skip
    lengths = definitions.pop("TrainingMode")["properties"]
    definitions["TrainingSettings"]["properties"] |= lengths
    own = definitions["PolicySection"]["properties"]
    own["algorithm"] = {
        **root["properties"]["algorithm"],
        "description": own["algorithm"]["description"],
    }
    for name, described in own.items():
        run = root["properties"].get(RUN_SECTION.get(name, name), {})
        if name in OWN_SECTIONS and "$ref" in run:
            own[name] = {"$ref": run["$ref"], "description": described["description"]}
    root["properties"]["environment"].pop("default", None)
    # The number of engines depends on the machine.
    definitions["EnvironmentSettings"]["properties"]["num_envs"].pop("default", None)
    definitions.pop("AlgorithmSettings", None)
    for name, definition in (("", root), *definitions.items()):
        if name not in WHOLE:
            definition.pop("required", None)
        elif "sampler" in definition["properties"]:
            definition["required"] = ["sampler", *definition["required"]]
    for section in (
        definitions["ParameterSettings"],
        definitions["CurriculumSettings"],
        definitions["EvaluationSettings"]["properties"]["parameters"],
    ):
        kinds = section["additionalProperties"]
        kinds = kinds.get("anyOf", [kinds])
        section["additionalProperties"] = {"anyOf": [*kinds, {"type": "null"}]}
    root["properties"]["$schema"] = {"type": "string", "description": "Where this schema is."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "SpaceTime RL training configuration",
        **{key: value for key, value in root.items() if key != "title"},
        "$defs": definitions,
    }


def schema_text() -> str:
    """Return the schema as the committed file holds it."""
    return json.dumps(make_schema(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PATH.write_text(schema_text(), encoding="utf-8")
    else:
        print(schema_text(), end="")
