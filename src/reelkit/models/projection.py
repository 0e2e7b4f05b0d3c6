"""What a model will take, before it is loaded: memory on the device and on the host, and time. Estimates, said as such.

Weights are counted exactly; what computes beside them is estimated from the number of tokens, and time from the
arithmetic that is due and the rate at which the device multiplies matrices, measured now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

SHARE = 0.4
"""Of the device's measured matrix rate, what a diffusion transformer reaches: attention, norms and transfers included."""
LIVE = 24
"""Values of the denoiser's width that are live at once for a token, in the precision of the arithmetic."""
MAPS = 96 * 4 * 4
"""Bytes of the autoencoder's feature maps for a pixel of the frames it decodes at once: 96 channels of float32, four live."""
QUANTISED = {"int8": 0.53, "nf4": 0.3}
"""Bytes of quantised weights against half precision, with what stays as it is."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A model as a load: weights in bytes; the denoiser's layers and width; a token's side in pixels and a latent's frames."""

    denoiser: int
    """Of all the experts together."""
    text: int
    rest: int
    layers: int
    width: int
    space: int
    time: int
    passes: int
    """Forwards of the denoiser a step."""
    experts: int = 1
    itemsize: int = 2


class Chunk(msgspec.Struct, frozen=True):
    """One call: frames in all, those that repeat the past included; stills that it looks at."""

    frames: int
    width: int
    height: int
    steps: int
    stills: int = 0


class Machine(msgspec.Struct, frozen=True):
    """What there is: bytes free on the device and on the host, and FLOP/s of matrix products. shared: one memory is both."""

    device: str
    device_free: int
    host_free: int
    rate: float
    shared: bool


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes at the highest, and seconds for all chunks together."""

    device_bytes: int
    host_bytes: int
    seconds: float
    fits: bool


class Way(msgspec.Struct, frozen=True):
    """A way to load the model, and the options that ask for it."""

    options: str
    weights: float = 1.0
    """Bytes of the denoiser against half precision."""
    resident: float = 1.0
    """Part of the denoiser that is on the device at once."""
    slower: float = 1.0

    @property
    def offloads(self) -> bool:
        """Whether parts wait in main memory."""
        return "offload" in self.options


def ways(facts: Facts) -> list[Way]:
    """As it is, then ways that need less and less of the device."""
    one = 1 / facts.experts
    block = min(1.0, 2 / max(1, facts.layers))
    return [
        Way("", 1.0, 1.0),
        Way("--offload model", 1.0, one, 1.15),
        Way("--quantisation int8", QUANTISED["int8"], 1.0, 1.1),
        Way("--quantisation int8 --offload model", QUANTISED["int8"], one, 1.25),
        Way("--offload group", 1.0, block, 1.5),
        Way("--quantisation nf4 --offload model", QUANTISED["nf4"], one, 1.4),
    ]


def tokens(facts: Facts, chunk: Chunk) -> int:
    """Of the denoiser's sequence: video and stills."""
    area = -(-chunk.width // facts.space) * -(-chunk.height // facts.space)
    return area * (1 + -(-(chunk.frames - 1) // facts.time) + chunk.stills)


def flops(facts: Facts, chunk: Chunk) -> float:
    """Of one chunk: 2 a weight and token, and 4 n^2 d a layer of attention, for each forward."""
    count = tokens(facts, chunk)
    weights = facts.denoiser / facts.itemsize / facts.experts
    forward = 2 * weights * count + 4 * facts.layers * facts.width * count**2
    return forward * facts.passes * chunk.steps


def project(facts: Facts, chunks: Sequence[Chunk], machine: Machine, way: Way) -> Projection:
    """What all of `chunks` take in one way of loading."""
    beside = max((activations(facts, chunk) for chunk in chunks), default=0)
    denoiser = facts.denoiser * way.weights
    drawing = denoiser * way.resident + (0 if way.offloads else facts.rest) + beside
    device = int(max(facts.text, drawing))
    held = denoiser + facts.rest if way.offloads else 0.0
    host = device if machine.shared else int(held)
    seconds = sum(flops(facts, chunk) for chunk in chunks) / max(machine.rate * SHARE, 1.0) * way.slower
    fits = device <= machine.device_free and host <= machine.host_free
    return Projection(device_bytes=device, host_bytes=host, seconds=seconds, fits=fits)


def activations(facts: Facts, chunk: Chunk) -> int:
    """Bytes beside the weights: the denoiser's tokens, or the autoencoder's maps of one latent's frames."""
    denoising = tokens(facts, chunk) * facts.width * facts.itemsize * LIVE
    return max(denoising, chunk.width * chunk.height * min(chunk.frames, facts.time) * MAPS)


def advice(facts: Facts, chunks: Sequence[Chunk], machine: Machine) -> str:
    """What to change so that it fits: options, else a smaller picture or shorter chunks, else another machine."""
    for way in ways(facts)[1:]:
        if _possible(way, machine) and project(facts, chunks, machine, way).fits:
            return f"give {way.options}"
    for scale in (0.75, 0.5):
        smaller = list(_scaled(chunks, facts, scale))
        for way in ways(facts):
            if _possible(way, machine) and project(facts, smaller, machine, way).fits:
                one = smaller[0]
                with_options = f" with {way.options}" if way.options else ""
                return f"draw {one.width}x{one.height} or less{with_options}"
    return "take a smaller model, or a machine with more memory"


def _possible(way: Way, machine: Machine) -> bool:
    """Offloading frees a device only where it has a memory of its own, and bitsandbytes needs CUDA."""
    return not machine.shared or not way.options


def _scaled(chunks: Iterable[Chunk], facts: Facts, scale: float) -> Iterable[Chunk]:
    for chunk in chunks:
        width, height = (max(1, round(side * scale / facts.space)) * facts.space for side in (chunk.width, chunk.height))
        yield msgspec.structs.replace(chunk, width=width, height=height)
