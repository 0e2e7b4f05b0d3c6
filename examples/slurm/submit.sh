#!/usr/bin/env bash
# A film on a SLURM cluster, as three jobs that wait for one another:
#
#     examples/slurm/submit.sh SCREENPLAY [SHARDS]      in a folder that every node sees
#
#   stills.sbatch  one job: portraits and stills, in the order of the film
#   shots.sbatch   an array of SHARDS tasks (8 without it): each shot has stills now, so any task may make any
#   film.sbatch    one job: shards to one manifest, scores, film.mp4
#
# Give sbatch what your cluster wants by its own variables, such as SBATCH_PARTITION and SBATCH_ACCOUNT.
set -euo pipefail

screenplay=${1:?usage: submit.sh SCREENPLAY [SHARDS]}
shards=${2:-8}
REEL_SLURM=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export REEL_SLURM

# submit FILE [OPTION...]: the id of a job that dies when what it waits for fails
submit() { sbatch --parsable --kill-on-invalid-dep=yes --chdir="$PWD" "${@:2}" "$REEL_SLURM/$1" | cut -d ';' -f 1; }

mkdir -p logs shards
rm -f shards/*.jsonl
reel plan "$screenplay" --manifest-out plan.jsonl
stills=$(submit stills.sbatch)
shots=$(submit shots.sbatch --dependency="afterok:$stills" --array="1-$shards")
film=$(submit film.sbatch --dependency="afterok:$shots")
echo "stills $stills, shots ${shots}_[1-$shards], film $film; squeue --me shows them" >&2
