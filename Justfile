# reelkit: the main jobs. `just` lists them. Each sets up what it needs in .venv.

python := justfile_directory() / ".venv/bin/python"
reel := justfile_directory() / ".venv/bin/reel"

# list the recipes
default:
    @just --list

# install reelkit and its development tools into .venv
[private]
setup:
    @test -x {{python}} || python3 -m venv .venv
    @{{python}} -m pip install -q --disable-pip-version-check --upgrade "pip>=25.1"
    @{{python}} -m pip install -q --disable-pip-version-check -e . --group dev

# make film.mp4 from examples/lighthouse.fountain on this machine
film: setup
    @bash examples/film.sh {{reel}}

# run the checks and the tests
test: setup lint
    {{python}} -m pytest -q

# ruff, mypy and the rules of who may import whom
lint: setup
    {{python}} -m ruff check src tests bench
    {{python}} -m mypy
    .venv/bin/lint-imports

# man pages and docs/cli.md from the command line's spec
docs: setup
    {{python}} -m reelkit.cli.manual .

# train the embedded models from scratch, or resume; see docs/training.md
train: setup
    bash bench/train.sh {{python}}

# FilmWeaver's ablation table in the theatre: 20 scenes x 5 shots
ablation: setup
    {{python}} bench/ablation.py --out bench/results/ablation.json

# how long `reel --help` takes over bare python
bench-startup: setup
    {{python}} bench/startup.py
