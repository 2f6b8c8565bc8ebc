#!/bin/sh
# What probes take of the CPU is bounded: by a limit of events, by a budget, and
# whatever was asked for by the deadman, who acts within a second while the
# machine goes on.
. "${0%/*}/lib.sh"

start_vm guest
export MDTRACE_TARGET="vm:$vm"

# milliseconds: the guest's clock.
milliseconds ()
{
  mdtrace --json status | jq '.clock.uptime_ns / 1000000 | floor'
}

is "nothing is taken by no probe" \
  "$(mdtrace --json budget | jq -c '.cpus | map([.cpu, .share_percent == 0,
     .max_percent == 50, .stops])')" '[[0,true,true,0]]'

# A limit.
limited=$(mdtrace --json probe create --enable --limit 7/s \
	    syscall_mach_port_allocate | jq .probe_id)
before=$(milliseconds)
workload "trap 3000"
took=$(($(milliseconds) - before))
recorded=$(probe_value "$limited" recorded)
is "what is not recorded is throttled" \
  "$((recorded + $(probe_value "$limited" throttled)))" 3000
holds "a limit is reached" "$recorded" -ge 7
holds "and not passed: $recorded in $took ms" "$recorded" -le \
  $((7 * (took / 1000 + 2)))
# Whoever follows them is told.
timeout 60 mdtrace trace --count 14 >"$scratch/trace" 2>"$scratch/told" &
follower=$!
wait_until "the trace has begun" grep -q -s TIME "$scratch/trace"
while kill -0 $follower 2>/dev/null; do
  workload "trap 3000"
done
wait $follower
has "how many were throttled is told" "$(cat "$scratch/told")" \
  '^14 events, [1-9][0-9]* lost, of which [1-9][0-9]* throttled$'
mdtrace probe destroy "$limited" >"$scratch/out"

# Of what the filter accepts.
limited=$(mdtrace --json probe create --enable --limit 2 --if 'right > 90' \
	    syscall_mach_port_allocate | jq .probe_id)
workload "trap 100"
holds "a filter comes first" "$(probe_value "$limited" filtered)" -ge 90
holds "then the limit: $(probe_value "$limited" throttled)" \
  "$(probe_value "$limited" throttled)" -ge 4
law_holds "the law, with limits"
mdtrace probe destroy "$limited" >"$scratch/out"

# A budget: of a probe that would take much more.
all='fbt:kernel:*:entry'
cheap=$(mdtrace --json probe create --enable --budget 0.5% --agg count \
	  --by stack --stack=32 "$all" | jq .probe_id)
mdtrace probe list "$cheap" >"$scratch/out"
has "it says what it was given" "$(cat "$scratch/out")" \
  "^  budget     0.5 % of each CPU's time\$"
workload "mixed 200"
holds "a budget is used up" "$(probe_value "$cheap" throttled)" -gt 0
holds "and something was had for it" "$(probe_value "$cheap" recorded)" -gt 0
is "it is not switched off for that" "$(probe_value "$cheap" state)" enabled
law_holds "the law, with a budget"
mdtrace probe destroy "$cheap" >"$scratch/out"

# The deadman.  Whatever is dear, all the time: on the tick, on the scheduler
# and on the way of messages, with the deepest stack.
mdtrace budget --max 2% >"$scratch/out"
has "the share is set" "$(cat "$scratch/out")" '^ +0 .* 2 % +[0-9]+$'
stops=$(mdtrace --json budget | jq '.cpus[0].stops')
cheap=$(mdtrace --json probe create --enable --label cheap task_create |
	  jq .probe_id)
mdtrace --json probe create --label tick --agg count --by stack --stack=32 \
  'fbt:kernel:*clock*:' >"$scratch/tick"
mdtrace --json probe create --label scheduler --agg count --by stack \
  --stack=32 'fbt:kernel:thread_*:' >"$scratch/scheduler"
mdtrace --json probe create --label messages --agg count --by stack \
  --stack=32 'fbt:kernel:*:' >"$scratch/messages"
