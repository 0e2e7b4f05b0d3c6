from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from reelkit.cutting.editorial import adapter_for, editorial, write_editorial
from reelkit.cutting.timeline import Piece, lay_out
from reelkit.errors import UsageError

RATE = Fraction(24)


def pieces(audio: bool = False) -> list[Piece]:
    return [
        Piece(
            shot=f"s{n}",
            scene="one" if n < 2 else "two",
            take=f"k{n}",
            path=Path(f"/takes/{n}.mp4"),
            seconds=Fraction(2),
            available=Fraction(3),
            has_audio=audio,
        )
        for n in range(3)
    ]


@pytest.mark.parametrize("transition", ["cut", "dissolve"])
def test_the_timeline_lasts_as_long_as_the_film(tmp_path: Path, transition: str) -> None:
    spans = lay_out(pieces(), RATE, transition, 0.5)  # type: ignore[arg-type]
    path = tmp_path / "cut.otio"
    write_editorial(path, editorial("Film", spans, RATE, {"one": "INT. ONE"}, transition), adapter_for(path))
    back = otio.adapters.read_from_file(str(path))
    track = back.video_tracks()[0]
    assert track.duration().to_frames() == spans[-1].end
    clips = list(track.find_clips())
    assert [c.metadata["reelkit"]["take"] for c in clips] == ["k0", "k1", "k2"]
    assert clips[0].media_reference.target_url == "file:///takes/0.mp4"
    assert clips[0].available_range().duration.to_frames() == 72
    assert [m.name for c in clips for m in c.markers] == ["INT. ONE", "two"]
    dissolves = [child for child in track if isinstance(child, otio.schema.Transition)]
    assert len(dissolves) == (2 if transition == "dissolve" else 0)


def test_sound_gets_a_track_of_its_own_when_there_is_any() -> None:
    spans = lay_out(pieces(audio=True), RATE)
    assert len(editorial("Film", spans, RATE, {}).audio_tracks()) == 1
    assert not editorial("Film", lay_out(pieces(), RATE), RATE, {}).audio_tracks()


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="otio"):
        adapter_for(Path("cut.nonsense"))
