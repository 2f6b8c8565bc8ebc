#!/bin/sh
# What may stay in the database: by size and by age, while the daemon works.
. "${0%/*}/lib.sh"

size ()
{
  stat -c %s "$1" 2>/dev/null || echo 0
}

# largest FILE COMMAND...: the largest size of FILE while COMMAND runs.
largest ()
{
  file=$1
  shift
  "$@" &
  command=$!
  most=0
  while kill -0 $command 2>/dev/null; do
    now=$(size "$file")
    [ "$now" -le "$most" ] || most=$now
  done
  wait $command
}

# flood EVENTS: let the daemon store so many at full speed, however many are
# dropped besides.
flood ()
{
  before=$(stored)
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    workload "trap 100000"
    [ "$(stored)" -lt $((before + $1)) ] || return
  done
  fail "more than $1 events are stored in 20 rounds"
}

stored ()
{
  sqlite3 -readonly -cmd '.timeout 5000' "$database" \
    'select coalesce(sum(events), 0) from run'
}

start_vm guest
mdtrace --target "vm:$vm" ring --size 4M >"$scratch/out"
start_daemon
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
flood 80000
mdtrace query 'select 1' >"$scratch/out"
stop_daemon
holds "without a limit the database grows" "$(size "$database")" -gt 2000000

# By size.  The daemon is as fast as it can be, and so is the guest.
rm -f "$database"
start_daemon --keep-size 4M
mdtrace probe disable 1 >"$scratch/out"
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
largest "$database" flood 200000
echo "# at most $most bytes, of which 4194304 may be"
holds "with one it does not, but for what is under way" "$most" -le 4718592
holds "it uses what it may" "$most" -ge 3500000
# Not so fast that any is dropped.
mdtrace query 'select 1' >"$scratch/out"
workload "trap 10"
mdtrace probe disable 2 >"$scratch/out"
is "the newest events are there" \
  "$(query "select group_concat(arg1, ' ') from (select arg1 from events
	    order by time_ns desc limit 10)")" "10 9 8 7 6 5 4 3 2 1"
holds "the oldest are not" \
  "$(query "select arg1 from events order by time_ns limit 1")" -gt 1000
is "what is missing was removed: the probe's counts tell of it" \
  "$(query "select recorded > (select count(*) from events)
	    from probes where probe_id = 2")" 1
holds "what else is older is removed too" \
  "$(query "select (select min(time_ns) from events)
	    - (select coalesce(min(time_ns), 9e18) from clock)")" -le 0
is "the journal is small again" \
  "$([ "$(size "$database-wal")" -le 8388608 ] && echo small)" small
law_holds "the law"
stop_daemon

# A limit that is lower than what there is: the file becomes smaller.
rm -f "$database"
start_daemon
mdtrace probe enable 2 >"$scratch/out"
flood 200000
mdtrace query 'select 1' >"$scratch/out"
workload "trap 10"
mdtrace probe disable 2 >"$scratch/out"
mdtrace query 'select 1' >"$scratch/out"
stop_daemon
holds "there is more than 4 MiB" "$(size "$database")" -gt 4194304
start_daemon --keep-size 4M
# shellcheck disable=SC2016
wait_until "the file is smaller" sh -c \
  'sqlite3 -cmd ".timeout 5000" "$0" "pragma wal_checkpoint" >/dev/null
   [ "$(stat -c %s "$0")" -le 4194304 ]' "$database"
is "the newest are still there" \
  "$(query "select group_concat(arg1, ' ') from (select arg1 from events
	    order by time_ns desc limit 10)")" "10 9 8 7 6 5 4 3 2 1"
stop_daemon

# By age.
rm -f "$database"
start_daemon --keep-age 10s --aggregations 1
mdtrace probe create --enable --agg count --by arg1 \
  syscall_mach_port_allocate >"$scratch/out"
mdtrace probe enable 2 >"$scratch/out"
workload "trap 500"
is "what is new stays" "$(query 'select count(*) from events')" 500
# shellcheck disable=SC2016
wait_until "nothing is older than ten seconds" sh -c \
  '[ "$(sqlite3 -readonly -cmd ".timeout 5000" "$0" \
	"select count(*) from event")" -eq 0 ]' "$database"
# shellcheck disable=SC2016
wait_until "nor is what aggregations had" sh -c \
  '[ "$(sqlite3 -readonly -cmd ".timeout 5000" "$0" \
	"select (select count(*) from aggregate_history)
	 + (select count(*) from aggregation_history)")" -eq 0 ]' "$database"
is "what they have last stays" \
  "$(query 'select count(*), sum(count) from aggregates')" '500|500'
workload "trap 100"
is "it goes on" "$(query 'select count(*) from events')" 100
is "and counts what has come" \
  "$(query 'select count(*), sum(added), max(count) from aggregate_changes')" \
  '100|100|2'
law_holds "the law, at the end"
stop_daemon
is "the database is whole" \
  "$(sqlite3 -readonly "$database" 'pragma integrity_check')" ok

for bad in 3 3x 0s -1s 99999999999999999999d s ''; do
  refuses "an age of '$bad'" 2 'whole number and one letter of smhd' \
    mdtraced --foreground --keep-age "$bad"
done
for bad in 0 -1 86401 1s '' 99999999999999999999; do
  refuses "aggregations every '$bad'" 2 \
    'takes a number of seconds from 1 to 86400, not' \
    mdtraced --foreground --aggregations "$bad"
done
for bad in 3 1K 5m 0G -1M 99999999999999999G; do
  refuses "a size of '$bad'" 2 'whole number and one letter of KMG.*at least 4M' \
    mdtraced --foreground --keep-size "$bad"
done
done_testing
