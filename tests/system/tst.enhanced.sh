#!/bin/sh
# 'make run-enhanced-instrumentation' prints its four lines when each part works
# on a kernel that was booted; and where one does not, says so without its line.
. "${0%/*}/lib.sh"

run=$TEST_SRCDIR/tests/enhanced.sh
all="✓ Enhanced DTrace framework loaded
✓ Dynamic probe subsystem available
✓ Performance counters subsystem available
✓ Analysis tools test passed"

has "make has it" \
  "$(make -n -C "$TEST_BUILDDIR" run-enhanced-instrumentation 2>&1)" \
  'tests/enhanced\.sh'
is "all parts work" "$(sh "$run" 2>"$scratch/stderr")" "$all"
is "and nothing is wrong" "$(cat "$scratch/stderr")" ""

# One thing goes wrong each time: PROGRAM, of sed, changes what 'mdtrace VERB'
# prints.
mdtrace=$(command -v mdtrace)
export mdtrace
mkdir "$scratch/bin"
cat >"$scratch/bin/mdtrace" <<'END'
#!/bin/sh
case " $* " in
  *" $WRONG_VERB "*) "$mdtrace" "$@" | sed "$WRONG_PROGRAM" ;;
  *) exec "$mdtrace" "$@" ;;
esac
END
chmod +x "$scratch/bin/mdtrace"
# breaks LINE MESSAGE VERB PROGRAM
breaks ()
{
  WRONG_VERB=$3 WRONG_PROGRAM=$4 PATH=$scratch/bin:$PATH sh "$run" \
    >"$scratch/printed" 2>"$scratch/stderr"
  is "$3 goes wrong" $? 1
  has "what has failed is said" "$(cat "$scratch/stderr")" "^failed: $2"
  is "the other lines are printed, and its own is not" \
    "$(cat "$scratch/printed")" "$(printf '%s\n' "$all" | grep -v "$1")"
}
breaks "DTrace framework" "five tasks are five events" trace 1d
breaks "Dynamic probe" "seven tasks are seven hits" dynamic_probe_list \
  's/"hits": 7/"hits": 6/'
breaks "Performance counters" "a hundred page faults" \
  "perf_take_system_snapshot()" 's/"faults": .*/"faults": 5,/'
breaks "Performance counters" "the score" "perf_get_system_health_score()" \
  's/100/200/'
breaks "Analysis tools" "eleven tasks are eleven calls" analyze \
  's/"count": 11/"count": 12/'

# A kernel without mdtrace in it.
MDTRACE_KERNEL=$STOCK_KERNEL sh "$run" >"$scratch/printed" 2>&1
is "a kernel without mdtrace" $? 1
is "no part is there" "$(grep -c '✓' "$scratch/printed")" 0
done_testing
