#!/bin/sh
# What a recorder has no time for is dropped by the kernel, counted, and said in
# the file and at the end.
. "${0%/*}/lib.sh"

start_vm guest
export MDTRACE_TARGET="vm:$vm"
file=$scratch/dropped.mdt
mdtrace --json record --output "$file" syscall_mach_port_allocate \
  >"$scratch/record.out" 2>"$scratch/record.err" &
recorder=$!
daemons="$daemons $recorder"
wait_until "recording has begun" grep -q -s 'recording into' \
  "$scratch/record.err"
workload "trap 100"
kill -STOP "$recorder"
workload "trap 60000"
kill -CONT "$recorder"
wait_until "the ring has been read" sh -c \
  "mdtrace --json ring | jq -e '.rings[0].used_bytes < 1000' >'$scratch/out'"
workload "trap 100"
kill -INT "$recorder"
wait "$recorder"
is "recording ends well" "$?" 0
is "each hit is an event, or lost" \
  "$(jq '[.hits, .hits - .events - .lost] | join(" ")' "$scratch/record.out")" \
  '"60200 0"'
lost=$(jq .lost "$scratch/record.out")
holds "some were lost" "$lost" -gt 10000
mdtrace import --output "$scratch/dropped.db" "$file" >"$scratch/out"
export MDTRACE_DATABASE="$scratch/dropped.db"
is "the file says how many" \
  "$(query "select (select count(*) from events), hits, dropped,
	recorded + filtered + dropped + throttled + missed from probes")" \
  "$((60200 - lost))|60200|$lost|60200"
is "and when" "$(query "select sum(dropped) from losses")" "$lost"
is "what was recorded is there once" \
  "$(query "select count(distinct time_ns), count(distinct arg1) >= 18000
	from events")" "$((60200 - lost))|1"
is "the last ones too" "$(query "select arg1 from events
    order by time_ns desc limit 1")" 100
done_testing
