#!/bin/sh
# mdtrace db: what it tells of a database while a daemon writes it, copies of a
# part and of all, and several put together.
. "${0%/*}/lib.sh"

# rows DATABASE SQL
rows ()
{
  sqlite3 -readonly "$1" "$2"
}

# field COMMAND... FILTER: what jq's FILTER gives of what 'mdtrace db' prints.
field ()
{
  filter=$1
  shift
  mdtrace --json db "$@" | jq -r "$filter"
}

view='cpu, probe_id, provider, module, function, name, kind, task, task_name,
  thread, arg0, arg1, arg2, arg3, arg4, arg5, retval, address'
counts='hits, recorded, filtered, dropped, throttled, missed, state'
# A daemon that works says so every so often.
run='run_id, boot_id, program, process, began_ns, events'
# Losses of which the sum is not what the probe has.
losses='select p.probe_id from probe p left join loss l using (probe_key)
  group by probe_key having coalesce(sum(l.dropped), 0) <> p.dropped
  or coalesce(sum(l.throttled), 0) <> p.throttled
  or coalesce(sum(l.missed), 0) <> p.missed'

start_vm one
one=$vm
start_daemon
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
mdtrace probe create --enable '::task_create:return' >"$scratch/out"
workload "trap 3000"
workload "tasks 20"

# While the daemon writes.
(until [ -e "$scratch/enough" ]; do workload "trap 10000"; done) &
worker=$!
i=0
bad=
while [ $i -lt 4 ]; do
  i=$((i + 1))
  copy=$scratch/copy.db
  rm -f "$copy" "$copy-wal" "$copy-shm"
  if ! mdtrace db export "$database" --output "$copy" >"$scratch/out" 2>&1 ||
     ! mdtrace db check "$copy" >"$scratch/out" 2>&1 ||
     ! mdtrace db check "$database" >"$scratch/out" 2>&1 ||
     ! mdtrace db info "$database" >"$scratch/out" 2>&1; then
    bad="$bad$i: $(cat "$scratch/out")
"
  fi
  # All of one moment: the run says how many it has stored.
  rows "$copy" 'select (select count(*) from event), sum(events) from run' |
    tee -a "$scratch/growth" | awk -F '|' '$1 != $2 { exit 1 }' ||
    bad="$bad$i: not what was there at one moment
"
done
: >"$scratch/enough"
wait $worker
is "while the daemon writes, it can be exported and checked" "$bad" ""
holds "and copies have grown" "$(sort -u "$scratch/growth" | wc -l)" -ge 2
# When all is stored.
query 'select 1' >"$scratch/out"
mdtrace --json db info "$database" >"$scratch/info"
is "info tells what queries tell" \
  "$(jq -r '[.version, .boots, .runs, .probes, .events, .first_event_ns,
	     .last_event_ns, .auto_vacuum] | map(tostring) | join("|")' \
     "$scratch/info")" \
  "$(query "select 5, (select count(*) from boots),
    (select count(*) from runs), (select count(*) from probes),
    count(*), min(time_ns), max(time_ns), 'true' from events")"
is "and where no database is named, that of the daemon" \
  "$(field .database info)" "$database"
is "it tells the journal's mode" "$(jq -r .journal_mode "$scratch/info")" \
  "$(query 'pragma journal_mode')"

# Hits that are lost, several times.
for round in 1 2; do
  kill -STOP "$daemon"
  workload "trap 60000"
  kill -CONT "$daemon"
  query 'select 1' >"$scratch/out"
done
holds "hits were lost" "$(probe_value 1 dropped)" -gt 0
is "info tells how many" "$(field .dropped info)" "$(probe_value 1 dropped)"
is "the rows about losses add up" "$(query "$losses")" ""

