#!/bin/sh
# Holds one lock over several steps of a script, by wlock acquire: hold.sh FOLDER [ROUNDS] [SECONDS] [WAIT]
# Waits up to WAIT seconds for the lock; each of the ROUNDS takes SECONDS. Exit codes are those of wlock: 4 waited too
# long, 5 the lock was lost; 143 after SIGTERM, 130 after Ctrl-C.
# Where one command can be all of it, take wlock run (loop.sh): it knows whether what it started still writes.
folder=${1:-src} rounds=${2:-3} seconds=${3:-1} wait=${4:-60}

# Locks of one session are each other's own, so that release needs no token.
export WLOCK_SESSION="hold.sh $$"

# A shell runs its EXIT trap after a signal only if that signal's own trap exits. It attends to signals between two
# commands, so nothing is given back while a step still writes.
trap 'exit 143' TERM
trap 'exit 130' INT

# --pid: held as long as this script lives, so kill -9 frees it, too. Not `local`, not `export`: they would hide the exit code.
id=$(wlock acquire --path "$folder" --holder hold.sh --wait "${wait}s" --pid $$) || exit
trap 'wlock release "$id"' EXIT

round=1
while [ "$round" -le "$rounds" ]; do
  echo "round $round: writing"
  sleep "$seconds" # stands for the real work
  # Before what cannot be undone: somebody may have force-released the lock meanwhile.
  wlock list --mine | grep --quiet "$id" || exit 5
  echo "round $round" >> "$folder/rounds.txt"
  round=$((round + 1))
done
