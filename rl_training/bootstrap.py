"""From a fresh clone to a running command: `rl_training/bootstrap.py COMMAND` (see USAGE).

Standard library only; Linux, Windows and macOS. Makes `.venv`, installs the packages, finds or
installs the engine, imports the project once, then runs the command. What is done is stamped in
`.venv`, so the next run skips it; an interrupted set-up is taken up where it stopped. Called by the
Makefile and by people without make. One file on purpose: it must run before anything is installed.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypeVar

MINIMUM_PYTHON = (3, 10)
# Raise it when the steps below change, so that older set-ups are done again.
BOOTSTRAP_VERSION = 1
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STAMP_NAME = "spacetime_rl_stamp.json"
PACKAGE_FILES = ("pyproject.toml", "constraints.txt", "overrides.txt")
# pip's settings and the variables by which uv takes the same.
UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
}


COMMANDS = ("train", "test", "setup", "native", "docs", "wheel")
NEED_DEV = ("test", "docs", "wheel")
DEV_FLAG = "--dev"
USAGE = """usage: bootstrap.py {train,test,setup,native,docs,wheel} [arguments of the command]

Sets up what is missing (virtual environment, packages, engine, first import), then:
  train  runs rl_training/train_vr_locomotion.py [arguments]: an engine a core, at most 8
  test   runs tools/run_tests.py [arguments]: linters, type checks, GDScript tests, pytest;
         fetches the export template too, for the test that exports a game
  setup  stops there; with --dev the packages of test, docs and wheel are installed too
  native runs rl_training/build_native.py [arguments]: the optional library for large models
  docs   builds the pages into build/site: mkdocs build --strict [arguments]
  wheel  builds the wheel into build/dist: python -m build --wheel [arguments]

Afterwards .venv holds the command: .venv/bin/spacetime-rl --help"""

T = TypeVar("T")


class SetupError(Exception):
    """A step of the set-up failed.

    The message is one line that says what to do, or empty when the step's program has said it.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def main(arguments: list[str]) -> int:
    """Set up what is missing, run the command and return its exit code."""
    if sys.version_info < MINIMUM_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        return fail(
            f"Python 3.10 or newer is needed, this is {found}; choose another one, for instance: "
            "make train PYTHON=python3.12",
            code=2,
        )
    if arguments and arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0
    if not arguments or arguments[0] not in COMMANDS:
        given = f"{arguments[0]!r} is not a command" if arguments else "a command is needed"
        return fail(f"{given}: one of {', '.join(COMMANDS)}", code=2)
    command, rest = arguments[0], arguments[1:]
    if command == "setup" and rest not in ([], [DEV_FLAG]):
        return fail(f"setup takes no arguments but {DEV_FLAG}, got: {' '.join(rest)}", code=2)
    try:
        dev = command in NEED_DEV or (command == "setup" and DEV_FLAG in rest)
        imported = set_up(with_template=command == "test", dev=dev)
    except SetupError as error:
        return fail(str(error), code=error.code)
    except KeyboardInterrupt:
        return fail("interrupted; the next run goes on from here", code=130)
    if command == "setup":
        return 0 if imported else 1
    return run_instead([venv_python(), *program_of(command), *rest])


def program_of(command: str) -> list[str]:
    """What Python runs for a command: a script or a module with its arguments."""
    if command == "docs":
        return ["-m", "mkdocs", "build", "--strict", "--site-dir", os.path.join("build", "site")]
    if command == "wheel":
        out = os.path.join("build", "dist")
        return ["-m", "build", "--wheel", "--outdir", out]
    scripts = {
        "train": ("rl_training", "train_vr_locomotion.py"),
        "test": ("tools", "run_tests.py"),
        "native": ("rl_training", "build_native.py"),
    }
    return [os.path.join(ROOT, *scripts[command])]


def fail(message: str, *, code: int) -> int:
    """Say one line of error, unless it was said already, and return the exit code."""
    if message:
        print(f"error: {message}", file=sys.stderr)
    return code


def run_instead(command: list[str]) -> int:
    """Become the command where the system can (signals reach it directly), else wait for it."""
    sys.stdout.flush()
    environment = environment_of_venv()
    if os.name == "posix":
        os.chdir(ROOT)
        os.execve(command[0], command, environment)
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    while True:
        # Ctrl-C reaches the child too, which saves and ends by itself.
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()


