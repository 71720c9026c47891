#!/bin/sh
# A loop that writes in a folder which others write in too, by wlock run: loop.sh FOLDER [ROUNDS] [SECONDS] [WAIT]
# Waits up to WAIT seconds for each of its ROUNDS, which takes SECONDS. Exit codes are those of wlock: 4 waited too long,
# 5 the lock was lost; 143 after SIGTERM, 130 after Ctrl-C.
folder=${1:-src} rounds=${2:-3} seconds=${3:-1} wait=${4:-60}

# A shell that is told to end would end alone and leave wlock behind, so it passes the signal on, and wlock to its command.
child=
trap 'stopped=143; [ -z "$child" ] || kill -TERM "$child"' TERM
trap 'stopped=130; [ -z "$child" ] || kill -INT "$child"' INT

round=1
while [ "$round" -le "$rounds" ]; do
  # For one round only, so that others get their turn in between, in the order in which they came. If the lock is lost,
  # wlock ends the command.
  wlock run --path "$folder" --holder loop.sh --reason "round $round of $rounds" --wait "${wait}s" -- \
    sh -c 'echo "round $1: writing"; sleep "$2"; echo "round $1" >> "$3/rounds.txt"' sh "$round" "$seconds" "$folder" &
  child=$!
  wait "$child"
  code=$?
  # A trapped signal ends this `wait` before wlock has given the lock back.
  if [ -n "$stopped" ]; then
    wait "$child"
    exit "$stopped"
  fi
  [ "$code" -eq 0 ] || exit "$code"
  round=$((round + 1))
done
