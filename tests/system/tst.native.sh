#!/bin/sh
# A task traces its own kernel: libmdtrace by the transport mach:, and the RPCs
# about rings as they are.
. "${0%/*}/lib.sh"

# report TASK LEAST: the verdicts that the task has printed on the console, at
# LEAST so many.
report ()
{
  wait_until "$1 is done" grep -q "$1: done" "$vm/console.log"
  tr -d '\r' <"$vm/console.log" | sed -n "s/.*$1: \(.*\): good\$/good \1/p
    s/.*$1: \(.*\): wrong, \(.*\)\$/wrong \1: \2/p" >"$scratch/report"
  while read -r verdict step; do
    title="$1 on $arch: $step"
    if [ "$verdict" = good ]; then pass "$title"; else fail "$title"; fi
  done <"$scratch/report"
  holds "$1 on $arch: all steps were taken" \
    "$(wc -l <"$scratch/report")" -ge "$2"
}

for architecture in $TEST_ARCHITECTURES; do
  kernel=$TEST_BUILDDIR/build/test/gnumach-$architecture
  for task in native rings; do
    start_vm "$task-$architecture" --kernel "$kernel" \
      --module "$TEST_LIBDIR/$task-$architecture,\${host-port}"
    report $task 14
  done
done
done_testing
