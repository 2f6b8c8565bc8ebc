#!/bin/sh
# Snapshots, counters and health in the database: each field is what the kernel
# has, each snapshot is there once, whoever was there when; and what is made of
# them by SQL, by 'mdtrace health --preview' and by its queries.
. "${0%/*}/lib.sh"

# kernel FIRST LAST: what the kernel has of these.
kernel ()
{
  "$TEST_LIBDIR/history" "vm:$vm" "$1" "$2"
}

# sql TEXT: of the database, as it is.
sql ()
{
  sqlite3 -readonly -cmd '.timeout 5000' "$database" "$1"
}

# stored FIRST LAST: as kernel, of the database.
stored ()
{
  sql "select sequence, 0, sequence || '|' || time_ns || '|' || uptime_ns
	|| '|' || tasks || '|' || threads || '|' || cpus || '|'
	|| ifnull(utilisation, '') || '|' || memory_bytes || '|' || free_bytes
	|| '|' || low_bytes || '|' || min_bytes || '|' || user_ns || '|'
	|| system_ns || '|' || idle_ns || '|' || ifnull(interrupt_ns, '')
	|| '|' || faults || '|' || pageins || '|' || pageouts || '|' || hits
	|| '|' || lost || '|' || ifnull(ipc_ns, '')
      from snapshot where sequence between $1 and $2
    union all select sequence, 1 + number, 'counter|' || sequence || '|'
	|| number || '|' || count || '|' || sum
      from counter_values where sequence between $1 and $2
    order by 1, 2" | cut -d '|' -f 3-
}

# kernel_is_at SEQUENCE: it has taken that one, and a while has gone by.
kernel_is_at ()
{
  [ "$("$TEST_LIBDIR/history" "vm:$vm")" -gt "$1" ]
}

newest ()
{
  sql 'select coalesce(max(sequence), 0) from snapshot'
}

# same_as_kernel NAME: from what the kernel still has on to the newest that is
# stored.
same_as_kernel ()
{
  last=$(newest)
  kernel 1 "$last" >"$scratch/kernel"
  stored "$(sed 's/|.*//; q' "$scratch/kernel")" "$last" >"$scratch/stored"
  if cmp -s "$scratch/kernel" "$scratch/stored"; then
    pass "$1"
  else
    fail "$1" "$(diff "$scratch/kernel" "$scratch/stored" | head -20)"
  fi
}

start_vm guest
start_daemon
mdtrace probe create --enable task_create >"$scratch/out"
mdtrace counter enable interrupt-overhead schedule-latency ipc-latency \
  >"$scratch/out" 2>&1
mdtrace counter create --unit jobs workload >"$scratch/out"
mdtrace counter create --unit jobs --kind level queue >"$scratch/out"
workload "mixed 50"
workload "updates 20"
mdtrace counter update queue 7 >"$scratch/out"
workload "hold 200"
wait_until "the kernel has taken some" kernel_is_at 3
mdtrace counter disable ipc-latency >"$scratch/out"
mdtrace counter read --json ipc-latency >"$scratch/read"
workload "tasks 20"
wait_until "the kernel has taken eleven" kernel_is_at 11

# What is stored when it is asked for.
query 'select 1' >"$scratch/out"
holds "what the kernel has is stored when somebody asks" "$(newest)" -ge 11
same_as_kernel "each field and each counter is what the kernel has"
is "each second's is there, once" \
  "$(sql 'select min(sequence), max(sequence) - count(*) from snapshot')" '1|0'
is "what was not known is not there" \
  "$(sql 'select count(*) from snapshot where sequence = 1
    and utilisation is null')" 1
holds "interrupts are known while that counter is on" \
  "$(sql 'select count(interrupt_ns) from snapshot')" -gt 0
holds "messages are known while that counter is on" \
  "$(sql 'select count(ipc_ns) from snapshot')" -gt 0
is "not later" "$(sql 'select ipc_ns is null from snapshot
  order by sequence desc limit 1')" 1
is "no counter has a value while it is off" \
  "$(sql "select count(*) from counter_values v join snapshot s
    using (boot_id, sequence) where name = 'ipc-latency'
    and ipc_ns is null")" 0

# The counters themselves.
is "counters are what the kernel says of them" \
  "$(sql 'select number, name, kind, unit, state, source, detail, sample,
    sites, refused from counters order by number')" \
  "$(mdtrace --json counter list | jq -r '.counters | sort_by(.number)[] |
    [.number, .name, .kind, .unit, .state, .source, .detail, .sample, .sites,
     .refused] | map(tostring) | join("|")')"
