#!/bin/sh
# The models of the rings' protocol, kernel/ring.pml and kernel/order.pml: spin
# searches all that can happen, and finds each mistake that can be put in.
. "${0%/*}/lib.sh"

command -v spin >/dev/null || skip_all "spin is not installed"

# search MODEL DEFINITION...: all states that can be reached; what the search
# says is in $scratch/search, with what led to an error.
search ()
{
  model=$1
  shift
  rm -rf "$scratch/model"
  mkdir "$scratch/model"
  (
    cd "$scratch/model" || exit
    # Whatever of it is cut short for the lack of memory or depth is an error.
    spin -a "$@" "$TEST_SRCDIR/kernel/$model.pml" &&
      "${CC%% *}" -O2 -w -DSAFETY -DCOLLAPSE -DMEMLIM=480 -o pan pan.c &&
      timeout 120 ./pan -m100000
  ) >"$scratch/search" 2>&1
}

# is_right NAME MODEL DEFINITION...: the search is complete and finds nothing
# wrong.
is_right ()
{
  name=$1
  shift
  search "$@"
  if grep -q 'errors: 0$' "$scratch/search" &&
    ! grep -q -i -E 'memory limit|max search depth|not completed' \
      "$scratch/search"; then
    pass "$name: $(sed -n 's/^ *\([0-9]*\) states, stored.*/\1 states/p' \
      "$scratch/search")"
  else
    fail "$name" "$(cat "$scratch/search")"
  fi
}

# finds NAME MODEL DEFINITION...: the search finds that something is wrong.
finds ()
{
  name=$1
  shift
  search "$@"
  has "a mistake is found: $name" "$(cat "$scratch/search")" \
    'errors: [1-9]'
}

is_right "discard mode, a reader that dies" ring -DSCENARIO=1
finds "the head before the data" ring -DSCENARIO=1 -DMUTATION=1
finds "a release before the commit" ring -DSCENARIO=1 -DMUTATION=2
finds "a record across the end" ring -DSCENARIO=1 -DMUTATION=4
finds "the committed position is forgotten" ring -DSCENARIO=1 -DMUTATION=5
finds "what is dropped is not counted" ring -DSCENARIO=1 -DMUTATION=11
finds "the unread is overwritten" ring -DSCENARIO=1 -DMUTATION=12

is_right "overwrite mode, a lease that ends" ring -DSCENARIO=2
finds "a copy is trusted" ring -DSCENARIO=2 -DMUTATION=6
finds "oldest after the data" ring -DSCENARIO=2 -DMUTATION=7
finds "handlers are not waited for" ring -DSCENARIO=2 -DMUTATION=8
finds "a look before it is asked whether the ring is stopped" \
  ring -DSCENARIO=2 -DMUTATION=9
finds "no barrier in the handler" ring -DSCENARIO=2 -DMUTATION=10

is_right "discard mode, any tail" ring -DSCENARIO=3
finds "any tail is believed" ring -DSCENARIO=3 -DMUTATION=3
is_right "overwrite mode, any tail" ring -DSCENARIO=4
finds "any tail is believed in overwrite mode" \
  ring -DSCENARIO=4 -DMUTATION=3

is_right "the order of two CPUs" order
finds "the heads before the watermarks" order -DMUTATION=1
finds "the sequence number is not looked at" order -DMUTATION=2
finds "nobody is waited for" order -DMUTATION=3
finds "the sequence number is never odd" order -DMUTATION=4
done_testing
