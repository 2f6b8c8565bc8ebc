#!/bin/sh
# Analyses of what a booted kernel did: all numbers of the report are what SQL
# gives, it names what the workload did, and where the time went; of the running
# daemon, and of its database when it has ended; on both architectures.
. "${0%/*}/lib.sh"
. "${0%/*}/report.sh"

# trace_workload NAME [OPTION...]: boot a guest, and trace what it does.
trace_workload ()
{
  start_vm "$@"
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
}

# bottleneck KIND NAME MEMBER
bottleneck ()
{
  jq -r ".bottlenecks[] | select(.kind == \"$1\" and .name == \"$2\") | .$3" \
    "$report"
}

# analysis_holds TASKS: of what was traced, in which so many were made.
analysis_holds ()
{
  report_holds "$arch: a booted kernel" "$database"
  for part in bottlenecks 'heat maps' timeline; do
    holds "$arch: $part were compared" "$(compared "$part")" -ge 5
  done
  is "$arch: each task that was made" \
    "$(bottleneck function task_create count)" "$1"
  is "$arch: each request for one" \
    "$(bottleneck request 'message 2007' count)" "$1"
  holds "$arch: which take longer than the function" \
    "$(bottleneck request 'message 2007' total_ns)" -gt \
    "$(bottleneck function task_create total_ns)"
  holds "$arch: locks" "$(bottleneck lock lock_write count)" -ge 80
  has "$arch: waits for a CPU" "$(jq -r '.bottlenecks[] |
    select(.kind == "run-queue") | .name' "$report")" \
    "^mdtrace-relay-$arch, thread 0x[0-9a-f]+$"
  is "$arch: all there was is known" \
    "$(jq -c '.losses | [.dropped, .throttled, .missed]' "$report")" "[0,0,0]"
  is "$arch: of the workload" "$(jq -r '[.timeline.tasks[] |
    select(.task | test("^workload-"))] | length' "$report")" 1
  has "$arch: the burst is the workload's" \
    "$(jq -r '.timeline.bursts[].mostly' "$report")" "^task workload-$arch"
  # What the workload does most, it is said to do.
  is "$arch: what takes most time of the functions is what SQL finds" \
    "$(jq -r '[.bottlenecks[] | select(.kind == "function")][0].name' \
       "$report")" \
    "$(sqlite3 -readonly "$database" "
       SELECT function FROM (SELECT function, name, time_ns, lead(time_ns) OVER
	 (PARTITION BY thread, function ORDER BY time_ns) AS next_ns FROM events
	 WHERE provider = 'fbt' AND function <> 'lock_write')
       WHERE name = 'entry' GROUP BY function
       ORDER BY sum(next_ns - time_ns) DESC LIMIT 1")"
  holds "$arch: for how much of them threads did not run is known" \
    "$(jq '[.bottlenecks[] | select(.waited_ns != null)] | length' "$report")" -ge 2
}

trace_workload guest

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

analysis_holds 86

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

# A kernel of 32 bits, whose addresses, words and stacks are half as wide.
case " $TEST_ARCHITECTURES " in
  *' i386 '*)
    export MDTRACE_KERNEL="$TEST_BUILDDIR/build/test/gnumach-i386"
    trace_workload guest-i386 --kernel "$MDTRACE_KERNEL"
    stop_daemon
    analysis_holds 80
    succeeds "i386: everything is drawn" mdtrace analyze --visualize \
      --detect-anomalies --output-dir "$scratch/drawn" "$database"
    has "i386: of an i386 kernel" \
      "$(cat "$scratch/drawn/dtrace_report.txt")" 'mdtrace-relay-i386'
    ;;
esac
done_testing
