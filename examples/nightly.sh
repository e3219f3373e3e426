#!/bin/sh
# For cron. Every night it makes the pictures that are missing, and none twice:
#   15 2 * * *  /path/to/image-studio/examples/nightly.sh /path/to/prompts.csv /path/to/pictures
# Further words go to `studio run`, such as: --model fal:fal-ai/flux/dev --budget 5
set -u
full() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
file=$(full "$1") folder=$(full "$2")
shift 2
cd "$(dirname "$0")/.." || exit 2 # where .env and the pictures of earlier nights are

studio() { "${PYTHON:-.venv/bin/python}" -m studio "$@"; }

studio run "$file" --preset classic --output "$folder" --yes --json "$@" >"$folder.json"
code=$?
case $code in
0) ;;                                                              # everything is there
1) echo "Some pictures failed; the next night tries them again." ;;
2) echo "Nothing was spent; the file or the command is wrong." ;;
3) echo "The budget is reached; the rest waits." ;;
4) echo "The provider refused the account: look at its key and funds." ;;
*) echo "Stopped ($code); the next night goes on where it was." ;;
esac
exit $code
