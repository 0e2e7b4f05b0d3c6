"""A judge behind a real socket: what it is asked, and every way in which it may fail."""

from __future__ import annotations

import base64
import io
import socket
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reelkit.errors import RecordError, UnavailableError, UsageError
from reelkit.metrics.judging.judge import NoProbabilitiesError, open_judge
from reelkit.metrics.judging.server import ServerJudge
from tests.metrics.judging.chat_server import MODEL, Answer, ChatServer, Request, serving

SCHEMA = {
    "type": "object",
    "properties": {"mark": {"type": "integer", "minimum": 0, "maximum": 5}},
    "required": ["mark"],
    "additionalProperties": False,
}
RED = np.full((40, 60, 3), (220, 30, 30), np.uint8)


def judge(chat: ChatServer, **options: Any) -> ServerJudge:
    return ServerJudge(chat.url, MODEL, **{"timeout_seconds": 5.0, "retries": 2, **options})


def test_the_answer_is_asked_for_in_the_schema_at_temperature_zero() -> None:
    with serving([Answer('{"mark": 4}')]) as chat:
        assert judge(chat).ask("How good?", SCHEMA, name="goodness") == {"mark": 4}
    [request] = chat.requests
    assert request["temperature"] == 0 and request["model"] == MODEL
    assert request["response_format"]["json_schema"] == {"name": "goodness", "schema": SCHEMA}
    assert chat.words().startswith("How good?")


def test_frames_travel_as_small_jpegs_before_the_words_and_no_more_than_sixteen() -> None:
    wide = np.tile(RED, (30, 40, 1))
    with serving([Answer('{"mark": 1}')]) as chat:
        judge(chat).ask("What colour?", SCHEMA, [wide] * 40)
    urls = chat.pictures()
    assert len(urls) == 16
    head, _, body = urls[0].partition(",")
    assert head == "data:image/jpeg;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(body)))
    assert picture.size == (768, 384)
    np.testing.assert_allclose(np.asarray(picture)[100, 100], (220, 30, 30), atol=4)


def test_what_stands_around_the_object_is_passed_over() -> None:
    said = '<think>maybe {"mark": 1}</think>Here it is:\n```json\n{"mark": 3}\n```'
    with serving([Answer(said)]) as chat:
        assert judge(chat).ask("How good?", SCHEMA) == {"mark": 3}


@pytest.mark.parametrize(
    "wrong",
    [
        Answer('{"mark": 4'),
        Answer("Four, I should say."),
        Answer('{"mark": 9}'),
        Answer('{"mark": "four"}'),
        Answer('{"grade": 4}'),
        Answer(""),
        Answer(refusal="I cannot judge films."),
    ],
)
def test_an_answer_that_does_not_fit_is_asked_for_again_with_the_reason(wrong: Answer) -> None:
    with serving([wrong, Answer('{"mark": 4}')]) as chat:
        assert judge(chat).ask("How good?", SCHEMA) == {"mark": 4}
    assert len(chat.requests) == 2
    assert "Your last answer could not be used" in chat.words(1)


def test_a_judge_that_never_fits_is_given_up_with_what_it_said() -> None:
    with (
        serving([Answer('{"mark": 9}')]) as chat,
        pytest.raises(RecordError, match=r"answer to goodness .* 3 attempts: mark: 9 is greater than .*'{\"mark\": 9}'"),
    ):
        judge(chat).ask("How good?", SCHEMA, name="goodness")
    assert len(chat.requests) == 3


def test_a_judge_that_refuses_for_good_is_quoted() -> None:
    with serving([Answer(refusal="I cannot judge films.")]) as chat, pytest.raises(RecordError, match="I cannot judge films"):
        judge(chat).ask("How good?", SCHEMA)


def test_a_server_without_schemas_is_asked_for_json_and_then_always() -> None:
    def old(request: Request) -> Answer:
        if request.get("response_format", {}).get("type") == "json_schema":
            return Answer(status=400, error="response_format json_schema is not supported")
        return Answer('{"mark": 2}')

    with serving(old) as chat:
        one = judge(chat)
        assert one.ask("How good?", SCHEMA) == {"mark": 2}
        assert one.ask("And now?", SCHEMA) == {"mark": 2}
    assert [r["response_format"]["type"] for r in chat.requests] == ["json_schema", "json_object", "json_object"]
    assert '"maximum": 5' in chat.words()


def test_a_server_that_takes_no_format_is_asked_in_words() -> None:
    def plain(request: Request) -> Answer:
        return Answer(status=422, error="unknown field") if "response_format" in request else Answer('{"mark": 2}')

    with serving(plain) as chat:
        assert judge(chat).ask("How good?", SCHEMA) == {"mark": 2}


def test_a_question_that_no_form_makes_acceptable_is_that_questions_error() -> None:
    with serving([Answer(status=400, error="the context is 4096 tokens")]) as chat:
        with pytest.raises(RecordError, match=r"refuses goodness: .*4096 tokens"):
            judge(chat).ask("How good?", SCHEMA, name="goodness")
        assert len(chat.requests) == 3


