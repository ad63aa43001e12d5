"""All commands: name, one line of help, and the function that is loaded when one is called.

Read by `main` and by `completion`. A command is imported only when it runs, so that the list costs
nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Main = Callable[..., int]
_HERE = "rl_training.commands"


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        help: one line, the action first.
        module: in this package, or a whole name with a dot.
        function: of it; takes the flags, returns the exit code.
    """

    help: str
    module: str
    function: str = "main"

    def load(self) -> Main:
        """Import and return the function."""
        name = self.module if "." in self.module else f"{_HERE}.{self.module}"
        main: Main = getattr(importlib.import_module(name), self.function)
        return main


@dataclass(frozen=True)
class Group:
    """Commands below a command.

    Attributes:
        help: one line.
        commands: by name.
        default: name of the one that runs when none is named; empty: one must be.
    """

    help: str
    commands: Mapping[str, Command] = field(default_factory=dict)
    default: str = ""


COMMANDS: Mapping[str, Command | Group] = {
    "init": Command("put the addon, a controller and a settings file into a Godot project", "init"),
    "doctor": Command("check machine, project and game; say what to do", "doctor"),
    "train": Command("train an agent on the real engine", "train"),
    "tune": Command("search for better settings with many short trainings", "tune"),
    "watch": Command("attach a window to a running training", "watch"),
    "play": Command("open the game and let a model play it", "play"),
    "evaluate": Command("play fixed episodes and write the report", "evaluate"),
    "rate": Command("let players meet in matches, and rate them", "rate"),
    "film": Command("film a match: a milestone against a player of the ladder", "film"),
    "budget": Command("say whether the game holds its frame budget, or fail", "budget"),
    "gate": Group(
        "fail when a report is worse than its baseline, or a training went wrong",
        {
            "regression": Command("compare a report with its baseline", "gate"),
            "training": Command("check a training run's logs", "gate_training"),
            "rating": Command("compare a place on a ladder with an earlier one", "gate_rating"),
        },
        default="regression",
    ),
    "report": Command("write a page on evaluations, with pictures", "report"),
    "scenarios": Command("list the scenarios that are found", "scenarios"),
    "replay": Command("play a recorded episode again, bit for bit", "replay"),
    "export": Group(
        "make what ships: a policy, a game, the addon",
        {
            "policy": Command("a Stable-Baselines3 model as ONNX", "export_policy"),
            "game": Command("a standalone game that plays a policy", "export_game"),
            "addon": Command("the Godot addon as a folder or a zip", "export_addon"),
        },
    ),
    "data": Group(
        "collect episodes as data, look at them, bring them into other formats",
        {
            "collect": Command("play episodes and keep them as data", "data_collect"),
            "show": Command("show what data holds, with a picture", "data_show"),
            "convert": Command("bring data into another format", "data_convert"),
            "split": Command("split data into parts", "data_split"),
            "check": Command("say what is wrong with data, or fail", "data_check"),
        },
    ),
    "world-model": Command("learn from data what a scene does next", "world_model"),
    "explore": Command("play a game to find what is wrong with it", "explore"),
    "verify": Command("hold an ONNX file in the engine against onnxruntime", "verify"),
    "compare": Command("compare models: size, speed, agreement, success", "compare"),
    "distill": Command("teach a policy to a smaller network", "distill"),
    "quantize": Command("store a policy's weights in 8 bits", "quantize"),
    "migrate": Command("bring a project from godot_rl_agents to this addon", "migrate"),
    "engine": Group(
        "find, install and ask the Godot engine",
        {
            "path": Command("print the engine's path, nothing else", "engine", "path"),
            "version": Command("print version, path and origin", "engine", "version"),
            "install": Command("put an engine into the cache", "engine", "install"),
            "template": Command("print the export template's path", "engine", "template"),
            "import": Command("bring a project's .godot up to date", "engine", "import_project"),
            "native": Command("build the optional onnxruntime library", "engine_native"),
        },
    ),
    "runs": Group(
        "look at training runs",
        {
            "list": Command("list runs, the newest first", "runs", "list_"),
            "show": Command("show one run: status, files, last figures", "runs", "show"),
            "compare": Command("put the last figures of runs side by side", "runs", "compare"),
            "control": Command("save, stop or pause a run", "runs", "control"),
            "plot": Command("draw learning curves into one picture", "plot"),
            "milestones": Command("list a run's milestones", "runs", "milestones"),
        },
        default="list",
    ),
    "study": Group(
        "measurements for the maintainers' tables",
        {
            "benchmark": Command("raw engine, this harness, godot-rl", "study_benchmark"),
            "sweep": Command("one PPO setting changed at a time", "study_sweep"),
            "gate": Command("count the gate's false alarms and misses", "study_gate"),
            "solve": Command("seconds to 95 % success, against godot-rl", "study_solve"),
            "bugs": Command("who finds planted bugs", "study_bugs"),
            "dashboard": Command("the dashboard in a real browser", "study_dashboard"),
            "http": Command("the HTTP API of an engine", "study_http"),
            "curricula": Command("ways to choose a run's episodes", "study_curricula"),
            "watching": Command("what a watching window costs a training", "study_watching"),
            "dreamer": Command("how fast Dreamer learns on this machine", "study_dreamer"),
            "learners": Command("which learner pays when decisions are dear", "study_learners"),
        },
    ),
    "dashboard": Command("open a page that follows and steers all runs", "dashboard"),
    "mcp": Command("serve a game to language models (Model Context Protocol)", "mcp"),
    "completion": Command("print the shell's completion script", "completion"),
}


def resolve(words: list[str]) -> tuple[str, Command, list[str]] | None:
    """Find the command that words call.

    Args:
        words: of the command line, without the program.

    Returns:
        Its name ("export game"), itself, and the words that are left; None when there is none.
    """
    if not words or words[0] not in COMMANDS:
        return None
    name, entry = words[0], COMMANDS[words[0]]
    if isinstance(entry, Command):
        return name, entry, words[1:]
    if len(words) > 1 and words[1] in entry.commands:
        return f"{name} {words[1]}", entry.commands[words[1]], words[2:]
    asks_help = len(words) > 1 and words[1] in ("-h", "--help")
    is_flag = len(words) == 1 or words[1].startswith("-")
    if entry.default and is_flag and not asks_help:
        return f"{name} {entry.default}", entry.commands[entry.default], words[1:]
    return None
