#!/bin/sh
# Root may change things, members of the group may read, others may not even
# connect.
. "${0%/*}/lib.sh"

[ "$(id -u)" = 0 ] || skip_all "only root can become somebody else"
getent group users >/dev/null || skip_all "there is no group 'users'"
start_vm guest
start_daemon --group users
# The way to the socket is open; the socket itself decides.
chmod 711 "$scratch" "$vm"
gid=$(getent group users | cut -d: -f3)
member="setpriv --reuid 65534 --regid $gid --clear-groups"
stranger="setpriv --reuid 65534 --regid 65534 --clear-groups"

# shellcheck disable=SC2086 # commands of several words
{
  succeeds "a member reads the status" $member mdtrace status
  succeeds "a member lists probes" $member mdtrace probe list
  succeeds "a member lists static probes" \
    $member mdtrace probe list --available '*:::*'
  refuses "a member fires an event" 1 "not permitted" \
    $member mdtrace fire event
  succeeds "a member asks the database" \
    $member mdtrace query 'select count(*) from events'
  refuses "a member creates no probe" 1 \
    'task_create: not permitted: only root.*members of group' \
    $member mdtrace probe create task_create
  mdtrace probe create task_create >"$scratch/out"
  refuses "a member enables no probe" 1 'probe 1: not permitted' \
    $member mdtrace probe enable 1
  succeeds "a member lists sites" $member mdtrace probe list --per-site
  succeeds "a member has a place explained" \
    $member mdtrace probe explain task_create
  is "the probe is as it was" "$(probe_value 1 state)" disabled
  mdtrace probe create --label adder --agg count task_create >"$scratch/out"
  succeeds "a member reads what was added up" $member mdtrace agg read adder
  succeeds "a member watches it" $member mdtrace agg watch --totals --count 1
  refuses "a member clears nothing" 1 'probe 2: not permitted' \
    $member mdtrace agg clear adder
  succeeds "a member sees what probes take" $member mdtrace budget
  refuses "a member does not say what they may" 1 'not permitted' \
    $member mdtrace budget --max 10%
  is "which is as it was" \
    "$(mdtrace --json budget | jq '.cpus[0].max_percent == 50')" true
  refuses "a stranger does not even connect" 1 'not permitted.*denied' \
    $stranger mdtrace status
}
done_testing
