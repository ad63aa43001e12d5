"""One file with the policies of several groups."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from rl_training.checkpoints.policy_set import (
    SetMember,
    is_policy_set,
    read_policy_set,
    write_policy_set,
)
from rl_training.errors import ModelError


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "a.zip").write_bytes(b"of the runner")
    (tmp_path / "b.onnx").write_bytes(b"of the chaser")
    path = tmp_path / "models" / "tag_step_10.zip"
    members = [
        SetMember("runner"),
        SetMember("chaser", state="frozen", actions="sampled"),
        SetMember("decoy", shares="runner"),
        SetMember("judge", state="scripted"),
    ]
    models = {"runner": tmp_path / "a.zip", "chaser": tmp_path / "b.onnx"}
    write_policy_set(path, members, models, 10)
    return path


def test_a_set_is_read_as_it_was_written(written: Path, tmp_path: Path) -> None:
    found = read_policy_set(written)
    assert is_policy_set(written)
    assert found.names == ("runner", "chaser", "decoy", "judge")
    assert found.learning == ("runner",)
    assert found.timesteps == 10
    assert found.member("chaser").actions == "sampled"
    assert found.owner("decoy").name == "runner"
    for name, file, content in (
        ("runner", "runner.zip", b"of the runner"),
        ("decoy", "runner.zip", b"of the runner"),
        ("chaser", "chaser.onnx", b"of the chaser"),
    ):
        taken = found.extract(name, tmp_path)
        assert taken == tmp_path / file
        assert taken.read_bytes() == content
    assert found.extract("judge", tmp_path) is None
    with zipfile.ZipFile(written) as archive:
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}


def test_groups_whose_names_are_no_file_names_keep_apart(tmp_path: Path) -> None:
    models = {}
    for i, name in enumerate(("red team", "red/team", "..", "")):
        models[name] = tmp_path / f"{i}.zip"
        models[name].write_bytes(name.encode())
    path = tmp_path / "set.zip"
    write_policy_set(path, [SetMember(name) for name in models if name != ".."], models, 0)
    found = read_policy_set(path)
    for name in ("red team", "red/team", ""):
        taken = found.extract(name, tmp_path)
        assert taken is not None
        assert taken.read_bytes() == name.encode()


def test_other_files_are_no_sets(tmp_path: Path) -> None:
    assert not is_policy_set(tmp_path / "none.zip")
    (tmp_path / "text.zip").write_text("no zip")
    assert not is_policy_set(tmp_path / "text.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("data", "{}")
    assert not is_policy_set(tmp_path / "other.zip")
    with pytest.raises(ModelError, match=r"other\.zip is no policy set: it has no policies\.json"):
        read_policy_set(tmp_path / "other.zip")
    with pytest.raises(ModelError, match=r"text\.zip is damaged"):
        read_policy_set(tmp_path / "text.zip")
    with pytest.raises(ModelError, match=r"no model at .*othr\.zip\. Did you mean 'other\.zip'\?"):
        read_policy_set(tmp_path / "othr.zip")


def test_a_name_that_is_not_there_is_told_with_the_nearest(written: Path) -> None:
    with pytest.raises(ModelError, match=r"no policy 'runer'\. Did you mean 'runner'\?"):
        read_policy_set(written).member("runer")


@pytest.mark.parametrize(
    ("policies", "told"),
    [
        ({"a": {"state": "learning"}}, "a has no file"),
        ({"a": {"state": "odd", "file": "a.zip"}}, "the state 'odd'"),
        ({"a": {"state": "learning", "file": "../a.zip"}}, "which is not there"),
        ({"a": {"state": "learning", "shares": "b"}}, "shares 'b'"),
        ([1], "no attribute"),
    ],
)
def test_a_damaged_index_is_told(tmp_path: Path, policies: object, told: str) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.zip", b"")
        archive.writestr("../a.zip", b"")
        index = {"format": 1, "timesteps": 0, "policies": policies}
        archive.writestr("policies.json", json.dumps(index))
    with pytest.raises(ModelError, match=told):
        read_policy_set(path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("policies.json", json.dumps({"format": 2}))
    with pytest.raises(ModelError, match="format 2, this harness reads up to 1"):
        read_policy_set(path)
