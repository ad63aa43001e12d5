from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training.engine import debian, debian_sources, relocate
from rl_training.engine.debian import fetch, wanted_packages
from rl_training.engine.debian_sources import MIRROR_VARIABLE, mirrors, write_private_apt
from rl_training.errors import EngineNotFoundError

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="apt is Linux")

_FILES = {
    "godot_4.6.3+ds-2_amd64.deb": 62,
    "libllvm21_1%3a21.1.8-13_amd64.deb": 28,
    "fonts-dejavu-core_2.37-9_all.deb": 8,
    "libc6_2.43-7_amd64.deb": 18,
}
URIS = "NOTE: a line of apt's talk\n" + "".join(
    f"'http://mirror.example/debian/pool/x/{name}' {name} {size} SHA256:0\n"
    for name, size in _FILES.items()
)


def test_the_skip_list_depends_on_drawing() -> None:
    headless = wanted_packages(URIS, draws=False)
    assert [package.name for package in headless] == ["godot", "libc6"]
    assert headless[0].version == "4.6.3+ds-2"
    assert headless[0].size == 62
    drawing = wanted_packages(URIS, draws=True)
    assert [package.name for package in drawing] == ["godot", "libllvm21", "libc6"]
    assert drawing[1].version == "1:21.1.8-13"


def test_mirrors_are_debians_only(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://comment.example/debian forky main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://one.example/debian/ bookworm main\n"
        "deb http://security.example/debian-security bookworm-security main\n"
    )
    (folder / "aaa.list").write_text("deb https://third.example/apt cloud main\n")
    (folder / "debian.sources").write_text(
        "Types: deb\nURIs: http://two.example/debian http://two.example/debian-security\n"
        "Suites: bookworm\n\n"
        "Types: deb\nURIs: http://off.example/debian\nEnabled: no\n\n"
        "Types: deb\nURIs:\n http://three.example/pub/debian\nSuites: x\n"
    )
    assert mirrors(tmp_path) == [
        "http://one.example/debian",
        "http://two.example/debian",
        "http://three.example/pub/debian",
    ]
    assert mirrors(tmp_path / "nowhere") == []


def test_a_mirror_that_was_named_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, "http://mine.example/debian/")
    assert mirrors(tmp_path / "nowhere") == ["http://mine.example/debian"]


@linux_only
def test_no_mirror_at_all(
    fake_apt: FakeApt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "mirrors", list)
    stage = tmp_path / "stage"
    stage.mkdir()
    with pytest.raises(EngineNotFoundError, match="no Debian mirror: set SPACETIME_RL_DEBIAN_MIRR"):
        fetch(stage, {"editor"}, final=tmp_path / "final")


def test_the_private_apt_keeps_the_machines_proxy_and_touches_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "apt-config").write_text(
        "#!/bin/sh\necho 'Acquire::http::Proxy \"http://proxy.example:3128\";'\n"
        "echo 'Acquire::https::Verify-Peer \"\";'\necho 'Dir::Etc \"etc/apt\";'\n"
    )
    (tmp_path / "apt-config").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    work = tmp_path / "work"
    environment = write_private_apt(work, "http://m.example/debian", Path("/keys.gpg"))
    text = Path(environment["APT_CONFIG"]).read_text()
    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in text
    assert "Verify-Peer" not in text
    assert text.count("Dir::Etc ") == 1
    assert f'Dir::State "{work / "state"}";' in text
    sources = (work / "etc" / "sources.list").read_text()
    assert sources == "deb [signed-by=/keys.gpg] http://m.example/debian forky main\n"


class FakeApt:
    """An apt on PATH that serves one real package, made by dpkg-deb."""

    def __init__(self, folder: Path, package: Path) -> None:
        self.folder = folder
        self.package = package

    def write(self, *, update: str = "", download: str | None = None) -> None:
        name = self.package.name
        size = self.package.stat().st_size
        download = f"cp '{self.package}' ." if download is None else download
        script = self.folder / "apt-get"
        script.write_text(
            "#!/bin/sh\n"
            f'case "$1" in\nupdate) {update or ":"};;\n'
            f"install) echo \"'http://m.example/debian/{name}' {name} {size} SHA256:0\";;\n"
            f"download) {download or ':'};;\nesac\n"
        )
        script.chmod(0o755)


