"""Options that several verbs share, written once."""

from __future__ import annotations

from reelkit.cli.spec import Operand, Option, Section

MANIFEST = Operand(
    "MANIFEST|-",
    "A manifest (JSON lines, see reel-manifest(5)). Without it, or with -, standard input is read.",
)

MEDIA = Option(
    "media",
    "The media folder; every path in the manifest is relative to it.",
    kind="path",
    metavar="DIR",
    default="media",
    env=("REEL_MEDIA",),
)
ENCODER = Option(
    "encoder",
    "The text-and-image encoder that compares prompts and pictures.",
    metavar="NAME|PATH",
    env=("REEL_ENCODER",),
    located=True,
)
DEVICE = Option(
    "device",
    "Where models run: cpu, cuda, cuda:1, mps; auto takes the best there is.",
    metavar="NAME",
    default="auto",
    env=("REEL_DEVICE",),
)
DTYPE = Option(
    "dtype",
    "Precision of the arithmetic; auto is bfloat16 where the device has it, else float32.",
    choices=("auto", "float32", "bfloat16", "float16"),
    default="auto",
    env=("REEL_DTYPE",),
)
SEED = Option("seed", "Replaces the movie's seed.", kind="int", metavar="N", low=0, high=2**53 - 1)
SHARD = Option(
    "shard",
    "Do one part of the batch: part I of N (from 1), or `slurm` to read the array variables. Headers are "
    "kept. A movie whose shots have no stills is one part; with stills every shot is free.",
    metavar="I/N|slurm",
    toml=False,
)
ONLY = Option(
    "only",
    "Work on the shots whose id, or MOVIE/ID, matches; the rest pass through untouched. May be repeated.",
    metavar="GLOB",
    many=True,
    toml=False,
)
FORCE = Option(
    "force", "Make it again even if its key is already in the media folder.", kind="flag", toml=False
)
GRACE = Option(
    "grace",
    "After SIGTERM or SIGUSR1, seconds the chunk in hand may take to finish; one that does not fit is "
    "dropped.",
    kind="float",
    metavar="SECONDS",
    default="60",
    low=0,
)
FAIL_FAST = Option("fail_fast", "Stop at the first record that fails.", kind="flag")
REJECTS = Option(
    "rejects",
    "Write lines that are not records to FILE, with where they stood and why.",
    kind="path",
    metavar="FILE",
)
MANIFEST_OUT = Option(
    "manifest_out",
    "Write the manifest to FILE instead of standard output. FILE is replaced at once when the input was "
    "read to its end, and otherwise stays as it was; it may be the input.",
    kind="path",
    metavar="FILE",
    toml=False,
)
DRY_RUN = Option(
    "dry_run",
    "Say on standard error what would be made, and make nothing; the records pass through as they are.",
    kind="flag",
    toml=False,
)
YES = Option("yes", "Delete the files; without it they are only listed.", kind="flag", toml=False)

