"""What a reference is made of, and which of it a take is compared with."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelkit.errors import UnreadableError
from reelkit.manifest.kinds import Movie, Shot, Take
from reelkit.manifest.records import Entry
from reelkit.media.image import write_png
from reelkit.metrics.meters import Block, ClipInfo, Reading, Resources
from reelkit.metrics.reference import counterpart, members, readings
from tests.metrics.sets import Levels, film, plain


def shot(id: str = "s1", movie: str = "m", path: str = "", source: str = "generated", **fields: object) -> Shot:
    takes = [Take(path=path, source=source)] if path else []  # type: ignore[arg-type]
    return Shot(id=id, movie=movie, takes=takes, **fields)  # type: ignore[arg-type]


def about(given: Shot) -> ClipInfo:
    take = given.picked
    path = Path("takes") / (take.path if take is not None else "none.mp4")
    return ClipInfo(path=path, frames=8, fps=8.0, width=24, height=16, seconds=1.0, used=8, shot=given, take=take)


def manifest(path: Path, *shots: Shot) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [Entry.of(Movie(id="m")), *map(Entry.of, shots)]
    path.write_bytes(b"\n".join(entry.encode() for entry in entries) + b"\n")
    return path


def test_a_folder_is_its_videos_and_pictures_by_path(tmp_path: Path) -> None:
    for name in ("b.mp4", "a/z.mkv", "a/c.PNG", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = list(members(tmp_path))
    assert [each.path.relative_to(tmp_path).as_posix() for each in found] == ["a/c.PNG", "a/z.mkv", "b.mp4"]
    assert [each.still for each in found] == [True, False, False]


def test_one_video_is_a_set_of_one(tmp_path: Path) -> None:
    assert [each.path for each in members(tmp_path / "film.mp4")] == [tmp_path / "film.mp4"]


@pytest.mark.parametrize("folder", ["media", "."])
def test_a_manifest_is_its_picked_takes_as_long_as_they_stand_in_the_film(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder / "m").mkdir(parents=True)
    (tmp_path / folder / "m/1.mp4").touch()
    path = manifest(tmp_path / "ref.jsonl", shot(path="m/1.mp4", seconds=1.5), shot("s2"))
    [found] = members(path)
    assert found.path.samefile(tmp_path / folder / "m/1.mp4") and found.seconds == 1.5


def test_nothing_to_compare_with_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=tmp_path.name):
        list(members(tmp_path))
    (tmp_path / "bad.jsonl").write_text("{}\n")
    with pytest.raises(UnreadableError, match=r"bad\.jsonl:1"):
        list(members(tmp_path / "bad.jsonl"))


class Counter:
    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        self.info, self.frames = info, 0

    def looks(self) -> dict[str, list[int]]:
        return {}

    def add(self, block: Block) -> None:
        self.frames += len(block.frames)

    def finish(self) -> Reading:
        return Reading({"frames": float(self.frames), "width": float(self.info.width)})


def test_members_are_measured_one_by_one_and_only_what_stands_in_the_film(tmp_path: Path) -> None:
    film(tmp_path / "media/m/1.mkv", plain((9, 9, 9), frames=20))
    write_png(tmp_path / "media/m/2.png", plain((1, 2, 3))[0])
    path = manifest(tmp_path / "ref.jsonl", shot(path="m/1.mkv", seconds=1.5), shot("s2", path="m/2.png"))
    found = [reading.scores for reading in readings(Resources(names=frozenset(), models=Levels(), reference=path), Counter)]
    assert found == [{"frames": 12.0, "width": 24.0}, {"frames": 1.0, "width": 24.0}]


@pytest.mark.parametrize("name", ["m/s1/key.mp4", "m/s1.mkv", "s1.mov", "key.mp4"])
def test_the_counterpart_lies_at_the_takes_path_or_has_its_shots_name_or_its_own(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()
    assert counterpart(tmp_path, about(shot(path="m/s1/key.mp4"))) == tmp_path / name
    assert counterpart(tmp_path, about(shot("s2", path="m/s2/other.mp4"))) is None


@pytest.mark.parametrize("path", ["../takes/s1.mp4", "takes/s1.mp4", "s1.mp4"])
def test_a_take_is_not_its_own_counterpart_by_whatever_path(tmp_path: Path, path: str) -> None:
    """Paths of files on the command line lead out of the media folder, and from the reference they would lead back."""
    real, own = tmp_path / "real", tmp_path / "takes/s1.mp4"
    real.mkdir()
    own.parent.mkdir()
    own.touch()
    (real / "s1.mp4").symlink_to(own)
    take = Take(path=path, source="file")
    given = ClipInfo(path=own, frames=8, fps=8.0, width=24, height=16, seconds=1.0, used=8, shot=shot(), take=take)
    assert counterpart(real, given) is None
    assert counterpart(own, given) is None
    (real / "s1.mp4").unlink()
    (real / "s1.mp4").touch()
    assert counterpart(real, given) == real / "s1.mp4"


def test_of_a_manifest_the_counterpart_is_the_same_movies_shot_else_the_same_id(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).touch()
    path = manifest(tmp_path / "ref.jsonl", shot(movie="other", path="a.mp4"), shot(path="b.mp4"))
    assert counterpart(path, about(shot(path="x.mp4"))) == tmp_path / "b.mp4"
    assert counterpart(path, about(shot(movie="third", path="x.mp4"))) == tmp_path / "a.mp4"
    assert counterpart(path, about(shot("s9", path="x.mp4"))) is None


def test_one_video_is_the_counterpart_of_its_namesake_and_of_files_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "s1.mp4"
    path.touch()
    assert counterpart(path, about(shot(path="x.mp4"))) == path
    assert counterpart(path, about(shot("s2", path="x.mp4"))) is None
    assert counterpart(path, about(shot("s2", path="x.mp4", source="file"))) == path
