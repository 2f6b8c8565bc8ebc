#!/bin/sh
# What mdtrace top shows, round by round, comes to just what has happened:
# beside a daemon, and where it reads the rings itself.
. "${0%/*}/lib.sh"

# begin NAME OPTION...: let it print rounds to $scratch/NAME.
begin ()
{
  rounds=$scratch/$1
  shift
  mdtrace --json top --interval 0.2 "$@" >"$rounds" 2>"$rounds.err" &
  top=$!
  daemons="$daemons $top"
  wait_until "the first round" test -s "$rounds"
}

# sum PROGRAM: of what jq finds in all rounds.
sum ()
{
  jq -s "[.[] | $1] | add // 0" "$rounds" 2>"$scratch/jq.err" || echo unknown
}

# comes_to NAME PROGRAM NUMBER: when the sum has come to NUMBER it ends, and
# that is it.
is_sum ()
{
  [ "$(sum "$1")" = "$2" ]
}
comes_to ()
{
  wait_until "$1" is_sum "$2" "$3"
  kill -INT $top
  wait $top
  is "$1" "$(sum "$2")" "$3"
  is "$1: the last total is the sum" "$(jq -s '.[-1].total' "$rounds")" \
    "$(sum .events)"
}

# destroy_all: what was, is no matter any more.
destroy_all ()
{
  # shellcheck disable=SC2046 # several numbers
  mdtrace probe destroy $(mdtrace --json probe list |
			  jq '.probes[].probe_id') >"$scratch/out"
}

start_vm guest
export MDTRACE_TARGET="vm:$vm"
mine="task == \"workload-$arch\""

# Where nobody else reads the rings.
mdtrace probe create --enable --if "$mine" task_create >"$scratch/out"
begin by-task --by task
workload "tasks 20"
comes_to "events of the workload" \
  ".rows[] | select(.task == \"workload-$arch\") | .events" 20
is "there is no other task" \
  "$(jq -c '.rows[].task' "$rounds" | sort -u)" "\"workload-$arch\""
is "the task has the address that its events have" \
  "$(jq -r '.rows[].address' "$rounds" | sort -u | wc -l)" 1

begin by-function --by function
workload "tasks 10"
comes_to "events of a function" \
  '.rows[] | select(.function == "task_create") | .events' 10
mdtrace probe create --enable --if "$mine" --latency task_terminate \
  >"$scratch/out"
begin by-function-time --by function --sort time
workload "tasks 5"
comes_to "events of two functions" .events 10
is "the one whose calls were timed comes first" \
  "$(jq -r 'select(any (.rows[]; .mean_ns > 0)) | .rows[0].function' \
      "$rounds" | sort -u)" task_terminate
mdtrace probe destroy 1 2 >"$scratch/out"

# By probe, with and without a reader: all hits, whatever becomes of them.
mdtrace probe create --enable --if "$mine" --label created task_create \
  >"$scratch/out"
mdtrace probe create --enable --agg count --label added task_create \
  >"$scratch/out"
mdtrace probe create --enable --if 'task == "nobody"' --label none \
  task_create >"$scratch/out"
begin by-probe
workload "tasks 40"
comes_to "hits of three probes" '.events' 120
for label in created added none; do
  is "hits of $label" "$(sum ".rows[] | select(.label == \"$label\") | .events")" 40
done
is "what is filtered is said" "$(sum .counts.filtered)" 40
is "what is added up in the kernel is said" "$(sum .aggregated)" 40
is "and which probe does that" \
  "$(jq -c '.rows[] | select(.aggregated) | .label' "$rounds" | sort -u)" \
  '"added"'

# Losses: nobody reads the ring, which has room for some.
mdtrace ring --size 4096 >"$scratch/out"
dropped ()
{
  mdtrace --json probe list created | jq '.probes[0].dropped'
}
before=$(dropped)
begin lossy
workload "tasks 300"
comes_to "hits with losses" '.events' 900
is "what was dropped is said" \
  "$(sum '.rows[] | select(.label == "created") | .now.dropped')" \
  $(($(dropped) - before))
holds "some was" "$(sum .counts.dropped)" -gt 0
mdtrace ring --size 65536 >"$scratch/out"

# A probe that comes and goes while it looks.
begin coming
mdtrace probe create --enable --label late --if "$mine" task_create \
  >"$scratch/out"
workload "tasks 7"
wait_until "a late probe is seen" is_sum \
  '.rows[] | select(.label == "late") | .events' 7
destroy_all
comes_to "hits of probes that go" '.events' 28

# Beside a daemon.
start_daemon
mdtrace probe create --enable --if "$mine" ipc:::send >"$scratch/out"
printf 'echo 30000 ask 0 30000 30100\n' >"$scratch/echo.msgids"
begin by-message --by message --msgids "$scratch"
workload "ipc 25"
comes_to "messages with an id" \
  '.rows[] | select(.message_id == 30000 and .event == "send") | .events' 25
is "messages have names" "$(jq -r '.rows[] | select(.message_id == 30000) |
  .message' "$rounds" | sort -u)" echo.ask
destroy_all
mdtrace probe create --enable --if "$mine" task_create >"$scratch/out"
begin by-thread --by thread
workload "tasks 5"
comes_to "threads" ".rows[] | select(.task == \"workload-$arch\") | .events" 5
begin by-cpu --by cpu
workload "tasks 6"
comes_to "CPUs" '.rows[] | select(.cpu == 0) | .events' 6

# As people see it.
output=$(mdtrace top --once --interval 0.1)
has "the machine" "$output" \
  '^[0-9:]{8}  [0-9]+ tasks, [0-9]+ threads; .*% of .* used$'
has "the score" "$output" '^health [0-9]+'
has "losses" "$output" 'hits/s, [0-9]+ in .*; lost 0'
has "a row for a probe" "$output" '^ +[0-9.]+ .* task_create:entry'
output=$(mdtrace top --by message --count 2 --interval 0.1)
is "two rounds" "$(printf '%s\n' "$output" | grep -c '^health')" 2
# On a terminal each round is drawn over the one before, and is no longer.
for i in 1 2 3 4 5 6 7 8 9 10; do
  mdtrace probe create --enable task_create >"$scratch/out"
done
script -qec "stty rows 12 cols 50; mdtrace top --count 2 --interval 0.1" \
  /dev/null </dev/null | tr -d '\r' >"$scratch/drawn"
is "two rounds are drawn, in 12 lines each, of which none is broken" \
  "$(awk 'BEGIN { RS = "\033\\[\\?7l\033\\[H" }
	  NR > 1 { print gsub (/\n/, "") < 12, /\033\[\?7h$/, /task_create/ }' \
       "$scratch/drawn" | tr '\n' ' ')" "1 1 1 1 1 1 "
destroy_all
has "without probes it says what to do" \
  "$(mdtrace top --once --interval 0.1)" "There are no probes; 'mdtrace probe"

# What a machine that has ended has left in its rings is one round.
stop_daemon
export MDTRACE_TARGET="vm:$vm"
mdtrace probe create --enable --if "$mine" task_create >"$scratch/out"
workload "tasks 9"
mdtrace-vm console --state "$vm" --send debugger >"$scratch/out"
wait_until "the guest has stopped" grep -q 'db>' "$vm/console.log"
is "what is left is shown, and that is the end" \
  "$(timeout 60 mdtrace --json --target "ram:$vm" top --by task |
     jq -c '[.round, .events, (.rows | length)]')" "[1,9,1]"
done_testing