def set_up(*, with_template: bool = False, dev: bool = False) -> bool:
    """Do each step that is not stamped as done.

    Args:
        dev: also the packages of tests, docs and wheels, which training does not need.
        with_template: also find or install the template that games are exported with; where it
            cannot be had, the tests that need it say so.

    Returns:
        False when everything is in place but the project could not be imported: that is the
        project's fault, and training and tests report it in their own way.

    Raises:
        SetupError: a step failed.
    """
    stamp = read_stamp()
    if is_set_up(stamp, dev) and (not with_template or template_is_known(stamp)):
        return True
    started = time.monotonic()
    with setup_lock():
        stamp = read_stamp()
        if not venv_works():
            step("virtual environment", make_venv)
            stamp = {}
        if stamp.get("packages") != packages_key():
            stamp = {}
            write_stamp(stamp)
            step("packages", lambda: install_packages(dev))
            stamp["packages"] = packages_key()
            stamp["dev"] = dev
            write_stamp(stamp)
        elif dev and not stamp.get("dev"):
            step("packages for development", lambda: install_packages(dev))
            stamp["dev"] = True
            write_stamp(stamp)
        if not engine_is_known(stamp):
            stamp["engine"] = step("engine", find_or_install_engine)
            stamp["engine_asked"] = os.environ.get("GODOT_BIN", "")
            stamp.pop("imported", None)
            stamp.pop("template", None)
            write_stamp(stamp)
        if with_template and not template_is_known(stamp):
            stamp["template"] = step("export template", find_or_install_template)
            write_stamp(stamp)
        if not project_is_imported(stamp):
            stamp["imported"] = step("first import of the project", import_project)
            write_stamp(stamp)
    print(f"set-up: all in {time.monotonic() - started:.1f} s", flush=True)
    return bool(stamp["imported"])


def is_set_up(stamp: dict[str, object], dev: bool = False) -> bool:
    """Whether nothing is left to do; starts no other program.

    Args:
        stamp: what earlier runs finished.
        dev: the packages of tests, docs and wheels count too.
    """
    return (
        os.path.exists(venv_python())
        and (not dev or bool(stamp.get("dev")))
        and stamp.get("packages") == packages_key()
        and engine_is_known(stamp)
        and project_is_imported(stamp)
    )


def engine_is_known(stamp: dict[str, object]) -> bool:
    """Whether the engine found last time is still there and still the one asked for."""
    path = stamp.get("engine")
    asked = stamp.get("engine_asked") == os.environ.get("GODOT_BIN", "")
    return isinstance(path, str) and asked and os.path.isfile(path)


def template_is_known(stamp: dict[str, object]) -> bool:
    """Whether the template found last time is still there."""
    path = stamp.get("template")
    return isinstance(path, str) and os.path.isfile(path)


def project_is_imported(stamp: dict[str, object]) -> bool:
    """Whether a first import was made; later changes are the launcher's to notice."""
    classes = os.path.join(ROOT, ".godot", "global_script_class_cache.cfg")
    return bool(stamp.get("imported")) and os.path.isfile(classes)


def step(name: str, work: Callable[[], T]) -> T:
    """Run one step and print one line with its time."""
    started = time.monotonic()
    try:
        result = work()
    except SetupError:
        print(f"set-up: {name}: failed after {time.monotonic() - started:.1f} s", flush=True)
        raise
    print(f"set-up: {name}: {time.monotonic() - started:.1f} s", flush=True)
    return result


# --- stamp -----------------------------------------------------------------------------------


def read_stamp() -> dict[str, object]:
    """What earlier runs finished; empty when unknown."""
    try:
        with open(os.path.join(venv_dir(), STAMP_NAME), encoding="utf-8") as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp: dict[str, object]) -> None:
    """Replace the stamp, whole or not at all."""
    path = os.path.join(venv_dir(), STAMP_NAME)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file, indent=1)
    os.replace(path + ".new", path)


def packages_key() -> str:
    """Changes whenever the packages must be installed again."""
    digest = hashlib.sha256(f"{BOOTSTRAP_VERSION} {ROOT} {venv_version()}".encode())
    for name in PACKAGE_FILES:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def setup_lock() -> contextlib.AbstractContextManager[None]:
    """One set-up at a time for this folder; the second waits, then finds it done."""
    if ROOT not in sys.path:
        sys.path.insert(0, ROOT)
    # Not at the top: an older Python must get as far as its error message.
    from pathlib import Path

    from rl_training.engine.locks import file_lock

    lock = Path(ROOT) / ".cache" / "setup.lock"
    return file_lock(lock, timeout_s=3600.0, what="setting up")