STEPS = Option("steps", "Denoising steps; the model's own number without it.", kind="int", metavar="N", low=1)
GUIDANCE = Option(
    "guidance", "Classifier-free guidance; the model's own without it.", kind="float", metavar="SCALE", low=0
)
NEGATIVE_PROMPT = Option("negative_prompt", "What the pictures should not show.", metavar="TEXT")
SAMPLER = Option("sampler", "The sampler by name; the model's own without it.", metavar="NAME")
TOP_K = Option(
    "top_k",
    "Earlier stills and portraits that the shot cache lends to a shot; 0 works without them.",
    kind="int",
    metavar="K",
    default="3",
    low=0,
)
QUANTISATION = Option(
    "quantisation",
    "The weights that draw in fewer bits. bitsandbytes, on CUDA: nf4, int8. torchao: int8wo, int8dq, float8wo, and on "
    "CUDA int4wo, float8dq. gguf:PATH reads them from a GGUF file (or a folder with one for each expert, named after "
    "it). fp8-cast keeps them in float8 and computes in --dtype. Changes the pictures.",
    metavar="NAME|gguf:PATH",
    located=True,
)
STEP_CACHE = Option(
    "step_cache",
    "What a denoising step may reuse of the last, for speed: fbc[:THRESHOLD] (0.05), taylorseer[:INTERVAL] (5), "
    "magcache:RATIOS.json[:THRESHOLD] (0.06). Refused for models of which it would draw wrong pictures. Changes the "
    "pictures.",
    metavar="NAME[:AMOUNT]",
    located=True,
)
LORA = Option(
    "lora",
    "A LoRA file and its strength (PATH:0.8; 1 without). May be repeated; the order counts. Of a model with two experts "
    "both take it, or the one that is named before it (transformer_2=PATH).",
    metavar="[PART=]PATH[:STRENGTH]",
    many=True,
    located=True,
)
OFFLOAD = Option(
    "offload",
    "What waits in main memory while it does not compute: model (whole parts), group (all but two blocks of the part "
    "that draws), leaf (all but two layers of anything), sequential (likewise, and slowest). Changes no picture.",
    choices=("none", "model", "group", "leaf", "sequential"),
    default="none",
    env=("REEL_OFFLOAD",),
)
ATTENTION = Option(
    "attention",
    "The kernel that computes attention, by diffusers' name: native, flash, flash_varlen, _flash_3, xformers, sage and "
    "others. Only sage and sage_varlen change the pictures by more than rounding.",
    metavar="NAME",
)
COMPILE = Option(
    "compile",
    "Compile the model's blocks: minutes at the first chunk of each size, faster steps after it.",
    kind="flag",
)
CONTEXT_PARALLEL = Option(
    "context_parallel",
    "Share each picture among N GPUs, in N processes that torchrun starts, for models with a plan for it. No test of "
    "reelkit runs this.",
    kind="int",
    metavar="N",
    default="1",
    low=1,
    high=64,
)

QUIET = Option("quiet", "Print errors only.", kind="flag", short="-q")
VERBOSE = Option("verbose", "Print a line per finished record, and tracebacks.", kind="flag", short="-v")
LOG_JSON = Option("log_json", "Print log lines as JSON objects and draw no progress.", kind="flag")

MESSAGES = Section("Messages", (QUIET, VERBOSE, LOG_JSON))


def model_option(verb_variable: str = "") -> Option:
    """`--model`, read from the verb's own variable before `REEL_MODEL`."""
    env = (verb_variable, "REEL_MODEL") if verb_variable else ("REEL_MODEL",)
    return Option(
        "model",
        "A name from `reel models`, a folder of weights in the diffusers layout, or OWNER/NAME of a repository "
        "in the hub's cache.",
        metavar="NAME|PATH",
        default="embedded",
        env=env,
        located=True,
    )


def making(verb_variable: str) -> tuple[Section, Section, Section]:
    """Options of the verbs that make pictures: how they are drawn, by what, and how fast."""
    drawing = Section("Drawing", (STEPS, GUIDANCE, NEGATIVE_PROMPT, SAMPLER, SEED, TOP_K))
    model = (model_option(verb_variable), ENCODER, DEVICE, DTYPE, QUANTISATION, LORA, MEDIA)
    speed = (STEP_CACHE, OFFLOAD, ATTENTION, COMPILE, CONTEXT_PARALLEL)
    return drawing, Section("Model", model), Section("Speed and memory", speed)


def streams(dry_run: bool = True) -> Section:
    """Options about the manifest that goes in and the one that comes out."""
    return Section("Manifest", (MANIFEST_OUT, REJECTS, FAIL_FAST) + ((DRY_RUN,) if dry_run else ()))


def batch(force: bool = True, grace: bool = True) -> Section:
    """Options about which shots are this process's own."""
    options = (ONLY, SHARD) + ((FORCE,) if force else ()) + ((GRACE,) if grace else ())
    return Section("Batch", options)
