#!/bin/sh
# Two CPUs: probes come and go on one while the other runs into them.
. "${0%/*}/lib.sh"

# Of the kernels that were fetched the one that is known to run two.
stock=${STOCK_KERNEL%/*}/gnumach-1.8-486-smp-dbg.gz
[ -f "$stock" ] && [ -f "$MDTRACE_LIBDIR/mdtrace-kernel-i386.o" ] ||
  skip_all "there is no kernel for two CPUs, or mdtrace was built without i386"
mdtrace-mkkernel -o "$scratch/kernel" "$stock"
export MDTRACE_KERNEL="$scratch/kernel"

# try "DRIVER-ARGUMENT..."
guests=0
try ()
{
  guests=$((guests + 1))
  start_task "guest$guests" "$scratch/kernel" "driver $1" --cpus 2
  workload elsewhere
  workload "mixed 300"
  end_task 300
  has "$1: under a workload" "$(cat "$scratch/task")" "^driver: ${1%% *}: good"
  workload "mixed 10"
  is "$1: the text is as it was" "$(changed_text "$stock")" 'bootstrap_create 5
ipc_kobject_notify 5'
}

try "storm 20000"
holds "it was hit" \
  "$(sed -n 's/.* \([0-9]*\) hits/\1/p' "$scratch/task")" -gt 100
try all
try "some 1 200"

start_vm counted --kernel "$scratch/kernel" --cpus 2
start_daemon
is "both CPUs are served" "$(mdtrace --json status | jq .cpus)" 2
mdtrace probe create --enable task_create >"$scratch/out"
mdtrace probe create --enable 'fbt::vm_*:' >"$scratch/out"
workload "tasks 500"
workload elsewhere
workload "tasks 500"
is "hits of 1000 task creations" "$(probe_value 1 hits)" 1000
is "all of them in the database" \
  "$(query 'select count(*) from events where probe_id = 1')" 1000
mdtrace probe disable 2 >"$scratch/out"
law_holds "the law"
is "what was recorded is in the database" \
  "$(query 'select count(*) from events where probe_id = 2')" \
  "$(probe_value 2 recorded)"
holds "from both CPUs" \
  "$(query 'select count(distinct cpu) from events')" -eq 2

# Both busy at once: the workload is on one CPU, the relay that carries our
# requests on the other.
mdtrace probe create --enable 'fbt::ipc_kmsg_*:' >"$scratch/out"
timeout 100 mdtrace --json trace --count 2000 >"$scratch/trace" 2>"$scratch/out" &
follower=$!
workload "mixed 200" &
busy=$!
requests=0
while kill -0 $busy 2>/dev/null; do
  mdtrace status >"$scratch/out"
  requests=$((requests + 1))
done
wait $busy
echo "# $requests requests meanwhile"
mdtrace probe disable 3 >"$scratch/out"
law_holds "the law, both being busy"
is "all that was recorded is in the database" \
  "$(query 'select count(*) from events where probe_id = 3')" \
  "$(probe_value 3 recorded)"
for cpu in 0 1; do
  holds "CPU $cpu was busy" "$(query "select count(*) from events
    where probe_id = 3 and cpu = $cpu")" -gt 100
done
holds "one after the other several times" "$(query "select sum(cpu <> before)
  from (select cpu, lag(cpu) over (order by time_ns) as before
	from events)")" -gt 5
wait $follower
is "whoever follows them gets them in the order of time" \
  "$(jq -s '[.[] | select(.time_ns) | .time_ns] | length, . == sort' \
     "$scratch/trace" | tr '\n' ' ')" '2000 true '
stop_daemon

# The same without a daemon.
export MDTRACE_TARGET="vm:$vm"
mdtrace probe enable 3 >"$scratch/out"
workload "mixed 100" &
busy=$!
timeout 60 mdtrace --json trace --count 3000 >"$scratch/trace" 2>"$scratch/out"
wait $busy
grep time_ns "$scratch/trace" >"$scratch/events"
is "as many events as were asked for" "$(wc -l <"$scratch/events")" 3000
is "in the order of time" \
  "$(jq -s '[.[].time_ns] | . == sort' "$scratch/events")" true
is "from both CPUs without one, too" \
  "$(jq -s '[.[].cpu] | unique | length' "$scratch/events")" 2

# A flight recorder, which another CPU freezes.
mdtrace ring --mode overwrite --size 64K >"$scratch/out"
workload "mixed 50" &
busy=$!
held=0
for round in 1 2 3 4 5; do
  timeout 60 mdtrace --json trace --count 100000 >"$scratch/trace" 2>&1
  grep time_ns "$scratch/trace" >"$scratch/events"
  is "frozen in the order of time, round $round" \
    "$(jq -s '[.[].time_ns] | . == sort' "$scratch/events")" true
  held=$((held + $(wc -l <"$scratch/events")))
done
holds "it held events, $held" "$held" -gt 100
wait $busy
mdtrace probe disable 3 >"$scratch/out"
law_holds "the law of a flight recorder of two CPUs"

# A daemon is killed, and its lease ends, while both CPUs run into its probes.
start_vm left --kernel "$scratch/kernel" --cpus 2 --module \
  "$TEST_LIBDIR/workload-i386,\${host-port} \${device-port} loop 1"
start_daemon
mdtrace probe create --enable 'fbt::ipc_kmsg_*:' >"$scratch/out"
wait_until "it is hit" sh -c "mdtrace --json probe list |
  jq -e '.probes[0].hits > 1000' >'$scratch/out'"
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
is_left ()
{
  [ "$(changed_text "$stock")" = 'bootstrap_create 5
ipc_kobject_notify 5' ]
}
wait_until "the text is as it was" is_left
export MDTRACE_TARGET="vm:$vm"
is "a probe whose daemon was killed is disabled" "$(mdtrace --json probe list |
  jq -c '.probes[] | [.state, .lapsed]')" '["disabled",true]'
law_holds "the law, with hits until the end"
# One of them never has an event: its clock ticks let those of the other pass.
start_vm idle --kernel "$scratch/kernel" --cpus 2
"$TEST_LIBDIR/follow-clock" "vm:$vm" syscall_mach_port_allocate 20 \
  >"$scratch/followed" 2>"$scratch/complaint" &
follower=$!
daemons="$daemons $follower"
wait_until "the clock knows itself" grep -q ready "$scratch/followed"
workload "clock 20"
wait $follower
is "events beside an idle CPU are read" "$? $(cat "$scratch/complaint")" "0 "
grep '^[0-9]' "$scratch/followed" >"$scratch/events"
is "all of them" "$(wc -l <"$scratch/events")" 20
is "in strict order of time" \
  "$(sort -n -u "$scratch/events" | cmp - "$scratch/events")" ''
waited=$(sed -n 's/^waited \([0-9]*\),.*/\1/p' "$scratch/followed")
gave_up=$(sed -n 's/^waited .* gave up //p' "$scratch/followed")
echo "# looked $waited times, $gave_up without patience"
# At most when the whole machine had no time for us.
holds "and not since patience had come to its end" \
  "$((gave_up * 10))" -lt "$waited"
done_testing
