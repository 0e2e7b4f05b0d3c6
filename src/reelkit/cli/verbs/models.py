"""`reel models`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelkit.cli.shared import DEVICE, DTYPE, MESSAGES
from reelkit.cli.spec import Example, Section, Verb
from reelkit.errors import UnavailableError

if TYPE_CHECKING:
    from reelkit.cli.call import Call
    from reelkit.models import Models
    from reelkit.models.requests import Role

VERB = Verb(
    name="models",
    summary="show the catalogue of models",
    description=(
        "Shows every model that --model and --encoder know by name, and what each can do. The table goes to "
        "standard error; where standard output is no terminal, the same rows go there as JSON lines.",
    ),
    sections=(Section("Model", (DEVICE, DTYPE)), MESSAGES),
    operand=None,
    examples=(
        Example("the fingerprint of the embedded video model", "reel models -q | head -1 | jq -r .revision"),
    ),
)

ROLES: tuple[Role, ...] = ("video", "image", "encoder")
FACTS = ("revision", "fps", "chunk_frames", "modes", "max_references", "native")
"""Fields of a model's card that a row repeats."""


def run(call: Call) -> int:
    """List the catalogue."""
    from reelkit.models.catalogue import names

    models = call.models()
    return call.rows((row(models, name, role) for name in names() for role in ROLES), table)


def row(models: Models, name: str, role: Role) -> dict[str, Any]:
    """One model in one role; `unavailable` says why it cannot be used here."""
    try:
        card = models.describe(name, role)
    except UnavailableError as problem:
        return {"name": name, "role": role, "unavailable": str(problem)}
    return {"name": name, "role": role, **{fact: getattr(card, fact) for fact in FACTS}}


def table(rows: list[dict[str, Any]]) -> str:
    """The rows for people."""
    from reelkit.cli.tables import columns

    lines = []
    for one in rows:
        facts = one.get("unavailable")
        if facts is None:
            chosen = {fact: one[fact] for fact in FACTS[1:] if one.get(fact) and one["modes"]}
            facts = ", ".join(f"{fact.replace('_', ' ')} {plain(value)}" for fact, value in chosen.items())
        lines.append([one["name"], one["role"], str(one.get("revision", "-"))[:12], facts])
    return columns(["name", "role", "revision", "facts"], lines)


def plain(value: object) -> str:
    """A number as it is, several with slashes between them."""
    return "/".join(map(str, value)) if isinstance(value, list | tuple | set | frozenset) else str(value)
