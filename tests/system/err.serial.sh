#!/bin/sh
# What is no line, nobody who answers, and garbage of all kinds.
. "${0%/*}/lib.sh"

refuses "no such device" 1 'cannot be reached.*none: No such file' \
  mdtrace --target "serial:$scratch/none" status
refuses "nothing" 1 'not a target here' mdtrace --target serial: status
echo text >"$scratch/file"
refuses "a file" 1 'cannot be reached.*neither a serial line nor a socket' \
  mdtrace --target "serial:$scratch/file" status
refuses "a device that is no terminal" 1 'neither a serial line nor a socket' \
  mdtrace --target serial:/dev/null status

start_vm guest --serial
serial=serial:$vm/serial
export MDTRACE_TARGET="$serial"
is "the line works" "$(mdtrace --json status | jq .probes)" 0

# Nobody is heard.
"$TEST_LIBDIR/noisy-line" "$vm/serial" "$scratch/deaf" 1 0 1000000 0 \
  >"$scratch/noise" &
daemons="$daemons $!"
wait_until "the deaf line is there" grep -q ready "$scratch/noise"
refuses "nobody answers" 1 \
  'did not answer in time.*nothing comes from there.*at the same speed' \
  timeout 30 mdtrace --target "serial:$scratch/deaf" status
kill "${daemons##* }"

# Who answers is somebody else.
"$TEST_LIBDIR/noisy-line" echo "$scratch/echo" 1 0 0 0 >"$scratch/noise2" &
daemons="$daemons $!"
wait_until "the echo is there" grep -q ready "$scratch/noise2"
refuses "an echo" 1 'did not answer in time.*nothing that it would say' \
  timeout 30 mdtrace --target "serial:$scratch/echo" status
kill "${daemons##* }"

# Random bytes at the line.
for seed in 1 2; do
  succeeds "two megabytes of random bytes, seed $seed" \
    "$TEST_LIBDIR/babble" "$vm/serial" $seed 2048
  is "after them the relay answers" \
    "$(timeout 30 mdtrace --json status | jq .probes)" 0
done
is "and so does the kernel by the other way" \
  "$(timeout 30 mdtrace --json --target "vm:$vm" status | jq .probes)" 0

# Two bytes call the debugger of such a kernel, from any line; and with it the
# relay goes on.
printf '\033\004' >"$scratch/escape"
"$TEST_LIBDIR/noisy-line" "$vm/serial" "terminal:$scratch/tty" 1 0 0 0 \
  >"$scratch/noise3" &
daemons="$daemons $!"
wait_until "the terminal is there" grep -q ready "$scratch/noise3"
refuses "no such speed" 1 'not a target here.*12345: a line has no such speed' \
  mdtrace --target "serial:$scratch/tty,12345" status
stty -F "$scratch/tty" raw
cat "$scratch/escape" >"$scratch/tty"
wait_until "the guest is in the debugger" sh -c \
  "! mdtrace-vm status --state '$vm' >'$scratch/status'"
mdtrace-vm console --state "$vm" --send c
kill "${daemons##* }"
is "it goes on after the debugger" \
  "$(timeout 30 mdtrace --json status | jq .probes)" 0

# Random bytes to a daemon's socket.
start_daemon --target "$serial"
for seed in 3 4; do
  "$TEST_LIBDIR/babble" "$vm/socket" $seed 2048 >"$scratch/out"
  is "after random bytes, seed $seed, the daemon serves others" \
    "$(timeout 30 mdtrace --json status | jq .probes)" 0
done

# The line breaks under the daemon, and is there again.
mdtrace probe create --enable task_create >"$scratch/out"
workload "tasks 10"
is "events" "$(query 'select count(*) from events')" 10
kill -9 "$(cat "$vm/pid")"
wait_until "the daemon has seen that" grep -q 'waiting for it' "$vm/daemon.log"
has "it says why it waits" "$(cat "$vm/daemon.log")" 'the line is broken'
start_vm guest --serial
wait_until "the daemon has found it again" \
  grep -q 'is there again' "$vm/daemon.log"
mdtrace probe create --enable task_create >"$scratch/out"
workload "tasks 10"
is "and goes on" "$(query 'select count(*) from events')" 20
law_holds "the law"
done_testing
