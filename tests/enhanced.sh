#!/bin/sh
# What 'make run-enhanced-instrumentation' does: boots an instrumented kernel,
# lets each part of the framework do its work there, and prints a line for each
# that did.  What has failed is said on standard error, without such a line, and
# the exit status is 1.
. "${0%/*}/system/lib.sh"

# fail WHAT [DETAIL...]: the end of a part.
fail ()
{
  {
    printf 'failed: %s\n' "$1"
    shift
    for line; do
      printf '%s\n' "$line" | sed 's/^/  /'
    done
  } >&2
  exit 1
}
pass ()
{
  :
}

# does COMMAND: a text command, whose JSON is in $scratch/done.
does ()
{
  mdtrace --json command "$1" >"$scratch/done" 2>"$scratch/stderr" ||
    fail "$1" "$(cat "$scratch/stderr")"
}

# counts WORK N: the workload does N of WORK; $counted is what the part of a
# counter that is watched has counted meanwhile.
counts ()
{
  workload "$1 $2"
  counted=$(tr -d '\r' <"$vm/console.log" |
	    sed -n "s/.*workload: $1 $2: done $2, counted \([0-9]*\),.*/\1/p" |
	    tail -n 1)
}

# Events are recorded by the kernel, and read from its rings.
framework ()
{
  probe=$(mdtrace --json probe create --enable task_create | jq .probe_id)
  workload "tasks 5"
  timeout 60 mdtrace --json trace --count 5 >"$scratch/events" ||
    fail "to read events" "$(cat "$scratch/events")"
  mdtrace probe destroy "$probe" >"$scratch/out" || fail "to destroy a probe"
  is "five tasks are five events, by whom they were" \
    "$(jq -s "[.[] | select(.probe_id == $probe and
       .task_name == \"workload-$arch\")] | length" "$scratch/events")" 5
  law_holds "hits are what was recorded, and what was not"
}

# A probe is created, hit, counted, and destroyed.
probes ()
{
  untouched=$(changed_text)
  does "dynamic_probes_init()"
  does "dynamic_probe_create task_create"
  probe=$(jq .probe_id "$scratch/done")
  workload "tasks 3"
  is "a probe that is disabled is not hit" "$(probe_value "$probe" hits)" 0
  does "dynamic_probe_enable $probe"
  holds "it changes the kernel's text" "$(changed_text)" != "$untouched"
  workload "tasks 7"
  does "dynamic_probe_list"
  is "seven tasks are seven hits" \
    "$(jq ".probes[] | select(.probe_id == $probe).hits" "$scratch/done")" 7
  does "dynamic_probe_disable $probe"
  workload "tasks 3"
  is "and no more once it is disabled" "$(probe_value "$probe" hits)" 7
  does "dynamic_probe_destroy $probe"
  is "the text is what it was" "$(changed_text)" "$untouched"
  does "dynamic_probe_list"
  is "no probe is left" "$(jq '.probes | length' "$scratch/done")" 0
}

# Counters count what was done, snapshots show it, and there is a score.
counters ()
{
  does "perf_counters_init()"
  # Part 1 of counter 8: requests to the kernel, of IPC latency.
  workload "watch 801"
  counts rpc 0
  looked=$counted
  counts rpc 100
  is "a hundred requests to the kernel" $((counted - looked)) 100
  does "perf_take_system_snapshot()"
  faults=$(jq .faults "$scratch/done")
  workload "faults 100"
  does "perf_take_system_snapshot()"
  holds "a hundred page faults" \
    $(($(jq .faults "$scratch/done") - faults)) -ge 100
  is "what the counters have counted is in the snapshot" \
    "$(jq '.counters."ipc-latency".count >= 100' "$scratch/done")" true
  does "perf_counter_enable(PERF_COUNTER_IPC_LATENCY, FALSE)"
  does "perf_take_system_snapshot()"
  is "and not when they are off" \
    "$(jq '.counters | has("ipc-latency")' "$scratch/done")" false
  has "the score" "$(mdtrace command 'perf_get_system_health_score()')" \
    '^System health: ([0-9]|[1-9][0-9]|100)/100$'
  mdtrace counter disable all >"$scratch/out" || fail "to disable counters"
}

# What the daemon has stored is analysed: what was done is found, and where the
# time went.
analysis ()
{
  probe=$(mdtrace --json probe create --enable fbt:kernel:task_create: |
    jq .probe_id)
  workload "tasks 11"
  mdtrace --json analyze >"$scratch/analysis" 2>"$scratch/stderr" ||
    fail "to analyse the database" "$(cat "$scratch/stderr")"
  is "eleven tasks are eleven calls, entered and returned from" \
    "$(jq -c '[.bottlenecks[] | .kind, .name, .count]' "$scratch/analysis")" \
    '["function","task_create",11]'
  is "by the task that made them" \
    "$(jq -c '[.timeline.tasks[] | .task]' "$scratch/analysis")" \
    "[\"workload-$arch\"]"
  is "the evidence is in the database" \
    "$(query "$(jq -r '.bottlenecks[0].evidence.sql' "$scratch/analysis")" |
       wc -l)" 2
  mdtrace analyze --visualize --output-dir "$scratch/drawn" \
    >"$scratch/out" 2>&1 || fail "to draw it" "$(cat "$scratch/out")"
  holds "there is a timeline to look at" -s "$scratch/drawn/dtrace_timeline.png"
}

# try PART LINE: LINE is for a part that has done its work.
status=0
try ()
{
  if ($1); then
    echo "✓ $2"
  else
    status=1
  fi
}

start_vm guest
export MDTRACE_TARGET="vm:$vm"
try framework "Enhanced DTrace framework loaded"
try probes "Dynamic probe subsystem available"
try counters "Performance counters subsystem available"
start_daemon
try analysis "Analysis tools test passed"
exit $status
