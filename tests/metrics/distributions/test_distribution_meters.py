"""The family over films: which frames, what the movie's numbers are, and a reference that is decoded once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelkit.manifest.kinds import Shot
from reelkit.metrics.distributions import meters
from reelkit.metrics.distributions.meters import BIASED, FAMILY, FEW, MovieMeter
from reelkit.metrics.distributions.samples import Samples, SamplesMeter, asked, sampled
from reelkit.metrics.groups import Findings
from reelkit.metrics.meters import ClipInfo, Frame, Reading, Resources, ShotReading
from reelkit.metrics.passing import measure_frames
from reelkit.metrics.registry import choose
from reelkit.metrics.scenes import OpenScenes
from tests.metrics.sets import Levels, empty_weights, film, plain

RED, GREEN, BLUE = (200, 10, 10), (10, 190, 10), (10, 10, 180)
NAMES = ("inception_score", "fid_192", "fvd", "kvd")
"""Without fid, whose root of a matrix of 2048 takes seconds."""


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two reference films, in a home of their own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    film(tmp_path / "real/a.mkv", plain(RED, GREEN, (90, 90, 90)))
    film(tmp_path / "real/b.mkv", plain(BLUE, (20, 40, 60)))
    return tmp_path / "real"


def resources(reference: Path | None, *names: str, models: Levels | None = None) -> Resources:
    weights = None if reference is None else empty_weights(reference.parent / "weights", "inception-fid", "i3d")
    return Resources(names=frozenset(names), models=models or Levels(), reference=reference, weights=weights)


def info(frames: int, fps: float = 8.0, id: str = "s1", movie: str = "m") -> ClipInfo:
    return ClipInfo(
        path=Path(f"{id}.mp4"), frames=frames, fps=fps, width=24, height=16, seconds=frames / fps, used=frames,
        shot=Shot(id=id, movie=movie),
    )  # fmt: skip


def read(given: Resources, frames: list[Frame], id: str = "s1") -> Reading:
    about = info(len(frames), id=id)
    return measure_frames(given, frames, [SamplesMeter(asked(given), about)])[0]


def movie(given: Resources, *shots: list[Frame]) -> MovieMeter:
    found = MovieMeter(given)
    for number, frames in enumerate(shots):
        reading = read(given, frames, f"s{number}")
        found.add(ShotReading(shot=Shot(id=f"s{number}", movie="m"), scores={}, material=reading.material))
    return found


def test_the_frames_are_about_25_a_shot_and_never_under_two_a_second() -> None:
    assert list(sampled(info(10))) == list(range(10))
    assert list(sampled(info(96, fps=24))) == list(range(0, 96, 3))
    hour = sampled(info(86_400, fps=24))
    assert len(hour) == 7200 and set(np.diff(hour)) == {12}


def test_a_film_like_the_reference_is_nearer_than_another(real: Path) -> None:
    near = movie(resources(real, *NAMES), plain(RED, GREEN, (90, 90, 90)), plain(BLUE, (20, 40, 60))).values()
    far = movie(resources(real, *NAMES), plain((250, 240, 10), (240, 250, 20)), plain((255, 255, 0), (230, 230, 9))).values()
    for name in ("fid_192", "fvd"):
        assert near[name] == pytest.approx(0, abs=1e-3) and far[name] is not None and far[name] > 1000
    assert near["kvd"] is not None and far["kvd"] is not None and near["kvd"] < far["kvd"]


def test_the_score_of_three_certain_classes_is_three() -> None:
    given = resources(None, "inception_score")
    assert movie(given, plain(RED, frames=40), plain(GREEN, frames=40), plain(BLUE, frames=40)).values() == {
        "inception_score": pytest.approx(3.0, abs=0.1)
    }


def test_each_distance_is_of_its_own_features(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meters, "frechet", lambda ours, theirs: float(len(ours.mean()) + len(theirs.mean())))
    found = movie(resources(real, "fid", "fid_192", "fvd"), plain(RED, GREEN)).values()
    assert found == {"fid": 2 * 2048, "fid_192": 2 * 192, "fvd": 2 * 400}


def test_what_is_not_asked_for_is_not_looked_at(real: Path) -> None:
    models = Levels()
    assert movie(resources(real, "fvd", models=models), plain(RED, GREEN)).values().keys() == {"fvd"}
    assert models.seen.keys() == {"i3d"}
    assert FAMILY.clip is not None and FAMILY.clip(resources(real, "aes"), info(9)) is None


def test_too_few_samples_are_none_with_a_note_and_few_are_said_to_be_biased(real: Path) -> None:
    one = movie(resources(real, "fvd", "kvd"), plain(RED))
    assert one.values() == {"fvd": None, "kvd": None}
    assert one.extras()["distributions"]["fvd"] == {"samples": 1, "reference": 5, "note": FEW}
    short = movie(resources(real, "fid_192"), plain(RED, GREEN))
    assert short.values()["fid_192"] is not None
    assert short.extras()["distributions"]["fid_192"] == {"samples": 32, "reference": 80, "note": BIASED}


def test_a_shot_shorter_than_a_window_is_no_sample(real: Path) -> None:
    short = movie(resources(real, "fvd"), plain(RED, frames=15))
    assert short.values() == {"fvd": None}
    assert short.extras()["distributions"]["fvd"]["samples"] == 0


def test_a_second_run_does_not_decode_the_reference_again(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = plain(RED, GREEN, BLUE)
    first = movie(resources(real, *NAMES), frames).values()
    monkeypatch.setattr("reelkit.metrics.reference.probe", lambda path: pytest.fail(f"{path} was opened again"))
    models = Levels()
    second = movie(resources(real, *NAMES, models=models), frames).values()
    assert second == first
    assert models.seen == {"inception-fid": len(frames), "i3d": 3}


def test_one_run_reads_the_reference_once_for_all_its_movies(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelkit.metrics.distributions.kept.user_cache", lambda name: None)
    models = Levels()
    given = resources(real, "fvd", models=models)
    for _ in range(3):
        movie(given, plain(RED, GREEN)).values()
    assert models.seen["i3d"] == 5 + 3 * 2


def test_a_changed_reference_and_other_weights_are_measured_anew(real: Path) -> None:
    frames = plain(RED, GREEN)
    models = Levels()
    movie(resources(real, "fvd", models=models), frames).values()
    film(real / "c.mkv", plain(BLUE, BLUE))
    changed = movie(resources(real, "fvd", models=models), frames)
    changed.values()
    assert changed.extras()["distributions"]["fvd"]["reference"] == 7
    before = models.seen["i3d"]
    given = resources(real, "fvd", models=models)
    (real.parent / "weights/i3d_torchscript.pt").write_bytes(b"another")
    movie(given, frames).values()
    assert models.seen["i3d"] == before + 2 + 7


def test_a_damaged_memory_is_measured_anew(real: Path, tmp_path: Path) -> None:
    first = movie(resources(real, "fvd"), plain(RED, GREEN)).values()
    [kept] = (tmp_path / "cache/reelkit/references").glob("*.safetensors")
    kept.write_bytes(kept.read_bytes()[:100])
    assert movie(resources(real, "fvd"), plain(RED, GREEN)).values() == first


def test_a_long_take_hands_on_no_more_than_a_matrix() -> None:
    given = resources(None, "fvd")
    frames = iter(plain(*[(n % 256, 0, 0) for n in range(400)]))
    [reading] = measure_frames(given, frames, [SamplesMeter(asked(given), info(6400))])
    samples = reading.material
    assert isinstance(samples, Samples) and samples.windows is not None
    assert samples.windows.moments.count == 400 and samples.windows.moments.held <= 256 * 400 + 400 * 400


def test_every_shot_counts_and_each_film_has_its_own_numbers(real: Path) -> None:
    """MovieBench's scripts overwrite the test set with one film, and start over with each."""
    given = resources(real, "fvd", "inception_score")
    alone = movie(given, plain(RED, GREEN, frames=32), plain(BLUE, frames=32)).values()
    open_scenes = OpenScenes(given)
    for film_id in ("one", "two"):
        for number, frames in enumerate([plain(RED, GREEN, frames=32), plain(BLUE, frames=32)]):
            shown = frames if film_id == "one" else frames[::-1] + plain((255, 255, 255))
            reading = read(given, shown, f"s{number}")
            open_scenes.add(film_id, None, Findings(Shot(id=f"s{number}", movie=film_id), {"distributions": reading}))
    closed = {each.movie: each for each in open_scenes.close()}
    assert closed["one"].scores["fvd"] == pytest.approx(alone["fvd"])
    assert closed["two"].scores["fvd"] != pytest.approx(alone["fvd"], rel=0.01)
    assert closed["one"].extras["distributions"]["fvd"]["samples"] == 6
    assert closed["two"].extras["distributions"]["fvd"]["samples"] == 8


def test_the_family_is_chosen_by_its_name() -> None:
    assert choose(["distributions"]) == ("inception_score", "fid", "fid_192", "fvd", "kvd")
