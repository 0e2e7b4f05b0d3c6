#!/usr/bin/env bash
# The ablation's w/o A: the embedded weaver trained on without noise on its caches, and as many steps with it.
set -euo pipefail
python=${1:-python}
weights=src/reelkit/theatre/weights
runs=${RUNS:-runs}
for kind in "clean none" "equal asymmetric"; do
    read -r name noise <<<"$kind"
    "$python" -m reelkit.theatre.training weaver --run "$runs/$name" --out "bench/weights/weaver-$name" \
        --steps "${STEPS:-150}" --peak 5e-4 --set "noise=$noise" --set "autoencoder=$weights/vae" \
        --set "encoder=$weights/text_encoder" --set "start_from=$weights/transformer" --set stage_one=0 \
        --set scenes=150 --set first_scene=80000
done
