#!/bin/sh
# Aggregations, stacks and durations in the database are what the kernel has
# counted and what the library reads; a daemon that is killed, and requests that
# forget what was added up, lose nothing of them; a probe that the kernel has
# switched off is told.
. "${0%/*}/lib.sh"

# stored SQL: what the database has now, whatever the daemon does.
stored ()
{
  sqlite3 -readonly -cmd '.timeout 5000' "$database" "$1"
}

# kernel_has ID FILTER: what jq's FILTER makes of the entries of the probe, as
# the library reads them.
kernel_has ()
{
  mdtrace --json agg read "$1" |
    jq -r ".aggregations[0].entries[] | $2" | sort
}

# has_all ID: the sum of what is added up, and what is recorded.
has_all ()
{
  query "select (select sum(count) from aggregates where probe_id = $1)
    + cleared = recorded, (select sum(added) from aggregate_changes
      where probe_id = $1) = recorded
    from aggregation join probe using (probe_key) where probe_id = $1"
}

start_vm guest
start_daemon --aggregations 1
trap_call=syscall_mach_port_allocate
mdtrace probe create --enable --agg count --by task,arg1 $trap_call \
  >"$scratch/out"
mdtrace probe create --enable --latency --agg hist --by function \
  'fbt::task_*:' >"$scratch/out"
mdtrace probe create --enable --agg lhist=arg1:10:30:10 --by cpu $trap_call \
  >"$scratch/out"
mdtrace probe create --enable --stack=6 --agg sum=arg1 --by stack $trap_call \
  >"$scratch/out"
mdtrace probe create --enable --stack=6 task_create >"$scratch/out"
mdtrace probe create --enable --latency task_terminate >"$scratch/out"
mdtrace probe create --enable --if 'arg1 > 20' --limit 1000/s $trap_call \
  >"$scratch/out"

# Without anybody asking.
workload "trap 50"
wait_until "aggregations are stored by themselves" sh -c "[ 50 = \"\$(sqlite3 \
  -readonly -cmd '.timeout 5000' '$database' \
  'select sum(count) from aggregates where probe_id = 1')\" ]"
pass "aggregations are stored every second"

# Each as it is read.
workload "tasks 20"
is "counts by task and argument" \
  "$(query "select task_name || ' ' || arg0 || ' ' || count from aggregates
    where probe_id = 1" | sort)" \
  "$(kernel_has 1 '"\(.key.task_name) \(.key.arg1) \(.count)"')"
is "calls by function" \
  "$(query "select function || ' ' || count || ' ' || value from aggregates
    where probe_id = 2" | sort)" \
  "$(kernel_has 2 '"\(.key.function.function) \(.count) \(.sum)"')"
# shellcheck disable=SC2016
is "their histograms" \
  "$(query "select json_extract(key, '\$.function') || ' ' || low || ' ' ||
    count from buckets where probe_id = 2" | sort)" \
  "$(kernel_has 2 '.key.function.function as $f | .buckets[] |
    "\($f) \(.low) \(.count)"')"
is "a histogram of equal steps" \
  "$(query "select coalesce(low, 'null') || ' ' || count from buckets
    where probe_id = 3" | sort)" "$(printf '%s\n' '10 10' '20 10' '30 21' \
      'null 9' | sort)"
is "sums by stack" \
  "$(query "select (select group_concat(function, ' ') from
      (select function from frames f where f.stack_id = a.stack_id
       order by depth)) || ' ' || count || ' ' || value
    from aggregates a where probe_id = 4" | sort)" \
  "$(kernel_has 4 '"\([.key.stack[].function] | join(" ")) \(.count) \(.sum)"')"
for id in 1 2 3 4; do
  is "probe $id: all that is recorded is there" "$(has_all $id)" '1|1'
done
is "probes that add up have no events" \
  "$(query 'select count(*) from events where probe_id <= 4')" 0