holds "one that is unavailable says why" \
  "$(sql "select length(detail) from counters
    where name = 'instructions' and state = 'unavailable'")" -gt 5
is "the level of one" "$(sql "select sum from counter_values
  where name = 'queue' order by sequence desc limit 1")" 7
is "the sum of one" "$(sql "select count, sum from counter_values
  where name = 'workload' order by sequence desc limit 1")" '20|210'

# Its parts, when it was turned off.
is "parts and quantiles of one that was turned off are those of the kernel" \
  "$(sql "select part_number, part, count, sum, minimum, maximum, p50, p90, p99
    from counter_readings r where name = 'ipc-latency' and time_ns =
    (select max(time_ns) from counter_readings where name = r.name
     and part = r.part) order by 1")" \
  "$(jq -r '.. | .parts? // empty | .[] | [.part, .name, .count, .sum,
    .minimum, .maximum, .p50, .p90, .p99] | map(tostring) | join("|")' \
    "$scratch/read")"
is "their histograms too" \
  "$(sql "select part, low_ns, count from counter_buckets r
    where name = 'ipc-latency' and time_ns = (select max(time_ns)
      from counter_readings where name = r.name and part = r.part)
    order by part_number, low_ns")" \
  "$(jq -r '.. | .parts? // empty | .[] | .name as $part | .buckets[] |
    "\($part)|\(.low)|\(.count)"' "$scratch/read")"

# What views make of it.
is "rates add up" "$(sql "select round(sum(faults_per_second * seconds)) =
    max(faults) - min(faults), min(seconds) from snapshots")" '1|1.0'
is "those of counters too" "$(sql "select round(sum(per_second)) =
    max(sum) - min(sum) and max(sum) > min(sum) from counter_values
  where name = 'schedule-latency'")" 1
is "a level has no rate" "$(sql "select count(per_second)
  from counter_values where name = 'queue'")" 0

# Health.
is "a score for each tenth" "$(sql 'select count(*), min(sequence),
  min(since_sequence) from health where sequence = 10')" '1|10|1'
is "each factor is there, known or not" \
  "$(sql 'select count(distinct factor) from health_factors')" \
  "$(mdtrace --json health | jq '.factors | length')"
is "those that are not known have no number" \
  "$(sql 'select count(*) from health_factors where known = 0
    and (points is not null or measured is not null)')" 0
holds "there are some of each" "$(sql 'select min(n) from
  (select count(*) as n from health_factors group by known)')" -gt 0
is "with their rules" "$(sql "select reference, worst, weight, unit
  from health_factors where factor = 'memory' limit 1")" '0|10000|50|1/10000'

# For what is explained below, in which all is to be known.
mdtrace counter enable ipc-latency lock-contention >"$scratch/out" 2>&1
enabled=$("$TEST_LIBDIR/history" "vm:$vm")

# Killed, and started anew, after a while in which nobody asked.
before=$(newest)
kill -9 "$daemon"
wait "$daemon" 2>"$scratch/out"
wait_until "the kernel has gone on" kernel_is_at $((before + 2))
start_daemon
holds "what was taken meanwhile is stored" "$(newest)" -gt "$before"
same_as_kernel "and it is what the kernel has"
is "nothing is missing or there twice" \
  "$(sql 'select min(sequence), max(sequence) - count(*) from snapshot')" '1|0'
stop_daemon
wait_until "the kernel has gone on" kernel_is_at $(($(newest) + 1))
workload "spin 3000"
now=$("$TEST_LIBDIR/history" "vm:$vm")
wait_until "a tenth has been taken" kernel_is_at $((now / 10 * 10 + 10))

# By other rules.
sed 's/^ *//' >"$scratch/rules" <<END
  # The CPUs are all that matters.
  memory: reference 0 worst 1 points 0
  cpu: reference 0 worst 1 points 60
END
default=$(mdtrace --json health --preview --database "$database" |
	  jq -c '[.scores[].sequence] | max')
start_daemon --health-rules "$scratch/rules"
query 'select 1' >"$scratch/out"
same_as_kernel "another start: each is what the kernel has"
holds "there are scores by the rules" \
  "$(sql "select count(*) from health where sequence > $default")" -gt 0
is "which are theirs" "$(sql "select distinct weight, worst from health_factors
  where factor = 'cpu' and sequence > $default")" '60|1'
holds "and deduct" "$(sql "select max(points) from health_factors
  where factor = 'cpu' and sequence > $default")" -eq 60

