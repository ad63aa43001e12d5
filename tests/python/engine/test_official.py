from __future__ import annotations

import hashlib
import http.server
import io
import os
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rl_training.engine import official
from rl_training.engine.downloads import download, fetch_text
from rl_training.engine.official import VERSION, archive_name, fetch, parse_sums
from rl_training.errors import EngineNotFoundError

NAME = f"Godot_v{VERSION}-stable_linux.x86_64.zip"
TEMPLATES = f"Godot_v{VERSION}-stable_export_templates.tpz"


class Server:
    """A release page on loopback: path to content; a listed path is cut short."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: set[str] = set()
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[1]
                content = served.files.get(name)
                if content is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: 10 if name in served.cut else None])

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def offer(self, name: str, members: dict[str, bytes]) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as bundle:
            for member, content in members.items():
                bundle.writestr(member, content)
        self.files[name] = buffer.getvalue()
        lines = [
            f"{hashlib.sha512(content).hexdigest()}  {file}\n"
            for file, content in self.files.items()
            if file != "SHA512-SUMS.txt"
        ]
        self.files["SHA512-SUMS.txt"] = "".join(lines).encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(official, "archive_name", lambda: NAME)
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, daemon=True)
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()


def test_names_of_the_archives() -> None:
    assert archive_name("linux", "x86_64") == NAME
    assert archive_name("linux", "aarch64").endswith("_linux.arm64.zip")
    assert archive_name("win32", "AMD64").endswith("_win64.exe.zip")
    assert archive_name("darwin", "arm64").endswith("_macos.universal.zip")
    with pytest.raises(EngineNotFoundError, match="no official build for linux on riscv64"):
        archive_name("linux", "riscv64")


def test_sums_are_read() -> None:
    digest = "AB" * 64
    assert parse_sums(f"{digest}  a.zip\n{digest} *b c.zip\nnonsense line\n") == {
        "a.zip": digest.lower(),
        "b c.zip": digest.lower(),
    }


def test_a_verified_build_is_unpacked(server: Server, tmp_path: Path) -> None:
    program = NAME.removesuffix(".zip")
    server.offer(NAME, {program: b"#!/bin/sh\necho 4.6.3.stable.official\n"})
    manifest = fetch(tmp_path, {"editor"}, base_url=server.url)
    assert manifest.files == {"editor": program}
    assert os.access(tmp_path / program, os.X_OK)
    assert manifest.downloaded_bytes == len(server.files[NAME])
    assert [path.name for path in tmp_path.iterdir()] == [program]


def test_windows_takes_the_program_that_is_not_the_console(server: Server, tmp_path: Path) -> None:
    server.offer(NAME, {"Godot_v4_win64.exe": b"MZ", "Godot_v4_win64_console.exe": b"MZ"})
    assert fetch(tmp_path, {"editor"}, base_url=server.url).files["editor"] == "Godot_v4_win64.exe"


def test_the_template_comes_from_its_own_archive(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    server.offer(NAME, {NAME.removesuffix(".zip"): b"editor"})
    server.offer(TEMPLATES, {"templates/linux_release.x86_64": b"template", "other": b""})
    manifest = fetch(tmp_path, {"editor", "template"}, base_url=server.url)
    assert (tmp_path / manifest.files["template"]).read_bytes() == b"template"
    assert set(manifest.packages) == {NAME, TEMPLATES}


def test_templates_alone_and_for_every_platform(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    monkeypatch.setattr("sys.platform", "linux")
    names = ["linux_release.x86_64", "linux_release.arm64", "windows_release_x86_64.exe"]
    names += ["macos.zip", "web_nothreads_release.zip", "android_release.apk"]
    server.offer(TEMPLATES, {f"templates/{name}": name.encode() for name in names})
    manifest = fetch(tmp_path, {"template_web"}, base_url=server.url)
    assert {part: Path(file).name for part, file in manifest.files.items()} == {
        "template": "linux_release.arm64",
        "template_linux": "linux_release.x86_64",
        "template_windows": "windows_release_x86_64.exe",
        "template_macos": "macos.zip",
        "template_web": "web_nothreads_release.zip",
    }
    assert not (tmp_path / "templates/android_release.apk").exists()
    assert set(manifest.files) < set(official.COMPONENTS)


def test_a_wrong_checksum_is_refused(server: Server, tmp_path: Path) -> None:
    server.offer(NAME, {NAME.removesuffix(".zip"): b"editor"})
    server.files[NAME] += b"tampered"
    with pytest.raises(EngineNotFoundError, match=r"SHA-512 of .* was published"):
        fetch(tmp_path, {"editor"}, base_url=server.url)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_listed_is_not_fetched(server: Server, tmp_path: Path) -> None:
    server.offer("other.zip", {"a": b""})
    with pytest.raises(EngineNotFoundError, match="does not list"):
        fetch(tmp_path, {"editor"}, base_url=server.url)


def test_a_missing_release(server: Server, tmp_path: Path) -> None:
    with pytest.raises(EngineNotFoundError, match="HTTP 404"):
        fetch(tmp_path, {"editor"}, base_url=server.url)


def test_a_download_that_is_cut_short(server: Server, tmp_path: Path) -> None:
    server.offer(NAME, {NAME.removesuffix(".zip"): b"editor"})
    server.cut.add(NAME)
    with pytest.raises(EngineNotFoundError, match=r"cut short: 10 of \d+ bytes"):
        fetch(tmp_path, {"editor"}, base_url=server.url)


def test_a_damaged_archive(server: Server, tmp_path: Path) -> None:
    server.files[NAME] = b"no zip at all"
    sums = f"{hashlib.sha512(server.files[NAME]).hexdigest()}  {NAME}"
    server.files["SHA512-SUMS.txt"] = sums.encode()
    with pytest.raises(EngineNotFoundError, match="is damaged"):
        fetch(tmp_path, {"editor"}, base_url=server.url)


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        started = time.monotonic()
        with pytest.raises(EngineNotFoundError, match=r"timed out|no answer within"):
            fetch_text(url, timeout_s=0.5)
        with pytest.raises(EngineNotFoundError, match="timed out"):
            download(url, tmp_path / "file", limit_s=5, stall_s=0.5)
        assert time.monotonic() - started < 5


def test_a_server_that_trickles_meets_the_time_limit(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trickling:

        def trickle() -> None:
            connection, _ = trickling.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n")
                try:
                    for _ in range(100):
                        connection.sendall(b"x")
                        time.sleep(0.05)
                except OSError:
                    pass

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{trickling.getsockname()[1]}/x"
        started = time.monotonic()
        with pytest.raises(EngineNotFoundError, match="not complete within 0 s"):
            download(url, tmp_path / "file", limit_s=0.4)
        assert time.monotonic() - started < 3
        thread.join(5)


def test_a_port_that_refuses(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(EngineNotFoundError, match="refused"):
        fetch_text(f"http://127.0.0.1:{port}/x")
