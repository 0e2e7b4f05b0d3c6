"""EntityBench's presence, fidelity and cross-shot consistency behind the fidelity gate, per kind of entity."""

from typing import Literal

from reelkit.metrics.metric import Level, Metric

Kind = Literal["character", "object", "location"]

CITES = "EntityBench (He et al. 2026), its evaluator"
FOUND = ("grounding-dino", "clip-b32-text")
KINDS: dict[Kind, str] = {"character": "characters", "object": "objects (named by annotations)", "location": "places"}
THEIRS: dict[Kind, str] = {"character": "cs_face", "object": "cs_object"}
"""What EntityBench calls the consistency of a kind. Places it leaves to a judge: their crops hold whoever stands in them."""
GROUPS: tuple[Level, ...] = ("scene", "movie")
LOCATED = "boxes are reelkit's encoder locator in the keyframe, embeddings its encoder's"


def _share(
    name: str, about: str, cites: str, basis: Literal["source", "definition"], needs: tuple[str, ...], unit: str = "share"
) -> Metric:
    return Metric(name=name, about=about, unit=unit, low=0.0, high=1.0, better="higher", basis=basis, cites=cites, needs=needs)


def _alike(
    name: str, about: str, cites: str, basis: Literal["source", "definition"], needs: tuple[str, ...], low: float = 0.0
) -> Metric:
    return Metric(
        name=name, about=about, unit="cosine", low=low, high=1.0, better="higher", basis=basis, cites=cites, needs=needs,
        levels=GROUPS,
    )  # fmt: skip


def _needs(kind: Kind, *more: str) -> tuple[str, ...]:
    return (*FOUND, *more, *(("annotations",) if kind == "object" else ()))


METRICS = (
    _share(
        "entity_presence",
        "share of the shot's characters that are told in its keyframe from the others of the bank",
        f"{CITES} for the idea; {LOCATED}",
        "definition",
        ("encoder",),
    ),
    _alike(
        "entity_consistency",
        "mean cosine of characters' crops to the centre of the same character's crops over the shots, without a gate",
        f"{CITES} for the arithmetic; {LOCATED}",
        "definition",
        ("encoder",),
    ),
    _share(
        "entity_fidelity",
        "how well a judge says that the characters found fit their looks, mean over the shot's characters",
        f"{CITES} for the question; reelkit's prompt, any judge; {LOCATED}",
        "definition",
        ("encoder", "judge"),
        "score",
    ),
    _alike(
        "entity_gated_consistency",
        "entity_consistency over the appearances to which a judge gives a fidelity of .5 or more",
        f"{CITES} for the gate and the arithmetic; reelkit's prompt, any judge; {LOCATED}",
        "definition",
        ("encoder", "judge"),
    ),
    Metric(
        name="entity_gate_admitted",
        about="share of the characters found that pass the fidelity gate; one that the judge could not rate passes",
        unit="share",
        low=0.0,
        high=1.0,
        better="higher",
        basis="definition",
        cites=f"{CITES} for the gate; reelkit's prompt, any judge; {LOCATED}",
        needs=("encoder", "judge"),
        levels=GROUPS,
    ),
    *(
        _share(
            f"entity_{kind}_presence",
            f"share of the shot's {what} that a detector finds in five frames and CLIP agrees with (cosine .2 or more)",
            f"{CITES}: intra_{kind}_presence",
            "source",
            _needs(kind),
        )
        for kind, what in KINDS.items()
    ),
    *(
        _share(
            f"entity_{kind}_fidelity",
            f"how well a judge says that the best crops of the shot's {what} fit their descriptions",
            f"{CITES}: the question of intra fidelity; reelkit's prompt, any judge",
            "definition",
            _needs(kind, "judge"),
            "score",
        )
        for kind, what in KINDS.items()
    ),
    *(
        _alike(
            f"entity_{kind}_consistency",
            f"mean DINOv2 cosine of best crops of {KINDS[kind]} to the centre of the same one's over the shots, without a gate",
            f"{CITES}: {theirs} with gating disabled",
            "source",
            _needs(kind, "dinov2-base"),
        )
        for kind, theirs in THEIRS.items()
    ),
    *(
        _alike(
            f"entity_{kind}_gated_consistency",
            f"entity_{kind}_consistency over the appearances to which a judge gives a fidelity of .5 or more",
            f"{CITES}: {theirs}; reelkit's prompt, any judge",
            "definition",
            _needs(kind, "dinov2-base", "judge"),
        )
        for kind, theirs in THEIRS.items()
    ),
)
