"""The page as text: what it holds, what it escapes, and what it says that it leaves out."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reelkit.errors import UsageError
from reelkit.metrics.reporting import Collector, ReportOptions, Run, write_report
from reelkit.metrics.reporting.markup import number
from tests.metrics.reporting.films import NASTY, clip, entry, run

VOID = {"meta", "link", "input", "img", "br"}


class Tags(HTMLParser):
    """Elements and attributes as a browser would see them, and whether they nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID and tag not in ("path", "circle", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("path", "circle", "rect"):
            assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def runs(media: Path) -> list[Run]:
    return [
        Run("base", run(media, "base", [60.0, 50.0, None, 55.0]), media),
        Run("tuned", run(media, "tuned", [61.0, 58.0, 49.0, None]), media),
    ]


def page(path: Path, runs: list[Run], options: ReportOptions | None = None) -> tuple[str, list[str]]:
    notes = write_report(path, runs, options)
    return path.read_text(encoding="utf-8"), notes


def test_texts_are_escaped_and_elements_nest(tmp_path: Path, runs: list[Run]) -> None:
    text, _ = page(tmp_path / "page.html", runs)
    tags = Tags(text)
    assert tags.open == []
    assert not any("onerror" in attrs for _, attrs in tags.found)
    assert len(tags.all("script")) == 2 and text.count("</script>") == 2
    assert NASTY not in text and "A &lt;Film&gt;" in text


def test_ids_are_unique_and_links_lead_somewhere(tmp_path: Path, runs: list[Run]) -> None:
    text, _ = page(tmp_path / "page.html", runs)
    tags = Tags(text)
    ids = [attrs["id"] for _, attrs in tags.found if attrs.get("id")]
    assert len(ids) == len(set(ids))
    for attrs in tags.all("a"):
        assert (attrs["href"] or "")[1:] in ids
    for _, attrs in tags.found:
        assert attrs.get("aria-labelledby") in (None, *ids)


def test_nothing_comes_from_outside_and_the_policy_names_what_is_inside(tmp_path: Path, runs: list[Run]) -> None:
    text, notes = page(tmp_path / "page.html", runs)
    tags = Tags(text)
    sources = [v for _, attrs in tags.found for k, v in attrs.items() if k in ("src", "poster", "srcset")]
    assert sources and all((source or "").startswith("data:") for source in sources)
    assert not any("style" in attrs for _, attrs in tags.found)
    policy = next(attrs["content"] or "" for attrs in tags.all("meta") if attrs.get("http-equiv"))
    script = re.findall(r"<script>(.*?)</script>", text, re.S)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy
    assert notes == []


def test_large_clips_are_linked_beside_the_page(tmp_path: Path, runs: list[Run], media: Path) -> None:
    text, notes = page(tmp_path / "page.html", runs, ReportOptions(clip_bytes=100))
    sources = [attrs["src"] or "" for attrs in Tags(text).all("video")]
    assert sources and all((tmp_path / source).is_file() for source in sources)
    assert "media folder" in notes[0] and "media folder" in text
    assert all(attrs["preload"] == "none" for attrs in Tags(text).all("video"))


def test_shots_past_the_limit_are_counted_and_named(tmp_path: Path, runs: list[Run]) -> None:
    text, notes = page(tmp_path / "page.html", runs, ReportOptions(most_shots=3))
    assert text.count('<article class="shot"') == 3
    assert notes[0].startswith("3 of 4 shots are shown") and "3 of 4 shots are shown" in text


def test_what_was_not_measured_is_said_and_drawn_as_no_number(tmp_path: Path, runs: list[Run]) -> None:
    text, _ = page(tmp_path / "page.html", runs)
    assert text.count("not measured") > 3
    drawn = json.loads(re.findall(r'id="bar-values">(.*?)</script>', text, re.S)[0])
    alignment = next(metric for metric in drawn["metrics"] if metric["name"] == "all_alignment")
    assert alignment["values"] == [[60.0, 50.0, None, 55.0], [61.0, 58.0, 49.0, None]]


def test_it_tells_gates_similarities_provenance_and_what_was_skipped(tmp_path: Path, runs: list[Run]) -> None:
    text, _ = page(tmp_path / "page.html", runs)
    for told in ("cut_inside==0 is missed: cut_inside is 2", "no take yet", "0.750", "embedded@1", "aes: needs laion", "Mara"):
        assert told in text


def test_a_shot_whose_clip_is_gone_says_so(tmp_path: Path) -> None:
    gone = entry(kind="shot", id="s1", movie="film", takes=[{"path": "nowhere.mp4"}], pick=0)
    broken = entry(kind="shot", id="s2", movie="film", takes=[{"path": "broken.mp4"}], pick=0)
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    text, _ = page(tmp_path / "page.html", [Run("a", [gone, broken], tmp_path)])
    assert "its file nowhere.mp4 is missing" in text and "broken.mp4" in text and "<video" not in text


def test_a_very_long_take_is_not_decoded_to_its_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip(tmp_path / "long.mp4", (9, 9, 9), 24)
    monkeypatch.setattr("reelkit.metrics.reporting.posters.LATEST_FRAME", 2)
    shot = entry(kind="shot", id="s1", movie="film", takes=[{"path": "long.mp4", "frames": 10_000}], pick=0)
    text, _ = page(tmp_path / "page.html", [Run("a", [shot], tmp_path)])
    assert 'poster="data:image/webp' in text


def test_the_same_runs_give_the_same_page_from_a_file_or_a_collector(tmp_path: Path, media: Path) -> None:
    entries = run(media, "same", [1.0, 2.0, 3.0, 4.0])
    (tmp_path / "scored.jsonl").write_bytes(b"".join(each.encode() + b"\n" for each in entries))
    collector = Collector("same", media)
    for each in entries:
        collector.add(each)
    write_report(tmp_path / "a.html", [Run("same", tmp_path / "scored.jsonl", media)])
    write_report(tmp_path / "b.html", [collector])
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_an_empty_manifest_still_makes_a_page_and_no_run_makes_none(tmp_path: Path) -> None:
    text, _ = page(tmp_path / "page.html", [Run("empty", [], tmp_path)])
    assert Tags(text).open == [] and "0 shots" in text
    with pytest.raises(UsageError):
        write_report(tmp_path / "none.html", [])


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (-0.25, "-0.250"), (12345.6, "1.23e+04"), (71.456, "71.46"), (0.00001, "1e-05"), (1234.6, "1235")],
)
def test_numbers_keep_the_places_that_tell(value: float, shown: str) -> None:
    assert number(value) == shown.replace("-", "−")