def test_a_model_that_allows_no_temperature_is_asked_without_and_that_is_recorded() -> None:
    def fixed(request: Request) -> Answer:
        return Answer(status=400, error="'temperature' does not support 0") if "temperature" in request else Answer('{"mark": 2}')

    with serving(fixed) as chat:
        one = judge(chat)
        assert one.provenance["temperature"] == 0
        assert one.ask("How good?", SCHEMA) == {"mark": 2}
        assert one.provenance["temperature"] is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_or_broken_for_a_moment_is_called_again(status: int) -> None:
    with serving([Answer(status=status), Answer(status=status), Answer('{"mark": 5}')]) as chat:
        assert judge(chat).ask("How good?", SCHEMA) == {"mark": 5}
    assert len(chat.requests) == 3


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(status=401, error="bad key"), "does not accept calls without a key: set REEL_JUDGE_KEY"),
        (Answer(status=404, error="no such model"), f"does not have 'tiny-judge', only {MODEL}"),
        (Answer(status=429, error="quota used up"), "takes no more requests now .*quota used up"),
        (Answer(status=500, error="out of memory"), "fails .*out of memory.*run again"),
        (Answer(raw="<html>hello</html>"), "does not answer as an OpenAI-compatible server"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_with_what_to_do(answer: Answer, told: str) -> None:
    with serving([answer]) as chat, pytest.raises(UnavailableError, match=told):
        judge(chat).ask("How good?", SCHEMA)


def test_a_key_that_is_wrong_is_told_as_such() -> None:
    with serving([Answer(status=401)]) as chat, pytest.raises(UnavailableError, match="does not accept the key"):
        judge(chat, key="secret").ask("How good?", SCHEMA)
    assert chat.keys == ["Bearer secret"]


def test_a_server_that_does_not_answer_in_time_is_told() -> None:
    with (
        serving([Answer('{"mark": 5}', seconds=1.0)]) as chat,
        pytest.raises(UnavailableError, match=r"did not answer within 0\.1 s"),
    ):
        judge(chat, timeout_seconds=0.1, retries=0).ask("How good?", SCHEMA)


def test_a_server_that_is_not_there_is_told_by_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://user:secret@127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(UnavailableError, match=r"at http://127\.0\.0\.1:\d+/v1 cannot be reached: start the server"):
        ServerJudge(url, MODEL, retries=0).ask("How good?", SCHEMA)


def test_the_probability_of_yes_is_over_every_spelling_and_leaves_other_words_out() -> None:
    told = {"Yes": 0.5, " yes": 0.1, "No": 0.15, "no": 0.05, "Maybe": 0.2}
    with serving([Answer("Yes", logprobs=told)]) as chat:
        assert judge(chat).yes_probability("Is it red?", [RED]) == pytest.approx(0.6 / 0.8)
    [request] = chat.requests
    assert (request["logprobs"], request["top_logprobs"], request["max_tokens"]) == (True, 20, 1)


def test_without_logprobs_no_probability_is_made_up() -> None:
    with serving([Answer("Yes")]) as chat, pytest.raises(NoProbabilitiesError, match="gives no logprobs"):
        judge(chat).yes_probability("Is it red?")
    with (
        serving([Answer(status=400, error="logprobs unsupported")]) as chat,
        pytest.raises(NoProbabilitiesError, match="refuses to give logprobs"),
    ):
        judge(chat).yes_probability("Is it red?")


def test_too_few_logprobs_are_none() -> None:
    with (
        serving([Answer("Yes", logprobs={"Yes": 0.7})]) as chat,
        pytest.raises(NoProbabilitiesError, match="logprobs of 1 tokens, too few"),
    ):
        judge(chat).yes_probability("Is it red?")


def test_a_word_that_is_surely_too_rare_to_be_listed_counts_as_none() -> None:
    with serving([Answer("No", logprobs={"No": 0.98, "Not": 0.015, "Hm": 0.004})]) as chat:
        assert judge(chat).yes_probability("Is it red?") == 0.0


def test_an_answer_that_is_neither_yes_nor_no_has_no_probability() -> None:
    with serving([Answer("The", logprobs={"The": 0.9})]) as chat, pytest.raises(RecordError, match="begins with 'The'"):
        judge(chat).yes_probability("Is it red?")


def test_a_judge_is_opened_by_url_with_the_first_key_that_is_set() -> None:
    with serving([Answer('{"mark": 4}')]) as chat:
        keys = {"REEL_JUDGE_KEY": "first", "OPENAI_API_KEY": "second"}
        opened = open_judge(f"{chat.url}#{MODEL}", remember=False, environ=keys)
        opened.ask("How good?", SCHEMA)
        assert opened.provenance == {"model": MODEL, "endpoint": chat.url, "temperature": 0.0, "prompts": "1"}
    assert chat.keys == ["Bearer first"] and chat.requests[0]["model"] == MODEL


def test_the_endpoint_is_recorded_without_credentials() -> None:
    opened = open_judge("https://user:secret@host/v1?key=secret#m", remember=False, environ={})
    assert "secret" not in str(dict(opened.provenance))


def test_a_url_without_a_model_and_a_folder_without_one_are_refused(tmp_path: Any) -> None:
    with pytest.raises(UsageError, match="names no model"):
        open_judge("http://localhost:8000/v1", environ={})
    with pytest.raises(UnavailableError, match="neither an address"):
        open_judge(str(tmp_path))
