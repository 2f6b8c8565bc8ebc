#!/bin/sh
# What is refused of counters, snapshots and text commands, and how.
. "${0%/*}/lib.sh"

# What needs no kernel.
refuses "no verb of counter" 2 \
  "There are list, enable, disable, read, reset, create, destroy, update" \
  mdtrace counter
for verb in enable disable reset destroy; do
  refuses "to $verb nothing" 2 "name a counter" mdtrace counter $verb
  refuses "to $verb all and others" 2 "all goes with no other name" \
    mdtrace counter $verb all ipc-latency
done
for sample in 0 1/0 -1 1/ 2/3 1/1000001 16x often ''; do
  refuses "a sample of '$sample'" 2 \
    "--sample must be 1/N with N from 1 to 1000000" \
    mdtrace counter enable --sample "$sample" ipc-latency
done
refuses "a CPU that is none" 2 "--cpu must be a whole number from 0 on" \
  mdtrace counter read --cpu none
refuses "to create nothing" 2 "name the new counter" \
  mdtrace counter create --unit x
refuses "to create two" 2 "one counter at a time" \
  mdtrace counter create --unit x a b
refuses "without a unit" 2 "say with --unit what it counts" \
  mdtrace counter create a
refuses "a unit too long" 2 "--unit: at most 15 characters" \
  mdtrace counter create --unit 0123456789012345 a
refuses "a name too long" 2 "up to 31 characters" \
  mdtrace counter create --unit x 01234567890123456789012345678901
refuses "a kind that is none" 2 "--kind must be count, duration or level" \
  mdtrace counter create --unit x --kind sum a
refuses "durations of something else" 2 "durations are in nanoseconds" \
  mdtrace counter create --unit ms --kind duration a
refuses "to update nothing" 2 "name a counter, and its value" \
  mdtrace counter update
refuses "to update with nothing" 2 "name a counter, and its value" \
  mdtrace counter update a
refuses "to update with two" 2 "one value at a time" \
  mdtrace counter update a 1 2
for value in '' one 5x 18446744073709551616 +5; do
  refuses "a value of '$value'" 2 "a value is a number from 0 to" \
    mdtrace counter update a "$value"
done
refuses "a watch every 0 seconds" 2 "--watch must be a number of seconds" \
  mdtrace snapshot --watch=0
refuses "a count of no watch" 2 "--count goes with --watch" \
  mdtrace snapshot --count 3
refuses "a watch of nothing" 2 "--count must be a whole number from 1 on" \
  mdtrace snapshot --watch --count 0
refuses "no command" 2 "say which command" mdtrace command
refuses "two commands" 2 "one command at a time" \
  mdtrace command dynamic_probe_list dynamic_probe_list
refuses "what is no command" 2 \
  "no such command; there are dynamic_probes_init, .*perf_get_system_health" \
  mdtrace command 'reboot()'
refuses "two in one" 2 "dynamic_probe_list: something follows" \
  mdtrace command 'dynamic_probe_list; dynamic_probe_list'
refuses "no number" 2 "word 1 must be the number of a probe" \
  mdtrace command 'dynamic_probe_enable one'
refuses "neither TRUE nor FALSE" 2 "word 2 must be TRUE or FALSE" \
  mdtrace command 'perf_counter_enable(PERF_COUNTER_IPC_LATENCY, 1)'
refuses "no target" 1 "no target" mdtrace command dynamic_probe_list

start_vm guest
export MDTRACE_TARGET="vm:$vm"

for verb in list enable disable read reset destroy; do
  refuses "to $verb what is not there" 1 '^mdtrace: sing: no such counter' \
    mdtrace counter $verb sing
done
for verb in enable read reset; do
  refuses "to $verb what is unavailable, with the reason" 1 \
    '^mdtrace: instructions: cannot be counted on this machine.*; .*CPU' \
    mdtrace counter $verb instructions
done
refuses "to disable it" 1 '^mdtrace: instructions: is not enabled' \
  mdtrace counter disable instructions
refuses "to destroy what is always there" 1 \
  'instructions: no such counter.*; that one is always there' \
  mdtrace counter destroy instructions
refuses "to update it" 1 \
  "no such counter.*; only those that 'mdtrace counter create' has made" \
  mdtrace counter update ipc-latency 5
refuses "to update what is not there" 1 '^mdtrace: sing: no such counter' \
  mdtrace counter update sing 5
for name in '' 'a b' 'a/b' 'ä' "a'"; do
  refuses "a counter called '$name'" 1 "is of letters, digits" \
    mdtrace counter create --unit x "$name"
done
refuses "one that is always there" 1 'there is a counter of that name' \
  mdtrace counter create --unit x ipc-latency
mdtrace counter create --unit x one >"$scratch/out"
refuses "one that is there" 1 'one: there is a counter of that name' \
  mdtrace counter create --unit x one
refuses "to enable what is on" 1 'one: is enabled already' \
  mdtrace counter enable one
refuses "to sample a count" 1 'only durations are sampled' \
  sh -c 'mdtrace counter disable one && mdtrace counter enable --sample 2 one'
refuses "to disable what is off" 1 'one: is not enabled' \
  mdtrace counter disable one
refuses "to update what is off" 1 'one: is not enabled' \
  mdtrace counter update one 5
refuses "another CPU" 1 'one: no such CPU' mdtrace counter read --cpu 1 one
for number in 2 3 4 5 6 7 8; do
  mdtrace counter create --unit x "c$number" >>"$scratch/out"
done
refuses "one too many" 1 'the limit of counters is reached' \
  mdtrace counter create --unit x c9
is "those that were made" "$(mdtrace --json counter list | jq '[.counters[] |
  select(.source == "tasks")] | length')" 8
# What has failed has changed nothing.
refuses "the second is not there" 1 'sing: no such counter' \
  mdtrace counter destroy c2 sing
is "so the first still is" "$(mdtrace --json counter list c2 |
			      jq -r '.counters[0].state')" on

# Commands fail as their verbs do, and nothing in them is an option.
refuses "a function that is not there" 1 \
  'task_creat: no such function in this kernel; did you mean task_create' \
  mdtrace command 'dynamic_probe_create task_creat'
refuses "an option is a word" 1 '^mdtrace: --help: no such counter' \
  mdtrace command 'perf_counter_update(--help, 1)'
refuses "a probe that is not there" 1 '^mdtrace: probe 7: no such probe' \
  mdtrace command 'dynamic_probe_enable 7'
refuses "a counter that is unavailable" 1 \
  '^mdtrace: instructions: cannot be counted on this machine' \
  mdtrace command 'perf_counter_enable(PERF_COUNTER_INSTRUCTIONS, TRUE)'
refuses "the trend of one" 1 \
  '^mdtrace: instructions: cannot be counted on this machine' \
  mdtrace command 'perf_analyze_trends(PERF_COUNTER_INSTRUCTIONS)'
refuses "to update one of the kernel's" 1 'no such counter' \
  mdtrace command 'perf_counter_update(PERF_COUNTER_IPC_LATENCY, 1)'

# With --json a failure is JSON too, and nothing else is on standard output.
for command in 'counter enable instructions' 'counter read sing' \
  'counter create --unit x one' 'counter update sing 1' \
  'command dynamic_probe_enable(7)'; do
  # shellcheck disable=SC2086 # a command of several words
  mdtrace --json $command >"$scratch/json" 2>/dev/null
  is "--json $command" "$(jq -r '.error | type' "$scratch/json" 2>&1)" object
done
done_testing