# What is made of the stored snapshots is what was stored.
mdtrace --json health --preview >"$scratch/preview"
mdtrace --json health --preview --rules "$scratch/rules" >"$scratch/other"
# scores FILE WHICH: of the sequences that WHICH selects.
scores ()
{
  jq -r ".scores[] | select(.sequence $2) | . as \$s | .factors[] |
    \"\(\$s.sequence)|\(\$s.time_ns)|\(\$s.score)|\(.factor)|\(.deducted)|\" +
    \"\(.measured)\"" "$1" | sort
}
of_database="select sequence, time_ns, score, factor, points, measured
  from health_factors where known"
is "by the default rules it is what was stored by them" \
  "$(scores "$scratch/preview" "<= $default")" \
  "$(sql "$of_database and sequence <= $default" | sort)"
is "by the others what was stored by those" \
  "$(scores "$scratch/other" "> $default")" \
  "$(sql "$of_database and sequence > $default" | sort)"
is "the summary" "$(jq -c '[.count, .below, .lowest.score, .lowest.factor]' \
    "$scratch/other")" \
  "$(jq -c '[(.scores | length), ([.scores[] | select(.score < 95)] | length),
    ([.scores[].score] | min), "cpu"]' "$scratch/other")"
is "the lowest" "$(jq -c '.lowest.score' "$scratch/other")" 40
mdtrace health --preview --rules "$scratch/rules" >"$scratch/text"
has "for people: what deducts" "$(cat "$scratch/text")" \
  '^20[-0-9]*T[0-9:.]*Z  40 cpu -60$'
has "and how it was" "$(tail -n 1 "$scratch/text")" \
  '^[0-9]+ scores, [0-9]+ of them below 95 .*; the lowest is 40, .* for cpu$'
first=$(jq '.scores[0].time_ns' "$scratch/preview")
is "a span of time" "$(mdtrace --json health --preview --from "$first" \
  --to "$first" | jq -c '[.scores[].time_ns]')" "[$first]"
is "the last of it" "$(mdtrace --json health --preview --last 1000d |
  jq '.count')" "$(mdtrace --json health --preview | jq '.count')"

# Each explanation, and what is behind it.
sed 's/^ *//' >"$scratch/all" <<END
  memory: reference 0 worst 1 points 1
  lost-events: reference 0 worst 1 points 1
  cpu: reference 0 worst 10000 points 100
END
wait_until "all counters were on for ten seconds" kernel_is_at \
  $((enabled + 11))
workload "tasks 500"
workload "spin 2000"
mdtrace --json health --explain --rules "$scratch/all" >"$scratch/explain"
mdtrace health --explain --rules "$scratch/all" >"$scratch/text"
query 'select 1' >"$scratch/out"
is "each factor that is known has a query and a formula" \
  "$(jq '[.factors[] | select(.known) | select(.sql and .formula)] | length' \
    "$scratch/explain")" \
  "$(jq '[.factors[] | select(.known)] | length' "$scratch/explain")"
jq -r '.factors[] | select(.known) | .factor' "$scratch/explain" \
  >"$scratch/known"
is "those by counters too" "$(wc -l <"$scratch/known")" \
  "$(jq '.factors | length' "$scratch/explain")"
while read -r factor; do
  statement=$(jq -r ".factors[] | select(.factor == \"$factor\") | .sql" \
    "$scratch/explain")
  succeeds "$factor: its query runs" mdtrace query "$statement"
  rows=$(mdtrace --json query "$statement" | jq '.rows | length')
  deducted=$(jq ".factors[] | select(.factor == \"$factor\") | .deducted" \
    "$scratch/explain")
  [ "$factor" = lost-events ] && [ "$deducted" -eq 0 ] ||
    holds "$factor: it shows what is behind it" "$rows" -gt 0
done <"$scratch/known"
cpu='.factors[] | select(.factor == "cpu")'
is "what deducts most comes first" \
  "$(jq -r '.factors[0].factor' "$scratch/explain")" cpu
measured=$(jq "$cpu | .measured" "$scratch/explain")
is "the formula has the numbers" "$(jq -r "$cpu | .formula" \
    "$scratch/explain")" \
  "100 * ($measured - 0) / (10000 - 0) = $(((measured + 99) / 100)), rounded up"
is "and is what was deducted" "$(jq "$cpu | .deducted" "$scratch/explain")" \
  $(((measured + 99) / 100))
has "for people: the query" "$(cat "$scratch/text")" \
  '^  behind it mdtrace query "select time_ns, utilisation_percent, .* and '
