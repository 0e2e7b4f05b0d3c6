"""reel-manifest(5): what stands in a manifest, with every field of every kind."""

from __future__ import annotations

from reelkit.cli import roff

RULES = (
    "A manifest is a stream of JSON lines in UTF-8. A line is one record: an object with a `kind`, an `id` "
    "and, but for movies, the `movie` it belongs to. Movie, character and scene records come before the "
    "shots that need them.",
    "A record's identity is its kind, movie and id; where a line repeats one, the last stands. Ids are 1 "
    "to 64 of the letters a to z, digits and hyphens. Times are seconds, sizes pixels, and paths relative "
    "to the media folder. Integers stay below 2 to the 53rd, because jq rounds above it. A line is at most "
    "16 MiB long.",
    "Stages only add. Fields and kinds that a stage does not know pass through it, their values byte for "
    "byte. A line that is no record is reported with its file, line and reason. A record that is wrong, or "
    "whose shot fails, travels on with an `error`.",
)

KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "Movie": (
        "A film; it comes before everything that names it.",
        {
            "id": "Its id, and the name of its folder below the media folder.",
            "title": "As it stands on the poster.",
            "fps": "Frames a second of the finished film.",
            "width": "Pixels.",
            "height": "Pixels.",
            "style": "What every prompt begins with.",
            "synopsis": "The story in a few sentences.",
            "seed": "Where every shot's randomness comes from.",
        },
    ),
    "Character": (
        "Someone in the character bank.",
        {
            "id": "What shots and lines of dialogue call them.",
            "movie": "The movie's id.",
            "name": "As prompts and subtitles say it.",
            "look": "What they look like, to be told to a model.",
            "portraits": "Paths of stills that show them.",
            "voice": "What a speech model needs to speak as them.",
        },
    ),
    "Scene": (
        "A place and a time in the story.",
        {
            "id": "Its id.",
            "movie": "The movie's id.",
            "heading": "The slug line, such as EXT. LIGHTHOUSE - DUSK.",
            "place": "Where it plays.",
            "time": "When it plays.",
            "summary": "What happens in it.",
        },
    ),
    "Shot": (
        "What the camera sees between two cuts.",
        {
            "id": "Its id.",
            "movie": "The movie's id.",
            "scene": "The scene's id.",
            "order": "Its place in the movie; lower comes first.",
            "prompt": "What is to be seen.",
            "framing": "Wide, full, medium, close-up or extreme close-up.",
            "camera": "How the camera moves.",
            "characters": "Ids of those who are in it.",
            "seconds": "Its planned length.",
            "beats": "Parts with a prompt of their own; they tile the seconds.",
            "dialogue": "Lines spoken in it.",
            "state": "What is true of characters and things from here on; empty text ends it. Stills that "
            "contradict it are not lent.",
            "physics": "What happens by the laws of nature, to be told to a model.",
            "with": "Options for this shot alone: model, steps, guidance, negative_prompt, and so on.",
            "keyframes": "Its stills.",
            "takes": "Attempts at it.",
            "pick": "Which of the takes stands for it, counted from 0.",
            "scores": "What reel score measured, by metric.",
        },
    ),
    "Beat": ("A part of a shot.", {"prompt": "What is to be seen in it.", "seconds": "Its length."}),
    "Line": (
        "A line of dialogue.",
        {"character": "The speaker's id.", "text": "The words.", "parenthetical": "How they are spoken."},
    ),
    "Keyframe": (
        "A still of a shot.",
        {
            "path": "The picture.",
            "seconds": "From the start of the shot.",
            "role": "Where it stands in the shot.",
            "source": "Where it comes from.",
            "key": "The key of the request that made it.",
        },
    ),
    "Verdict": (
        "What gates said of a take.",
        {
            "passed": "Whether it passes them all.",
            "gates": "The thresholds.",
            "missed": "Why it does not pass, a line a threshold.",
        },
    ),
    "Take": (
        "One attempt at a shot.",
        {
            "key": "Of one chunk that chunk's key, of several a key of them all; its file is named by it.",
            "path": "The clip.",
            "parent": "The key of the take it grew from.",
            "chunks": "The stretches it was made in.",
            "frames": "Its length in frames.",
            "fps": "Frames a second.",
            "width": "Pixels.",
            "height": "Pixels.",
            "model": "What made it.",
            "revision": "The fingerprint of that model's weights.",
            "mode": "FilmWeaver's mode of the first chunk, 1 to 4.",
            "shot_cache": "The stills that were lent to it.",
            "steps": "Denoising steps.",
            "wall_seconds": "How long the making took.",
            "peak_memory": "Bytes on the device at most.",
            "scores": "What was measured of this take.",
            "gate": "What reel score --gate said of it.",
            "locked": "A locked take is never replaced.",
            "source": "Generated, or a file that was shot or bought.",
        },
    ),
    "Chunk": (
        "One generated stretch of a take.",
        {
            "key": "The key of the request that made it.",
            "mode": "FilmWeaver's mode: 1 no cache, 2 temporal, 3 shot, 4 both.",
            "prompt": "What it was asked to show.",
            "seed": "Its randomness.",
            "frames": "Its length in frames.",
        },
    ),
    "Reference": (
        "A still that the shot cache lent.",
        {
            "path": "The picture.",
            "similarity": "Cosine of prompt and picture by the encoder.",
            "key": "The key of the request that made it.",
        },
    ),
    "Score": (
        "Metrics over a scene or a whole movie.",
        {
            "id": "Its id.",
            "movie": "The movie's id.",
            "scene": "The scene's id, if it is over one.",
            "scores": "By metric.",
        },
    ),
    "Cut": (
        "A finished film.",
        {
            "id": "Its id.",
            "movie": "The movie's id.",
            "path": "The film.",
            "timeline": "Its shots in order.",
            "missing": "Ids of shots that are not in it.",
            "sha256": "Of the film's bytes.",
            "frames": "Its length in frames.",
            "fps": "Frames a second.",
            "width": "Pixels.",
            "height": "Pixels.",
            "seconds": "Its length.",
        },
    ),
    "CutShot": (
        "A shot in a finished film.",
        {
            "shot": "The shot's id.",
            "take": "The key of the take.",
            "start": "Where in the film it begins.",
            "seconds": "How long it lasts.",
        },
    ),
    "Failure": (
        "The `error` of a record of any kind.",
        {
            "stage": "The stage that failed; running it again tries again.",
            "type": "The class of the failure.",
            "message": "What was wrong, where, and what to do.",
        },
    ),
}

