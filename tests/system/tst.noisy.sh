#!/bin/sh
# A line on which one byte of a hundred is changed or lost is slower, never
# wrong.
. "${0%/*}/lib.sh"

# start_noise NEAR SEED CHANGED LOST INSERTED: offer the line of $vm at NEAR.
noise=
start_noise ()
{
  "$TEST_LIBDIR/noisy-line" "$vm/serial" "$@" >"$scratch/noise" &
  noise=$!
  daemons="$daemons $noise"
  wait_until "the noisy line is there" grep -q ready "$scratch/noise"
}

# end_noise NAME: and tell how much there was.
end_noise ()
{
  kill "$noise"
  wait "$noise"
  # shellcheck disable=SC2046 # five numbers
  set -- "$1" $(tail -n 1 "$scratch/noise")
  echo "# $1: $2 bytes there, $3 back, $4 changed, $5 lost, $6 inserted"
  holds "$1: there was noise" $((($4 + $5 + $6) * 120)) -gt $(($2 + $3))
}

start_vm guest --serial
start_noise "$scratch/changed" 1 5000 5000 0
start_daemon --target "serial:$scratch/changed"
succeeds "create a probe" \
  mdtrace probe create --enable syscall_mach_port_allocate
workload "trap 500"
is "numbered events, each once" \
  "$(query "select count(*), count(distinct arg1), min(arg1), max(arg1)
	    from events")" "500|500|1|500"
is "each has its task's name" \
  "$(query "select count(*) from events
	    where task_name = 'workload-$arch'")" 500
law_holds "the law"
# What must not happen twice: a probe that is created twice is there twice.
for id in 2 3 4; do
  mdtrace probe create --enable task_create >"$scratch/out"
  mdtrace probe disable $id >>"$scratch/out" || cat "$scratch/out"
done
is "every request is performed once" \
  "$(mdtrace --json probe list | jq -c '[.probes[].probe_id]')" \
  "[1,2,3,4]"
stop_daemon
is "ended by a signal, the daemon's status is 0" $? 0
is "and it has stored all" "$(mdtrace --json query --database "$database" \
    'select hits, recorded from probes where probe_id = 1' |
    jq -c '.rows[0]')" '{"hits":500,"recorded":500}'
end_noise "changed and lost"

# The same at a terminal, as a serial line of this machine is one.
start_noise "terminal:$scratch/tty" 2 2500 2500 5000
export MDTRACE_TARGET="serial:$scratch/tty"
is "at a terminal" "$(mdtrace --json status | jq .probes)" 4
timeout 60 mdtrace trace --count 200 >"$scratch/trace" 2>"$scratch/errors" &
tracer=$!
wait_until "trace has begun" grep -q TIME "$scratch/trace"
refuses "a second process there" 1 'another process has the line' \
  mdtrace status
workload "trap 200"
wait $tracer
is "trace gets every event once" \
  "$(sed -n 's/.*:entry task=0 right=\([0-9]*\) .*/\1/p' "$scratch/trace" |
     sort -u | wc -l)" 200
end_noise "a terminal"
unset MDTRACE_TARGET
is "the guest is alive" "$(mdtrace-vm status --state "$vm" | head -n 1)" \
  "vm:$vm: running"
done_testing
