from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rl_training import bootstrap

REPOSITORY = Path(__file__).parents[2]


class Steps:
    """The four steps, replaced: each notes that it ran and leaves what the real one would."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ran: list[str] = []
        self.fail_in: str | None = None
        self.imports = True
        self.has_template = True

    def _note(self, name: str) -> None:
        self.ran.append(name)
        if self.fail_in == name:
            raise bootstrap.SetupError(f"{name} failed")

    def make_venv(self) -> None:
        self._note("venv")
        python = Path(bootstrap.venv_python())
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
        (self.root / ".venv/pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")

    def install_packages(self, dev: bool = False) -> None:
        self._note("packages for development" if dev else "packages")

    def find_engine(self) -> str:
        self._note("engine")
        engine = self.root / "godot"
        engine.write_text("")
        return str(engine)

    def find_template(self) -> str:
        self._note("template")
        template = self.root / "template"
        if self.has_template:
            template.write_text("")
        return str(template) if self.has_template else ""

    def import_project(self) -> bool:
        self._note("import")
        if self.imports:
            (self.root / ".godot").mkdir(exist_ok=True)
            (self.root / ".godot/global_script_class_cache.cfg").write_text("")
        return self.imports

    def take(self) -> list[str]:
        ran, self.ran = self.ran, []
        return ran


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    if sys.platform == "win32":
        pytest.skip("links to Python")
    for name in bootstrap.PACKAGE_FILES:
        shutil.copy(REPOSITORY / name, tmp_path)
    steps = Steps(tmp_path)
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(REPOSITORY), *sys.path])
    monkeypatch.delenv("GODOT_BIN", raising=False)
    monkeypatch.setattr(bootstrap, "make_venv", steps.make_venv)
    monkeypatch.setattr(bootstrap, "install_packages", steps.install_packages)
    monkeypatch.setattr(bootstrap, "find_or_install_engine", steps.find_engine)
    monkeypatch.setattr(bootstrap, "find_or_install_template", steps.find_template)
    monkeypatch.setattr(bootstrap, "import_project", steps.import_project)
    return steps


def record_commands(monkeypatch: pytest.MonkeyPatch, *, code: int) -> list[list[str]]:
    """Note the command that would be run instead of running it; it would end with `code`."""
    commands: list[list[str]] = []

    def run_instead(command: list[str]) -> int:
        commands.append(command)
        return code

    monkeypatch.setattr(bootstrap, "run_instead", run_instead)
    return commands


def test_everything_once(steps: Steps, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["setup"]) == 0
    assert steps.take() == ["venv", "packages", "engine", "import"]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == [
        "virtual environment",
        "packages",
        "engine",
        "first import of the project",
        f"all in {lines[-1].split('all in ')[1]}",
    ]
    assert bootstrap.main(["setup"]) == 0
    assert steps.take() == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", bootstrap.PACKAGE_FILES)
def test_changed_requirements_are_installed_again(steps: Steps, name: str) -> None:
    bootstrap.main(["setup"])
    steps.take()
    with (steps.root / name).open("a") as file:
        file.write("# changed\n")
    bootstrap.main(["setup"])
    assert steps.take() == ["packages", "engine", "import"]


def test_a_lost_engine_another_one_and_a_lost_import(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main(["setup"])
    steps.take()
    (steps.root / "godot").unlink()
    bootstrap.main(["setup"])
    assert steps.take() == ["engine", "import"]
    shutil.rmtree(steps.root / ".godot")
    bootstrap.main(["setup"])
    assert steps.take() == ["import"]
    monkeypatch.setenv("GODOT_BIN", "/another")
    bootstrap.main(["setup"])
    assert steps.take() == ["engine", "import"]
    Path(bootstrap.venv_python()).unlink()
    shutil.rmtree(steps.root / ".venv")
    bootstrap.main(["setup"])
    assert steps.take() == ["venv", "packages", "engine", "import"]


@pytest.mark.parametrize("name", ["packages", "engine"])
def test_an_interrupted_set_up_is_taken_up(
    steps: Steps, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    steps.fail_in = name
    assert bootstrap.main(["train"]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"error: {name} failed\n"
    assert f"set-up: {name}: failed after" in captured.out
    first = steps.take()
    steps.fail_in = None
    assert bootstrap.main(["setup"]) == 0
    assert steps.take() == [name, *["packages", "engine", "import"][len(first) - 1 :]]


def test_packages_that_were_cut_off_do_not_count(steps: Steps) -> None:
    bootstrap.main(["setup"])
    (steps.root / "constraints.txt").write_text("")
    steps.fail_in = "packages"
    bootstrap.main(["setup"])
    # Going back to the old constraints must not make half-replaced packages look whole.
    shutil.copy(REPOSITORY / "constraints.txt", steps.root)
    steps.fail_in = None
    steps.take()
    bootstrap.main(["setup"])
    assert "packages" in steps.take()


def test_the_engines_own_error_is_the_only_line(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("GODOT_BIN", str(steps.root / "nowhere"))
    monkeypatch.setattr(bootstrap, "venv_python", lambda: sys.executable)
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.find_or_install_engine()
    assert bootstrap.fail(str(caught.value), code=caught.value.code) == 2
    captured = capfd.readouterr()
    assert captured.err.startswith("error: GODOT_BIN: ")
    assert captured.err.count("\n") == 1


def test_make_passes_arguments_on() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("no make on this machine")
    command = [make, "-n", "train", "PYTHON=python3.12", "ARGS=--seed 3"]
    said = subprocess.check_output(command, cwd=REPOSITORY, text=True)
    assert "python3.12 rl_training/bootstrap.py train --seed 3" in said


def test_training_needs_no_packages_of_development(steps: Steps) -> None:
    assert bootstrap.main(["setup", "--dev"]) == 0
    assert steps.take() == ["venv", "packages for development", "engine", "import"]
    assert bootstrap.main(["setup"]) == 0
    assert steps.take() == []


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("docs", ["-m", "mkdocs", "build", "--strict", "--site-dir"]),
        ("wheel", ["-m", "build", "--wheel", "--outdir"]),
    ],
)
def test_docs_and_wheel(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, command: str, program: list[str]
) -> None:
    commands = record_commands(monkeypatch, code=0)
    assert bootstrap.main([command, "-v"]) == 0
    assert "packages for development" in steps.take()
    assert commands[0][1 : 1 + len(program)] == program
    assert commands[0][-1] == "-v"


def test_ctrl_c(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(dev: bool = False) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "install_packages", interrupt)
    assert bootstrap.main(["setup"]) == 130
    assert "the next run goes on from here" in capsys.readouterr().err


def test_a_project_that_does_not_compile_is_left_to_the_command(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = record_commands(monkeypatch, code=5)
    steps.imports = False
    assert bootstrap.main(["setup"]) == 1
    assert bootstrap.main(["test", "-k", "x"]) == 5
    again = ["packages for development", "template", "import"]
    assert steps.take() == ["venv", "packages", "engine", "import", *again]
    script = os.path.join(bootstrap.ROOT, "tools", "run_tests.py")
    assert commands == [[bootstrap.venv_python(), script, "-k", "x"]]


def test_tests_get_the_export_template_where_it_can_be_had(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_commands(monkeypatch, code=0)
    steps.has_template = False
    bootstrap.main(["train"])
    assert steps.take() == ["venv", "packages", "engine", "import"]
    assert bootstrap.main(["test"]) == 0
    assert bootstrap.main(["test"]) == 0
    assert steps.take() == ["packages for development", "template", "template"]
    steps.has_template = True
    bootstrap.main(["test"])
    bootstrap.main(["test"])
    assert steps.take() == ["template"]
    monkeypatch.setenv("GODOT_BIN", "/another")
    bootstrap.main(["test"])
    assert steps.take() == ["engine", "template", "import"]


def test_a_template_that_cannot_be_had_is_no_failure(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    answers = {"template": (2, "")}
    monkeypatch.setattr(bootstrap, "ask_engine", answers.__getitem__)
    assert bootstrap.find_or_install_template() == ""
    answers["template"] = (0, "/cache/template")
    assert bootstrap.find_or_install_template() == "/cache/template"


def test_train_passes_its_arguments_on(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = record_commands(monkeypatch, code=0)
    assert bootstrap.main(["train", "--timesteps", "10", "--help"]) == 0
    assert commands[0][1].endswith("train_vr_locomotion.py")
    assert commands[0][2:] == ["--timesteps", "10", "--help"]


def test_native_builds_the_library(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = record_commands(monkeypatch, code=0)
    assert bootstrap.main(["native", "--project_path", "x"]) == 0
    assert commands[0][1].endswith("build_native.py")
    assert commands[0][2:] == ["--project_path", "x"]
    assert "template" not in steps.take()


def test_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main([]) == 2
    assert bootstrap.main(["trian"]) == 2
    assert (
        "'trian' is not a command: one of train, test, setup, native, docs, wheel"
        in capsys.readouterr().err
    )
    assert bootstrap.main(["setup", "--fast"]) == 2
    assert bootstrap.main(["--help"]) == 0


def test_an_old_python_is_told_clearly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert bootstrap.main(["train"]) == 2
    assert "Python 3.10 or newer is needed, this is 3.9.2" in capsys.readouterr().err


def test_an_old_python_gets_as_far_as_the_message() -> None:
    source = Path(bootstrap.__file__).read_text("utf-8")
    ast.parse(source, feature_version=(3, 7))
    # Annotations are not evaluated, but everything else at the top is.
    tree = ast.parse(source)
    modules = {
        name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    assert all(str(name).split(".")[0] in sys.stdlib_module_names for name in modules)


def test_the_second_run_is_fast_and_passes_the_exit_code(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("the stand-in for Python is a shell script")
    root = tmp_path / "a folder"
    python = root / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$VIRTUAL_ENV"\necho "$@"\nexit 7\n')
    python.chmod(0o755)
    (root / ".venv/pyvenv.cfg").write_text("version = 3.11.7\n")
    (root / "rl_training").mkdir()
    (root / ".godot").mkdir()
    (root / ".godot/global_script_class_cache.cfg").write_text("")
    script = Path(shutil.copy(bootstrap.__file__, root / "rl_training"))
    for name in bootstrap.PACKAGE_FILES:
        shutil.copy(REPOSITORY / name, root)
    code = "import bootstrap; print(bootstrap.packages_key())"
    key = subprocess.check_output([sys.executable, "-c", code], cwd=root / "rl_training", text=True)
    stamp = {
        "packages": key.strip(),
        "engine": str(script),
        "engine_asked": os.environ.get("GODOT_BIN", ""),
        "imported": True,
    }
    (root / ".venv" / bootstrap.STAMP_NAME).write_text(json.dumps(stamp))
    started = time.monotonic()
    result = subprocess.run(
        [sys.executable, script, "train", "--seed", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert time.monotonic() - started < 2
    assert (result.returncode, result.stderr) == (7, "")
    venv, arguments = result.stdout.splitlines()
    assert venv == str(root / ".venv")
    assert arguments == f"{root}/rl_training/train_vr_locomotion.py --seed 1"


PIP_CONFIG = """:env:.find-links='/env/wheels'
:env:.default-timeout='180'
global.cert='/etc/certs.crt'
global.extra-index-url='file:///local/simple https://extra.example/simple'
global.find-links='/opt/wheels'
global.index-url='https://index.example/simple'
install.index-url='https://install.example/simple'
freeze.timeout='10'
"""


def test_pips_settings_reach_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*bootstrap.UV_VARIABLES.values(), "UV_INDEX_STRATEGY"):
        monkeypatch.delenv(variable, raising=False)
    settings = bootstrap.parse_pip_settings(PIP_CONFIG)
    assert settings["find-links"] == "/env/wheels"
    environment = bootstrap.uv_environment(settings)
    assert environment == {
        "VIRTUAL_ENV": bootstrap.venv_dir(),
        "UV_DEFAULT_INDEX": "https://install.example/simple",
        "UV_INDEX": "https://extra.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/env/wheels",
        "UV_HTTP_TIMEOUT": "180",
        "SSL_CERT_FILE": "/etc/certs.crt",
    }
    monkeypatch.setenv("UV_INDEX", "https://mine.example")
    assert "UV_INDEX" not in bootstrap.uv_environment(settings)


def test_several_places_and_local_indexes() -> None:
    text = "global.find-links='\\n/a\\n/b'\nglobal.extra-index-url='file:///local/simple'\n"
    environment = bootstrap.uv_environment(bootstrap.parse_pip_settings(text))
    assert environment["UV_FIND_LINKS"] == "/a,/b"
    assert "UV_INDEX" not in environment
    assert bootstrap.parse_pip_settings("") == {}


def test_pip_is_the_way_out_when_uv_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def loud(command: list[str], environment: dict[str, str] | None = None) -> int:
        commands.append(command)
        return 0 if command[-1] == "uv" or "pip" in command[2] else 2

    monkeypatch.setattr(bootstrap, "loud", loud)
    monkeypatch.setattr(bootstrap, "pip_settings", dict)
    monkeypatch.setattr("os.path.exists", lambda path: True)
    bootstrap.install_packages()
    assert [Path(command[0]).name for command in commands] == ["python", "uv", "python"]
    assert "--override" in commands[1]
    assert "--override" not in commands[2]
    assert all("-c" in command for command in commands[1:])
    monkeypatch.setattr(bootstrap, "loud", lambda command, environment=None: 1)
    with pytest.raises(bootstrap.SetupError, match=r"pip ended with code 1.*repeat by hand"):
        bootstrap.install_packages()


def test_a_python_without_ensurepip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    calls: list[list[str]] = []
    works: set[str] = set()

    def quiet(command: list[str], cwd: str | None = None) -> tuple[int, str]:
        calls.append(command)
        kind = "bare" if "--without-pip" in command else command[2]
        return (0, "") if kind in works else (1, "ensurepip is not available\n")

    monkeypatch.setattr(bootstrap, "quiet", quiet)
    monkeypatch.setattr("glob.glob", lambda pattern: [])
    with pytest.raises(
        bootstrap.SetupError, match=r"\(ensurepip is not available\): install the package python3-v"
    ):
        bootstrap.make_venv()
    works |= {"virtualenv"}
    bootstrap.make_venv()
    works |= {"bare", "pip"}
    calls.clear()
    bootstrap.make_venv()
    assert [command[2] for command in calls] == ["venv", "venv", "pip"]
