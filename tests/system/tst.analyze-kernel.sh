#!/bin/sh
# Analyses of what a booted kernel did: all numbers of the report are what SQL
# gives, it names what the workload did, and where the time went; of the running
# daemon, and of its database when it has ended.
. "${0%/*}/lib.sh"
. "${0%/*}/report.sh"

start_vm guest
start_daemon
for probe in sched:::switch sched:::wakeup ipc:::send ipc:::receive \
  fbt:kernel:task_create: fbt:kernel:lock_write: fbt:kernel:vm_map_enter: \
  fbt:kernel:vm_map_remove:; do
  mdtrace probe create --enable "$probe" >"$scratch/out" ||
    fail "probe $probe" "$(cat "$scratch/out")"
done
mdtrace counter enable lock-contention >"$scratch/out"
workload "tasks 40"
workload "rpc 60"
workload "tasks 40"

# Messages have names while they are traced, too.
mkdir "$scratch/msgids"
echo 'made 2000 made_task 7 2007 2107' >"$scratch/msgids/made.msgids"
for form in "" --json; do
  MDTRACE_MSGIDS=$scratch/msgids mdtrace $form trace >"$scratch/traced$form" \
    2>&1 &
  tracer=$!
  wait_until "events are printed" test -s "$scratch/traced$form"
  workload "tasks 3"
  wait_until "a task is made" grep -q "send.*id[\":=]*2007" "$scratch/traced$form"
  kill $tracer
  wait $tracer
done
has "in text" "$(cat "$scratch/traced")" \
  'ipc::.*:send id=2007 \(made\.made_task\) size='
is "and as JSON" "$(jq -r 'select(.values.id == 2007 and .name == "send").message' \
  "$scratch/traced--json" | sort -u)" made.made_task

# While it runs, and by the default.
mdtrace analyze --json >"$scratch/running.json"
is "the daemon's kernel" "$(jq -r .trace.kernel "$scratch/running.json")" \
  "$(query 'SELECT version FROM boots')"
holds "events while it runs" "$(jq .trace.events "$scratch/running.json")" -ge \
  200
is "named by its socket too" \
  "$(mdtrace analyze --json "$MDTRACE_TARGET" | jq -r .trace.path)" "$database"

# The examples of the manual page, one after the other.
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$TEST_SRCDIR/man/mdtrace-analyze.1.in" |
  sed -n '/^\.Bd/,/^\.Ed/{/^\./!p;}' | sed 's/\\e$/\\/; s/^\$ //' \
  >"$scratch/examples"
holds "there are examples" "$(wc -l <"$scratch/examples")" -ge 10
(cd "$scratch" && sh -eu examples >examples.out 2>&1)
is "they work" "$?: $(grep '^mdtrace: ' "$scratch/examples.out")" "0: "
is "each of them prints" \
  "$(grep -c -i -E '^(Analysis of|report-of-today/report.html|.*longest|\{"dropped")|time_ns' \
     "$scratch/examples.out")" 6
stop_daemon

report_holds "a booted kernel" "$database"
for part in bottlenecks 'heat maps' timeline; do
  holds "$part were compared" "$(compared "$part")" -ge 5
done

# bottleneck KIND NAME MEMBER
bottleneck ()
{
  jq -r ".bottlenecks[] | select(.kind == \"$1\" and .name == \"$2\") | .$3" \
    "$report"
}
is "each task that was made" "$(bottleneck function task_create count)" 86
is "each request for one" "$(bottleneck request 'message 2007' count)" 86
holds "which take longer than the function" \
  "$(bottleneck request 'message 2007' total_ns)" -gt \
  "$(bottleneck function task_create total_ns)"
holds "locks" "$(bottleneck lock lock_write count)" -ge 80
has "waits for a CPU" "$(jq -r '.bottlenecks[] | select(.kind == "run-queue") |
  .name' "$report")" "^mdtrace-relay-$arch, thread 0x[0-9a-f]+$"
is "all there was is known" "$(jq -c '.losses | [.dropped, .throttled, .missed]' \
  "$report")" "[0,0,0]"
is "of the workload" \
  "$(jq -r '[.timeline.tasks[] | select(.task | test("^workload-"))] | length' \
     "$report")" 1
has "the burst is the workload's" \
  "$(jq -r '.timeline.bursts[].mostly' "$report")" "^task workload-$arch"

# What the workload does most, it is said to do.
is "what takes most time of the functions is what SQL finds" \
  "$(jq -r '[.bottlenecks[] | select(.kind == "function")][0].name' "$report")" \
  "$(sqlite3 -readonly "$database" "
     SELECT function FROM (SELECT function, name, time_ns, lead(time_ns) OVER
       (PARTITION BY thread, function ORDER BY time_ns) AS next_ns FROM events
       WHERE provider = 'fbt' AND function <> 'lock_write')
     WHERE name = 'entry' GROUP BY function
     ORDER BY sum(next_ns - time_ns) DESC LIMIT 1")"

# With the names of messages that GNU Mach gives them, if they are there.
if [ -f "$MDTRACE_LIBDIR/msgids/gnumach.msgids" ]; then
  is "by name" "$(unset MDTRACE_MSGIDS; mdtrace analyze --json "$database" |
    jq -r '.bottlenecks[] | select(.kind == "request"
      and .message_id == 2007).name')" "mach.task_create (2007)"
fi
is "of mdtrace's own" "$(MDTRACE_MSGIDS=$MDTRACE_LIBDIR/msgids \
  mdtrace analyze --json --probe 'ipc:::*' "$database" |
  jq '[.bottlenecks[].name | select(startswith("mdtrace.mdtrace_"))]
      | length > 0')" true
done_testing
