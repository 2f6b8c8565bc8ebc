#!/bin/sh
# Stacks name those who have called, on x86_64 and on i386: where a function
# begins, in its middle and where it returns, patched by a jump or by a
# breakpoint; from the rings, and through a daemon.
. "${0%/*}/lib.sh"

# stack ID: the functions of the stack of the first event of that probe.
stack ()
{
  jq -r -s "map(select(.probe_id == $1)) | .[0].stack | map(.function) |
    join(\" \")" "$scratch/events"
}

# create OPTION... DESCRIPTION: a probe, of which the number is in $id.
create ()
{
  id=$(mdtrace --json probe create --enable \
	 --if "task == \"workload-$arch\"" "$@" | jq .probe_id)
}

for architecture in $TEST_ARCHITECTURES; do
  export MDTRACE_KERNEL="$TEST_BUILDDIR/build/test/gnumach-$architecture"
  start_vm "$architecture"
  export MDTRACE_TARGET="vm:$vm"
  # Who calls whom is what GNU Mach's source says.
  create --stack task_create
  entry=$id
  create --stack=1 task_create
  one=$id
  create --stack=4 ::task_create:return
  back=$id
  create --stack=32 --latency task_create
  latency=$id
  # The instruction behind the beginning of the frame.
  middle=
  for offset in 3 4 5 6 7 8 9 10 11 12 13 14; do
    if mdtrace probe create --stack "task_create_kernel+$offset" \
      >"$scratch/out" 2>&1; then
      middle=$(sed -n 's/^probe \([0-9]*\):.*/\1/p' "$scratch/out")
      [ "$offset" -lt 6 ] || break
    fi
  done
  mdtrace probe enable "$middle" >"$scratch/out"
  workload "tasks 3"
  total=$(mdtrace --json probe list | jq '[.probes[].recorded] | add')
  timeout 60 mdtrace --json trace --count "$total" >"$scratch/events"
  callers="_Xtask_create ipc_kobject_server mach_msg_trap"
  has "$architecture: at the entry" "$(stack "$entry")" \
    "^task_create $callers( |\$)"
  is "$architecture: just the site" "$(stack "$one")" task_create
  is "$architecture: at the return" "$(stack "$back")" "task_create $callers"
  has "$architecture: with what it took" "$(stack "$latency")" \
    "^task_create $callers( |\$)"
  has "$architecture: in the middle" "$(stack "$middle")" \
    "^task_create_kernel task_create $callers( |\$)"
  is "$architecture: no stack is deeper than it may be" \
    "$(jq -s "map(select(.probe_id == $entry or .probe_id == $back) |
       .stack | length) | max <= 8" "$scratch/events")" true
  is "$architecture: all frames lie in functions" \
    "$(jq -s 'map(.stack // [] | .[]) | map(select(.function == null)) | length' \
       "$scratch/events")" 0
  law_holds "$architecture: the law"

  # On whatever stack there is.
  # shellcheck disable=SC2046 # several numbers
  mdtrace probe destroy $(seq 1 "$middle") >"$scratch/out" 2>&1
  id=$(mdtrace --json probe create --enable --stack=32 clock_interrupt |
	 jq .probe_id)
  timeout 60 mdtrace --json trace --count 20 >"$scratch/events"
  is "$architecture: in an interrupt" \
    "$(jq -s -r "map(select(.probe_id == $id) | .stack[:2] | map(.function) |
       join(\" \")) | unique | join(\", \")" "$scratch/events")" \
    "clock_interrupt hardclock"
  has "$architecture: a line for each frame" \
    "$(timeout 60 mdtrace trace --count 1 2>"$scratch/err")" \
    '^    hardclock\+0x[0-9a-f]+$'
  law_holds "$architecture: the law, in interrupts"
  mdtrace probe destroy "$id" >"$scratch/out"

  # A daemon that streams cannot be asked for names meanwhile.
  start_daemon
  create --stack --latency task_create
  : >"$scratch/streamed"
  timeout 60 mdtrace trace --count 1 >"$scratch/streamed" 2>&1 &
  streamed=$!
  wait_until "events are followed" grep -q TIME "$scratch/streamed"
  workload "tasks 1"
  wait $streamed
  has "$architecture: durations through a daemon" "$(cat "$scratch/streamed")" \
    ' duration_ns=[1-9][0-9]*$'
  has "$architecture: and stacks" "$(cat "$scratch/streamed")" \
    '^    _Xtask_create\+0x[0-9a-f]+$'
  law_holds "$architecture: the law, through a daemon"
  stop_daemon
  mdtrace-vm stop --state "$vm"
done
done_testing
