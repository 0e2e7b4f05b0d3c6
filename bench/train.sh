#!/usr/bin/env bash
# Train the embedded models: autoencoder, encoder, weaver (stills alone, then stills and chunks). Run it again to go on where it stopped.
set -euo pipefail
python=${1:-python}
runs=${RUNS:-runs}
device=${DEVICE:-cpu}
train() { "$python" -m reelkit.theatre.training "$2" --run "$runs/$1" --out "$runs/$1/final" --device "$device" "${@:3}"; }
train autoencoder autoencoder --steps "${AUTOENCODER_STEPS:-4300}"
train encoder encoder --steps "${ENCODER_STEPS:-450}"
parts=(--set "autoencoder=$runs/autoencoder/final" --set "encoder=$runs/encoder/final")
train stills weaver --steps "${STILLS_STEPS:-4000}" "${parts[@]}" --set stills=100
train weaver weaver --steps "${WEAVER_STEPS:-8000}" "${parts[@]}" --set "start_from=$runs/stills/final" --set first_scene=40000
"$python" -m reelkit.theatre.training.package \
    "$runs/autoencoder/final" "$runs/encoder/final" "$runs/weaver/final" src/reelkit/theatre/weights
