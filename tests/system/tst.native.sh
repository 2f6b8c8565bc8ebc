#!/bin/sh
# A task traces its own kernel: libmdtrace by the transport mach:, and the RPCs
# about rings as they are.
. "${0%/*}/lib.sh"

# report TASK: the verdicts that the task has printed on the console.
report ()
{
  wait_until "$1 is done" grep -q "$1: done" "$vm/console.log"
  tr -d '\r' <"$vm/console.log" | sed -n "s/.*$1: \(.*\): good\$/good \1/p
    s/.*$1: \(.*\): wrong, \(.*\)\$/wrong \1: \2/p" >"$scratch/report"
  while read -r verdict step; do
    if [ "$verdict" = good ]; then pass "$1: $step"; else fail "$1: $step"; fi
  done <"$scratch/report"
  holds "$1: all steps were taken" "$(wc -l <"$scratch/report")" -ge "$2"
}

start_vm native --module "$TEST_LIBDIR/native-x86_64,\${host-port}"
report native 14
start_vm rings --module "$TEST_LIBDIR/rings-x86_64,\${host-port}"
report rings 14
done_testing
