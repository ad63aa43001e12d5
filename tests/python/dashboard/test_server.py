"""The server as clients see it: what it gives, to whom, and what it refuses."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rl_training.dashboard import openapi
from rl_training.dashboard.hub import Hub
from rl_training.dashboard.page_files import read_page
from rl_training.dashboard.rest import Rest
from rl_training.runs.metrics import MetricsWriter
from tests.python.dashboard.conftest import (
    PATIENCE_S,
    TOKEN,
    Dashboard,
    make_run,
    row,
    start_dashboard,
)

pytestmark = pytest.mark.timeout(600)


def test_torch_is_never_imported(tmp_path: Path, repository: Path) -> None:
    code = """
import importlib, pkgutil, sys
import rl_training.commands.dashboard, rl_training.dashboard
for module in pkgutil.iter_modules(rl_training.dashboard.__path__):
    importlib.import_module(f"rl_training.dashboard.{module.name}")
from rl_training.dashboard.rest import _options
_options()
wrong = {"torch", "stable_baselines3", "tensorboard"} & set(sys.modules)
sys.exit(f"imported: {wrong}" if wrong else 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr


def test_the_openapi_file_is_that_of_the_types(dashboard: Dashboard) -> None:
    assert openapi.FILE.read_text("utf-8") == openapi.text(), (
        "run python -m rl_training.dashboard.openapi"
    )
    assert dashboard.get("/openapi.json") == openapi.document()


def test_the_openapi_file_has_every_path_and_no_other(tmp_path: Path) -> None:
    routes = {
        (route.path, method.lower())
        for route in Rest(Hub(tmp_path, ())).routes()
        for method in (route.methods or set()) - {"HEAD"}
    }
    told = {(path, method) for path, item in openapi.document()["paths"].items() for method in item}
    assert told == routes


def test_an_empty_root_has_no_runs(dashboard: Dashboard) -> None:
    assert dashboard.get("/health")["status"] == "ok"
    assert dashboard.get("/runs")["runs"] == []


def test_runs_are_listed_and_told(dashboard: Dashboard) -> None:
    make_run(dashboard.root, "walk", settings={"environment": {"token": "very secret indeed"}})
    (listed,) = dashboard.get("/runs")["runs"]
    assert (listed["name"], listed["stage"], listed["mean_reward"]) == ("walk", "done", 49.0)
    told = dashboard.get("/runs/walk")
    assert "reward/goal" in told["tags"]
    assert told["settings"]["environment"]["token"] == ""
    assert "very secret" not in json.dumps(told)


def test_series_go_on_from_a_byte(dashboard: Dashboard) -> None:
    paths = make_run(dashboard.root, "walk", rows=20)
    first = dashboard.get("/runs/walk/series?tags=rollout/ep_rew_mean")
    assert first["series"]["rollout/ep_rew_mean"][1] == list(range(20))
    assert first["next"] == first["size"] == paths.metrics.stat().st_size
    writer = MetricsWriter(paths.metrics)
    writer.write(21_000, row(20))
    writer.close()
    query = f"from={first['next']}&generation={first['generation']}&tags=rollout/ep_rew_mean"
    second = dashboard.get(f"/runs/walk/series?{query}")
    assert second["series"]["rollout/ep_rew_mean"] == [[21_000], [20]]
    assert not second["reset"]
    anew = dashboard.get(f"/runs/walk/series?from={first['next']}&generation=other")
    assert anew["reset"]
    assert len(anew["series"]["train/loss"][0]) == 21


def test_a_window_of_a_series(dashboard: Dashboard) -> None:
    make_run(dashboard.root, "walk", rows=50)
    found = dashboard.get("/runs/walk/series?start=10000&end=12000&tags=reward/*")
    # With the neighbours, so that the curve leaves the picture.
    assert found["series"]["reward/goal"][0] == [9000, 10000, 11000, 12000, 13000]


def test_prometheus_reads_the_runs(dashboard: Dashboard) -> None:
    make_run(dashboard.root, 'odd"name')
    text = dashboard.ask("GET", "/metrics").text
    assert 'spacetime_rl_run_timesteps{run="odd\\"name"} 50000' in text
    assert "spacetime_rl_runs_living 0" in text
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    for line in text.splitlines():
        if not line.startswith("#"):
            float(line.rpartition(" ")[2])


def test_settings_that_differ(dashboard: Dashboard) -> None:
    make_run(dashboard.root, "one")
    make_run(dashboard.root, "two", scale=2.0)
    found = dashboard.get("/runs/one/differences?with=two")["settings"]
    assert found == {"algorithm.learning_rate": {"one": 0.001, "two": 0.002}}
    assert dashboard.ask("GET", "/runs/one/differences?with=three").status_code == 404


def test_the_log_hides_secrets(dashboard: Dashboard) -> None:
    paths = make_run(dashboard.root, "walk")
    with open(paths.train_log, "a") as file:
        file.write(f"INFO opened with {TOKEN}\nINFO token=hunter2hunter2\nINFO all is well\nhalf")
    told = dashboard.get("/runs/walk/log")
    assert TOKEN not in told["text"]
    assert "hunter2" not in told["text"]
    assert told["text"].endswith("INFO all is well\n")
    with open(paths.train_log, "a") as file:
        file.write(" a line\n")
    assert dashboard.get(f"/runs/walk/log?from={told['next']}")["text"] == "half a line\n"


def test_failed_episodes_and_their_films(dashboard: Dashboard) -> None:
    paths = make_run(dashboard.root, "walk")
    paths.failures.mkdir()
    (paths.failures / "episode_000012_587790308.replay").write_bytes(b"x")
    (paths.failures / "episode_000012_587790308.webm").write_bytes(b"a film")
    (paths.failures / "episode_000013_1.replay").write_bytes(b"x")
    found = {each["episode"]: each for each in dashboard.get("/runs/walk/failures")["failures"]}
    assert found[12]["seed"] == 587790308
    assert "replay" in found[12]["command"]
    assert "episode_000012" in found[12]["command"]
    assert found[13]["film"] is None
    assert "--video" in found[13]["film_command"]
    film = dashboard.ask("GET", f"/runs/walk/films/{found[12]['film']}")
    assert (film.content, film.headers["content-type"]) == (b"a film", "video/webm")
    assert dashboard.ask("GET", "/runs/walk/films/episode_000013_1.replay").status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Cookie": TOKEN}])
def test_without_the_token_nothing_is_told(dashboard: Dashboard, headers: dict[str, str]) -> None:
    make_run(dashboard.root, "walk")
    import httpx

    for path in ("/runs", "/metrics", "/runs/walk", "/runs/walk/log", "/options"):
        assert httpx.get(dashboard.url + path, headers=headers).status_code == 401
    answer = httpx.post(dashboard.url + "/control/stop", headers=headers, json={"run": "walk"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:5000"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:9999", "Origin": "http://localhost:9999"}, 200),
    ],
)
def test_other_sites_and_bent_names_are_refused(
    dashboard: Dashboard, headers: dict[str, str], status: int
) -> None:
    assert dashboard.ask("GET", "/runs", headers=headers).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/runs/..", "/runs/../../etc/passwd", "/runs/%2e%2e%2f%2e%2e/log", "/runs/..%2f..%2fetc",
        "/runs/walk/films/..%2f..%2fstatus.json", "/runs/walk/films/status.json",
        "/runs/walk/films/%2e%2e", "/page/../server.py", "/page/%2e%2e/server.py",
        "/page//etc/passwd", "/runs/archive", "/runs/.dashboard", "/runs/.locks", "/runs/%00",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_root(dashboard: Dashboard, path: str) -> None:
    make_run(dashboard.root, "walk")
    host, port = dashboard.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as wire:  # httpx would tidy the path up
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
        wire.sendall(f"{head}Connection: close\r\n\r\n".encode())
        answer = b""
        while part := wire.recv(65536):
            answer += part
    assert answer.split()[1] == b"404", answer
    assert b"root:" not in answer


