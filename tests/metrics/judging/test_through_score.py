"""The judged families through `reel score`: from a manifest, video files and a judge to records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from reelkit.errors import UnavailableError
from reelkit.manifest.records import Entry
from reelkit.media.video import write_video
from reelkit.models.local import LocalModels
from reelkit.stages.score import ScoreOptions, score
from tests.metrics.judging.chat_server import MODEL, Answer, ChatServer, Request, serving
from tests.metrics.judging.scoring import greys, lines
from tests.support.film import entries
from tests.support.judge_models import save_vision_model

METRICS = ("physics", "interaction", "narration", "identities")
OPENS = {"subject": "Mara", "verb": "opens", "object": "the door"}


@pytest.fixture(autouse=True)
def own_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No answer of another test's server that stood at the same port."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def film(media: Path) -> list[Entry]:
    write_video(media / "a.mp4", greys(12), 8.0)
    shots = [
        {
            "kind": "shot", "id": id, "movie": "film", "scene": "s01", "order": order, "prompt": f"{id} opens a door",
            "seconds": 1.5, "takes": [{"path": "a.mp4", "frames": 12, "fps": 8.0, "width": 24, "height": 16}], "pick": 0,
        }
        for order, id in enumerate(("one", "two"), 1)
    ]  # fmt: skip
    heads = [{"kind": "movie", "id": "film"}, {"kind": "scene", "id": "s01", "movie": "film"}]
    return entries([*heads, *shots])


def notes(media: Path) -> Path:
    told = ["0:00:00|0:00:01|[Mara] opens the door."]
    return lines(
        media / "notes.jsonl",
        {"shot": "one", "interactions": [{**OPENS, "questions": ["seen?"] * 10}]},
        {"shot": "two", "narration": told, "candidate": told},
        {"shot": "one", "identities": [{"true": "mara", "predicted": "1"}]},
        {"shot": "two", "identities": [{"true": "mara", "predicted": "1"}, {"true": "tom", "predicted": "1"}]},
    )


def answer(request: Request) -> Answer:
    if "logprobs" in request:
        sure = 0.8 if "one opens" in str(request["messages"][0]["content"][-1]["text"]) else 0.4
        return Answer("Yes", logprobs={"Yes": sure, "No": 1 - sure - 0.001})
    schema = request["response_format"]["json_schema"]
    if schema["name"] == "movie101_L2":
        return Answer("no marks from me")
    given: dict[str, Any] = {"emerged": [], "disappeared": [], "environment": 5, "character": 4}
    return Answer(json.dumps({name: given.get(name, "yes") for name in schema["schema"]["required"]}))


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    with serving(answer) as server:
        yield server


def scored(media: Path, judge: str, metrics: Sequence[str] = METRICS, **options: Any) -> list[Entry]:
    chosen = ScoreOptions(media=media, metrics=tuple(metrics), judge=judge, annotations=notes(media), **options)
    return list(score(film(media), chosen, LocalModels(device="cpu")))


def test_shots_scenes_and_movies_carry_what_the_judge_said_and_who_it_was(chat: ChatServer, tmp_path: Path) -> None:
    found = scored(tmp_path, f"{chat.url}#{MODEL}")
    one, two = (entry.shot().scores for entry in found if entry.kind == "shot")
    scene = next(entry for entry in found if entry.kind == "score" and entry.id != "movie")

    assert one["wisa_sa"] == pytest.approx(0.8 / 0.999, abs=1e-4) and two["wisa_sa_pass"] == 0.0
    assert one["intergen_if"] == 1.0 and "intergen_if" not in two
    assert two["movie101_character"] == 4.0 and "movie101_plot" not in two and "movie101_character" not in one
    scores = scene.score().scores
    assert scores["wisa_sa_pass"] == 0.5
    assert scores["rice_id_precision"] == pytest.approx(100 / 3, abs=1e-4) and scores["rice_id_recall"] == 100.0
    extras = {name: msgspec.json.decode(value) for name, value in scene.raw.items() if name.startswith(("judged", "provenance"))}
    assert extras["provenance"]["judge"] == {
        "model": MODEL, "endpoint": chat.url, "temperature": 0.0, "prompts": "1",
    }  # fmt: skip
    assert extras["judged_narration"]["unanswered"] == 1 and "no marks from me" in extras["judged_narration"]["reason"]
    assert extras["judged_physics"] == {"questions": 4, "unanswered": 0}


def test_a_second_run_asks_nothing_again_but_what_was_not_answered(chat: ChatServer, tmp_path: Path) -> None:
    scored(tmp_path, f"{chat.url}#{MODEL}", ["physics"])
    asked = len(chat.requests)
    scored(tmp_path, f"{chat.url}#{MODEL}", ["physics"])
    assert asked == 3 and len(chat.requests) == asked  # the laws are asked of the same frames once


def test_a_judge_from_a_folder_is_asked_through_the_one_loader(tmp_path: Path) -> None:
    folder = save_vision_model(tmp_path / "judge")
    found = scored(tmp_path, str(folder), ["physics"])
    shots = [entry.shot().scores for entry in found if entry.kind == "shot"]
    assert all(0 < shot["wisa_pc"] < 1 for shot in shots)
    movie = next(entry for entry in found if entry.kind == "score" and entry.id == "movie")
    assert msgspec.json.decode(movie.raw["provenance"])["judge"]["model"].startswith("judge@")


def test_a_judge_that_is_away_ends_the_run_with_what_to_do(tmp_path: Path) -> None:
    with serving([Answer(status=401)]) as chat, pytest.raises(UnavailableError, match="set REEL_JUDGE_KEY"):
        scored(tmp_path, f"{chat.url}#{MODEL}", ["physics"])
