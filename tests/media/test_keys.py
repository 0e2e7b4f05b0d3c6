"""Equal requests have equal keys, other requests have others, and no JSON text plays a part."""

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.errors import UnreadableError
from reelkit.media import keys
from reelkit.media.keys import canonical, chunk_seed, file_key, key_of


class Request(msgspec.Struct):
    prompt: str = "a red coat"
    seconds: float = 4.0
    steps: int = 4
    options: dict[str, Any] = {}


def test_a_key_is_a_sha256() -> None:
    assert len(key_of(Request())) == 64
    assert set(key_of(Request())) <= set("0123456789abcdef")


def test_keys_stay_from_version_to_version() -> None:
    assert canonical({"b": [1, 0.1, "é", None], "a": True}) == b"m2:s1:ats1:bl4:i1;d0.1;s2:\xc3\xa9n"


def test_text_that_other_tools_rewrite_gives_the_same_key() -> None:
    ours = msgspec.json.decode(b'{"seconds":4.0,"options":{"cfg":4.0,"n":3}}', type=Request)
    jq = msgspec.json.decode(b'{"options":{"n":3,"cfg":4},"seconds":4}', type=Request)
    assert key_of(ours) == key_of(jq)


def test_every_part_counts() -> None:
    requests = [
        Request(),
        Request(prompt="a red coat "),
        Request(seconds=4.000001),
        Request(steps=5),
        *(
            Request(options={"a": value})
            for value in (None, "1", 1, 1.5, True, ["1"], ["1", "1"], {}, [], "")
        ),
    ]
    assert len({key_of(request) for request in requests}) == len(requests)


def test_numpy_scalars_and_paths_are_what_they_say() -> None:
    assert canonical({"a": np.float64(0.5), "b": np.int64(3), "c": Path("x/y")}) == canonical(
        {"a": 0.5, "b": 3, "c": "x/y"}
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_has_no_key(value: float) -> None:
    with pytest.raises(ValueError, match="no place in a request"):
        key_of({"a": value})


def test_objects_have_no_key() -> None:
    with pytest.raises(TypeError, match="object has no place in a record, a sidecar or a key"):
        key_of({"a": object()})


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


def plain(value: Any) -> Any:
    """The value with each number told by type and worth, for comparing as keys do."""
    if isinstance(value, dict):
        return ("m", frozenset((name, plain(item)) for name, item in value.items()))
    if isinstance(value, list):
        return ("l", tuple(plain(item) for item in value))
    return (isinstance(value, bool), value)


@given(values, values)
def test_canonical_forms_are_equal_exactly_when_values_are(a: Any, b: Any) -> None:
    assert (canonical(a) == canonical(b)) == (plain(a) == plain(b))


@given(st.dictionaries(st.text(), values, min_size=2, max_size=5))
def test_the_order_of_names_plays_no_part(fields: dict[str, Any]) -> None:
    assert key_of(fields) == key_of(dict(reversed(fields.items())))


def test_seeds_are_their_own_and_fit_a_json_number() -> None:
    seeds = {
        chunk_seed(seed, movie, shot, take, chunk)
        for seed in (0, 1)
        for movie in ("a", "ab")
        for shot in ("b", "bb")
        for take in range(5)
        for chunk in range(5)
    }
    assert len(seeds) == 200
    assert all(0 <= seed < 2**48 for seed in seeds)
    assert chunk_seed(7, "lighthouse", "s01-001", 0, 0) == chunk_seed(7, "lighthouse", "s01-001", 0, 0)


def test_a_seed_stays_from_version_to_version() -> None:
    assert chunk_seed(7, "lighthouse", "s01-001", 0, 0) == 17_539_242_993_733


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process has hashed and read before is forgotten."""
    monkeypatch.setattr(keys, "_hashed", {})
    monkeypatch.setattr(keys, "_read", {})


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch)


def rows(memory: Path) -> list[tuple[str, int, int, str]]:
    """A memory's lines."""
    return [msgspec.json.decode(line, type=tuple[str, int, int, str]) for line in memory.read_bytes().splitlines()]


@pytest.mark.usefixtures("forgetful")
def test_a_file_s_key_is_its_content(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x" * 3_000_000)
    assert file_key(tmp_path / "a") == file_key(tmp_path / "b")
    (tmp_path / "b").write_bytes(b"y" * 3_000_001)
    assert file_key(tmp_path / "a") != file_key(tmp_path / "b")


def test_a_key_is_remembered_while_size_and_time_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, memory = tmp_path / "a", tmp_path / "media" / "file-keys.json"
    path.write_bytes(b"one")
    forget(monkeypatch)
    first = file_key(path, memory)
    state = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    forget(monkeypatch)
    assert file_key(path, memory) == first
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert file_key(path, memory) != first
    assert [row[3] for row in rows(memory)] == [first, file_key(path)]


@pytest.mark.parametrize("broken", [b'["half', b'[["/a",1,2,"of another version"]]\n', b"\xff\n"])
def test_what_is_no_line_of_a_memory_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bytes
) -> None:
    memory = tmp_path / "memory"
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode())
    memory.write_bytes(broken)
    forget(monkeypatch)
    key = file_key(tmp_path / "a", memory)
    forget(monkeypatch)
    assert file_key(tmp_path / "b", memory) != key
    assert keys._hashed[str((tmp_path / "a").resolve()), 1, (tmp_path / "a").stat().st_mtime_ns] == key
    assert memory.read_bytes().startswith(broken) and len(memory.read_bytes().splitlines()) == 3


@pytest.mark.usefixtures("forgetful")
def test_a_memory_grows_by_a_line_a_file_and_is_read_once(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    for index in range(20):
        (tmp_path / f"f{index}").write_bytes(bytes([index]))
        before = memory.read_bytes() if index else b""
        file_key(tmp_path / f"f{index}", memory)
        assert memory.read_bytes().startswith(before)
    assert len(rows(memory)) == 20
    assert keys._read[memory] < memory.stat().st_size  # from there on, its own last line


@pytest.mark.usefixtures("forgetful")
def test_of_one_file_the_last_line_stands(tmp_path: Path) -> None:
    path, memory = tmp_path / "a", tmp_path / "memory"
    path.write_bytes(b"one")
    state = path.stat()
    lines = [[str(path.resolve()), state.st_size, state.st_mtime_ns, digest] for digest in ("old", "new")]
    memory.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    assert file_key(path, memory) == "new"


@pytest.mark.usefixtures("forgetful")
def test_a_memory_that_cannot_be_written_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "file").touch()
    assert file_key(tmp_path / "a", tmp_path / "file" / "memory") == file_key(tmp_path / "a")


def test_many_writers_share_a_memory(tmp_path: Path) -> None:
    for index in range(12):
        (tmp_path / f"f{index}").write_bytes(bytes([index]))
    script = (
        "import sys; from pathlib import Path; from reelkit.media.keys import file_key\n"
        "for name in sys.argv[2:]: print(file_key(Path(name), Path(sys.argv[1])))\n"
    )
    paths = [str(tmp_path / f"f{index}") for index in range(12)]
    command = [sys.executable, "-c", script, str(tmp_path / "memory")]
    children = [
        subprocess.Popen([*command, *order], stdout=subprocess.PIPE, text=True)
        for order in (paths, paths[::-1])
    ]
    forth, back = (child.communicate()[0].split() for child in children)
    assert forth == back[::-1] and len(set(forth)) == 12
    assert {row[3] for row in rows(tmp_path / "memory")} == set(forth)


@pytest.mark.parametrize("name", ["none", "."])
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableError, match=r"(No such file|Is a directory)"):
        file_key(tmp_path / name)
