#!/bin/sh
# The stack that a probe's handler uses, at most, with what its gate or its
# breakpoint leaves there: kernel stacks are small, and interrupt stacks are no
# larger.
. "${0%/*}/lib.sh"

limit=384
# breakpoint_find is called before the handler, and uses less.

# measure ARCHITECTURE FUNCTION WORD SAVED: from where SAVED words of WORD bytes
# are on the stack already.
measure ()
{
  saved=$(($3 * $4))
  deepest=$(perl "$TEST_SRCDIR/tests/system/deepest.pl" "$2" \
    "$TEST_BUILDDIR/build/$1"/kernel/*.o \
    "$TEST_BUILDDIR/build/$1"/kernel/x86/*.o 2>&1)
  echo "# $saved saved, $deepest"
  has "$1: every call of $2 is known" "$deepest" "^[0-9]+ $2"
  bytes=$((${deepest%% *} + saved))
  holds "$1: $2 uses $bytes bytes of stack, at most $limit" $bytes -le $limit
}

# What reads the stack of whoever was probed finds the frame in a register that
# nobody on the way there may use.
frames_are_left_alone ()
{
  using=
  for object in aggregate backtrace dtrace filter pairs record values; do
    objdump -d "$TEST_BUILDDIR/build/$1/kernel/$object.o" |
      grep -q -E "mov +%[re]sp,%[re]bp" && using="$using $object"
  done
  is "$1: the frame pointer's register is left alone" "$using" ""
}

for architecture in $TEST_ARCHITECTURES; do
  frames_are_left_alone "$architecture"
  case $architecture in
    i386)
      measure i386 dtrace_hit_alone 4 6
      measure i386 dtrace_hit 4 10
      ;;
    *)
      measure "$architecture" dtrace_hit_alone 8 10
      measure "$architecture" dtrace_hit 8 20
      ;;
  esac
done
done_testing
