from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import msgspec
import numpy as np
import pysubs2
import pytest

from reelkit.cutting import film as films
from reelkit.errors import UnreadableError, UsageError
from reelkit.manifest.kinds import Cut
from reelkit.manifest.records import Entry
from reelkit.manifest.shards import Selection
from reelkit.media.video import probe, read_frames, write_video
from reelkit.stages.assemble import AssembleOptions, assemble
from reelkit.stages.progress import Level, Silent

RED, GREEN, BLUE = (200, 40, 40), (40, 160, 40), (40, 60, 200)


def entry(**fields: Any) -> Entry:
    return Entry(
        msgspec.json.decode(msgspec.json.encode(fields), type=dict[str, msgspec.Raw]), "film.jsonl:1"
    )


def clip(
    path: Path,
    colour: tuple[int, int, int],
    seconds: float = 1.0,
    fps: float = 24,
    size: tuple[int, int] = (64, 48),
) -> Path:
    """A take of one colour with a mark that moves."""

    def frames() -> Iterator[np.ndarray]:
        for n in range(round(seconds * fps)):
            frame = np.empty((size[1], size[0], 3), dtype=np.uint8)
            frame[:] = colour
            frame[:4, n % size[0]] = 255
            yield frame

    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, frames(), fps)
    return path


def beep(path: Path, seconds: float = 1.0) -> Path:
    """A take with a 440 Hz tone at 44.1 kHz mono."""
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error"),
        *("-f", "lavfi", "-i", f"color=blue:size=64x48:rate=24:duration={seconds}"),
        *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=44100:duration={seconds}"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)),
    ]
    subprocess.run(command, check=True)
    return path


def movie(**more: Any) -> list[Entry]:
    fields = {"kind": "movie", "id": "film", "title": "Red; a=b", "fps": 24, "width": 64, "height": 48}
    return [
        entry(**(fields | more)),
        entry(kind="scene", id="s01", movie="film", heading="EXT. FIELD - DAY"),
        entry(kind="scene", id="s02", movie="film", heading="INT. ROOM - NIGHT"),
    ]


def shot(order: int, path: str | None, seconds: float = 1.0, scene: str = "s01", **more: Any) -> Entry:
    fields = {
        "kind": "shot",
        "id": f"{scene}-{order:03d}",
        "movie": "film",
        "scene": scene,
        "order": order,
        "seconds": seconds,
        "takes": [{"key": f"key{order}", "path": path, "note": 1}] if path else [],
        "mine": 4.0,
    }
    return entry(**(fields | more))


