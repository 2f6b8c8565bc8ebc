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
step '^mdtrace query health below=95$'
has "what was to blame" "$(printf '%s\n' "$output" | sed -n 2p)" ' memory +[1-9]'
step '^mdtrace query aggregations probe=1$'
has "who made tasks, and how many" "$(printf '%s\n' "$output" | sed -n 2p)" \
  "\"workload-$arch\"} +26 "
# There is no time here for a history to be found out of: fifty minutes are made
# up behind the seconds that there were, with two in which memory is short.
query 'select 1' >"$scratch/out"
sqlite3 "$database" "vacuum into '$scratch/week.db'"
sqlite3 "$scratch/week.db" "
  with recursive n(i, r) as (select 1, 88172645 union all
    select i + 1, (r * 1103515245 + 12345) % 2147483648 from n where i < 3000),
  last as (select * from snapshot order by sequence desc limit 1)
  insert into snapshot select boot_id, sequence + i, time_ns + i * 1000000000,
    uptime_ns + i * 1000000000, tasks, threads, cpus, 100 + r % 50,
    memory_bytes,
    memory_bytes - 9000000 - r / 4096 - iif(i between 2000 and 2120, 60000000, 0),
    low_bytes, min_bytes, user_ns + i * 5000000, system_ns + i * 5000000,
    idle_ns + i * 990000000, interrupt_ns, faults + i * 3, pageins, pageouts,
    hits, lost, ipc_ns from last, n"
export MDTRACE_DATABASE="$scratch/week.db"
step '^mdtrace analyze --detect-anomalies$'
has "the two minutes are found" "$(printf '%s\n' "$output" | tr -s '\n ' '  ')" \
  'free memory went down to [0-9.]+ MiB, after [0-9.]+ MiB, at'
has "and where it goes from here" \
  "$(printf '%s\n' "$output" | sed -n '/^Predictions/,$p')" \
  '^free memory .*[0-9]'
step '^mdtrace analyze --detect-anomalies --report week.html$'
has "a report" "$(head -c 200 "$scratch/week.html")" '<!DOCTYPE html>'
unset MDTRACE_DATABASE
step '^mdtrace health --print-rules'
step '^mdtrace health --preview'
has "what the rules say of it" "$output" 'memory'
workflow_ends
done_testing
