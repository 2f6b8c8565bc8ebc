#!/bin/sh
# A database of every version that was released is brought up with all its
# events, or stays what it is.
. "${0%/*}/lib.sh"

data=$TEST_SRCDIR/tests/data
cd "$scratch" || exit 1

# rows DATABASE SQL
rows ()
{
  sqlite3 -readonly "$1" "$2"
}

# load VERSION FILE: make the database that is kept of VERSION.
load ()
{
  rm -f "$2" "$2-wal" "$2-shm"
  sqlite3 "$2" <"$data/schema-$1.sql"
}

schema='select name, sql from sqlite_schema where sql is not null
  order by name'
# What every version's view has, and what was new with version 2.
events_1='probe_id, provider, module, function, name, kind, cpu, task,
  task_name, thread, arg0, arg1, arg2, arg3, arg4, arg5, boot_id'
events_2="$events_1, retval, address"
probes_1='probe_id, provider, module, function, name, kind, state, hits,
  recorded, filtered, dropped, throttled, missed, label, boot_id'
probes_2="$probes_1, sites, args"
events_3=$events_2
probes_3="$probes_2, persist"
# With version 4.
events_4="$events_2, duration_ns, stack_id"
probes_4="$probes_3, filter, latency, stack_depth, aggregation, keys, value,
  stopped_share"
# How events were in order, how many are kept, and a time that is later than
# all of them.
order_1='time_ns, event_id' kept_1=16
order_2=$order_1 kept_2=16
order_3=time_ns kept_3=32
order_4=time_ns kept_4=32
free=1795000300000000000

# A fresh one, to compare with.
load 2 kept.db
succeeds "a fresh database" mdtrace db merge --into fresh.db kept.db
version=$(rows fresh.db 'pragma user_version')
is "what a fresh one is made of is what is kept of its version" \
  "$(sqlite3 now.db <"$data/schema-$version.sql"; rows now.db "$schema")" \
  "$(rows fresh.db "$schema")"

