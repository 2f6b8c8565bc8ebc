#!/bin/sh
# Times of events are those of the guest's own clock, to within what is stated.
. "${0%/*}/lib.sh"

tick=10000000
times=20

# said WHICH NUMBER: what the guest's clock said before (1) or after (2) a trap.
said ()
{
  tr -d '\r' <"$vm/console.log" |
    sed -n "s/^workload: trap $2 from \([0-9]*\) to \([0-9]*\)\$/\\$1/p"
}

# compare NAME: the events in $scratch/events, lines TIME ERROR NUMBER, with
# what the workload has said.
compare ()
{
  last=0 order=0 early=0 late=0 nearest= worst=0
  while read -r time error number; do
    [ "$time" -gt "$last" ] || order=$((order + 1))
    last=$time
    before=$(said 1 "$number")
    after=$(said 2 "$number")
    # It was after the one tick was counted, and before the next one after the
    # other was due.
    [ "$((time + error))" -ge "$before" ] || early=$((early + 1))
    [ "$((time - error))" -le "$((after + tick))" ] || late=$((late + 1))
    off=$((time - before))
    [ -n "$nearest" ] && [ "$nearest" -le "$off" ] || nearest=$off
    [ "$error" -le "$worst" ] || worst=$error
  done <"$scratch/events"
  echo "# $1: from $nearest ns after the tick on; stated: $worst ns"
  is "$1: all are there" "$(wc -l <"$scratch/events")" $times
  is "$1: in strict order of time" $order 0
  is "$1: none is before the tick it came after" $early 0
  is "$1: none is after the next one" $late 0
  # Some come right behind their tick, what a request costs apart.
  holds "$1: some are right behind their tick" \
    "$nearest" -le "$((worst + 1000000))"
}

# is_of_instructions: whether the counter counts one a nanosecond, to a percent.
is_of_instructions ()
{
  mdtrace --json status | jq -e '.clock.tsc_hz | . > 99e7 and . < 101e7' \
    >"$scratch/out"
}

for how in '' --icount; do
  # shellcheck disable=SC2086
  start_vm guest$how --append mdtrace.boot=1 $how
  "$TEST_LIBDIR/follow-clock" "vm:$vm" syscall_mach_port_allocate $times \
    >"$scratch/followed" 2>"$scratch/complaint" &
  follower=$!
  daemons="$daemons $follower"
  wait_until "the clock knows itself" grep -q ready "$scratch/followed"
  workload "clock $times"
  wait $follower
  is "the follower ends well" "$? $(cat "$scratch/complaint")" "0 "
  grep -v ready "$scratch/followed" >"$scratch/events"
  compare "a guest ${how:-by the time of its host}"
  # Less than a tick where the host has time for its guest.
  holds "what is stated is of use${how:+, $how}" "$worst" -lt 1000000000
  export MDTRACE_TARGET="vm:$vm"
  mdtrace --json status >"$scratch/status"
  holds "status states an error${how:+, $how}" \
    "$(jq .clock.error_ns "$scratch/status")" -gt 0
  has "and says so in words${how:+, $how}" "$(mdtrace status)" \
    '^clock +[0-9.]+ [GM]Hz time stamp counter, error at most [0-9]+ [num]?s$'
  # Where the host has no time for its guest, ticks come late, and the rate by
  # ten of them is not good at once.
  [ -z "$how" ] || {
    wait_until "the counter is that of instructions" is_of_instructions
    pass "the counter is that of instructions"
  }
  unset MDTRACE_TARGET
done

# By a daemon, over a restart of the guest.
for boot in 1 2; do
  start_vm again --append mdtrace.boot=$boot
  start_daemon --database "$scratch/clock.db"
  mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
  workload "clock $times"
  is "boot $boot: the database knows it" \
    "$(query 'select count(*) from boot')" $boot
  query "select time_ns, (select max(error_ns) from clock
      where clock.boot_id = events.boot_id), arg1
    from events where boot_id = $boot order by time_ns" |
    tr '|' ' ' >"$scratch/events"
  compare "boot $boot"
  law_holds "boot $boot: the law"
  stop_daemon
  mdtrace-vm stop --state "$vm"
done
done_testing
