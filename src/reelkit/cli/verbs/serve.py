"""`reel serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelkit.cli.shared import DEVICE, MESSAGES
from reelkit.cli.spec import Example, Option, Section, Verb
from reelkit.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from reelkit.cli.call import Call
    from reelkit.host.place import Place

VERB = Verb(
    name="serve",
    summary="hold the models that piped stages share",
    description=(
        "keyframes, shot, extend and score ask one host process for what models compute, so that each model is "
        "loaded once for a whole pipe. The first of them starts the host. It ends when for five minutes no stage was "
        "there, under SLURM with the last stage. There is one for each user, device and SLURM task. REEL_HOST=off "
        "makes every stage load its models itself.",
        "With neither --status nor --stop the host runs in this process until it is idle or stopped; a first SIGINT or "
        "SIGTERM lets the request in hand finish. Where a host runs already, its process is named and its --idle set.",
    ),
    sections=(
        Section(
            "Host",
            (
                Option("status", "Say how the hosts on this machine are, and leave.", kind="flag", toml=False),
                Option(
                    "stop",
                    "End the host once the request in hand is done, and wait for that. Stages that use it end with "
                    "status 75.",
                    kind="flag",
                    toml=False,
                ),
                Option("all", "With --stop: every host of yours on this machine.", kind="flag", toml=False),
                Option(
                    "idle",
                    "Seconds without a stage until the host ends; 300 without it.",
                    kind="float",
                    metavar="SECONDS",
                    low=0,
                ),
                DEVICE,
            ),
        ),
        MESSAGES,
    ),
    operand=None,
    examples=(
        Example("a host that stays, started before a batch", "reel serve --idle 86400 &"),
        Example("how often it loaded each model", "reel serve --status -q | jq .loads"),
        Example("give the device's memory back now", "reel serve --stop"),
    ),
)


def run(call: Call) -> int:
    """Serve, or ask the hosts that are there."""
    if call.has("status") and call.has("stop"):
        raise UsageError("--status or --stop: give one of them")
    if call.has("all") and not call.has("stop"):
        raise UsageError("--all goes with --stop; --status shows every host in any case")
    from reelkit.host.place import place

    where = place(str(call.values["device"]), call.env.environ)
    if call.has("status"):
        return status(call, where)
    if call.has("stop"):
        return stop(call, where)
    return serve(call, where)


def serve(call: Call, where: Place) -> int:
    """Be the host, or say who is."""
    from reelkit.host.server import IDLE_SECONDS, claim

    device, given = str(call.values["device"]), call.values.get("idle")
    idle = float(given) if isinstance(given, float) else IDLE_SECONDS
    if claim(where) is None:
        return already(call, where, idle if given is not None else None)
    from reelkit.host.answers import Host
    from reelkit.host.meeting import make_room
    from reelkit.host.server import run as be
    from reelkit.models.device import pick_device
    from reelkit.models.local import LocalModels

    pick_device(device)
    make_room(where)
    call.log("info", f"host on device {device}, socket {where.socket}, log {where.log}; `reel serve --stop` ends it")
    host = Host(LocalModels(device), device)
    be(where, host, idle, kept=True)
    call.log("info", f"host ended after {host.requests} requests, {host.failures} of them failed")
    return call.status()


def already(call: Call, where: Place, idle: float | None) -> int:
    """Say where the host is, and have it stay as long as was asked."""
    from reelkit.host import wire
    from reelkit.host.meeting import told
    from reelkit.host.place import process

    call.log("info", f"a host is here already: process {process(where)}, socket {where.socket}; `reel serve --status` says more")
    if idle is not None and isinstance(told(where, wire.Idle(idle)), wire.Done):
        call.log("info", f"it now ends after {idle:g} s without a stage")
    return call.status()


def status(call: Call, where: Place) -> int:
    """One row about each host of this user on this machine."""
    import msgspec

    from reelkit.host import wire
    from reelkit.host.meeting import told

    rows = []
    for place in hosts(where):
        try:
            found = told(place, wire.Status())
        except UnavailableError as problem:
            call.log("warning", str(problem))
            continue
        if isinstance(found, wire.Standing):
            facts = msgspec.structs.asdict(found)
            rows.append({**facts, "here": place == where, "socket": str(place.socket), "log": str(place.log)})
    return call.rows(rows, table)


def stop(call: Call, where: Place) -> int:
    """End the host of the stages that would be started here, or all."""
    from reelkit.host import wire
    from reelkit.host.meeting import gone, told
    from reelkit.host.place import process

    stopped = []
    for place in hosts(where) if call.has("all") else [where]:
        pid = process(place)
        if told(place, wire.Stop()) is not None:
            stopped.append(str(pid))
            if not gone(place, 3.0):
                call.log("info", f"host {pid} has a request in hand; waiting for it")
                gone(place, float("inf"))
    call.log("info", f"ended: host {', '.join(stopped)}" if stopped else "no host is running here")
    return call.status()


def hosts(where: Place) -> list[Place]:
    """Places of this user on this machine, this one first, whether somebody is there or not."""
    from reelkit.host.place import at

    return [where, *(at(path) for path in sorted(where.socket.parent.glob("*.sock")) if path != where.socket)]


def table(rows: list[Any]) -> str:
    """The hosts for people."""
    from reelkit.cli.tables import size

    if not rows:
        return "no host is running"
    lines = []
    for one in rows:
        seen = "".join(f", {name}={value}" for name, value in one["visible"].items())
        loads = ", ".join(f"{name} ({times}x)" for name, times in one["loads"].items()) or "nothing yet"
        memory = size(one["memory"]) + (f", {size(one['device_memory'])} on the device" if one["device_memory"] else "")
        steps = f" step {one['step']} of {one['steps']}" if one["steps"] else ""
        work = f"{one['working']}{steps}, {one['waiting']} waiting" if one["working"] else "nothing"
        lines += [
            f"host {one['pid']}{' (here)' if one['here'] else ''}: reelkit {one['version']}, device {one['device']}{seen}",
            f"  up {one['seconds']:.0f} s, {one['clients']} stages connected, {one['requests']} requests, {memory}",
            f"  in hand: {work}",
            f"  loaded: {loads}",
            f"  ends after {one['idle']:g} s without a stage; log {one['log']}",
        ]
    return "\n".join(lines)
