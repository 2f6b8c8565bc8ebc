#!/bin/sh
# mdtrace-workflows(7), "Is my system healthy" and "Who eats memory": the
# commands of the page name what is wrong, and who does it.
. "${0%/*}/lib.sh"
. "${0%/*}/workflows.sh"

# names FACTOR: the score says that it is what is wrong.
names ()
{
  mdtrace --json health | jq -e ".score < 95 and
    (.factors | map (select(.deducted > 0)) | max_by(.deducted).factor)
      == \"$1\"" >"$scratch/jq"
}

# Seconds pass by the guest's clock, which may be slow.
patience=1200
start_vm guest
start_daemon

take_workflow "Who eats memory"
step '^mdtrace snapshot$'
has "how much there is" "$output" '^memory .* MiB, used .*, free '
step '^mdtrace probe create .*--by task vm:::grab$'
workload "hold 700"
workload "rpc 5"
step '^mdtrace agg read eaters$'
is "the eater is named first" "$(printf '%s\n' "$output" | sed -n 3p |
  grep -o '^[^ ]*')" "workload-$arch"
holds "with what it has eaten, at least" "$(printf '%s\n' "$output" |
  sed -n '3s/.* //p')" -ge 700
step '^mdtrace probe create .*--by stack.*vm:::grab$'
workload "hold 500"
step '^mdtrace agg read --limit 1 places$'
is "most come by one stack" "$(printf '%s\n' "$output" |
  sed -n 's/^count //p')" 500
has "which is that of page faults" "$output" '^ +vm_fault'
step '^mdtrace probe destroy'
wait_until "some seconds are stored" sh -c \
  '[ "$(mdtrace --json query "select time_ns from snapshots" |
	jq ".rows | length")" -ge 3 ]'
step '^mdtrace query memory'
holds "the free memory of some seconds" \
  "$(printf '%s\n' "$output" | grep -c -E '^[-0-9]+ [0-9:]+ +[0-9.]+ ')" -ge 2
workflow_ends

take_workflow "Is my system healthy"
step '^mdtrace counter enable all$'
has "what there is counts" "$output" '^vm-pressure: on'
workload "exhaust all"
wait_until "the memory is named" names memory
step '^mdtrace health$'
is "what is wrong stands first" "$(printf '%s\n' "$output" |
  sed -n '2s/^ *\([a-z]*\) *-[0-9]* of 50 .*/\1/p')" memory
step '^mdtrace health --explain$'
has "how that came about" "$output" '^  formula +50 [*] '
has "and what is behind it" "$output" '^  behind it mdtrace query '
step '^mdtrace snapshot$'
has "how little memory is free" "$output" '^memory .*, free'
step '^mdtrace trend vm-pressure$'
has "what it has done" "$output" '^vm-pressure: [0-9]+ values?'
step '^mdtrace probe create --enable sched:::switch$'
probe=$(printf '%s\n' "$output" | sed -n 's/^probe \([0-9]*\):.*/\1/p')
step '^mdtrace top --by task --once$'
has "top says it too" "$output" '^health [0-9]+: memory -[0-9]+'
has "and what runs" "$output" "(workload-$arch|mdtrace-relay)"
# A number is that of the page only in a kernel that has no other probe yet.
sed -i "s/destroy 1\$/destroy $probe/" "$scratch/workflow"
step '^mdtrace probe destroy [0-9]+$'
workflow_ends
done_testing
