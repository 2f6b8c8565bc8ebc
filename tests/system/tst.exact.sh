#!/bin/sh
# N task creations are N hits, and N events in the database less those that
# were dropped.
. "${0%/*}/lib.sh"

start_vm guest
start_daemon
for n in 1 1000 20000; do
  id=$(mdtrace --json probe create --enable task_create | jq .probe_id)
  workload "tasks $n"
  mdtrace probe disable "$id" >"$scratch/out"
  hits=$(probe_value "$id" hits)
  dropped=$(probe_value "$id" dropped)
  stored=$(query "select count(*) from events where probe_id = $id")
  is "hits of $n task creations" "$hits" "$n"
  is "events of $n task creations in the database, $dropped dropped" \
    "$((stored + dropped))" "$n"
  is "events of $n task creations that name the task" \
    "$(query "select count(*) from events where probe_id = $id
	      and task_name = 'workload-$arch'")" "$stored"
  mdtrace probe destroy "$id" >"$scratch/out"
  is "the last counts of probe $id, destroyed, in the database" \
    "$(query "select state, hits, recorded + dropped from probes
	      where probe_id = $id")" "destroyed|$n|$n"
done
law_holds "the law"

# Every event with its own argument: none is lost, none is there twice.
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
workload "trap 20000"
dropped=$(probe_value 4 dropped)
is "numbered events, each once" \
  "$(query "select count(distinct arg1) + $dropped, count(arg1) + $dropped,
	    min(arg1), max(arg1) <= 20000
	    from events where probe_id = 4")" "20000|20000|1|1"
is "times are in the order of the events, but where some were dropped" \
  "$(query "select count(*) <= $dropped from (select arg1 - lag(arg1)
	    over (order by time_ns) as step from events where probe_id = 4)
	    where step != 1")" 1
# However many there are: what is asked for a span of time reads that alone.
has "a question for some time reads just the events of that" \
  "$(query "explain query plan select function, count(*) from events
	    where time_ns >= 1 and time_ns < 1000000001 group by 1")" \
  'SEARCH event USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)'
stop_daemon
is "the database is whole" \
  "$(mdtrace query --database "$database" 'pragma integrity_check' |
     tail -n 1)" ok
done_testing
