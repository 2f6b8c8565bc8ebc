#!/bin/sh
# What is refused of trends, and how.
. "${0%/*}/lib.sh"

refuses "a trend of nothing" 2 "name a counter" mdtrace trend
refuses "of two" 2 "one counter at a time" mdtrace trend a b
for window in 0 -1 1s ''; do
  refuses "a window of '$window'" 2 \
    "--window must be a whole number from 1 on" \
    mdtrace trend --window "$window" a
done
refuses "no target" 1 "no target" mdtrace trend a

start_vm guest
export MDTRACE_TARGET="vm:$vm"

refuses "what is not there" 1 \
  "^mdtrace: sing: no such counter; 'mdtrace counter list'" mdtrace trend sing
refuses "what is unavailable, with the reason" 1 \
  '^mdtrace: instructions: cannot be counted on this machine.*; .*CPU' \
  mdtrace trend instructions
refuses "what is off" 1 \
  "^mdtrace: ipc-latency: is off, .*; 'mdtrace counter enable' lets it count" \
  mdtrace trend ipc-latency
# A counter that has been off for as long as was asked for.
mdtrace counter create --kind level --unit x made >"$scratch/out"
mdtrace counter disable made >"$scratch/out"
# is_past: whether the last second has nothing of it.
is_past ()
{
  ! mdtrace trend --window 1 made >"$scratch/out" 2>&1
}
wait_until "that was more than a second ago" is_past
refuses "what has been off all the time" 1 '^mdtrace: made: is off' \
  mdtrace trend --window 1 made
is "as JSON" "$(mdtrace --json trend sing 2>"$scratch/err" |
		jq -r '.error | type')" object
done_testing
