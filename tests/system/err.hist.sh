#!/bin/sh
# What mdtrace hist refuses, and how.
. "${0%/*}/lib.sh"

refuses "nothing asked" 2 "which value of which probe" mdtrace hist
refuses "no value" 2 "which value of which probe" mdtrace hist vm_fault
refuses "two traces" 2 "one trace at a time" mdtrace hist a b c d
refuses "no step" 2 "--linear must be a whole number from 1 on" \
  mdtrace hist --linear 0 a b
refuses "groups of an unknown kind" 2 \
  "--by must be one of probe, task, thread, cpu, function, not 'room'" \
  mdtrace hist --by room a b
refuses "a time that ends before it begins" 2 "--from is after --to" \
  mdtrace hist --from 2 --to 1 a b
refuses "a trace that is not there" 1 "$scratch/none.db" \
  mdtrace hist a b "$scratch/none.db"

database=$scratch/500.db
"$TEST_LIBDIR/make-trace" "$database" 500 >"$scratch/out"
refuses "a probe that the trace does not have, with those that look like it" 1 \
  "^mdtrace: vm_fautl: .*; did you mean vm_fault\?" \
  mdtrace hist vm_fautl size "$database"
refuses "one that looks like nothing, with those that there are" 1 \
  "it has 1 \(fbt:kernel:mach_msg_trap:\), 2 .* and more" \
  mdtrace hist qqqqqqqqqqqqqqqq size "$database"
refuses "nothing looks like a name that is none" 1 \
  "^mdtrace: \[: .*; it has 1 \(" mdtrace hist '[' size "$database"
refuses "a number of no probe" 1 "^mdtrace: 999: the trace has nothing" \
  mdtrace hist 999 size "$database"
refuses "a value that the probe does not have, with those that it has" 1 \
  "^mdtrace: sise of 1: .*; what was recorded is task, size, object, retval" \
  mdtrace hist 1 sise "$database"
refuses "durations that were not recorded" 1 "--latency" \
  mdtrace hist ipc:::send duration_ns "$database"
refuses "a returned value that was not" 1 "returns have it" \
  mdtrace hist ipc:::send retval "$database"
refuses "an argument that was not" 1 \
  "mdtrace probe create --args arg5' makes a probe that does" \
  mdtrace hist lock_read arg5 "$database"
refuses "numbers of two kinds" 1 "it has a sign in some of these probes" \
  mdtrace hist '*' arg0 "$database"
refuses "no event in that time" 1 "no event of it in that time" \
  mdtrace hist --to 5 1 size "$database"
refuses "more steps than can be shown, with how large they can be" 2 \
  "--linear 1: makes more than 1000 steps of what there is; take [0-9]+ or" \
  mdtrace hist --linear 1 'vm_*' size "$database"
mdtrace --json hist 1 sise "$database" >"$scratch/json" 2>"$scratch/err"
is "a refusal in JSON" "$(jq -r '.error.about' "$scratch/json")" "sise of 1"

"$TEST_LIBDIR/make-trace" "$scratch/0.db" 0 >"$scratch/out"
refuses "a trace without events" 1 "no event of it is there|no probes" \
  mdtrace hist 1 size "$scratch/0.db"
head -c 30000 "$database" >"$scratch/short.db"
refuses "a damaged trace" 1 "$scratch/short.db" \
  mdtrace hist 1 size "$scratch/short.db"
done_testing
