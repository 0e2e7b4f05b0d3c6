#!/usr/bin/env bash
# Train the embedded models: autoencoder, encoder, weaver (stills, then chunks). Run it again to go on where it stopped.
set -euo pipefail
python=${1:-python}
runs=${RUNS:-runs}
device=${DEVICE:-cpu}
train() { "$python" -m reelkit.theatre.training "$2" --run "$runs/$1" --out "$runs/$1/final" --device "$device" "${@:3}"; }
train autoencoder autoencoder --steps "${AUTOENCODER_STEPS:-4300}"
train encoder encoder --steps "${ENCODER_STEPS:-450}"
parts=(--set "autoencoder=$runs/autoencoder/final" --set "encoder=$runs/encoder/final")
train stills weaver --steps "${STILLS_STEPS:-6000}" --batch 96 "${parts[@]}" --set stills=1 --set scenes=9000 --set fresh=4
train weaver weaver --steps "${WEAVER_STEPS:-3600}" "${parts[@]}" --set "start_from=$runs/stills/final"
"$python" -m reelkit.theatre.training.package \
    "$runs/autoencoder/final" "$runs/encoder/final" "$runs/weaver/final" src/reelkit/theatre/weights
