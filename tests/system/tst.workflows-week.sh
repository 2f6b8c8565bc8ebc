#!/bin/sh
# mdtrace-workflows(7), "Watch a machine for a week", of which some seconds are
# enough here: the commands of the page find when it went badly, what was to
# blame, and who made the tasks.
. "${0%/*}/lib.sh"
. "${0%/*}/workflows.sh"

# worst LESS: the daemon has stored a score that is less.
worst ()
{
  [ "$(query 'select coalesce(min(score), 100) from health')" -lt "$1" ]
}

patience=1200
start_vm guest
take_workflow "Watch a machine for a week"
step '^mdtraced --keep-age 8d --keep-size 4G$'
step '^mdtrace counter enable all$'
step '^mdtrace probe create .*--persist.* task:::create$'
workload "tasks 25"
# Which makes another task.
workload "exhaust all"
wait_until "a bad score is stored" worst 95
workload release
step '^mdtrace db info$'
has "how much there is" "$output" '[Ss]napshots'
step '^mdtrace query .* from health '
holds "the worst hour" \
  "$(printf '%s\n' "$output" | sed -n '2s/.*:00 *\([0-9]*\) .*/\1/p')" -lt 95
step '^mdtrace query .* from health_factors '
has "what was to blame" "$(printf '%s\n' "$output" | sed -n 2p)" '^memory +[1-9]'
step '^mdtrace query .* from aggregates '
has "who made tasks, and how many" "$(printf '%s\n' "$output" | sed -n 2p)" \
  "^workload-$arch +26\$"
step '^mdtrace analyze .*--report week.html$'
has "a report" "$(head -c 200 "$scratch/week.html")" '<!DOCTYPE html>'
step '^mdtrace health --print-rules'
step '^mdtrace health --preview'
has "what the rules say of it" "$output" 'memory'
workflow_ends
done_testing