# --- virtual environment ---------------------------------------------------------------------


def venv_dir() -> str:
    """The folder of the virtual environment."""
    return os.path.join(ROOT, ".venv")


def venv_bin() -> str:
    """Its folder of programs."""
    return os.path.join(venv_dir(), "Scripts" if os.name == "nt" else "bin")


def venv_python() -> str:
    """Its Python."""
    return os.path.join(venv_bin(), "python.exe" if os.name == "nt" else "python")


def venv_version() -> str:
    """The version of Python that it was made with, as `pyvenv.cfg` tells, or an empty text."""
    try:
        with open(os.path.join(venv_dir(), "pyvenv.cfg"), encoding="utf-8") as file:
            match = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", file.read(), re.MULTILINE)
    except OSError:
        return ""
    return match[1] if match else ""


def venv_works() -> bool:
    """Whether it is there, starts, and is new enough."""
    check = f"import sys; sys.exit(sys.version_info < {MINIMUM_PYTHON})"
    return os.path.exists(venv_python()) and quiet([venv_python(), "-c", check])[0] == 0


def environment_of_venv() -> dict[str, str]:
    """Our environment with the virtual one in front."""
    environment = dict(os.environ)
    environment["VIRTUAL_ENV"] = venv_dir()
    # Commands to paste are for the shell that called us (rl_training/invocation.py).
    environment.setdefault("SPACETIME_RL_SHELL_PATH", environment.get("PATH", ""))
    environment["PATH"] = venv_bin() + os.pathsep + environment.get("PATH", "")
    environment.pop("PYTHONHOME", None)
    return environment


def base_python() -> str:
    """The Python that the virtual environment is made with (not one of its own)."""
    return getattr(sys, "_base_executable", None) or sys.executable


def make_venv() -> None:
    """Make it anew; where Debian has split off `ensurepip`, make it without pip and fetch that."""
    shutil.rmtree(venv_dir(), ignore_errors=True)
    code, output = quiet([base_python(), "-m", "venv", venv_dir()])
    if code == 0:
        return
    shutil.rmtree(venv_dir(), ignore_errors=True)
    if quiet([base_python(), "-m", "venv", "--without-pip", venv_dir()])[0] == 0 and fetch_pip():
        return
    shutil.rmtree(venv_dir(), ignore_errors=True)
    if quiet([base_python(), "-m", "virtualenv", venv_dir()])[0] == 0:
        return
    shutil.rmtree(venv_dir(), ignore_errors=True)
    remedy = "install the package python3-venv (sudo apt install python3-venv)"
    if sys.platform in ("win32", "darwin"):
        remedy = "install Python from python.org"
    raise SetupError(f"no virtual environment could be made ({last_line(output)}): {remedy}")


def fetch_pip() -> bool:
    """Put pip into an environment without it: by another pip, else from Debian's wheel."""
    into = ["--python", venv_python(), "install", "--quiet", "pip"]
    if quiet([base_python(), "-m", "pip", *into])[0] == 0:
        return True
    wheels = glob.glob("/usr/share/python-wheels/pip-*.whl")
    folder = os.path.join(venv_dir(), "pip-wheel")
    if not wheels and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        # Downloading a package and unpacking it here needs no root; apt checks its signature.
        os.makedirs(folder, exist_ok=True)
        quiet(["apt-get", "download", "python3-pip-whl"], cwd=folder)
        for package in glob.glob(os.path.join(folder, "*.deb")):
            quiet(["dpkg-deb", "-x", package, folder])
        wheels = glob.glob(os.path.join(folder, "usr/share/python-wheels/pip-*.whl"))
    for wheel in wheels:
        run_pip = os.path.join(wheel, "pip")
        if quiet([venv_python(), run_pip, "install", "--quiet", wheel])[0] == 0:
            shutil.rmtree(folder, ignore_errors=True)
            return True
    return False


# --- packages --------------------------------------------------------------------------------