is "what probes do is in the database" \
  "$(query "select probe_id, latency, stack_depth, event_limit, aggregation,
    keys, value from probes order by 1")" \
  "1|0|0|0|count|task,arg0|
2|1|0|0|hist|function|duration_ns
3|0|0|0|lhist|cpu|arg0
4|0|6|0|sum|stack|arg0
5|0|6|0|||
6|1|0|0|||
7|0|0|1000|||"
is "the filter too" "$(query 'select filter from probes where probe_id = 7')" \
  'arg1 > 20'
is "each creation of a task has its stack" \
  "$(query "select count(*), (select count(*) from frames f
      where f.stack_id = e.stack_id and depth = 0 and
      f.function = 'task_create' and f.offset = 0) from events e
    where probe_id = 5")" '20|1'
is "and each termination its duration" \
  "$(query "select count(*), min(duration_ns) > 0, count(stack_id)
    from events where probe_id = 6")" '20|1|0'
is "the stream has both, as the database" \
  "$(mdtrace --json trace >"$scratch/trace" 2>&1 &
     tracer=$!
     wait_until "events come" sh -c \
       "[ -s '$scratch/trace' ] || mdtrace-vm console --state '$vm' \
	--timeout 20 --send 'tasks 1' --expect 'tasks 1: done' >/dev/null"
     workload "tasks 5"
     query 'select 1' >"$scratch/out"
     wait_until "all have come" sh -c "[ \$(grep -c task_terminate \
       '$scratch/trace') -ge 5 ]"
     kill $tracer
     wait $tracer 2>/dev/null
     jq -r 'select(.time_ns) | "\(.duration_ns // 0) \(.stack // [] | length)"' \
       "$scratch/trace" | tail -n 10)" \
  "$(query "select coalesce(duration_ns, 0) || ' ' || (select count(*) from frames f where f.stack_id = e.stack_id)
    from (select * from events order by time_ns desc limit 10) e
    order by time_ns")"
law_holds "the law"

# Killed in the midst.
for _ in 1 2 3; do
  (workload "trap 30000") &
  worker=$!
  kill -9 "$daemon"
  wait "$daemon" 2>/dev/null
  start_daemon --aggregations 1
  wait $worker
done
query 'select 1' >"$scratch/out"
for id in 1 2 3 4; do
  is "killed three times, probe $id: all is there, once" "$(has_all $id)" '1|1'
done
is "and the same as is read" \
  "$(query "select arg0 || ' ' || count from aggregates where probe_id = 1" |
     sort | cksum)" \
  "$(kernel_has 1 '"\(.key.arg1) \(.count)"' | cksum)"
succeeds "all is right" mdtrace db check "$database"

# A target that does not answer.
before=$(query 'select sum(count) from aggregates where probe_id = 1')
kill -STOP "$(cat "$vm/pid")"
is "while the target does not answer, what is stored can be asked for" \
  "$(query 'select sum(count) from aggregates where probe_id = 1')" "$before"
kill -CONT "$(cat "$vm/pid")"
workload "trap 3"
wait_until "aggregations are read again" sh -c "[ $((before + 3)) = \"\$(sqlite3 \
  -readonly -cmd '.timeout 5000' '$database' \
  'select sum(count) from aggregates where probe_id = 1')\" ]"
is "that was said by one sentence, and that it is over" \
  "$(grep -c -e 'trying again' -e 'answers again' "$vm/daemon.log")" 2

# Forgotten on demand.
workload "trap 700"
mdtrace agg clear 3 >"$scratch/out"
workload "trap 7"
is "what is cleared was read before" \
  "$(query "select sum(added), (select recorded from probes where probe_id = 3)
    - sum(added), max(generation) from aggregate_changes where probe_id = 3")" \
  "$(probe_value 3 recorded)|0|1"
is "then it begins anew" \
  "$(query 'select count, value from aggregates where probe_id = 3')" '7|28'
