"""What the header records of a stream have said so far: the films, the cast and the scenes."""

from reelkit.errors import RecordError
from reelkit.manifest.records import Character, Entry, Movie, Scene, Shot


class Context:
    """Remembers movies, characters and scenes as they pass, and nothing else.

    Memory grows with the headers and not with the shots. A repeated header replaces the earlier one.
    """

    def __init__(self) -> None:
        self._movies: dict[str, Entry] = {}
        self._characters: dict[str, dict[str, Entry]] = {}
        self._scenes: dict[str, dict[str, Entry]] = {}

    def observe(self, entry: Entry) -> None:
        """Take a header in, and let any other entry pass; a wrong header tells whoever asks for it."""
        if entry.kind == "movie":
            self._movies[entry.id] = entry
        elif entry.kind == "character":
            self._characters.setdefault(entry.movie, {})[entry.id] = entry
        elif entry.kind == "scene":
            self._scenes.setdefault(entry.movie, {})[entry.id] = entry

    def movie(self, id: str) -> Movie:
        """The movie; RecordError if its record is wrong or has not come before whoever asks."""
        if id not in self._movies:
            raise RecordError(f"movie {id} has no record before this one; `reel merge` puts headers first")
        return self._movies[id].movie_record()

    def has_movie(self, id: str) -> bool:
        """Whether the movie's record has passed, right or wrong."""
        return id in self._movies

    def movies(self) -> list[str]:
        """Ids of the movies so far, in their order."""
        return list(self._movies)

    def characters(self, movie: str) -> dict[str, Character]:
        """The movie's cast by id, in their order; RecordError if one of the records is wrong."""
        return {id: entry.character() for id, entry in self._characters.get(movie, {}).items()}

    def scenes(self, movie: str) -> dict[str, Scene]:
        """The movie's scenes by id, in their order; RecordError if one of the records is wrong."""
        return {id: entry.scene() for id, entry in self._scenes.get(movie, {}).items()}

    def scene(self, movie: str, id: str | None) -> Scene | None:
        """The scene, or None where there is no such record; RecordError if the record is wrong."""
        entry = self._scenes.get(movie, {}).get(id) if id is not None else None
        return entry.scene() if entry is not None else None

    def cast(self, shot: Shot) -> list[Character]:
        """The characters a shot names, in its order; those without a record are left out."""
        bank = self._characters.get(shot.movie, {})
        return [bank[id].character() for id in shot.characters if id in bank]