def install_packages(dev: bool = False) -> None:
    """Install the project and its packages: the current set with uv, else pip's older one.

    Args:
        dev: also those of tests, docs and wheels.
    """
    what = ROOT + ("[dev]" if dev else "")
    project = [*("-c", os.path.join(ROOT, "constraints.txt")), "-e", what]
    quiet_flag = [] if sys.stderr.isatty() else ["--quiet"]
    uv = os.path.join(venv_bin(), "uv.exe" if os.name == "nt" else "uv")
    if loud([venv_python(), "-m", "pip", "install", "--quiet", "uv"]) == 0 and os.path.exists(uv):
        command = [uv, "pip", "install", *quiet_flag, "--python", venv_python()]
        command += ["--override", os.path.join(ROOT, "overrides.txt"), *project]
        if loud(command, uv_environment(pip_settings())) == 0:
            return
        print("set-up: uv did not manage, trying pip", flush=True)
    command = [venv_python(), "-m", "pip", "install", *quiet_flag, *project]
    code = loud(command)
    if code != 0:
        raise SetupError(
            f"pip ended with code {code} (see above); repeat by hand with: {shlex.join(command)}"
        )


def pip_settings() -> dict[str, str]:
    """What pip is configured to, its own order of precedence applied."""
    code, output = quiet([venv_python(), "-m", "pip", "config", "list"])
    return parse_pip_settings(output) if code == 0 else {}


def parse_pip_settings(output: str) -> dict[str, str]:
    """Read `pip config list`: option to value; the environment beats `install`, that `global`."""
    rank = {"global": 0, "install": 1, ":env:": 2}
    settings: dict[str, tuple[int, str]] = {}
    for match in re.finditer(r"^(global|install|:env:)\.([\w-]+)=(['\"])(.*)\3$", output, re.M):
        place = rank[match[1]]
        if match[2] not in settings or settings[match[2]][0] <= place:
            settings[match[2]] = (place, match[4].replace("\\n", " ").strip())
    return {name: value for name, (_, value) in settings.items()}


def uv_environment(settings: dict[str, str]) -> dict[str, str]:
    """Give pip's settings in uv's variables; what the user set for uv himself stays.

    uv reads no pip configuration. Local folders given as extra indexes are left out: pip passes
    over the packages that they lack, uv stops at them.
    """
    environment = {"VIRTUAL_ENV": venv_dir()}
    for option, variable in UV_VARIABLES.items():
        words = settings.get(option, "").split()
        if option == "extra-index-url":
            words = [word for word in words if not word.startswith("file:")]
            if words:
                environment["UV_INDEX_STRATEGY"] = "unsafe-best-match"
        if words and variable not in environment:
            environment[variable] = ("," if option == "find-links" else " ").join(words)
    return {
        name: value
        for name, value in environment.items()
        if name == "VIRTUAL_ENV" or name not in os.environ
    }


# --- engine and project ----------------------------------------------------------------------


def find_or_install_engine() -> str:
    """The path of the engine that will be used, installed if there is none."""
    code, path = ask_engine("path")
    if code != 0 or not path:
        # The program's own line of error has passed through.
        raise SetupError("", code=code or 1)
    return path


def find_or_install_template() -> str:
    """The path of the export template, installed if there is none; empty, after an error, if not.

    Training and nearly all tests need none.
    """
    code, path = ask_engine("template")
    return path if code == 0 else ""


def ask_engine(command: str) -> tuple[int, str]:
    """Exit code and answer of `python -m rl_training.engine`; its log lines pass through."""
    process = subprocess.run(
        [venv_python(), "-m", "rl_training.engine", command],
        cwd=ROOT,
        env=environment_of_venv(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return process.returncode, process.stdout.strip()


def import_project() -> bool:
    """Let the engine import the project; False, after its error, when it could not."""
    command = [venv_python(), "-m", "rl_training.engine", "import", "--project_path", ROOT]
    return loud(command, environment_of_venv()) == 0


# --- programs --------------------------------------------------------------------------------


def quiet(command: list[str], cwd: str | None = None) -> tuple[int, str]:
    """Run a program without showing it; its exit code and all it said."""
    try:
        process = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return process.returncode, process.stdout


def loud(command: list[str], environment: dict[str, str] | None = None) -> int:
    """Run a program that writes to our terminal; its exit code."""
    full = {**os.environ, **environment} if environment else None
    return subprocess.run(command, cwd=ROOT, env=full, check=False).returncode


def last_line(output: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