# A part.
middle=$(query 'select time_ns from event order by time_ns limit 1
  offset 30000')
second=$((middle / 1000000000 + 1))
words=$(date -u -d "@$second" +%Y-%m-%dT%H:%M:%SZ)
for part in "--from $middle|>= $middle" "--to $middle|<= $middle" \
    "--from $middle --to $((middle + 1000000))|between $middle and $middle + 1000000" \
    "--from $words|>= ${second}000000000" \
    "--boot 1 --to $words|<= ${second}000000000"; do
  rm -f "$scratch/part.db"
  # shellcheck disable=SC2086
  is "export ${part%|*}" \
    "$(field .events export --output "$scratch/part.db" ${part%|*})" \
    "$(query "select count(*) from events where time_ns ${part#*|}")"
  is "they are those events" \
    "$(rows "$scratch/part.db" "select time_ns, $view from events" | cksum)" \
    "$(rows "$database" "select time_ns, $view from events
      where time_ns ${part#*|}" | cksum)"
  succeeds "all is right there" mdtrace db check "$scratch/part.db"
done
is "it has all boots and probes" \
  "$(rows "$scratch/part.db" "select $counts from probes; select * from boots;
    select $run from runs")" \
  "$(rows "$database" "select $counts from probes; select * from boots;
    select $run from runs")"
holds "and a name of its own" "$(rows "$scratch/part.db" \
  'select name from identity')" != "$(query 'select name from identity')"
law_holds "the law, first guest"
early=$scratch/early.db
mdtrace db export "$database" --output "$early" >"$scratch/out"

# Another database goes on with the same boot.
stop_daemon
first=$scratch/first.db
mv "$database" "$first"
start_daemon
workload "trap 500"
kill -STOP "$daemon"
workload "trap 60000"
kill -CONT "$daemon"
query 'select 1' >"$scratch/out"
law_holds "the law, second database"
stop_daemon
second=$scratch/second.db
mv "$database" "$second"
mdtrace-vm stop --state "$one" >"$scratch/out"

# And another guest.
start_vm two
start_daemon
mdtrace probe create --enable task_create >"$scratch/out"
workload "tasks 300"
query 'select 1' >"$scratch/out"
law_holds "the law, second guest"
stop_daemon
third=$database
all=$scratch/all.db

# All in one.
events=0
for file in "$first" "$second" "$third"; do
  events=$((events + $(rows "$file" 'select count(*) from event')))
done
is "merge adds all events" \
  "$(field '[.sources[].events] | add' merge --into "$all" "$first" "$second" \
     "$third")" "$events"
is "and finds the same boot in two of them" \
  "$(rows "$all" 'select count(*), sum(runs) from boots')" "2|3"
for file in "$first" "$second" "$third"; do
  is "it has the events of ${file##*/}" \
    "$(sqlite3 "$all" "attach '$file' as other;
       select $view, time_ns from other.events except
       select $view, time_ns from main.events")" ""
done
is "of the probe in both it has the later counts" \
  "$(rows "$all" "select $counts from probes where boot_id = 1")" \
  "$(rows "$second" "select $counts from probes")"
is "and what was lost adds up" "$(rows "$all" "$losses")" ""
succeeds "all is right there" mdtrace db check "$all"
sqlite3 "$all" .dump >"$scratch/before"
is "merging again finds every event" \
  "$(field '.sources[] | [.events, .boots, .known_events] |
	    map(tostring) | join(" ")' merge --into "$all" "$first")" \
  "0 0 $(rows "$first" 'select count(*) from event')"
mdtrace db merge --into "$all" "$second" "$third" "$early" \
  >"$scratch/out"
sqlite3 "$all" .dump >"$scratch/after"
succeeds "and changes nothing" cmp "$scratch/before" "$scratch/after"

# In another order, with an early copy first.
mdtrace db merge --into "$scratch/other.db" "$early" "$third" "$second" \
  "$first" >"$scratch/out"
for what in "time_ns, $view from events" "$counts from probes" \
    'target, events, runs from boots' \
    'program, began_ns, seen_ns, ended, events from runs' \
    'time_ns, probe_id, dropped, throttled, missed from losses' \
    'time_ns, severity, message from messages' \
    'address, name, bytes from symbol'; do
  is "in another order it is the same: ${what##* }" \
    "$(rows "$scratch/other.db" "select $what order by 1, 2, 3")" \
    "$(rows "$all" "select $what order by 1, 2, 3")"
done

# A boot with the very same times: each event is put off, and found again.
twin=$scratch/twin.db
mdtrace db export "$third" --output "$twin" >"$scratch/out"
sqlite3 "$twin" 'update boot set kernel_boot_id = kernel_boot_id + 1'
mdtrace db merge --into "$all" "$twin" >"$scratch/out"
is "events with times that others have are put off" \
  "$(rows "$all" "select count(*), count(distinct time_ns),
      (select count(*) from events where boot_id = 3) from event")" \
  "$((events + 300))|$((events + 300))|300"
holds "not for long" "$(sqlite3 "$all" "attach '$twin' as twin;
  select max(a.time_ns - b.time_ns) from
    (select row_number () over (order by time_ns) as i, time_ns
     from main.events where boot_id = 3) a
    join (select row_number () over (order by time_ns) as i, time_ns
	  from twin.event) b using (i)")" -le 600
sqlite3 "$all" .dump >"$scratch/before"
mdtrace db merge --into "$all" "$twin" "$third" "$scratch/other.db" \
  >"$scratch/out"
sqlite3 "$all" .dump >"$scratch/after"
succeeds "they are found there the next time" \
  cmp "$scratch/before" "$scratch/after"
is "export takes one boot of several" \
  "$(field '[.boots, .events] | map(tostring) | join(" ")' \
     export "$all" --boot 3 --output "$scratch/boot.db")" "1 300"
is "nothing else is there" "$(rows "$scratch/boot.db" \
  "select count(*), sum(boot_id), (select count(*) from kernel) from probe")" \
  "1|1|1"

# Smaller.
sqlite3 "$all" "delete from event where time_ns < (select time_ns from event
  order by time_ns limit 1 offset $events - 1000); pragma auto_vacuum" \
  >"$scratch/out"
before=$(stat -c %s "$all")
succeeds "vacuum rewrites it" mdtrace db vacuum "$all"
holds "it is smaller" "$(stat -c %s "$all")" -lt $((before / 2))
is "no page of it is free" "$(field .free_pages info "$all")" 0
is "the events are there" "$(field .events info "$all")" 1300
succeeds "all is right" mdtrace db check "$all"

# A file can be called anything.
odd=$scratch/$(printf 'caf\351"').db
mv "$all" "$odd"
is "what is no text in its name has not made the document go" \
  "$(field '"\(.database) \(.events)"' info "$odd")" \
  "$scratch/$(printf 'caf\357\277\275"').db 1300"
is "nor that of an error" \
  "$(mdtrace --json db info "$odd.no" 2>"$scratch/errors" | jq -r .error.about)" \
  "$scratch/$(printf 'caf\357\277\275"').db.no"
done_testing
