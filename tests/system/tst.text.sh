#!/bin/sh
# Without an enabled probe the running kernel's text is the stock kernel's,
# but for the two hooks; with one, a jump more; afterwards as before.
. "${0%/*}/lib.sh"

compare ()
{
  "$TEST_LIBDIR/compare-text" "$STOCK_KERNEL" "$vm/ram"
}
hooks='bootstrap_create 5
ipc_kobject_notify 5'

start_vm guest
is "nothing enabled: only the hooks differ" "$(compare)" "$hooks"
M="mdtrace --target vm:$vm"
$M probe create task_create >"$scratch/out"
is "a probe that is disabled changes nothing" "$(compare)" "$hooks"
$M probe enable 1 >"$scratch/out"
is "an enabled probe changes the function's first bytes" \
  "$(compare | sort)" "$(printf '%s\ntask_create 5\n' "$hooks" | sort)"
$M probe disable 1 >"$scratch/out"
is "disabled, the text is as it was" "$(compare)" "$hooks"
done_testing
