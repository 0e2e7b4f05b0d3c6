"""`reel models`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelkit.cli.shared import DEVICE, DTYPE, MESSAGES, STEPS, TOP_K
from reelkit.cli.spec import Example, Operand, Section, Verb
from reelkit.errors import ExitStatus, UnavailableError, UsageError

if TYPE_CHECKING:
    from reelkit.cli.call import Call
    from reelkit.models import Models
    from reelkit.models.requests import Role

VERB = Verb(
    name="models",
    summary="show the catalogue of models, or whether one fits",
    description=(
        "Shows every model that --model and --encoder know by name: what it makes, FilmWeaver's modes that it "
        "has (1 from a prompt, 2 on from the past of its shot, 3 from stills, 4 both), GB to fetch, GB of weights "
        "in half precision, licence, and whether it is here. The table goes to standard error; where standard "
        "output is no terminal, rows of all that is known go there as JSON lines. Nothing is fetched: a model "
        "that is not here says how to get it when it is used.",
        "`reel models check NAME` projects what a model would take on this device, for a manifest or for one "
        "chunk of 832x480: memory on device and host, and time. Where it does not fit it says what to change and "
        "ends with status 4. NAME may be a folder of weights. Weights are counted from the files, or from the "
        "catalogue for a model that is not here; what computes beside them and the time are estimates.",
    ),
    sections=(Section("Model", (DEVICE, DTYPE, STEPS, TOP_K)), MESSAGES),
    operand=Operand(
        "check NAME [MANIFEST|-]",
        "The word `check`, a model, and the manifest that it would draw.",
        many=True,
        stdin=False,
    ),
    examples=(
        Example("models with all four modes", "reel models -q | jq -r 'select(.modes == [1,2,3,4]).name'"),
        Example("whether a film fits on this machine", "reel models check wan-vace-14b film.jsonl"),
        Example("the fingerprint of the embedded video model", "reel models -q | head -1 | jq -r .revision"),
    ),
)

ROLES: tuple[Role, ...] = ("video", "image", "encoder")
FACTS = ("revision", "fps", "chunk_frames", "modes", "max_references", "native", "multiple", "sound")
"""Fields of a model's card that a row repeats."""


def run(call: Call) -> int:
    """List the catalogue, or check one model."""
    if not call.operands:
        return call.rows(listed(call.models()), table)
    word, *rest = call.operands
    if word != "check" or not 1 <= len(rest) <= 2:
        raise UsageError("give nothing, or `check NAME`, or `check NAME MANIFEST`")
    return check(call, rest[0], rest[1:])


def listed(models: Models) -> list[dict[str, Any]]:
    """The embedded model in each of its roles, then the catalogue."""
    from reelkit.models.catalogue import EMBEDDED, EMBEDDED_FOLDER, weight_bytes
    from reelkit.models.known import HALF, known, snapshot

    size = round(weight_bytes(EMBEDDED_FOLDER) / 1e9, 3)
    rows = [
        {**row(models, EMBEDDED, role), "licence": "Apache-2.0", "here": True, "download_gb": 0.0, "memory_gb": size}
        for role in ROLES
    ]
    for name, entry in known().items():
        here = snapshot(entry.repository) is not None
        role: Role = "video" if entry.makes == "clips" else "image"
        facts = row(models, name, role) if here else {"name": name, "role": role, "modes": entry.modes, "sound": entry.sound}
        rows.append(
            facts
            | {
                "repository": entry.repository,
                "licence": entry.licence,
                "here": here,
                "download_gb": round(entry.download_gb, 1),
                "memory_gb": round((entry.denoiser * entry.experts + entry.text) * HALF, 1),
            }
        )
    return rows


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

    head = ["name", "makes", "modes", "fetch GB", "weights GB", "here", "licence"]
    lines, notes = [], []
    for one in rows:
        modes = "".join(str(mode) for mode in one.get("modes") or ()) or "-"
        makes = {"video": "clips", "image": "stills"}.get(one["role"], "embeddings")
        sound = " + sound" if one.get("sound") else ""
        figures = [f"{one[name]:.3g}" if name in one else "-" for name in ("download_gb", "memory_gb")]
        here = "broken" if "unavailable" in one else "yes" if one.get("here") else "-"
        lines.append([one["name"], makes + sound, modes, *figures, here, one.get("licence", "-")])
        if "unavailable" in one:
            notes.append(f"{one['name']}: {one['unavailable']}")
    return "\n".join([columns(head, lines), *notes])


def check(call: Call, name: str, manifests: list[str]) -> int:
    """Project what `name` would take; 4 where it does not fit."""
    from reelkit.models.device import machine
    from reelkit.models.facts import describe
    from reelkit.models.projection import Way, advice, project
    from reelkit.stages.forecast import forecast, one_chunk

    found, itemsize = machine(str(call.values["device"]), str(call.values["dtype"]))
    described = describe(name, itemsize)
    steps, top_k = int(str(call.values.get("steps") or described.steps)), int(str(call.values["top_k"]))
    chunks = (
        list(forecast(call.entries(manifests), described.card, steps, top_k))
        if manifests
        else one_chunk(described.card, steps, top_k)
    )
    if not chunks:
        raise UsageError(f"{manifests[0]}: it holds no shot to draw")
    projected = project(described.facts, chunks, found, Way(""))
    what = "" if projected.fits else advice(described.facts, chunks, found)
    one = {
        "name": name,
        "here": described.here,
        "device": found.device,
        "shared": found.shared,
        "chunks": len(chunks),
        "frames": sum(chunk.frames for chunk in chunks),
        "width": chunks[0].width,
        "height": chunks[0].height,
        "steps": steps,
        "device_gb": round(projected.device_bytes / 1e9, 1),
        "device_free_gb": round(found.device_free / 1e9, 1),
        "host_gb": round(projected.host_bytes / 1e9, 1),
        "host_free_gb": round(found.host_free / 1e9, 1),
        "seconds": round(projected.seconds),
        "fits": projected.fits,
        "advice": what,
    }
    call.rows([one], verdict)
    return ExitStatus.OK if projected.fits else ExitStatus.UNAVAILABLE


def verdict(rows: list[dict[str, Any]]) -> str:
    """A projection for people."""
    one = rows[0]
    host = []
    if not one["shared"]:
        host = [f"memory on the host: about {one['host_gb']} GB of {one['host_free_gb']} GB free"]
    where = "" if one["here"] else " (not here; by the catalogue's figures)"
    lines = [
        f"{one['name']}{where}: {one['chunks']} calls, {one['frames']} frames of {one['width']}x{one['height']}, "
        f"{one['steps']} steps",
        f"memory on {one['device']}: about {one['device_gb']} GB of {one['device_free_gb']} GB free",
        *host,
        f"time: about {spoken(one['seconds'])}",
        "it fits" if one["fits"] else f"it does not fit: {one['advice']}",
    ]
    return "\n".join(lines)


def spoken(seconds: int) -> str:
    """Seconds as people say them."""
    for unit, length in (("days", 172_800), ("hours", 7_200), ("minutes", 120)):
        if seconds >= length:
            return f"{seconds / (length / 2):.0f} {unit}"
    return f"{seconds} s"