class Notes(Silent):
    """Keeps what a stage notes."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, level: Level, text: str) -> None:
        self.texts.append(text)


def run(entries: Sequence[Entry], root: Path, heard: Notes | None = None, **options: Any) -> list[Entry]:
    options.setdefault("film", root / "film.mp4")
    options.setdefault("preset", "ultrafast")
    return list(assemble(entries, AssembleOptions(media=root / "media", **options), heard))


def colours(path: Path, at: Sequence[int]) -> list[tuple[int, ...]]:
    return [tuple(int(v) for v in frame[24, 32]) for frame in read_frames(path, at)]


def samples(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)


def cut_of(entries: Sequence[Entry]) -> Cut:
    assert entries[-1].kind == "cut"
    return entries[-1].cut()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    clip(tmp_path / "media/red.mp4", RED, 1.5)
    clip(tmp_path / "media/green.mp4", GREEN, 1.0, fps=8, size=(32, 32))
    clip(tmp_path / "media/blue.mp4", BLUE, 1.0, fps=30, size=(96, 40))
    return tmp_path


def test_the_film_is_the_shots_in_order_at_the_movies_size_and_rate(root: Path) -> None:
    out = run(
        [*movie(), shot(1, "red.mp4", 1.02), shot(2, "green.mp4", 0.73), shot(3, "blue.mp4", 0.5, "s02")],
        root,
    )
    cut = cut_of(out)
    info = probe(root / "film.mp4")
    assert (info.frames, info.fps, info.width, info.height) == (54, 24.0, 64, 48) and info.has_audio
    assert cut.frames == 54 and cut.seconds == 2.25 and cut.path == "../film.mp4" and not cut.missing
    assert [(c.shot, c.take, round(c.start * 24), round(c.seconds * 24)) for c in cut.timeline] == [
        ("s01-001", "key1", 0, 24),
        ("s01-002", "key2", 24, 18),
        ("s02-003", "key3", 42, 12),
    ]
    assert cut.sha256 == sha256((root / "film.mp4").read_bytes()).hexdigest()
    for found, expected in zip(
        colours(root / "film.mp4", [10, 23, 24, 41, 42, 53]),
        (RED, RED, GREEN, GREEN, BLUE, BLUE),
        strict=True,
    ):
        assert np.abs(np.subtract(found, expected)).max() <= 6


def test_a_take_of_another_shape_gets_black_bars(root: Path) -> None:
    run([*movie(), shot(1, "green.mp4", 0.5)], root)
    (frame,) = read_frames(root / "film.mp4", [3])
    assert frame[24, 4].max() < 12 and frame[24, 60].max() < 12 and frame[24, 32, 1] > 140


def test_streams_tags_title_and_chapters(root: Path) -> None:
    run([*movie(), shot(1, "red.mp4", 1.0), shot(2, "blue.mp4", 0.5, "s02")], root)
    with av.open(str(root / "film.mp4")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (audio.codec_context.name, audio.codec_context.sample_rate, audio.codec_context.channels) == (
            "aac",
            48000,
            2,
        )
        assert (
            Fraction(video.duration * video.time_base)
            == Fraction(audio.duration * audio.time_base)
            == Fraction(3, 2)
        )
        assert container.metadata["title"] == "Red; a=b"
        found = [(c["metadata"]["title"], float(c["start"] * c["time_base"])) for c in container.chapters()]
        assert found == [("EXT. FIELD - DAY", 0.0), ("INT. ROOM - NIGHT", 1.0)]
        frame = next(container.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (1, 1)
    head = (root / "film.mp4").read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_a_film_without_sound_is_silent(root: Path) -> None:
    run([*movie(), shot(1, "red.mp4", 1.0)], root)
    assert np.abs(samples(root / "film.mp4")).max() == 0


def test_a_takes_own_sound_is_kept_in_its_place(root: Path) -> None:
    beep(root / "media/beep.mp4")
    run([*movie(), shot(1, "red.mp4", 1.0), shot(2, "beep.mp4", 0.5), shot(3, "blue.mp4", 0.5)], root)
    sound = samples(root / "film.mp4")[0]
    loud = [
        float(np.sqrt(np.mean(sound[a:b] ** 2))) for a, b in ((4800, 45000), (50000, 70000), (76000, 94000))
    ]
    assert loud[0] < 1e-3 and loud[2] < 1e-3 and loud[1] > 0.05
    spectrum = np.abs(np.fft.rfft(sound[50000:70000]))
    assert np.argmax(spectrum) * 48000 / 20000 == pytest.approx(440, abs=5)


def test_a_missing_take_is_an_error_and_the_film_is_made_from_the_rest(root: Path) -> None:
    out = run(
        [*movie(), shot(1, "red.mp4"), shot(2, "gone.mp4"), shot(3, None), shot(4, "blue.mp4", 0.5)], root
    )
    errors = {e.id: e.error for e in out if e.error is not None}
    assert set(errors) == {"s01-002", "s01-003", "film"}
    assert all(error.stage == "assemble" for error in errors.values())
    cut = cut_of(out)
    assert cut.missing == ["s01-002", "s01-003"] and cut.frames == probe(root / "film.mp4").frames == 36


def test_a_shot_that_failed_before_is_missing_and_keeps_its_error(root: Path) -> None:
    failed = shot(2, "blue.mp4", error={"stage": "shot", "type": "RecordError", "message": "no"})
    out = run([*movie(), shot(1, "red.mp4"), failed], root)
    assert out[-2] is failed
    error = out[-1].error
    assert cut_of(out).missing == ["s01-002"] and error is not None and error.stage == "assemble"


def test_a_take_that_breaks_off_inside_is_left_out_of_a_film_made_anew(root: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (36, 48, 64, 3), dtype=np.uint8)
    write_video(root / "media/noise.mp4", noise, 24)
    content = bytearray((root / "media/noise.mp4").read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    (root / "media/broken.mp4").write_bytes(content)
    out = run([*movie(), shot(1, "blue.mp4", 0.5), shot(2, "broken.mp4", 1.5)], root)
    assert cut_of(out).missing == ["s01-002"]
    first, last = [e for e in out if e.id == "s01-002"]
    assert first.error is None
    assert last.error is not None and "broken.mp4" in last.error.message
    assert probe(root / "film.mp4").frames == 12


def test_many_broken_takes_cost_one_encoding_more(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (24, 48, 64, 3), dtype=np.uint8)
    write_video(root / "media/noise.mp4", noise, 24)
    content = bytearray((root / "media/noise.mp4").read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    for name in ("one", "two", "three"):
        (root / f"media/{name}.mp4").write_bytes(content)
    films_made: list[Path] = []
    encode = films.encode

    def counting(film: Path, *more: Any) -> int:
        films_made.append(film)
        return encode(film, *more)

    monkeypatch.setattr(films, "encode", counting)
    takes = ("one.mp4", "blue.mp4", "two.mp4", "three.mp4")
    out = run([*movie(), *(shot(n, take, 0.9) for n, take in enumerate(takes, 1))], root)
    assert len(films_made) == 2
    assert cut_of(out).missing == ["s01-001", "s01-003", "s01-004"]
    errors = {e.id: e.error for e in out if e.kind == "shot"}
    assert [id for id, error in errors.items() if error is None] == ["s01-002"]
    assert sorted(path.name for path in root.iterdir()) == ["film.mp4", "media"]


def test_a_short_take_makes_the_film_shorter(root: Path) -> None:
    out = run([*movie(), shot(1, "red.mp4", 4.0), shot(2, "blue.mp4", 0.5)], root)
    assert cut_of(out).seconds == 2.0 and not cut_of(out).missing


def test_no_shot_at_all_is_no_film(root: Path) -> None:
    out = run([*movie(), shot(1, "gone.mp4")], root)
    assert not (root / "film.mp4").exists()
    error = out[-1].error
    assert error is not None and "no film" in error.message
    assert run(movie(), root)[-1].kind == "scene"


def test_what_is_not_known_stays(root: Path) -> None:
    before = [*movie(), entry(kind="mood", id="x", movie="film", blue=1.0), shot(1, "red.mp4")]
    assert [e.encode() for e in run(before, root)[:-1]] == [e.encode() for e in before]


def test_running_again_gives_the_same_film_and_one_cut_record(root: Path) -> None:
    once = run([*movie(), shot(1, "red.mp4"), shot(2, "gone.mp4")], root)
    clip(root / "media/gone.mp4", GREEN)
    twice = run(once, root)
    assert [e.kind for e in twice].count("cut") == 1
    assert all(e.error is None for e in twice)
    thrice = run(twice, root)
    assert [e.encode() for e in thrice] == [e.encode() for e in twice]


def test_nothing_half_done_stands_under_the_films_name(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run([*movie(), shot(1, "red.mp4")], root)
    whole = (root / "film.mp4").read_bytes()

    def breaks(*_: Any) -> Iterator[np.ndarray]:
        yield np.zeros((72, 64), dtype=np.uint8)
        raise KeyboardInterrupt

    monkeypatch.setattr(films, "film_frames", breaks)
    with pytest.raises(KeyboardInterrupt):
        run([*movie(), shot(1, "blue.mp4")], root)
    assert (root / "film.mp4").read_bytes() == whole
    assert sorted(p.name for p in root.iterdir()) == ["film.mp4", "media"]


def test_subtitles_stand_beside_the_film_inside_their_shot(root: Path) -> None:
    lines = [{"character": "mara", "text": "Who goes there at this hour?"}]
    entries = [*movie(), shot(1, "red.mp4", 1.0), shot(2, "blue.mp4", 1.0, dialogue=lines)]
    run(entries, root)
    (event,) = pysubs2.load(str(root / "film.srt"))
    assert event.plaintext == "Who goes there at this hour?"
    assert 1000 <= event.start < event.end <= 2000
    run([*movie(), shot(1, "red.mp4", 1.0)], root)
    assert not (root / "film.srt").exists()


def test_a_line_in_a_shot_between_two_dissolves_is_not_lost(root: Path) -> None:
    lines = [{"character": "mara", "text": "Who goes there?"}]
    entries = [*movie(), shot(1, "red.mp4"), shot(2, "blue.mp4", dialogue=lines), shot(3, "green.mp4")]
    run(entries, root, transition="dissolve", transition_seconds=0.5)
    (event,) = pysubs2.load(str(root / "film.srt"))
    assert 700 <= event.start < event.end <= 1300


def test_a_shot_too_short_for_its_dissolve_is_named(root: Path) -> None:
    heard = Notes()
    run([*movie(), shot(1, "red.mp4"), shot(2, "blue.mp4")], root, heard, transition="dissolve", transition_seconds=5.0)
    assert any("too short for a dissolve of 5 s" in text and "s01-002" in text for text in heard.texts)


def test_a_score_that_no_take_has_is_said(root: Path) -> None:
    heard = Notes()
    out = run([*movie(), shot(1, "red.mp4")], root, heard, select="best:nope")
    assert cut_of(out).missing == []
    assert any("best:nope" in text for text in heard.texts)


def test_a_film_is_not_written_over_a_take(root: Path) -> None:
    before = (root / "media/red.mp4").read_bytes()
    out = run([*movie(), shot(1, "red.mp4"), shot(2, "blue.mp4")], root, film=root / "media/red.mp4")
    assert "take of shot s01-001" in cut_of(out).error.message
    assert (cut_of(out).width, cut_of(out).height) == (64, 48)
    assert (root / "media/red.mp4").read_bytes() == before


def test_burned_subtitles_are_in_the_picture_and_not_in_a_file(root: Path) -> None:
    lines = [{"character": "mara", "text": "WWWWWW"}]
    clip(root / "media/big.mp4", (60, 60, 60), 1.0, size=(320, 192))
    entries = [*movie(width=320, height=192), shot(1, "big.mp4", 1.0, dialogue=lines)]
    run(entries, root, subtitles="burn")
    (frame,) = read_frames(root / "film.mp4", [12])
    assert frame[140:].max() > 200
    assert not (root / "film.srt").exists()
    run(entries, root, subtitles="none")
    (frame,) = read_frames(root / "film.mp4", [12])
    assert frame[140:].max() < 100


def test_a_timeline_for_the_editor(root: Path) -> None:
    import opentimelineio as otio

    run(
        [*movie(), shot(1, "red.mp4"), shot(2, "blue.mp4")],
        root,
        timeline=root / "cut.otio",
        transition="dissolve",
    )
    track = otio.adapters.read_from_file(str(root / "cut.otio")).video_tracks()[0]
    assert track.duration().to_frames() == probe(root / "film.mp4").frames == 36


def test_only_a_part(root: Path) -> None:
    entries = [*movie(), shot(1, "red.mp4"), shot(2, "gone.mp4"), shot(3, "blue.mp4", 0.5)]
    cut = cut_of(run(entries, root, selection=Selection(only=("*-003",))))
    assert [c.shot for c in cut.timeline] == ["s01-003"] and not cut.missing


def test_two_movies_want_two_names(root: Path) -> None:
    other = [
        entry(kind="movie", id="other", fps=24, width=64, height=48),
        shot(1, "blue.mp4", movie="other", scene="s01"),
    ]
    out = run([*movie(), shot(1, "red.mp4"), *other], root)
    cuts = [e for e in out if e.kind == "cut"]
    assert cuts[0].error is None
    assert cuts[1].error is not None and "{movie}" in cuts[1].error.message
    assert cuts[1].cut().missing == ["s01-001"]
    out = run([*movie(), shot(1, "red.mp4"), *other], root, film=root / "{movie}.mp4")
    assert [e.error for e in out if e.kind == "cut"] == [None, None]
    assert (root / "other.mp4").exists()


def test_shots_out_of_order_are_errors(root: Path) -> None:
    out = run([*movie(), shot(2, "red.mp4"), shot(1, "blue.mp4")], root)
    assert cut_of(out).missing == ["s01-001"]


def test_the_best_take_by_score(root: Path) -> None:
    takes = [
        {"key": "a", "path": "red.mp4", "scores": {"aes": 1}},
        {"key": "b", "path": "blue.mp4", "scores": {"aes": 2}},
    ]
    out = run([*movie(), shot(1, None, takes=takes)], root, select="best:aes")
    assert cut_of(out).timeline[0].take == "b"


@pytest.mark.parametrize(
    "options",
    [
        {"film": Path("film.gif")},
        {"select": "worst"},
        {"crf": 99},
        {"preset": "quick"},
        {"timeline": Path("cut.nonsense")},
    ],
)
def test_wrong_options_are_usage_errors_before_anything_is_made(root: Path, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        run([*movie(), shot(1, "red.mp4")], root, **options)
    assert not (root / "film.mp4").exists()


def test_fail_fast_raises_and_makes_no_film(root: Path) -> None:
    with pytest.raises(UnreadableError, match="gone"):
        run([*movie(), shot(1, "red.mp4"), shot(2, "gone.mp4")], root, fail_fast=True)
    assert not (root / "film.mp4").exists()


def test_odd_sides_and_ntsc_rates(root: Path) -> None:
    cut = cut_of(run([*movie(width=65, height=49, fps=23.976), shot(1, "red.mp4", 1.001)], root))
    info = probe(root / "film.mp4")
    assert (info.width, info.height, info.frames) == (64, 48, 24)
    assert cut.fps == pytest.approx(24000 / 1001)


@pytest.mark.parametrize("suffix", ["mov", "mkv"])
def test_other_containers(root: Path, suffix: str) -> None:
    run([*movie(), shot(1, "red.mp4")], root, film=root / f"film.{suffix}")
    assert probe(root / f"film.{suffix}").frames == 24
