#!/usr/bin/env bash
# Train the embedded models: autoencoder, encoder, weaver. Run it again to go on where it stopped.
set -euo pipefail
python=${1:-python}
runs=${RUNS:-runs}
device=${DEVICE:-cpu}
train() { "$python" -m reelkit.theatre.training "$1" --run "$runs/$1" --out "$runs/$1/final" --device "$device" "${@:2}"; }
train autoencoder --steps "${AUTOENCODER_STEPS:-4300}"
train encoder --steps "${ENCODER_STEPS:-450}"
train weaver --steps "${WEAVER_STEPS:-3600}" --set "autoencoder=$runs/autoencoder/final" --set "encoder=$runs/encoder/final"
"$python" -m reelkit.theatre.training.package \
    "$runs/autoencoder/final" "$runs/encoder/final" "$runs/weaver/final" src/reelkit/theatre/weights