def test_links_out_of_the_root_are_no_runs(dashboard: Dashboard, tmp_path: Path) -> None:
    outside = make_run(tmp_path / "elsewhere", "secret")
    make_run(dashboard.root, "walk")
    (dashboard.root / "logs" / "linked").symlink_to(outside.logs)
    inner = make_run(dashboard.root, "inner")
    inner.train_log.unlink()
    inner.train_log.symlink_to(outside.train_log)
    assert [each["name"] for each in dashboard.get("/runs")["runs"]] == ["walk"]
    for name in ("linked", "inner"):
        assert dashboard.ask("GET", f"/runs/{name}/log").status_code == 404


def test_a_damaged_run_does_not_hide_the_others(dashboard: Dashboard) -> None:
    make_run(dashboard.root, "walk")
    broken = make_run(dashboard.root, "broken")
    broken.metrics.write_text("not json\n{]\n")
    broken.status.write_text("{")
    broken.config.write_text("[]")
    assert {each["name"] for each in dashboard.get("/runs")["runs"]} == {"walk", "broken"}
    assert dashboard.get("/runs/broken")["settings"] == {}
    assert dashboard.get("/runs/broken/series")["damaged"] == 2
    assert dashboard.ask("GET", "/metrics").status_code == 200


def test_the_page_is_light_and_loads_nothing_from_elsewhere(dashboard: Dashboard) -> None:
    files = read_page()
    assert sum(len(file.packed) for file in files.values()) < 100_000
    assert "vendor/uplot_license.txt" in files
    page = dashboard.ask("GET", "/").text
    assert "http://" not in page
    assert "https://" not in page
    policy = dashboard.ask("GET", "/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name, file in files.items():
        assert dashboard.ask("GET", f"/page/{name}").content == file.body


def test_a_token_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    made = start_dashboard(tmp_path, token=None)
    path = tmp_path / "logs" / ".dashboard" / "token"
    token = path.read_text()
    assert made.end() == 0
    assert len(token) >= 16
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    start_dashboard(tmp_path, token=None).end()
    assert path.read_text() == token


def test_a_taken_port_and_a_short_token_are_told(dashboard: Dashboard, repository: Path) -> None:
    port = dashboard.url.rpartition(":")[2]
    command = [sys.executable, "-m", "rl_training", "dashboard"]
    for flags, said in (
        (["--port", port, "--token", TOKEN], f"port {port} of 127.0.0.1 cannot be used"),
        (["--port", "0", "--token", "short"], "needs at least 16 characters"),
    ):
        done = subprocess.run(
            [*command, "--run_root", str(dashboard.root), *flags],
            capture_output=True, text=True, timeout=PATIENCE_S,
            env={**os.environ, "PYTHONPATH": str(repository)},
        )  # fmt: skip
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
