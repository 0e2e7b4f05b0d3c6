"""What the host answers: who it is and how it stands, to anyone; what models compute, to clients of its own code."""

from __future__ import annotations

import gc
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from reelkit import __version__
from reelkit.host import wire
from reelkit.host.build import build
from reelkit.host.line import LOST, STOPPED, Job, Line
from reelkit.host.place import VISIBLE
from reelkit.models.requests import GenerateReply, GenerateRequest, OnStep

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class HeldModels(Protocol):
    """The part of `LocalModels` that the host uses."""

    @property
    def loads(self) -> dict[str, int]:
        """How often each model was loaded."""
        ...

    @property
    def held(self) -> list[str]:
        """Models in memory, least recently used first."""
        ...

    def check(self, request: GenerateRequest) -> None:
        """Refuse what the model cannot do."""
        ...

    def generate(self, request: GenerateRequest, on_step: OnStep | None = None) -> GenerateReply:
        """Make a still or a chunk."""
        ...

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        """Embeddings [N, D]."""
        ...

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        """Embeddings [N, D]."""
        ...

    def measure(
        self,
        network: str,
        inputs: Sequence[Any],
        weights: Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> NDArray[np.float32] | list[str]:
        """What a network says of each input."""
        ...


class Gone(BaseException):
    """The client of the job in hand went away: nobody on the way up may take it for a failure of the model's."""


class Host:
    """The models, their line, and whoever is connected."""

    def __init__(self, models: HeldModels, device: str) -> None:
        self.models, self.device = models, device
        self.build = build()
        self.line = Line(self._work)
        self.idle, self.kept = 0.0, False
        self.clients = self.requests = self.failures = 0
        self.met = False
        """Whether a client ever came."""
        self.stopping = False
        """Whether it is to end; `stop` then does what is to be done."""
        self.asked = False
        """Whether somebody wanted that: then who comes back for more is told so, and starts no other host."""
        self._began = time.monotonic()
        self._step = (0, 0)
        self._resting: set[socket.socket] = set()
        self._changed = threading.Lock()

    def stop(self, asked: bool = False) -> None:
        """Take no more requests, and let every client know; the one in hand goes on."""
        self.asked |= asked
        self.stopping = True
        self.line.close(STOPPED if self.asked else LOST)
        with self._changed:
            resting, self._resting = self._resting, set()
        for connection in resting:
            self._turn_away(connection)

    def client(self, connection: socket.socket) -> None:
        """Talk to one client until it leaves."""
        with connection, suppress(wire.Closed):
            first = wire.next_request(connection)
            connection.settimeout(None)
            if isinstance(first, wire.Hello):
                wire.send(connection, wire.Welcome(os.getpid(), __version__, self.build))
                if (first.build, first.protocol) == (self.build, wire.PROTOCOL):
                    with self._counted():
                        self._talk(connection)
            else:
                wire.send(connection, self._told(first))

    def standing(self) -> wire.Standing:
        """How the host is."""
        job, (step, steps) = self.line.current, self._step
        cuda = _cuda()
        reserved = cuda.memory_reserved() if cuda is not None else 0
        return wire.Standing(
            pid=os.getpid(),
            version=__version__,
            device=self.device,
            visible={name: os.environ[name] for name in VISIBLE if name in os.environ},
            seconds=round(time.monotonic() - self._began, 1),
            idle=self.idle,
            clients=self.clients,
            waiting=self.line.waiting,
            working="" if job is None else _named(job.request),
            step=step,
            steps=steps,
            requests=self.requests,
            loads=self.models.loads,
            held=self.models.held,
            memory=_resident(),
            device_memory=reserved,
        )

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.met = True
        with self._changed:
            self.clients += 1
        try:
            yield
        finally:
            with self._changed:
                self.clients -= 1

    def _talk(self, connection: socket.socket) -> None:
        while True:
            with self._changed:
                ending = self.stopping
                if not ending:
                    self._resting.add(connection)
            if ending:
                self._turn_away(connection)
                return
            try:
                request = wire.next_request(connection)
            finally:
                with self._changed:
                    self._resting.discard(connection)
            if not isinstance(request, wire.Computed):
                wire.send(connection, self._told(request))
                continue
            wire.send(connection, self.line.ask(connection, request))

    def _turn_away(self, connection: socket.socket) -> None:
        with suppress(wire.Closed, OSError):
            if self.asked:
                wire.offer(connection, STOPPED)
            connection.shutdown(socket.SHUT_RDWR)

    def _told(self, request: object) -> wire.Reply:
        """The answer to what needs no turn."""
        if isinstance(request, wire.Status):
            return self.standing()
        if isinstance(request, wire.Stop):
            say("stopped by request")
            self.stop(asked=True)
            return wire.Done()
        if isinstance(request, wire.Yield):
            if self.kept or self.clients or self.line.busy:
                return wire.Failed("UnavailableError", "it is wanted")
            say("makes room for another host")
            self.stop()
            return wire.Done()
        if isinstance(request, wire.Idle):
            self.idle, self.kept = request.seconds, True
            return wire.Done()
        return wire.Failed("UsageError", f"{type(request).__name__} is no request to begin with")

    def _work(self, job: Job) -> wire.Reply | None:
        """The reply to a job, in the device's thread; None where its client left."""
        if wire.pending(job.connection):
            return None
        reply: wire.Reply | None
        try:
            reply = self._computed(job.connection, job.request)
        except Gone:
            say(f"a client left: {_named(job.request)} was dropped")
            reply = None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is the client's to hear of
            say(f"{_named(job.request)} failed: {type(error).__name__}: {error}")
            reply = wire.failure(error)
            self.failures += 1
        finally:
            self._step = (0, 0)
        self.requests += 1
        if (reply is None or isinstance(reply, wire.Failed)) and not _sound():
            say("the device does not answer any more; the next client starts another host")
            self.stop()
        return reply

    def _computed(self, connection: socket.socket, request: wire.Computed) -> wire.Reply:
        if isinstance(request, wire.Check):
            self.models.check(request.request)
            return wire.Done()
        if isinstance(request, wire.EmbedTexts):
            return wire.rows(self.models.embed_texts(request.texts, request.encoder))
        if isinstance(request, wire.EmbedImages):
            images = [_image(picture) for picture in request.images]
            return wire.rows(self.models.embed_images(images, request.encoder, request.normalise))
        if isinstance(request, wire.Measure):
            inputs = [given if isinstance(given, str) else wire.array(given) for given in request.inputs]
            found = self.models.measure(request.network, inputs, Path(request.weights), request.options)
            return wire.Texts(found) if isinstance(found, list) else wire.rows(found)

        def step(done: int, total: int) -> None:
            self._step = (done, total)
            if wire.pending(connection):
                raise Gone
            try:
                wire.offer(connection, wire.Step(done, total))
            except wire.Closed:
                raise Gone from None

        os.umask(request.umask)
        return wire.Made(self.models.generate(request.request, step))


def say(text: str) -> None:
    """A line of the host's log."""
    with suppress(OSError):  # a full disk must not end the work
        os.write(2, f"{time.strftime('%F %T')} host {os.getpid()}: {text}\n".encode())


def _named(request: wire.Computed) -> str:
    if isinstance(request, wire.Generate | wire.Check):
        return request.request.out
    if isinstance(request, wire.Measure):
        return request.network
    return "texts" if isinstance(request, wire.EmbedTexts) else "images"


def _image(picture: wire.Picture) -> Path | NDArray[np.uint8]:
    import numpy as np

    if picture.path:
        return Path(picture.path)
    return np.frombuffer(picture.pixels, np.uint8).reshape(picture.shape)


def _resident() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _cuda() -> Any:
    """torch's, if it is in use; a status must not be what imports it, and may come while something else does."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    return cuda if cuda is not None and hasattr(cuda, "is_initialized") and cuda.is_initialized() else None


def _sound() -> bool:
    """Give back what a failed request held; whether the device still works, which after some errors it never does."""
    gc.collect()
    cuda = _cuda()
    if cuda is None:
        return True
    try:
        cuda.synchronize()
        cuda.empty_cache()
    except RuntimeError:
        return False
    return True
