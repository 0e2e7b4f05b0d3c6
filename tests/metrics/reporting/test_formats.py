"""CSV, JSON and LaTeX hold the numbers, whatever the texts beside them are."""

import csv
import io
import json
from pathlib import Path

import pytest

from reelkit.errors import UsageError
from reelkit.metrics.reporting import Collector, formatted
from reelkit.metrics.reporting.formats import latex_escaped
from tests.metrics.reporting.films import entry


def collected(label: str, value: float) -> Collector:
    run = Collector(label, Path("media"))
    error = {"stage": "score", "type": "GateError", "message": 'no "take", sadly\nnone'}
    run.add(entry(kind="shot", id="s1", movie="film", scene="s01", scores={"cut_inside": value}, error=error))
    run.add(entry(kind="shot", id="s2", movie="film", scene="s01", scores={"cut_inside": value, "all_alignment": 0.0625}))
    told = {"encoder": "embedded@1", "skipped": ["aes: needs weights"]}
    run.add(entry(kind="score", id="movie", movie="film", shots=2, scores={"cut_inside": value, "new_thing": 1}, provenance=told))
    return run


def test_csv_follows_rfc_4180_and_reads_back() -> None:
    text = "".join(formatted("csv", [collected("a, b", 1.0)]))
    assert text.count("\r\n") == 4 and '"no ""take"", sadly\nnone"' in text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["level"], row["shot"]) for row in rows] == [("shot", "s1"), ("shot", "s2"), ("movie", "")]
    assert {row["run"] for row in rows} == {"a, b"}
    assert rows[0]["all_alignment"] == "", "not measured is empty"
    assert float(rows[1]["all_alignment"]) == 0.0625 and rows[2]["new_thing"] == "1.0"


def test_json_is_one_object_with_provenance_and_the_comparison() -> None:
    told = json.loads("".join(formatted("json", [collected("a", 2.0), collected("b", 1.0)])))
    assert [run["label"] for run in told["runs"]] == ["a", "b"]
    assert told["runs"][0]["provenance"] == [{"encoder": "embedded@1"}]
    assert told["runs"][0]["skipped"] == ["aes: needs weights"]
    assert told["runs"][1]["records"][0]["scores"] == {"cut_inside": 1.0}
    cuts = next(each for each in told["comparisons"] if each["metric"] == "cut_inside")
    assert (cuts["pairs"], cuts["difference"]) == (2, -1.0)
    about = {metric["name"]: metric for metric in told["metrics"]}
    assert about["cut_inside"]["better"] == "lower" and about["new_thing"] == {"name": "new_thing"}


def test_latex_marks_directions_and_the_best_and_escapes() -> None:
    text = "".join(formatted("latex", [collected("base_1", 2.0), collected("50 % & more", 1.0)]))
    assert r"Metric & Over & base\_1 & 50 \% \& more \\" in text
    assert r"cut\_inside~$\downarrow$ & movies & 2.00 & \textbf{1.00} \\" in text
    assert r"new\_thing & movies & 1.00 & 1.00 \\" in text, "without a direction nothing is best"


def test_latex_escapes_what_it_would_read() -> None:
    assert latex_escaped(r"a\b{c}~^<") == r"a\textbackslash{}b\{c\}\textasciitilde{}\textasciicircum{}\textless{}"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="csv, json, latex"):
        list(formatted("xml", [collected("a", 1.0)]))
