"""Shots in order: what retrieval and the cut rely on, held in one place."""

from reelkit.manifest.kinds import Shot

REMEMBERED_SHOTS = 2**16
"""How many shots back a repeat is known for one; an older one counts as out of order."""


class ShotOrder:
    """Holds each movie's shots to rising `order`, a movie at a time or interleaved with others.

    together: a movie's shots stand together and none twice, as a stage needs that lets later shots look at
    earlier ones; else a repeat of a shot that passed is in order. Memory is bounded by `REMEMBERED_SHOTS`.
    """

    def __init__(self, *, together: bool = False) -> None:
        self.together = together
        self._last: dict[str, Shot] = {}
        self._movie: str | None = None
        self._seen: dict[tuple[str, str], None] = {}

    def problem(self, shot: Shot) -> str | None:
        """What is wrong with the shot's place; None where nothing is."""
        last = self._last.get(shot.movie)
        if last is None or (not self.together and (shot.movie, shot.id) in self._seen):
            return None
        if shot.order <= last.order:
            relation = "repeats the order of" if shot.order == last.order else "comes too late: after"
            return (
                f"its order {shot.order} {relation} shot {last.id} ({last.order}); `reel merge` sorts shots"
            )
        if self.together and shot.movie != self._movie:
            return f"the shots of {shot.movie} are not together; `reel merge` sorts shots"
        return None

    def passed(self, shot: Shot) -> None:
        """Note a shot that went by."""
        name = (shot.movie, shot.id)
        self._seen.pop(name, None)
        self._seen[name] = None
        if len(self._seen) > REMEMBERED_SHOTS:
            del self._seen[next(iter(self._seen))]
        last = self._last.get(shot.movie)
        if last is None or shot.order > last.order:
            self._last[shot.movie] = shot
        self._movie = shot.movie