dear=$(jq .probe_id "$scratch/messages")
mdtrace probe enable "$(jq .probe_id "$scratch/tick")" >"$scratch/out"
mdtrace probe enable "$(jq .probe_id "$scratch/scheduler")" >"$scratch/out"
mdtrace probe enable "$dear" >"$scratch/out"
workload "mixed 1000"
has_stopped ()
{
  [ "$(mdtrace --json budget | jq '.cpus[0].stops')" -gt "$stops" ]
}
wait_until "the deadman has struck" has_stopped
is "the dearest was switched off" "$(probe_value "$dear" state)" disabled
is "and not the cheapest" "$(probe_value "$cheap" state)" enabled
holds "for all probes took more than they may" \
  "$(probe_value "$dear" 'usage.stopped.share_percent | floor')" -ge 2
has "the list tells" "$(mdtrace probe list)" \
  '^ +[0-9]+ .* disabled: all probes took [0-9.]+ % of CPU 0 .* messages$'
has "so does the probe itself" "$(mdtrace probe list messages)" \
  '^  stopped    switched off: all probes took [0-9.]+ % of CPU 0$'
before=$(milliseconds)
workload "mixed 100"
holds "the machine goes on" "$(($(milliseconds) - before))" -lt 30000
law_holds "the law, with the deadman"

mdtrace budget --max 50% >"$scratch/out"
mdtrace probe enable "$dear" >"$scratch/out"
is "it can be enabled again" "$(probe_value "$dear" usage.stopped)" null
mdtrace probe disable "$dear" >"$scratch/out"
mdtrace budget --max off >"$scratch/out"
has "it can be switched off as well" "$(cat "$scratch/out")" ' off '
stops=$(mdtrace --json budget | jq '.cpus[0].stops')
mdtrace probe enable "$dear" >"$scratch/out"
workload "mixed 500"
is "then it does not act" "$(mdtrace --json budget | jq '.cpus[0].stops')" \
  "$stops"
is "and the probe stays" "$(probe_value "$dear" state)" enabled
law_holds "the law, without it"
mdtrace probe disable "$dear" >"$scratch/out"

# How soon, while the machine has as much to do as it can: these probes take
# nearly all of its time, of which its host may give it but a part.
mdtrace budget --max 5% >"$scratch/out"
ids=$dear
for i in 1 2 3 4 5 6 7; do
  ids="$ids $(mdtrace --json probe create --agg count --by stack --stack=32 \
		'fbt:kernel:*:' | jq .probe_id)"
done
mdtrace-vm console --state "$vm" --timeout 120 --send "tasks 100000000" \
  --expect "tasks 100000000: done" >"$scratch/console" 2>&1 &
daemons="$daemons $!"
busy=$(mdtrace --json probe create --enable --agg count task_create |
	 jq .probe_id)
# goes_on: the machine does what it did, which it did HITS times before.
goes_on ()
{
  [ "$(probe_value "$busy" hits)" -gt "$((hits + 100))" ]
}
hits=0
wait_until "there is much to do" goes_on
stops=$(mdtrace --json budget | jq '.cpus[0].stops')
# throttled: hits of these probes that were.
throttled ()
{
  mdtrace --json probe list |
    jq '[.probes[] | select(.options.stack_depth == 32) | .throttled] | add'
}
throttled_before=$(throttled)
is_throttled ()
{
  [ "$(throttled)" -gt "$throttled_before" ]
}
# shellcheck disable=SC2086 # several numbers
mdtrace probe enable $ids >"$scratch/out"
before=$(milliseconds)
# The second that must be over, and what it takes to look.
wait_until "hits are throttled" is_throttled
took=$(($(milliseconds) - before))
holds "hits are throttled soon: after $took ms" "$took" -le 2000
wait_until "the deadman has struck once more" has_stopped
took=$(($(milliseconds) - before))
holds "and one probe is switched off: after $took ms" "$took" -le 3000
holds "which says so" "$(mdtrace --json probe list |
   jq '[.probes[] | select(.usage.stopped.share_percent >= 5)] | length')" \
  -ge 1
hits=$(probe_value "$busy" hits)
wait_until "the machine goes on with what it did" goes_on
pass "the machine goes on with what it did"
# Until no more is taken than may be.
is_quiet ()
{
  mdtrace --json budget | jq -e '.cpus[0] | .share_percent > 0
    and .share_percent <= .max_percent' >"$scratch/out"
}
wait_until "they take what they may" is_quiet
is "who is cheap was left alone" "$(probe_value "$busy" state)" enabled
law_holds "the law at the end"
done_testing
