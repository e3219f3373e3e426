#!/bin/sh
# From prompts to a video: one picture for each scene, in the order of the file, then ffmpeg.
#   examples/video.sh scenes.csv film.mp4
# Further words go to `studio run`, such as: --model fal:fal-ai/flux/dev --budget 5
set -eu
scenes=$1 film=$2
shift 2
frames=$(mktemp -d)
trap 'rm -r "$frames"' EXIT

"${PYTHON:-python3}" -m studio run "$scenes" --preset classic --output "$frames" --yes "$@"

# batch_metadata.json lists the pictures in the order of the file; three seconds for each
"${PYTHON:-python3}" - "$frames" >"$frames/frames.txt" <<'LIST'
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
for image in json.loads((folder / "batch_metadata.json").read_text(encoding="utf-8"))["images"]:
    print(f"file '{folder / image['output_filename']}'\nduration 3")
LIST
ffmpeg -y -loglevel error -f concat -safe 0 -i "$frames/frames.txt" -r 30 -pix_fmt yuv420p "$film"
