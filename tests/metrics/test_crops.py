from pathlib import Path

import numpy as np
import pytest

from reelkit.errors import UnreadableError
from reelkit.manifest.kinds import Character, Shot
from reelkit.media.image import write_png
from reelkit.media.store import MediaStore
from reelkit.metrics import crops
from reelkit.metrics.crops import described, detections, locate
from reelkit.metrics.meters import ClipInfo, Resources
from tests.metrics.worlds import COLOURS, ColourEncoder, picture

MARA = Character(id="mara", movie="film", look="a red coat")
TOM = Character(id="tom", movie="film", look="a blue coat")
EVE = Character(id="eve", movie="film", look="a green coat")


def resources(encoder: ColourEncoder, media: Path | None = None) -> Resources:
    return Resources(names=frozenset(), models=encoder, store=MediaStore(media) if media else None)  # type: ignore[arg-type]


def info(*cast: Character, bank: tuple[Character, ...] = ()) -> ClipInfo:
    return ClipInfo(
        path=Path("take.mp4"), frames=8, fps=8, width=96, height=64, seconds=1, used=8,
        shot=Shot(id="a", movie="film"), cast=cast, bank={each.id: each for each in bank or cast},
    )  # fmt: skip


def both() -> np.ndarray:
    frame = picture("red", left=4)
    frame[4:, 60:88] = COLOURS["blue"]
    return frame


def test_each_of_the_cast_gets_a_box_on_its_own_figure() -> None:
    encoder = ColourEncoder()
    found = locate(resources(encoder), info(MARA, TOM), 0, both())
    assert found["mara"].box.right <= 60 and found["tom"].box.left >= 32
    for id, look in (("mara", "red"), ("tom", "blue")):
        text = encoder.embed_texts([look])[0]
        assert found[id].alignment == pytest.approx(100 * float(found[id].embedding @ text), abs=1e-3)


def test_the_crop_that_is_embedded_is_the_box() -> None:
    encoder, frame = ColourEncoder(), both()
    found = locate(resources(encoder), info(MARA, TOM), 0, frame)["tom"]
    crop = found.box.crop(frame)
    assert found.embedding == pytest.approx(encoder.embed_images([crop])[0])
    assert found.mirrored == pytest.approx(encoder.embed_images([crop[:, ::-1]])[0])


def test_the_margin_is_the_gain_over_the_whole_frame() -> None:
    encoder, frame = ColourEncoder(), both()
    found = locate(resources(encoder), info(MARA), 0, frame)["mara"]
    whole, text = encoder.embed_images([frame])[0], encoder.embed_texts(["red"])[0]
    assert found.gain == pytest.approx(float((found.embedding - whole) @ text), abs=1e-6)
    assert found.margin == found.gain > 0.01
    beside = locate(resources(encoder), info(MARA, TOM), 0, frame)["mara"]
    other = float((beside.embedding - whole) @ encoder.embed_texts(["blue"])[0])
    assert beside.margin == pytest.approx(beside.gain - other, abs=1e-6)


def test_the_whole_bank_is_searched_only_on_request_and_who_is_absent_is_not_found() -> None:
    take, stock = info(MARA, bank=(MARA, TOM, EVE)), resources(ColourEncoder())
    assert set(locate(stock, take, 0, both())) == {"mara"}
    assert set(locate(stock, take, 0, both(), whole_bank=True)) == {"mara", "tom"}


def test_somebody_whose_crop_is_nearer_to_another_of_the_bank_is_not_recognised() -> None:
    stock = resources(ColourEncoder())
    pair = Character(id="pair", movie="film", look="a red and blue coat")
    take = info(MARA, pair, bank=(MARA, pair))
    frame = picture("red")
    assert locate(stock, take, 0, frame)["mara"].nearest
    assert set(locate(stock, take, 0, frame, whole_bank=True)) == {"mara"}


def test_who_asks_second_costs_nothing_and_another_set_of_people_costs_only_crops() -> None:
    encoder = ColourEncoder()
    stock, take = resources(encoder), info(MARA, bank=(MARA, TOM))
    first = locate(stock, take, 3, both())
    spent = encoder.pictures
    assert locate(stock, take, 3, both()) is first
    assert encoder.pictures == spent
    assert len(locate(stock, take, 3, both(), whole_bank=True)) == 2
    assert encoder.pictures - spent == 4


def test_another_take_and_another_frame_are_looked_at_afresh() -> None:
    stock = resources(ColourEncoder())
    take = info(MARA)
    assert set(locate(stock, take, 0, picture("red"))) == {"mara"}
    assert locate(stock, take, 1, picture("green")) == {}
    assert locate(stock, info(MARA), 0, picture("green")) == {}


def test_frames_of_earlier_takes_are_not_kept() -> None:
    encoder = ColourEncoder()
    stock = resources(encoder)
    for _ in range(3):
        take = info(MARA)
        for number in range(crops.KNOWN_FRAMES + 5):
            locate(stock, take, number, picture("red", size=(16, 24)))
    memory = crops._MEMORIES[encoder]  # type: ignore[index]
    assert len(memory.windows) == crops.KNOWN_FRAMES
    assert len(memory.sightings) == crops.KNOWN_FRAMES + 5


def test_a_portrait_is_described_as_it_is_and_mirrored(tmp_path: Path) -> None:
    image = picture("yellow", left=4)
    write_png(tmp_path / "eve.png", image)
    encoder = ColourEncoder()
    faceless = Character(id="eve", movie="film", portraits=["eve.png"])
    found = described(resources(encoder, tmp_path), faceless)
    assert found.look is None and found.portrait is not None
    assert found.target == pytest.approx(encoder.embed_images([image])[0])
    assert found.portrait[1] == pytest.approx(encoder.embed_images([image[:, ::-1]])[0])
    sighted = locate(resources(encoder, tmp_path), info(faceless), 0, image)
    assert all(each.alignment is None for each in sighted.values())


def test_a_description_is_embedded_once_and_again_when_the_look_changes() -> None:
    encoder = ColourEncoder()
    stock = resources(encoder)
    assert described(stock, MARA) is described(stock, MARA)
    assert encoder.texts == 1
    changed = Character(id="mara", movie="film", look="a blue coat")
    assert described(stock, changed).look == pytest.approx(encoder.embed_texts(["blue"])[0])


def test_the_description_used_longest_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "KNOWN_CHARACTERS", 2)
    encoder = ColourEncoder()
    stock = resources(encoder)
    for each in (MARA, TOM, MARA, EVE, MARA):
        described(stock, each)
    assert encoder.texts == 3
    described(stock, TOM)
    assert encoder.texts == 4


def test_people_without_look_and_portrait_are_never_found() -> None:
    encoder = ColourEncoder()
    assert locate(resources(encoder), info(Character(id="who", movie="film")), 0, both()) == {}
    assert encoder.pictures == 0


def test_a_portrait_that_is_no_picture_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "eve.png").write_bytes(b"nothing")
    with pytest.raises(UnreadableError, match=r"eve\.png"):
        described(resources(ColourEncoder(), tmp_path), Character(id="eve", movie="film", portraits=["eve.png"]))


def test_a_detectors_padding_and_flat_boxes_are_left_out() -> None:
    row = np.array([[0.9, 0.1, 0.2, 0.5, 1.0], [0.4, 0.5, 0.5, 0.501, 0.9], [0, 0, 0, 0, 0]], np.float32)
    [(score, box)] = detections(row.reshape(-1), 100, 50)
    assert score == pytest.approx(0.9) and box == (10, 10, 50, 50)
