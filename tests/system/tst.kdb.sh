#!/bin/sh
# The kernel debugger's own breakpoints, beside those of probes: each has its
# own, and nobody takes the other's away.
. "${0%/*}/lib.sh"

# has_typed TEXT: the debugger has echoed TEXT behind its prompt.
has_typed ()
{
  tr -d '\r' <"$vm/console.log" | tail -n 1 | grep -q -F "db> $1"
}

# type_to_debugger LINE: a few characters at a time, since it polls for them and
# loses what comes while it prints.
type_to_debugger ()
{
  typed=
  rest=$1
  mkfifo "$scratch/keys"
  mdtrace-vm console --state "$vm" <"$scratch/keys" >"$scratch/screen" 2>&1 &
  typist=$!
  exec 3>"$scratch/keys"
  wait_until "the debugger waits" has_typed ''
  while [ -n "$rest" ]; do
    piece=$(printf '%.4s' "$rest")
    rest=${rest#"$piece"}
    typed=$typed$piece
    printf '%s' "$piece" >&3
    wait_until "the debugger has read '$piece'" has_typed "$typed"
  done
  printf '\r' >&3
  exec 3>&-
  wait "$typist"
  rm "$scratch/keys"
}

debugger_says ()
{
  tr -d '\r' <"$vm/console.log" | grep -q -e "$1"
}

# By breakpoints, which end in the same trap as the debugger's.
start_vm guest --append mdtrace.jumps=off
M="mdtrace --target vm:$vm"
$M probe create --enable syscall_mach_port_allocate >"$scratch/out"
# ESC and Control-D, as one: Control-Alt-D, which stops in the debugger.
mdtrace-vm console --state "$vm" --send "$(printf '\033\004')" \
  --expect 'Stopped' >"$scratch/out" 2>&1
wait_until "the guest stops" debugger_says 'db> '
type_to_debugger "break host_get_time"
wait_until "it is set" debugger_says 'set breakpoint #1'
type_to_debugger c
wait_until "the guest goes on" $M status >"$scratch/out" 2>&1
pass "the guest goes on"
refuses "no probe where the debugger has a breakpoint" 1 \
  'host_get_time.*breakpoint of the kernel debugger' \
  $M probe create --enable host_get_time
workload "trap 100"
is "probes elsewhere are hit" \
  "$($M --json probe list | jq '.probes[0].hits')" 100
mdtrace-vm console --state "$vm" --send "rpc 1" --expect 'Breakpoint at' \
  >"$scratch/out" 2>&1
wait_until "it stops at its own" debugger_says 'Breakpoint at  *host_get_time'
pass "the debugger stops at its own breakpoint"
done_testing
