#!/bin/sh
# What the mdtrace command refuses, and how; and that --json stays JSON.
. "${0%/*}/lib.sh"

refuses "no verb" 2 "what is to be done" mdtrace
refuses "an unknown verb" 2 "sing: no such verb; there are status, probe" \
  mdtrace sing
refuses "an unknown verb of probe" 2 "no such verb; there are create, enable" \
  mdtrace probe sing
refuses "an unknown option" 2 "unrecognized option" mdtrace status --sing
refuses "an argument too many" 2 "takes no argument" mdtrace status now
refuses "no target" 1 "no target; name one with --target or MDTRACE_TARGET" \
  mdtrace status
refuses "a target of an unknown kind" 1 "http://x: not a target" \
  mdtrace --target http://x status
refuses "a daemon that is not there" 1 "cannot be reached.*is mdtraced running" \
  mdtrace --target "unix:$scratch/none" status
refuses "a guest that is not there" 1 \
  "cannot be reached.*no directory of a virtual machine" \
  mdtrace --target "vm:$scratch/none" status
refuses "no function" 2 "name a function" mdtrace probe create
refuses "two functions" 2 "one probe at a time" mdtrace probe create a b
refuses "a description of three parts" 2 "has four parts" \
  mdtrace probe create a:b:c
refuses "a place that is none" 2 "no such place" \
  mdtrace probe create fbt::a:middle
refuses "a label too long" 2 "at most 39 characters" \
  mdtrace probe create --label 0123456789012345678901234567890123456789 a
refuses "no probe" 2 "name a probe by its number or its label" \
  mdtrace probe enable
refuses "a count of nothing" 2 "--count must be a whole number from 1 on" \
  mdtrace trace --count 0

start_vm guest
export MDTRACE_TARGET="vm:$vm"
refuses "a label of no probe" 1 "^mdtrace: one: no such probe" \
  mdtrace probe enable one
refuses "a number that is too large" 1 "^mdtrace: 4294967296: no such probe" \
  mdtrace probe destroy 4294967296
refuses "an unknown function, with those that look like it" 1 \
  '^mdtrace: task_creat: no such function in this kernel; did you mean task_create' \
  mdtrace probe create task_creat
refuses "one that looks like nothing" 1 \
  '^mdtrace: qqqqqqqqqqqqqqqq: no such function in this kernel$' \
  mdtrace probe create qqqqqqqqqqqqqqqq
refuses "a function that must not be probed, with the reason" 1 \
  '^mdtrace: spl0: may not be probed; it sets the interrupt level' \
  mdtrace probe create spl0
refuses "where mdtrace itself is hooked in" 1 'mdtrace itself is hooked in' \
  mdtrace probe create ipc_kobject_notify
refuses "a probe that is not there" 1 '^mdtrace: probe 7: no such probe' \
  mdtrace probe enable 7
mdtrace probe create task_create >"$scratch/out"
refuses "to disable what is disabled" 1 'probe 1: is not enabled' \
  mdtrace probe disable 1
mdtrace probe enable 1 >"$scratch/out"
refuses "to enable what is enabled" 1 'probe 1: is enabled already' \
  mdtrace probe enable 1
refuses "a query without a daemon" 1 'only a daemon has a database' \
  mdtrace query 'select 1'
refuses "a database that is not there" 1 "No such file" \
  mdtrace query --database "$scratch/none" 'select 1'
refuses "a debug file of something else" 1 'no instrumented kernel' \
  mdtrace status --debug-file /bin/true
refuses "a debug file that is not there" 1 'No such file' \
  mdtrace status --debug-file "$scratch/none"
succeeds "the kernel's own debug file" \
  mdtrace status --debug-file "$MDTRACE_KERNEL.debug"
# A kernel that differs in its text differs in its hash.
zcat "$STOCK_KERNEL" | LC_ALL=C sed 's/GNU Mach/GNU Moch/' >"$scratch/other"
printf '\220' | dd of="$scratch/other" bs=1 seek=$((0xd000 + 48)) conv=notrunc \
  2>"$scratch/dd"
mdtrace-mkkernel -o "$scratch/other-mdtrace" "$scratch/other"
refuses "a debug file of another kernel" 1 'belongs to another kernel' \
  mdtrace status --debug-file "$scratch/other-mdtrace.debug"

# With --json a failure is JSON too, and nothing else is on standard output.
for command in "status --debug-file /bin/true" "probe create task_creat" \
  "probe create spl0" "probe disable 99"; do
  # shellcheck disable=SC2086 # a command of several words
  mdtrace --json $command >"$scratch/json" 2>/dev/null
  is "--json $command" "$(jq -r '.error | type' "$scratch/json" 2>&1)" object
done
for command in status "probe list" "probe create thread_create" \
  "probe enable 2" "probe disable 1 2" "probe destroy 1 2" health; do
  # shellcheck disable=SC2086
  mdtrace --json $command >"$scratch/json" 2>"$scratch/stderr"
  is "--json $command" "$(jq -s length "$scratch/json" 2>&1)" 1
  is "--json $command: nothing on standard error" \
    "$(cat "$scratch/stderr")" ""
done

start_daemon
refuses "a query that is no SQL" 1 'syntax error' mdtrace query 'selec 1'
refuses "a query that would write" 1 'readonly' \
  mdtrace query 'delete from event'
refuses "two queries" 1 'one statement at a time' \
  mdtrace query 'select 1; select 2'
# Where the connection to the daemon must not become what is printed to.
refuses "a standard output that was closed" 1 \
  "standard output: Bad file descriptor" \
  sh -c 'exec mdtrace top --once --interval 0.01 >&-'
refuses "a daemon through a daemon" 1 'cannot trace through another daemon' \
  mdtraced --target "$MDTRACE_TARGET" --database "$scratch/x"
sqlite3 "$scratch/foreign.db" 'create table x (y)'
refuses "a database of another program" 1 'another program' \
  mdtraced --foreground --target "vm:$vm" --database "$scratch/foreign.db"
sqlite3 "$scratch/newer.db" "pragma application_id = $((0x4d445452));
  pragma user_version = 99; create table x (y)"
refuses "a database of a newer version" 1 'has version 99' \
  mdtraced --foreground --target "vm:$vm" --database "$scratch/newer.db"
refuses "a database that cannot be made" 1 'No such file' \
  mdtraced --foreground --target "vm:$vm" --database /nowhere/x.db
done_testing
