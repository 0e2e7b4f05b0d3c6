"""`Models` as a client of the host: starts it where there is none, sends requests, and loads nothing itself."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from reelkit.errors import UnavailableError
from reelkit.host import meeting, wire
from reelkit.host.build import build
from reelkit.host.place import Place, lock, place
from reelkit.models import catalogue, files
from reelkit.models.local import LocalModels
from reelkit.models.measuring.known import weights_folder
from reelkit.models.requests import GenerateReply, GenerateRequest, ModelCard, OnStep, Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IMAGES = 64
"""Pictures of one request: as many as the encoder takes at once, so that their rounding is the same in parts."""
R = TypeVar("R", bound=wire.Message)


class HostedModels:
    """Cards are read in this process, which takes no torch; what computes is asked of the host.

    The host is met at the first request. It stays while this process lives, connected or not.
    """

    def __init__(self, device: str = "auto", dtype: str = "auto", environ: Mapping[str, str] | None = None) -> None:
        self._device, self._dtype = device, dtype
        self._environ = os.environ if environ is None else environ
        self._cards = LocalModels(device, dtype)
        self._build = build()
        self._umask = _umask()
        self._connection: socket.socket | None = None
        self._host = 0
        self._lock = threading.Lock()
        self._presence: int | None = None
        with suppress(UnavailableError, OSError):  # who computes nothing needs no folder; who does is told then
            self._attend()

    def describe(self, model: str, role: Role) -> ModelCard:
        """A model's card; weights are hashed for its revision, not loaded."""
        return self._cards.describe(model, role)

    def check(self, request: GenerateRequest) -> None:
        """Refuse what the model cannot do, before any weight is read; only what asks torch for that asks the host."""
        if _asks_torch(request):
            self._ask(wire.Check(self._placed(request)), wire.Done)
        else:
            self._cards.check(request)

    def generate(self, request: GenerateRequest, on_step: OnStep | None = None) -> GenerateReply:
        """Make a still or a chunk. An exception from `on_step` cancels it within a denoising step."""
        if not _asks_torch(request):
            self._cards.check(request)
        return self._ask(wire.Generate(self._placed(request), self._umask), wire.Made, on_step).reply

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        """Embeddings [N, D] of length one."""
        return _array(self._ask(wire.EmbedTexts(list(texts), _encoder(encoder)), wire.Rows))

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        """Embeddings [N, D] of image files or arrays uint8 [H, W, 3], of length one if `normalise`."""
        import numpy as np

        parts = []
        for begin in range(0, max(1, len(images)), IMAGES):
            pictures = [_picture(image) for image in images[begin : begin + IMAGES]]
            parts.append(_array(self._ask(wire.EmbedImages(pictures, _encoder(encoder), normalise), wire.Rows)))
        return np.concatenate(parts)

    def measure(
        self,
        network: str,
        inputs: Sequence[Any],
        weights: Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> NDArray[np.float32] | list[str]:
        """What a network that only measuring uses says of each input; see `Models.measure`."""
        given = [each if isinstance(each, str) else wire.numbers(each) for each in inputs]
        folder = _absolute(str(weights_folder(weights)))
        found = self._ask(wire.Measure(network, given, folder, dict(options or {})), wire.Answered)
        if isinstance(found, wire.Texts):
            return found.texts
        assert isinstance(found, wire.Rows)
        return _array(found)

    def close(self) -> None:
        """Leave the host, which need not wait for this process any longer."""
        self._hang_up()
        if self._presence is not None:
            os.close(self._presence)
            self._presence = None

    def _place(self) -> Place:
        return place(self._device, self._environ)

    def _attend(self) -> None:
        """Let the host know that this process may come, by a lock that ends with it."""
        if self._presence is None:
            self._presence = lock(self._place().clients, shared=True)

    def _placed(self, request: GenerateRequest) -> GenerateRequest:
        """The request as a process in another folder can read it."""
        options = dict(request.options)
        if self._dtype != "auto":
            options.setdefault("dtype", self._dtype)
        here = Path.cwd()
        for name in files.PREFIXES:
            value = options.get(name)
            if isinstance(value, str):
                options[name] = files.located(name, value, here)
            elif value:
                options[name] = [files.located(name, each, here) for each in value]
        return msgspec.structs.replace(
            request,
            model=_model(request.model),
            references=[_absolute(path) for path in request.references],
            history=[_absolute(path) for path in request.history],
            start=None if request.start is None else _absolute(request.start),
            out=_absolute(request.out),
            options=options,
        )

    def _ask(self, request: wire.Computed, kind: type[R], on_step: OnStep | None = None) -> R:
        """One request and its reply; whatever ends it early closes the connection, which cancels it in the host."""
        with self._lock:
            try:
                connection = self._connected()
                with suppress(wire.Closed):  # what the host said before it went is still to be read
                    wire.send(connection, request)
                while True:
                    reply = wire.next_reply(connection)
                    if isinstance(reply, kind):
                        return reply
                    if isinstance(reply, wire.Failed):
                        raise _told(reply)
                    if not isinstance(reply, wire.Step):
                        raise wire.Closed(f"{type(reply).__name__} for an answer")
                    if on_step is not None:
                        on_step(reply.done, reply.total)
            except _Told as told:
                raise told.error from None
            except wire.Closed as problem:
                self._hang_up()
                raise UnavailableError(
                    f"the model host (process {self._host}) died before it answered; {self._place().log} may say why, and "
                    "if it does not the system ended it, most often for want of memory. What is finished is kept: run "
                    "the same command again, or with REEL_HOST=off"
                ) from problem
            except BaseException:
                self._hang_up()
                raise

    def _connected(self) -> socket.socket:
        """The connection to the host. One that ended while nothing was asked of it is no loss: another is met."""
        if self._connection is not None and wire.pending(self._connection):
            try:
                said = wire.next_reply(self._connection)
            except wire.Closed:
                said = None
            self._hang_up()
            if isinstance(said, wire.Failed):
                raise _told(said)
        if self._connection is None:
            self._attend()
            self._connection, self._host = meeting.enter(self._place(), self._device, self._build, self._environ)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Told(Exception):
    """An error that the host sent; the connection stands."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _told(failed: wire.Failed) -> _Told:
    return _Told(wire.raised(failed))


def _asks_torch(request: GenerateRequest) -> bool:
    """Whether a refusal depends on what diffusers and the device can do."""
    from reelkit.models import speed

    return any(request.options.get(name) for name in speed.OPTIONS)


def _absolute(path: str) -> str:
    return str(Path(path).absolute())


def _model(name: str) -> str:
    """A folder from anywhere, or a name as it is: what the catalogue knows by name is no path, whatever lies here."""
    given = Path(name).expanduser()
    return str(given.absolute()) if catalogue.locate(name) == given else name


def _encoder(name: str | None) -> str | None:
    if name is None or catalogue.encoder_folder(name) != name or not Path(name).is_dir():
        return name
    return _absolute(name)


def _picture(image: Path | NDArray[Any]) -> wire.Picture:
    if isinstance(image, Path):
        return wire.Picture(path=str(image.absolute()))
    return wire.Picture(shape=image.shape, pixels=image.astype("uint8").tobytes())


def _array(found: wire.Rows) -> NDArray[np.float32]:
    import numpy as np

    rows = np.zeros(found.shape, np.float32)  # an array of one's own, that may be written to as the loader's may
    if rows.size:
        rows[:] = np.frombuffer(found.values, np.float32).reshape(found.shape)
    return rows


def _umask() -> int:
    """What this process takes away from the permissions of new files; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