mdtrace counter disable ipc-latency >"$scratch/out"
has "a counter that is off, and how to turn it on" \
  "$(mdtrace health --explain)" "^  ipc-latency .* is off; 'mdtrace counter enable ipc-latency' turns it on"
has "lost events are said" "$(cat "$scratch/text")" \
  '^lost events: [0-9]+ of [0-9]+ hits in these seconds, and'

# Following it: whether most of ten seconds was spent.
echo 'cpu: reference 5000 worst 5001 points 60' >"$scratch/busy"
mdtrace --json health --watch --rules "$scratch/busy" >"$scratch/watch" 2>&1 &
watcher=$!
wait_until "there is a first line" [ -s "$scratch/watch" ]
until_idle ()
{
  [ "$(jq -c 'select(.factors[0].deducted == 0)' "$scratch/watch" |
       wc -l)" -gt 0 ]
}
wait_until "it is idle" until_idle
workload "spin 8000"
busy_again ()
{
  [ "$(jq -s '[.[].score] | .[-1]' "$scratch/watch")" -le 40 ]
}
wait_until "it is told that it is not" busy_again
kill "$watcher"
wait "$watcher"
is "it ends in order" $? 0
is "each line is another deduction than the one before" \
  "$(jq -s '[.[] | [.factors[] | [.factor, .known, .deducted]] | sort] |
    . as $all | [range(1; length) | select($all[.] == $all[. - 1])] |
    length' "$scratch/watch")" 0
mdtrace health --watch=0.01 >"$scratch/watch" 2>&1 &
watcher=$!
lines_come ()
{
  [ "$(wc -l <"$scratch/watch")" -ge 3 ]
}
wait_until "lines come by themselves" lines_come
kill "$watcher"
wait "$watcher"
has "at every interval a line" "$(sed -n 2p "$scratch/watch")" \
  '^[0-9:]{8} [ 0-9]{3}'

# Put together of two, and removed.
stop_daemon
succeeds "all is right" mdtrace db check "$database"
mdtrace db export --output "$scratch/all.db" "$database" >"$scratch/out"
middle=$(sql 'select time_ns from snapshot order by time_ns
  limit 1 offset 5')
mdtrace db export --to "$middle" --output "$scratch/first.db" "$database" \
  >"$scratch/out"
mdtrace db export --from "$middle" --output "$scratch/last.db" "$database" \
  >"$scratch/out"
is "a part has its snapshots only" "$(sqlite3 "$scratch/first.db" \
  'select count(*) from snapshot')" 6
mdtrace db merge --into "$scratch/both.db" "$scratch/last.db" \
  "$scratch/first.db" "$scratch/last.db" >"$scratch/out"
for table in 'snapshot order by 1, 2' 'health order by 1, 2' \
    'counters order by number' 'health_factors order by time_ns, factor' \
    'factor order by 1' 'hit_count order by 1, 2' \
    'counter_values order by sequence, number' \
    'counter_readings order by time_ns, name, part' \
    'counter_buckets order by time_ns, name, part, bucket'; do
  text="select * from $table"
  case $table in counter*)
    text=$(echo "$text" | sed 's/\*/time_ns, sequence, name, count, sum/')
    case $table in
      counters*) text="select number, name, unit, kind, state, sites,
	detail from $table" ;;
      counter_readings*) text="select time_ns, name, part, count, sum, minimum,
	maximum, p50, p90, p99 from $table" ;;
      counter_buckets*) text="select time_ns, name, part, bucket, count
	from $table" ;;
    esac ;;
  esac
  is "${table%% *}: exported as it was" \
    "$(sqlite3 "$scratch/all.db" "$text" | cksum)" "$(sql "$text" | cksum)"
  is "${table%% *}: put together it is what it was" \
    "$(sqlite3 "$scratch/both.db" "$text" | cksum)" "$(sql "$text" | cksum)"
done
succeeds "that is right too" mdtrace db check "$scratch/both.db"

start_daemon --keep-age 2s
removed ()
{
  [ "$(sql 'select min(sequence) > 5 from snapshot')" = 1 ]
}
wait_until "what is older is removed" removed
stop_daemon
is "with what belongs to it" "$(sql 'select (select count(*)
    from counter_value where sequence < (select min(sequence)
      from snapshot)) + (select count(*) from health
      where sequence < (select min(sequence) from snapshot))')" 0
succeeds "what is left is right" mdtrace db check "$database"
law_holds_now=$(mdtrace --target "vm:$vm" --json probe list --all | jq -c \
  '.probes[] | select(.hits != .recorded + .filtered + .dropped + .throttled +
    .missed)')
is "the law" "$law_holds_now" ""
done_testing