EXAMPLE = (
    '{"kind":"movie","id":"lighthouse","title":"The Lighthouse","fps":24,"seed":7}',
    '{"kind":"character","id":"mara","movie":"lighthouse","name":"Mara",',
    '  "look":"a woman in a red coat"}',
    '{"kind":"scene","id":"s01","movie":"lighthouse",',
    '  "heading":"EXT. LIGHTHOUSE - DUSK"}',
    '{"kind":"shot","id":"s01-001","movie":"lighthouse","scene":"s01","order":1,',
    '  "prompt":"Mara walks to the door.","characters":["mara"],"seconds":4.0}',
)


def manifest_page() -> str:
    """The page as mdoc."""
    lines = [
        *roff.head("reel-manifest", 5, "the records that pass between the stages of reel"),
        ".Sh DESCRIPTION",
    ]
    lines += roff.paragraphs(RULES)
    for kind, (summary, fields) in KINDS.items():
        lines += [f".Ss {kind}", *roff.prose(summary)]
        lines += roff.tags((f".It Va {name}", text) for name, text in fields.items())
    lines += [".Sh EXAMPLES", "Records of a small film, broken here where a line is long:"]
    lines += [".Bd -literal -offset indent", *(roff.escape(line) for line in EXAMPLE), ".Ed"]
    lines += [".Sh SEE ALSO", ".Xr reel 1 ,", ".Xr reel-schema 1"]
    return "\n".join(lines) + "\n"