@pytest.fixture
def fake_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeApt:
    """Serve a `godot` package whose engine is a script and whose loader is a stand-in."""
    tree = tmp_path / "tree"
    library = tree / "usr/lib" / relocate.LAYOUTS["x86_64"].triplet
    library.mkdir(parents=True)
    (library / relocate.LAYOUTS["x86_64"].loader).write_text("loader")
    (library / "libtext.so.1").write_text("a linker script, no ELF file")
    program = tree / "usr/bin/godot"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 4.6.3.stable.debian\n")
    program.chmod(0o755)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(
        "Package: godot\nVersion: 4.6.3+ds-2\nArchitecture: amd64\n"
        "Maintainer: Nobody <nobody@example.org>\nDescription: test\n"
    )
    package = tmp_path / "godot_4.6.3+ds-2_amd64.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-b", str(tree), str(package)],
        check=True,
        capture_output=True,
    )
    folder = tmp_path / "tools"
    folder.mkdir()
    patchelf = folder / "patchelf"
    patchelf.write_text(f"#!/bin/sh\necho \"$@\" >> '{folder}/patched'\n")
    patchelf.chmod(0o755)
    keys = tmp_path / "keys.gpg"
    keys.write_text("")
    monkeypatch.setattr(debian_sources, "KEYRING", keys)
    monkeypatch.setattr(debian, "find_patchelf", lambda: patchelf)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    apt = FakeApt(folder, package)
    apt.write()
    return apt


@linux_only
def test_packages_are_unpacked_and_bound_to_their_place(fake_apt: FakeApt, tmp_path: Path) -> None:
    stage, final = tmp_path / "stage", tmp_path / "final"
    stage.mkdir()
    manifest = fetch(stage, {"editor"}, final=final)
    assert manifest.files == {"editor": "usr/bin/godot"}
    assert manifest.packages == {"godot": "4.6.3+ds-2"}
    assert manifest.downloaded_bytes == fake_apt.package.stat().st_size
    assert set(manifest.seconds) == {"resolve", "download", "unpack", "relocate"}
    assert sorted(path.name for path in stage.iterdir()) == ["usr"]
    patched = (fake_apt.folder / "patched").read_text().splitlines()
    assert len(patched) == 1
    near = "$ORIGIN/../lib/x86_64-linux-gnu"
    assert patched[0] == (
        f"--set-interpreter {final}/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 --force-rpath "
        f"--set-rpath {near}:{near}/pulseaudio {stage}/usr/bin/godot"
    )


@linux_only
@pytest.mark.parametrize(
    ("write", "text"),
    [
        (lambda apt: apt.write(update='echo "E: no route to host"; exit 100'), "no route to host"),
        (lambda apt: apt.write(download=""), "0 of 1 packages came"),
        (lambda apt: apt.write(download='echo "E: Hash Sum mismatch"; exit 1'), "Hash Sum"),
    ],
)
def test_failures_of_apt_are_told(
    fake_apt: FakeApt, tmp_path: Path, write: Callable[[FakeApt], None], text: str
) -> None:
    write(fake_apt)
    stage = tmp_path / "stage"
    stage.mkdir()
    with pytest.raises(EngineNotFoundError, match=text):
        fetch(stage, {"editor"}, final=tmp_path / "final")


@linux_only
def test_each_mirror_is_tried(
    fake_apt: FakeApt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        debian, "mirrors", lambda: ["http://a.example/debian", "http://b.example/debian"]
    )
    fake_apt.write(
        update='grep -q a.example "$(dirname "$APT_CONFIG")/etc/sources.list" && exit 100 || :'
    )
    stage = tmp_path / "stage"
    stage.mkdir()
    assert fetch(stage, {"editor"}, final=tmp_path / "final").version == "4.6.3+ds-2"


@linux_only
def test_a_mirror_that_hangs_meets_the_time_limit(
    fake_apt: FakeApt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "UPDATE_LIMIT_S", 0.5)
    monkeypatch.setattr(debian, "mirrors", lambda: ["http://a.example/debian"])
    fake_apt.write(update="sleep 60")
    stage = tmp_path / "stage"
    stage.mkdir()
    with pytest.raises(EngineNotFoundError, match="not done within"):
        fetch(stage, {"editor"}, final=tmp_path / "final")


def test_missing_tools_and_machines_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineNotFoundError, match="apt-get is not on this machine"):
        fetch(tmp_path, {"editor"}, final=tmp_path)
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(EngineNotFoundError, match="not for riscv64"):
        fetch(tmp_path, {"editor"}, final=tmp_path)
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(EngineNotFoundError, match="only on Linux"):
        fetch(tmp_path, {"editor"}, final=tmp_path)
