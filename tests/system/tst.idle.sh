#!/bin/sh
# A daemon that has nothing to do does next to nothing; one that has much does
# not look more often than it must, and loses nothing.
. "${0%/*}/lib.sh"

# cpu_ns: the CPU time of all threads of the daemon until now.
cpu_ns ()
{
  cat "/proc/$daemon/task"/*/schedstat | awk '{ sum += $1 } END { print sum }'
}

start_vm guest
start_daemon
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
mdtrace query 'select 1' >"$scratch/out"
began=$(date +%s%N)
before=$(cpu_ns)
sleep 10
used=$(($(cpu_ns) - before))
elapsed=$(($(date +%s%N) - began))
echo "# $used ns of $elapsed"
holds "an idle daemon uses less than 0.5 % of a CPU" \
  $((used * 1000)) -lt $((elapsed * 5))
is "but it does work" "$([ $used -gt 0 ] && echo yes)" yes

# Rings that can bridge what a busy machine makes a daemon wait.  The guest
# records more in a second than a daemon can store: in each round somewhat more
# than the ring holds.
stop_daemon
mdtrace --target "vm:$vm" ring --size 4M >"$scratch/out"
start_daemon
# A machine that has no time for the daemon is not the daemon's fault: one of
# some rounds must do.
before=0 lossless=0
for round in 1 2 3 4 5; do
  workload "trap 80000"
  dropped=$(probe_value 1 dropped)
  [ "$dropped" -ne "$before" ] || lossless=$((lossless + 1))
  before=$dropped
done
echo "# $lossless of 5 rounds without loss, $dropped of 400000 events dropped"
holds "at full speed nothing is lost" $lossless -gt 0
is "and all that was recorded is stored" \
  "$(query "select count(*) + $dropped, count(distinct arg1) from events")" \
  "400000|80000"
law_holds "the law"
done_testing
