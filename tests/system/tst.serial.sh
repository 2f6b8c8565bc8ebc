#!/bin/sh
# A kernel at the other end of a serial line: everything that can be done in a
# virtual machine's memory can be done there.
. "${0%/*}/lib.sh"

# half_way PROCESS: wait until it has read a good part of what it asks for.
half_way ()
{
  wait_until "$1 is at work" sh -c \
    "test \"\$(sed -n 's/^rchar: //p' /proc/$1/io)\" -gt 60000"
}

start_vm guest --serial
serial=serial:$vm/serial
export MDTRACE_TARGET="$serial"
has "status" "$(mdtrace status)" "^target  *$serial"
is "create a probe" "$(mdtrace --json probe create \
  syscall_mach_port_allocate | jq .probe_id)" 1
succeeds "enable it" mdtrace probe enable 1
refuses "an error of the kernel's" 1 'is enabled already' \
  mdtrace probe enable 1
refuses "names that look alike" 1 'did you mean task_create' \
  mdtrace probe create task_creat
is "both ways lead to the same kernel" \
  "$(mdtrace --json --target "vm:$vm" probe list | jq '.probes | length')" 1

# The rings themselves.
timeout 60 mdtrace trace --count 400 >"$scratch/trace" 2>"$scratch/errors" &
tracer=$!
wait_until "trace has begun" grep -q TIME "$scratch/trace"
refuses "a second process at the line" 1 \
  'another process has the line.*let mdtraced have it.*unix:' mdtrace status
workload "trap 400"
wait $tracer
is "trace gets every event once" \
  "$(sed -n 's/.*:entry task=0 right=\([0-9]*\) .*/\1/p' "$scratch/trace" |
     sort -u | wc -l)" 400
has "and says that none is missing" "$(cat "$scratch/errors")" \
  '^400 events, 0 lost$'
is "they are released" "$(mdtrace --json ring |
    jq '.rings[0] | .head == .tail')" true

# Whoever dies in the middle of a request leaves nothing behind.
for round in 1 2 3; do
  mdtrace probe list --available '*' >"$scratch/out" 2>&1 &
  victim=$!
  half_way $victim
  kill -9 $victim
  wait $victim 2>/dev/null
  is "the next one is served, round $round" \
    "$(timeout 20 mdtrace --json status | jq .probes)" 1
done

# A daemon, beside which the mailbox still works.
start_daemon --target "$serial"
refuses "a second daemon at the line" 1 'another process has the line' \
  mdtraced --foreground --target "$serial" --database "$vm/other.db" \
  --socket "$vm/other"
is "it tells what it traces" \
  "$(mdtrace --json status | jq -r .daemon.target)" "$serial"
workload "trap 3000"
is "hits, also by the other way" "$(probe_value 1 hits)" \
  "$(mdtrace --json --target "vm:$vm" probe list | jq '.probes[0].hits')"
is "numbered events, each once" \
  "$(query "select count(*), count(distinct arg1), min(arg1) from events")" \
  "3000|3000|1"

# Killed in the middle of its work, it loses nothing.
"$TEST_LIBDIR/kill-when" "$database" 3000 200000 "$daemon" &
killer=$!
workload "trap 3000"
wait $killer
wait "$daemon" 2>/dev/null
stored=$(sqlite3 -readonly "$database" 'select count(*) from event')
holds "killed, it had not stored all" "$stored" -lt 6000
start_daemon --target "$serial"
is "its successor stores the rest" \
  "$(query 'select count(*), count(distinct arg1) from events')" "6000|3000"
is "every event is there twice, once for each round" \
  "$(query "select count(*) from (select arg1 from events group by arg1
	    having count(*) != 2)")" 0
is "nothing was dropped" "$(probe_value 1 dropped)" 0
law_holds "the law"
stop_daemon

# A flight recorder.
export MDTRACE_TARGET="$serial"
succeeds "a small ring that overwrites" \
  mdtrace ring --size 16K --mode overwrite
workload "trap 2000"
timeout 60 mdtrace --json trace | jq -r 'select(.function ==
    "syscall_mach_port_allocate") | .arguments[1]' >"$scratch/kept"
is "holds the newest" "$(tail -n 1 "$scratch/kept")" "$(printf '0x%x' 2000)"
is "without a gap" "$(sort -u "$scratch/kept" | wc -l)" \
  $((2000 - $(head -n 1 "$scratch/kept") + 1))
law_holds "the law of a flight recorder"
mdtrace-vm stop --state "$vm"

# A kernel for i386, with two CPUs if there is one.
case $TEST_ARCHITECTURES in
  *i386*)
    stock=${STOCK_KERNEL%/*}/gnumach-1.8-486-smp-dbg.gz cpus=2
    [ -f "$stock" ] || stock=${STOCK_KERNEL%/*}/gnumach-1.8-486-up-dbg.gz cpus=1
    mdtrace-mkkernel -o "$scratch/kernel" "$stock"
    start_vm narrow --kernel "$scratch/kernel" --cpus $cpus --serial
    start_daemon --target "serial:$vm/serial"
    is "i386: CPUs" "$(mdtrace --json status | jq -c '[.cpus, .word_bytes]')" \
      "[$cpus,4]"
    mdtrace probe create --enable task_create >"$scratch/out"
    timeout 60 mdtrace trace --count 600 >"$scratch/trace" 2>&1 &
    tracer=$!
    wait_until "trace has begun" grep -q TIME "$scratch/trace"
    workload "tasks 300"
    workload elsewhere
    workload "tasks 300"
    wait $tracer
    is "i386: hits" "$(probe_value 1 hits)" 600
    is "i386: events" "$(query 'select count(*) from events')" 600
    is "i386: from each CPU" \
      "$(query 'select count(distinct cpu) from events')" $cpus
    grep :entry "$scratch/trace" | cut -d ' ' -f 1 >"$scratch/times"
    is "i386: all of them for who follows them" \
      "$(wc -l <"$scratch/times")" 600
    is "i386: in the order of time" \
      "$(LC_ALL=C sort "$scratch/times" | cmp - "$scratch/times")" ""
    law_holds "i386: the law"
    stop_daemon ;;
esac
done_testing