workload "trap 300"
mdtrace probe destroy 4 >"$scratch/out"
mdtrace probe disable 1 >"$scratch/out"
query 'select 1' >"$scratch/out"
for id in 1 4; do
  is "of probe $id, that has ended, all is there" "$(has_all $id)" '1|1'
done
# And by the end of the daemon.
(workload "trap 40000") &
worker=$!
wait $worker
workload "tasks 3"
stop_daemon
is "a daemon that ends reads before" \
  "$(stored 'select sum(a.count) + g.cleared = recorded from aggregation g
    join probe p using (probe_key) join aggregates a using (probe_id)
    where probe_id in (1, 2, 3, 4) group by probe_id' | sort -u)" 1
succeeds "all is right then" mdtrace db check "$database"

# A copy, and a copy of half of it, put together.
copy=$scratch/copy.db
mdtrace db export "$database" --output "$copy" >"$scratch/out"
for what in aggregates buckets aggregate_changes bucket_changes frames \
    'probes order by probe_id'; do
  is "a copy has the same ${what%% *}" "$(sqlite3 "$copy" "select * from $what" |
    sort | cksum)" "$(stored "select * from $what" | sort | cksum)"
done
succeeds "all is right there" mdtrace db check "$copy"

# The examples of mdtrace-db(5).
export MDTRACE_DATABASE="$database"
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$TEST_BUILDDIR/man/mdtrace-db.5" |
  sed 's/^\\&//; s/\\e/\\/g' |
  awk '/^\$ mdtrace query/ { asking = 1 }
       asking { print substr ($0, /^\$ / ? 3 : 1) }
       /"$/ { if (asking) print "@"; asking = 0 }' >"$scratch/examples"
examples=0
while [ -s "$scratch/examples" ]; do
  sed '/^@$/,$d' "$scratch/examples" >"$scratch/example"
  sed -i '1,/^@$/d' "$scratch/examples"
  examples=$((examples + 1))
  succeeds "example $examples works" sh "$scratch/example"
done
holds "there are examples" $examples -ge 7
unset MDTRACE_DATABASE

# The deadman.
start_daemon --aggregations 1
mdtrace probe enable 1 >"$scratch/out"
mdtrace budget --max 1% >"$scratch/out"
i=0
while [ "$(query "select count(*) from messages
    where message like '%switched off by the kernel%'")" -eq 0 ] &&
    [ $i -lt 30 ]; do
  i=$((i + 1))
  workload "trap 200000"
done
# It may take more than one, but no more from now on.
for probe in $(mdtrace --json probe list |
    jq '.probes[] | select(.state == "enabled") | .probe_id'); do
  mdtrace probe disable "$probe" >"$scratch/out" 2>&1
done
query 'select 1' >"$scratch/out"
grep 'switched off' "$vm/daemon.log" | sort >"$scratch/said"
is "the daemon's log says which probes were switched off, and what to do" \
  "$(grep -v -E "^mdtraced: probe [0-9]+ \\(.*\\): switched off by the kernel: \
all probes took [0-9.]+ % of CPU 0; narrow it with --if, --limit or --agg, \
then enable it again\$" "$scratch/said")" ""
is "of each once" \
  "$(sed 's/.*: probe \([0-9]*\) .*/\1/' "$scratch/said")" \
  "$(query 'select probe_id from probes where stopped_share > 0 order by 1')"
is "so do messages in the database" \
  "$(query "select 'mdtraced: ' || message from messages
    where severity = 'warning' and message like 'probe %switched off%'" |
    sort)" "$(cat "$scratch/said")"
is "and the history of each probe" \
  "$(query "select distinct h.state, h.stopped_share > 100, h.stopped_cpu
    from probe_history h join probe using (probe_key)
    where h.stopped_share > 0")" 'disabled|1|0'
is "no other has that" \
  "$(query 'select count(distinct probe_key) from probe_history
    where stopped_share > 0')" "$(wc -l <"$scratch/said")"
holds "there is one" "$(wc -l <"$scratch/said")" -ge 1
law_holds "the law at the end"
done_testing
