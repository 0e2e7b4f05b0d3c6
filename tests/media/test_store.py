"""Outputs have one place each, inside the media folder and nowhere else."""

from pathlib import Path

import pytest

from reelkit.errors import RecordError
from reelkit.media.atomic import commit
from reelkit.media.store import MediaStore

KEY = "0f" * 32


def test_an_output_is_at_movie_shot_and_key(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    path = store.path_for("film", "s01-001", KEY, "mp4")
    assert path == tmp_path / "media" / "film" / "s01-001" / f"{KEY}.mp4"
    assert store.path_for("film", "s01-001", KEY, ".mp4") == path
    assert store.memory_dir("film") == tmp_path / "media" / "film" / "memory"
    assert not store.root.exists()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "A", "a" * 65, "a\n", "a\0", "é"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    store = MediaStore(tmp_path)
    for movie, shot, key in ((name, "s", KEY), ("m", name, KEY), ("m", "s", name)):
        with pytest.raises(RecordError, match="names no folder"):
            store.path_for(movie, shot, key, "png")
    with pytest.raises(RecordError, match="names no folder"):
        store.memory_dir(name)


def test_no_shot_takes_the_memory_s_folder(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be called memory"):
        MediaStore(tmp_path).path_for("film", "memory", KEY, "png")


def test_manifest_paths_are_relative_to_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = MediaStore(Path("media"))
    path = store.path_for("film", "s1", KEY, "png")
    assert store.relative(path) == f"film/s1/{KEY}.png"
    assert store.relative(Path("media/film/x.png")) == "film/x.png"
    assert store.relative(Path("clips/own.mov")) == "../clips/own.mov"
    assert store.absolute("../clips/own.mov") == tmp_path / "clips" / "own.mov"
    assert store.absolute(f"film/s1/{KEY}.png") == path
    assert store.absolute("/clips/own.mov") == Path("/clips/own.mov")


def test_the_store_stands_when_the_working_folder_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = MediaStore(Path("media"))
    monkeypatch.chdir("/")
    assert store.root == tmp_path / "media"


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_is_no_path_is_the_record_s_error(tmp_path: Path, path: str) -> None:
    store = MediaStore(tmp_path)
    with pytest.raises(RecordError, match="no path of a file"):
        store.absolute(path)
    assert not store.exists(path)


def test_only_committed_outputs_are_found(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    path = store.path_for("film", "s1", KEY, "png")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"png")
    assert store.exists(store.relative(path))
    assert store.lookup("film", "s1", KEY, "png") is None
    commit(path, {})
    assert store.lookup("film", "s1", KEY, "png") == path


def test_file_keys_are_remembered_in_the_folder(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    (tmp_path / "portrait.png").write_bytes(b"face")
    key = store.file_key(tmp_path / "portrait.png")
    assert store.file_key("../portrait.png") == key
    assert key in (store.root / "file-keys.json").read_text()
