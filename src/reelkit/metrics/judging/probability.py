"""How probable Yes is, from the likeliest first tokens of an answer and their logarithms."""

from __future__ import annotations

import math
from typing import Any

from reelkit.errors import RecordError
from reelkit.metrics.judging.answering import quoted
from reelkit.metrics.judging.judge import NoProbabilitiesError

SURE = 0.01
"""How far off the probability may be for want of a word that the server did not list."""
AROUND = " \t\n\"'.,*"
"""What may stand around the word in a token."""


def yes_share(choice: Any, server: str, name: str = "") -> float:
    """P(Yes) / (P(Yes) + P(No)) of a completion, 0..1, over every spelling of the words.

    A word that is not among the listed tokens is no likelier than the last of them, and than what all of them leave; it
    counts as 0 if that could change the result by `SURE` at most. NoProbabilitiesError where the server lists nothing, or
    too few; RecordError where it says neither word.
    """
    content: Any = getattr(getattr(choice, "logprobs", None), "content", None) or []
    listed = [(one.token, math.exp(one.logprob)) for first in content[:1] for one in first.top_logprobs or ()]
    if not listed:
        raise NoProbabilitiesError(
            f"the judge at {server} gives no logprobs, so it cannot say how probable Yes is: give one that does"
        )
    shares = {"yes": 0.0, "no": 0.0}
    for token, share in listed:
        word = token.strip(AROUND).lower()
        if word in shares:
            shares[word] += share
    total = sum(shares.values())
    if total <= 0:
        said = quoted(content[0].token)
        raise RecordError(f"the judge's answer to {name or 'a question'} begins with {said}, neither Yes nor No")
    unlisted = max(0.0, min(min(share for _, share in listed), 1.0 - sum(share for _, share in listed)))
    if min(shares.values()) == 0 and unlisted / (unlisted + total) > SURE:
        raise NoProbabilitiesError(
            f"the judge at {server} gives the logprobs of {len(listed)} tokens, too few to say how probable Yes is"
        )
    return shares["yes"] / total
