"""Objects found in what a model wrote."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelkit.metrics.judging.answering import UnfitError, first_object, fitting

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(), JSON), st.text(alphabet=st.characters(blacklist_characters="{}")), st.text())
def test_an_object_is_found_whatever_stands_around_it(found: dict[str, object], before: str, after: str) -> None:
    assert first_object(before + json.dumps(found) + after) == found


@given(st.text())
def test_any_text_either_holds_an_object_or_none(text: str) -> None:
    found = first_object(text)
    assert found is None or isinstance(found, dict)


def test_braces_that_are_no_json_are_passed_over() -> None:
    assert first_object('a set {x, y} is no object, {"mark": 1} is') == {"mark": 1}
    assert first_object("{" * 20_000) is None


def test_what_does_not_fit_is_told_by_its_place() -> None:
    schema = {"type": "object", "properties": {"marks": {"type": "array", "items": {"type": "integer"}}}}
    with pytest.raises(UnfitError, match=r"marks\[1\]: 'x' is not of type 'integer'"):
        fitting('{"marks": [1, "x"]}', schema)
    with pytest.raises(UnfitError, match="holds no JSON object"):
        fitting("[1, 2]", schema)