for old in $(seq 1 $((version - 1))); do
  label="version $old"
  database=$scratch/version-$old.db
  load "$old" "$database"
  is "$label: it is one" "$(rows "$database" 'pragma user_version')" "$old"
  eval "events=\$events_$old probes=\$probes_$old order=\$order_$old"
  eval "kept=\$kept_$old"
  rows "$database" "select $events from events order by $order" \
    >events.before
  rows "$database" "select $probes from probes order by boot_id, probe_id" \
    >probes.before
  # Put off where they were equal, computed here.
  rows "$database" "select time_ns from event order by $order" |
    awk '{ seconds = substr ($1, 1, 10); rest = substr ($1, 11) + 0
	   if (seconds == last && rest <= rest_before)
	     rest = rest_before + 1
	   printf "%s%09d\n", seconds, rest
	   last = seconds; rest_before = rest }' >times.expected
  [ "$old" -ge 3 ] ||
    holds "$label: some of the times were equal" \
      "$(rows "$database" 'select count(*) - count(distinct time_ns)
	from event')" -ge 4
  succeeds "$label: info knows it" mdtrace db info "$database"
  succeeds "$label: check knows it" mdtrace db check "$database"
  is "$label: they leave it so" "$(rows "$database" 'pragma user_version')" \
    "$old"

  succeeds "$label: it is brought up" mdtrace db vacuum "$database"
  is "$label: to this version" "$(rows "$database" 'pragma user_version')" \
    "$version"
  succeeds "$label: all is right then" mdtrace db check "$database"
  rows "$database" "select $events from events order by time_ns" \
    >events.after
  if cmp -s events.before events.after; then
    pass "$label: each event is there, with its values, in the same order"
  else
    fail "$label: the events are others" "$(diff events.before events.after)"
  fi
  is "$label: there are as many as were kept" "$(wc -l <events.after)" "$kept"
  is "$label: equal times were put off to the next that was free" \
    "$(rows "$database" 'select time_ns from events order by time_ns')" \
    "$(cat times.expected)"
  is "$label: the probes are what they were" \
    "$(rows "$database" "select $probes from probes
      order by boot_id, probe_id")" "$(cat probes.before)"
  load "$old" before.db
  for what in 'boot order by 1' 'kernel order by 1' 'identity' \
      'task_name order by 1' 'task order by 1, 2, 3' 'ring order by 1, 2'; do
    is "$label: so is the table ${what%% *}" \
      "$(rows "$database" "select * from $what" | cksum)" \
      "$(rows before.db "select * from $what" | cksum)"
  done
  if [ "$old" -lt 3 ]; then
    is "$label: each boot has a run that has stored its events" \
      "$(rows "$database" 'select boot_id, program, events from runs
	order by 1')" \
      "$(rows before.db "select boot_id, 'mdtraced', count(*) from events
	group by 1 order by 1")"
  else
    # What was new with version 3.
    for what in runs losses messages site thread stack symbol clock; do
      is "$label: so are $what" "$(rows "$database" "select * from $what" |
	  sort | cksum)" "$(rows before.db "select * from $what" | sort | cksum)"
    done
    # What version 5 has made of it.
    what='boot_id, time_ns, score'
    is "$label: so is health" \
      "$(rows "$database" "select $what from health order by 1, 2")" \
      "$(rows before.db "select $what from health order by 1, 2")"
    what='boot_id, time_ns, factor, points, measured, reference'
    is "$label: so are its factors, which were known, by what rule is not" \
      "$(rows "$database" "select $what, known, worst, weight
	from health_factor order by 1, 2, 3")" \
      "$(rows before.db "select $what, 1, null, null from health_factor
	order by 1, 2, 3")"
    holds "$label: there were values of counters" \
      "$(rows before.db 'select count(*) from snapshot')" -gt 1
    is "$label: each is where hits are counted now" \
      "$(rows "$database" "select boot_id, time_ns, 'hits', hits from hit_count
	  where hits is not null union all
	select boot_id, time_ns, 'recorded', recorded from hit_count
	  where recorded is not null union all
	select boot_id, time_ns, 'filtered', filtered from hit_count
	  where filtered is not null union all
	select boot_id, time_ns, 'dropped', dropped from hit_count
	  where dropped is not null union all
	select boot_id, time_ns, 'throttled', throttled from hit_count
	  where throttled is not null union all
	select boot_id, time_ns, 'missed', missed from hit_count
	  where missed is not null order by 1, 2, 3")" \
      "$(rows before.db 'select boot_id, time_ns, name, value from snapshot
	join counter using (counter_id) order by 1, 2, 3')"
    is "$label: and there are no snapshots and counters that it had not" \
      "$(rows "$database" 'select (select count(*) from snapshot),
	(select count(*) from counter)')" "0|0"
    is "$label: so is the history of probes" \
      "$(rows "$database" 'select probe_key, time_ns, state, hits, recorded
	from probe_history')" \
      "$(rows before.db 'select probe_key, time_ns, state, hits, recorded
	from probe_history')"
  fi
  [ "$old" -lt 4 ] ||
    for what in aggregates buckets aggregate_changes bucket_changes frames; do
      is "$label: so are $what" "$(rows "$database" "select * from $what" |
	  sort | cksum)" "$(rows before.db "select * from $what" | sort | cksum)"
    done
  is "$label: the tables are those of a fresh one" \
    "$(rows "$database" "$schema")" "$(rows fresh.db "$schema")"
  is "$label: it can give pages back" "$(rows "$database" 'pragma auto_vacuum')" \
    2
  sqlite3 "$database" .dump >dump.before
  succeeds "$label: opened again" mdtrace db vacuum "$database"
  sqlite3 "$database" .dump >dump.after
  succeeds "$label: that changes nothing" cmp dump.before dump.after

  # As the source of a merge it stays what it is.
  load "$old" before.db
  sum=$(cksum <before.db)
  rm -rf merged
  mkdir merged
  succeeds "$label: merge takes it" \
    mdtrace db merge --into merged/all.db before.db
  is "$label: and leaves no copy of it" "$(ls merged)" "all.db"
  is "$label: with all events" "$(rows merged/all.db "select $events from events
    order by time_ns" | cksum)" "$(cksum <events.before)"
  is "$label: and leaves it as it is" "$(cksum <before.db)" "$sum"

  # A larger one, for what comes between.
  load "$old" large.db
  if [ "$old" -lt 3 ]; then
    columns='thread, task, task_name_id' values='i % 50, i % 7, 1' step='i / 2'
  else
    columns='thread_key' values='1 + i % 4' step=i
  fi
  sqlite3 large.db "with recursive n(i) as (values(1) union all
      select i + 1 from n where i < 300000)
    insert into event (time_ns, probe_key, cpu, $columns, arg0)
    select $free + $step * 100, 1 + i % 2, 0, $values, i
    from n; pragma journal_mode = wal" >out
  rows large.db "select $events from events order by $order" |
    cksum >large.before
  # By the signal that comes when a file has become larger than 2,000 blocks of
  # 512 bytes, which is in the midst of it.
  (ulimit -c 0
   ulimit -f 2000
   exec mdtrace db vacuum large.db >out 2>&1) 2>err
  holds "$label: it is killed" $? -gt 128
  # A step that only adds is done before the file is rewritten.
  [ "$old" -lt 3 ] || old=$version order=time_ns
  is "$label: killed in the midst, it is one version" \
    "$(rows large.db 'pragma user_version; pragma integrity_check')" "$old
ok"
  is "$label: with all events" \
    "$(rows large.db "select $events from events order by $order" |
       cksum)" "$(cat large.before)"
  # Blocks of 512 bytes: no file may become as large as what is written.
  blocks=$(($(stat -c %s large.db) / 1024))
  (trap '' XFSZ
   ulimit -f $blocks
   mdtrace db vacuum large.db >out 2>err)
  has "$label: a disk that is full is told" "$(cat err)" \
    'large.db: the database failed; (disk I/O error|database or disk is full)'
  is "$label: and leaves that" \
    "$(rows large.db 'pragma user_version; pragma integrity_check')" "$old
ok"
  is "$label: with all events again" \
    "$(rows large.db "select $events from events order by $order" |
       cksum)" "$(cat large.before)"
  succeeds "$label: then it is brought up after all" mdtrace db vacuum large.db
  is "$label: with all events after all" \
    "$(rows large.db "select $events from events order by time_ns" | cksum)" \
    "$(cat large.before)"
done

# Newer ones.
sqlite3 now.db "pragma user_version = $((version + 1))"
sum=$(cksum <now.db)
for verb in info check vacuum 'export --output x.db' 'merge --into x.db'; do
  # shellcheck disable=SC2086
  refuses "a newer version is refused: ${verb%% *}" 1 \
    "has version $((version + 1)), and this program knows versions up to $version; use" \
    mdtrace db $verb now.db
done
refuses "a newer version is refused: to merge into" 1 \
  "has version $((version + 1)), and" mdtrace db merge --into now.db fresh.db
is "it was left as it is" "$(cksum <now.db)" "$sum"
holds "and nothing was made" ! -e x.db
done_testing
