"""A server on this machine that speaks OpenAI's chat completions, and misbehaves when told to."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Request = Mapping[str, Any]
MODEL = "tiny-judge"


class Answer(NamedTuple):
    """What the server says to one request."""

    text: str = ""
    status: int = 200
    error: str = ""
    refusal: str | None = None
    logprobs: Mapping[str, float] | None = None
    """Probability by token."""
    seconds: float = 0.0
    """It waits before it answers."""
    raw: str | None = None
    """Sent instead of a completion."""

    def body(self) -> str:
        if self.raw is not None:
            return self.raw
        if self.status != 200:
            return json.dumps({"error": {"message": self.error or "failed", "type": "error"}})
        choice: dict[str, Any] = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": None if self.refusal else self.text, "refusal": self.refusal},
        }
        if self.logprobs is not None:
            top = [{"token": token, "logprob": math.log(p), "bytes": None} for token, p in self.logprobs.items()]
            choice["logprobs"] = {"content": [{**top[0], "top_logprobs": top}], "refusal": None}
        return json.dumps(
            {"id": "1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice]}
        )


Script = Sequence[Answer] | Callable[[Request], Answer]


class ChatServer:
    """Answers by a script: the next of some answers (the last for ever), or a function of the request."""

    def __init__(self, script: Script) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self._script = script
        self.url = ""

    def answer(self, request: dict[str, Any]) -> Answer:
        self.requests.append(request)
        if callable(self._script):
            return self._script(request)
        return self._script[min(len(self.requests), len(self._script)) - 1]

    def words(self, number: int = -1) -> str:
        """The text of a request."""
        content = self.requests[number]["messages"][-1]["content"]
        return content if isinstance(content, str) else content[-1]["text"]

    def pictures(self, number: int = -1) -> list[str]:
        """The pictures of a request, as URLs."""
        content = self.requests[number]["messages"][-1]["content"]
        return [] if isinstance(content, str) else [part["image_url"]["url"] for part in content[:-1]]


@contextmanager
def serving(script: Script) -> Iterator[ChatServer]:
    """The server, up for as long as the block runs."""
    chat = ChatServer(script)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            offered = {"id": MODEL, "object": "model", "created": 1, "owned_by": "us"}
            self._send(200, json.dumps({"object": "list", "data": [offered]}))

        def do_POST(self) -> None:
            chat.keys.append(self.headers.get("Authorization", ""))
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = chat.answer(given)
            time.sleep(answer.seconds)
            self._send(answer.status, answer.body(), "text/html" if answer.raw else "application/json")

        def _send(self, status: int, body: str, kind: str = "application/json") -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body.encode())))
                self.send_header("retry-after-ms", "1")
                self.end_headers()
                self.wfile.write(body.encode())
            except OSError:
                pass  # the client has gone

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        chat.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        yield chat
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
