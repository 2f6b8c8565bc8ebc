#!/bin/sh
# Without an enabled probe the running kernel's text is the stock kernel's,
# but for the two hooks; with one, a jump more; afterwards as before.
. "${0%/*}/lib.sh"

hooks='bootstrap_create 5
ipc_kobject_notify 5'

start_vm guest
is "nothing enabled: only the hooks differ" "$(changed_text)" "$hooks"
M="mdtrace --target vm:$vm"
$M probe create task_create >"$scratch/out"
is "a probe that is disabled changes nothing" "$(changed_text)" "$hooks"
$M probe enable 1 >"$scratch/out"
is "an enabled probe changes the function's first bytes" \
  "$(changed_text)" "$(printf '%s\ntask_create 5\n' "$hooks" | sort)"
$M probe disable 1 >"$scratch/out"
is "disabled, the text is as it was" "$(changed_text)" "$hooks"
done_testing
