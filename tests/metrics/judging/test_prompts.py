"""The words of the judged families, which change only with their version."""

from hashlib import sha256

from reelkit.metrics.interaction.questions import Interaction, answering, comings, writing
from reelkit.metrics.judging.judge import PROMPTS
from reelkit.metrics.narration.questions import LEVELS, question
from reelkit.metrics.physics.meters import LAWS, adherence


def test_the_version_is_raised_with_the_words() -> None:
    """A new digest goes with a new version, so that no two records of one version were asked differently."""
    one = Interaction("a woman", "opens", "a door")
    words = [
        *(question(level, "reference", "candidate") for level in LEVELS),
        writing(one, "prompt"), answering(["is it?"]), comings(["a woman"], 4), LAWS, adherence("prompt"),
    ]  # fmt: skip
    assert (PROMPTS, sha256("\n".join(words).encode()).hexdigest()[:12]) == ("1", "9091979576bb")
