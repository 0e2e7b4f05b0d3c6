#!/usr/bin/env bash
# The whole way from a screenplay to a film, and what was made.
#
#     examples/film.sh [REEL]        REEL: the path of the `reel` command; the one in PATH without it
#
# Writes film.mp4, film.srt, film.jsonl, film-plain.jsonl and media/ into the current folder. Stopped at any
# point, it goes on where it stood when it is run again. Ends with the worst exit status of its stages.
set -euo pipefail

reel=$(command -v "${1:-reel}") || { echo "film.sh: no command ${1:-reel}; give the path of reel" >&2; exit 2; }
python=$(dirname "$reel")/python
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
screenplay=$here/lighthouse.fountain
unfinished=.film.jsonl

# The stages run side by side and share the processors: a thread that waits sleeps instead of spinning.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
export REEL_MEDIA=${REEL_MEDIA:-media}

# say TEXT: a line of our own among those of the stages
say() { printf '\n== %s\n' "$*" >&2; }

# worst CODE...: the highest of the exit codes
worst() { printf '%s\n' "$@" | sort -n | tail -n 1; }

# stop_on CODE: leave, unless the stages are done (0) or some shots failed and the rest is done (1)
stop_on() {
    if (( $1 > 1 )); then
        rm -f "$unfinished"
        say "stopped with exit status $1; what is finished is kept, run it again to go on"
        exit "$1"
    fi
}

say "The film: stills, first chunks from the shot cache (mode 3), extensions from both caches (mode 4)"
set +e
"$reel" plan "$screenplay" |
    "$reel" keyframes --portraits |
    "$reel" shot |
    "$reel" extend |
    "$reel" score |
    "$reel" assemble -o film.mp4 --manifest-out "$unfinished"
film=$(worst "${PIPESTATUS[@]}")
set -e
stop_on "$film"
grep -q '"kind":"cut"' "$unfinished" || { rm -f "$unfinished"; say "no film was made; the lines above say why"; exit 1; }
mv "$unfinished" film.jsonl

say "Its first two shots without stills: the first from its prompt alone (mode 1) and on from there (mode 2)"
set +e
"$reel" plan --movie-id lighthouse-plain "$screenplay" |
    "$reel" shot --only s01-001 --only s01-002 |
    "$reel" extend --only s01-001 --only s01-002 --manifest-out "$unfinished"
plain=$(worst "${PIPESTATUS[@]}")
set -e
stop_on "$plain"
mv "$unfinished" film-plain.jsonl

say "Where it stands"
"$reel" status film.jsonl film-plain.jsonl > /dev/null

say "What was made"
"$python" "$here/made.py" film.jsonl film-plain.jsonl >&2
if [[ -f film.mp4 ]]; then
    say "The film is $PWD/film.mp4"
fi
exit "$(worst "$film" "$plain")"
