"""`plan`: a screenplay into a manifest."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelkit.errors import UnreadableError, UsageError
from reelkit.manifest.records import RECORDS, Entry, Movie
from reelkit.stages.plan import PlanOptions, parse_size, plan

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "lighthouse.fountain"
GOLDEN = Path(__file__).parent / "golden" / "lighthouse.jsonl"


def movie(text: str, name: str = "a-film.fountain", **options: object) -> Movie:
    return next(plan(text, PlanOptions(**options), name)).movie_record()  # type: ignore[arg-type]


SCENE = "\n\nINT. BAR - DAY\n\nA man sits.\n"


def test_the_example_plans_into_its_golden_manifest() -> None:
    lines = [entry.encode().decode() for entry in plan(EXAMPLE)]
    assert lines == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_the_example_is_a_film_of_the_size_it_should_be() -> None:
    entries = list(plan(EXAMPLE))
    shots = [entry.shot() for entry in entries if entry.kind == "shot"]
    assert sum(entry.kind == "scene" for entry in entries) >= 2
    assert len(shots) >= 8
    assert 20 <= sum(shot.seconds for shot in shots) <= 28
    assert sum(shot.seconds >= 3.5 for shot in shots) >= 3
    with_mara = [index for index, shot in enumerate(shots) if "mara" in shot.characters]
    assert with_mara != list(range(with_mara[0], with_mara[-1] + 1)), "Mara is away for a while and returns"


def test_records_come_headers_first_and_shots_in_order() -> None:
    entries = list(plan(f"{SCENE}\nDAN\nHi.\n\nEXT. SEA - DAY\n\nWaves.", None, "x.fountain"))
    assert " ".join(entry.kind for entry in entries) == "movie character scene shot shot scene shot"
    shots = [entry.shot() for entry in entries if entry.kind == "shot"]
    assert [shot.order for shot in shots] == list(range(1, len(shots) + 1))
    assert len({entry.identity for entry in entries}) == len(entries)
    scenes = [entry.id for entry in entries if entry.kind == "scene"]
    assert scenes == ["s01", "s02"]
    assert all(entry.where.startswith("x.fountain:") for entry in entries if entry.kind == "shot")


def test_the_title_page_speaks_and_options_overrule_it() -> None:
    page = "Title: **Big** Film\nStyle: noir\nSize: 640 x 360\nFPS: 12.5\nSeed: 9\nSynopsis: Much." + SCENE
    assert movie(page) == Movie("a-film", "Big Film", 12.5, 640, 360, "noir", "Much.", 9)
    chosen = movie(page, style="", width=320, height=192, fps=8.0, seed=0, movie_id="other")
    assert chosen == Movie("other", "Big Film", 8.0, 320, 192, "", "Much.", 0)
    assert movie(SCENE) == Movie("a-film", "a-film", 24.0, 832, 480, "", "", 0)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("Title: X\nSize: big", "f.fountain:2: Size: 'big' is not a size"),
        ("Title: X\nFPS: fast", "f.fountain:2: FPS: 'fast' is not a number"),
        (
            "Title: X\n\nINT. A\n\n[[shot: clse-up]]\nA man.",
            "f.fountain:5: [[shot: clse-up]]: 'clse-up' is not a framing",
        ),
        ("", "f.fountain: the screenplay is empty"),
        ("Title: X", "f.fountain: the screenplay has no action"),
    ],
)
def test_what_cannot_be_planned_is_refused_before_the_first_record(page: str, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        plan(page, None, "f.fountain")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        PlanOptions(planner="llm"),
        PlanOptions(planner="magic"),
        PlanOptions(from_video=Path("a.mp4")),
        PlanOptions(max_seconds=0.0),
        PlanOptions(movie_id="Not An Id"),
        PlanOptions(width=640),
        PlanOptions(fps=0.0),
    ],
)
def test_options_that_cannot_be_meant_are_usage_errors(options: PlanOptions) -> None:
    with pytest.raises(UsageError):
        plan(SCENE, options)


def test_bytes_and_files_plan_alike(tmp_path: Path) -> None:
    path = tmp_path / "film.fountain"
    path.write_bytes(SCENE.replace("\n", "\r\n").encode("utf-8-sig"))
    assert [e.encode() for e in plan(path)] == [
        e.encode() for e in plan(SCENE.encode(), None, "film.fountain")
    ]


PIECES = [
    *(
        "INT. A - DAY\n\n",
        "MARA",
        "\n",
        "\n\n",
        "Mara, ",
        " (30s)",
        ", a man, ",
        "walks. ",
        "He ",
        "They ",
        "BOTH\n",
    ),
    *(
        " ^",
        "(V.O.)",
        "\n(beat)\n",
        "CLOSE ON ",
        "'s POV ",
        "[[shot: 3.3s]]",
        "A beat. ",
        "--",
        "...",
        "é",
        ".X\n\n",
    ),
    *(
        "takes off her coat. ",
        "> x <",
        "CUT TO:\n\n",
        "word " * 50,
        "him ",
        "Her hand ",
        "ALL\n",
        "(",
        "*",
        "~la\n",
    ),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_screenplay_plans_or_is_refused(text: str) -> None:
    try:
        entries: list[Entry] = list(plan(text))
    except UnreadableError:
        return
    for entry in entries:
        if entry.kind == "shot":
            shot = entry.shot()
            if shot.beats:
                assert sum(beat.seconds for beat in shot.beats) == pytest.approx(shot.seconds, abs=1e-9)
            assert shot.prompt.endswith((".", "!", "?")) and "  " not in shot.prompt
        assert entry.view(RECORDS[entry.kind])


def test_a_feature_plans_in_under_a_second_without_heavy_imports() -> None:
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        from plan import screenplay  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    text = screenplay(120)
    began = time.process_time()
    count = sum(1 for _ in plan(text))
    assert time.process_time() - began < 1.0
    assert count > 1000
    heavy = "any(name in sys.modules for name in ('torch', 'numpy', 'rich'))"
    check = f"import sys, reelkit.stages.plan; sys.exit({heavy})"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("832x480", (832, 480)),
        (" 1920 × 1080 ", (1920, 1080)),
        ("0x480", None),
        ("832x16385", None),
        ("832x", None),
        ("832x480p", None),
    ],
)
def test_a_size_reads_the_same_on_the_title_page_and_the_command_line(
    text: str, size: tuple[int, int] | None
) -> None:
    assert parse_size(text) == size
