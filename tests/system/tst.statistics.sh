#!/bin/sh
# 'mdtrace analyze --detect-anomalies': what is planted in the history of a
# made-up trace is found, what is said of it is what SQL gives, and of the trace
# as it was nothing is found.
. "${0%/*}/lib.sh"

sql ()
{
  sqlite3 -readonly "$scratch/odd.db" "$1"
}

# what EXPRESSION: of the document.
what ()
{
  jq -r "$1" "$scratch/odd.json"
}

# 600 seconds, of which page faults have a noise that is the same in every run.
"$TEST_LIBDIR/make-trace" "$scratch/plain.db" 60000 1 10000000
sqlite3 "$scratch/plain.db" "
  create table noise as
    with recursive n (i, x) as
      (select 1, 7 union all
       select i + 1, (x * 1103515245 + 12345) % 2147483648 from n
       where i < 700)
    select i, x / 65536 % 41 as faults,
	   lag(x, 4) over (order by i) / 65536 % 41 as four_ago from n;
  update snapshot set faults =
    (select sum(100 + faults) from noise where i <= sequence);
  update snapshot set pageins =
    (select sum(coalesce(four_ago, 0)) from noise where i <= sequence)"
mdtrace --json analyze --detect-anomalies "$scratch/plain.db" \
  >"$scratch/plain.json"
is "nothing is found where there is nothing" \
  "$(jq -c '.anomalies' "$scratch/plain.json")" '[]'

# A spike in page faults, 6 more tasks from half of the time on, and more
# events for three seconds.
cp "$scratch/plain.db" "$scratch/odd.db"
sqlite3 "$scratch/odd.db" "
  update snapshot set faults = faults + 5000 where sequence >= 200;
  update snapshot set tasks = tasks + 6 where sequence > 300;
  insert or ignore into event (time_ns, probe_key, cpu)
    with recursive n (i) as
      (select 0 union all select i + 1 from n where i < 6000)
    select (select min(time_ns) from event) + 450000000123 + i * 500000,
	   1, 0 from n"
mdtrace --json analyze --detect-anomalies "$scratch/odd.db" \
  >"$scratch/odd.json"
faults='.anomalies[] | select(.series == "page faults")'
is "the spike is an outlier" "$(what "$faults | .kind")" outlier
begin=$(what "$faults | .begin_ns")
end=$(what "$faults | .end_ns")
is "of a second" $((end - begin)) 1000000000
is "which it was in" \
  "$(sql "select sequence from snapshots
	  where time_ns - 500000000 between $begin and $end - 1")" 200
is "with the value that SQL has" "$(what "$faults | .value")" \
  "$(sql 'select cast(faults_per_second as integer) from snapshots
	  where sequence = 200')"
is "compared with what is usual" \
  "$(what "$faults | .expected > 115 and .expected < 125
     and .spread > 5 and .spread < 25 and .score > 100
     and .by_chance_in_1000 < 0.25")" true
has "in words" "$(what "$faults | .sentence")" \
  '^page faults went up to 5,1[0-9]* faults/s from .*, where 1[0-9]* to 1[0-9]* faults/s is usual \([0-9]* values (before|after)\)'
tasks='.anomalies[] | select(.series == "tasks")'
is "the new level is a change" "$(what "$tasks | .kind")" change
is "from one to the other" "$(what "$tasks | [.expected, .value] | @csv")" \
  "$(sql 'select min(tasks), max(tasks) from snapshots' | tr '|' ',')"
is "where it was" "$(sql "select max(sequence) from snapshots
    where time_ns - 500000000 < $(what "$tasks | .begin_ns")")" 300
events='.anomalies[] | select(.series == "events" and .kind == "outlier")'
holds "the burst is an outlier" "$(what "$events | .kind" | wc -l)" -ge 1
is "when it was" "$(what "[$events] | min_by(.begin_ns)
    | (.begin_ns / 1e9 | floor)")" \
  "$(sql 'select (min(time_ns) + 450000000123) / 1000000000 from event')"

is "in several series, of which one has the rest" \
  "$(what '[.anomalies[] | select(.unit == "events/s"
	     and (has("part_of") | not))] | length')" 1
is "which is told before them" \
  "$(what '.anomalies as $all | [$all[] | select(has("part_of"))
	   | $all[.part_of] | [.unit, has("part_of")]] | unique
	   | tostring')" '[["events/s",false]]'
has "in words" \
  "$(what '.anomalies[] | select(.unit == "events/s"
     and (has("part_of") | not)) | .sentence')" '; also at that time: events'

# The events behind each.
what '.anomalies[].events | select(. != null) |
      "\(.count) \([.probes[] | "\(.name)=\(.count)"] | join(",")) \(.sql)"' \
  >"$scratch/behind"
holds "all have events behind them" "$(wc -l <"$scratch/behind")" -ge 3
while read -r count probes select; do
  is "$count events are behind it" "$(sql "select sum(events) from ($select)")" \
    "$count"
  is "of these probes" \
    "$(sql "select probe || '=' || events from ($select) limit 10" |
       paste -s -d ,)" "$probes"
done <"$scratch/behind"

# Series: of each second what the views have.
first=$(what '.series[] | select(.name == "page faults") | .first_ns')
step=$(what '.series[] | select(.name == "page faults") | .step_ns')
is "each value of the series is what SQL has" \
  "$(what '.series[] | select(.name == "page faults") | .values[]
	   | if . == null then "" else . * 1000 | round end')" \
  "$(sql "with recursive n (i) as
	    (select 0 union all select i + 1 from n where i + 1 <
	     (select (max(time_ns) - $first) / $step + 1 from snapshots))
	  select (select cast(round(1000 * sum(faults_per_second * seconds)
				    / sum(seconds)) as integer)
		  from snapshots where (time_ns - 500000000 - $first) / $step
		    = n.i and seconds is not null
		    and time_ns - 500000000 >= $first) from n")"

# Correlation: page-ins follow page faults by four seconds.
jq '.correlations[] | select(.first == "page faults"
     and .second == "page-ins")' "$scratch/plain.json" >"$scratch/pair"
is "page-ins follow page faults" "$(jq -r '.lag_seconds' "$scratch/pair")" 4
is "clearly" "$(jq '.coefficient > 0.9 and .p_value < 0.001
     and .samples > 500' "$scratch/pair")" true
has "in words" "$(jq -r .sentence "$scratch/pair")" \
  '^page-ins goes with page faults, 4 seconds later: correlation'
is "and nothing else goes with anything" \
  "$(jq '.correlations | length' "$scratch/plain.json")" 1

# Predictions: of each series one, whose naive error SQL gives too.
prediction='.predictions[] | select(.series == "page faults")'
is "page faults are foretold between bounds" \
  "$(jq "$prediction | .low > 80 and .low < .value and .value < .high
     and .high < 160 and .interval_percent == 90
     and .backtest.mean_error < .backtest.naive_error
     and .backtest.covered_percent > 80" "$scratch/plain.json")" true
horizon=$(jq "$prediction | .horizon_seconds" "$scratch/plain.json")
count=$(jq "$prediction | .backtest.count" "$scratch/plain.json")
is "the naive error is what SQL has" \
  "$(jq "$prediction | .backtest.naive_error * 1000 | round" \
     "$scratch/plain.json")" \
  "$(sqlite3 -readonly "$scratch/plain.db" "
      select cast(round(1000 * avg(error)) as integer) from
	(select abs(faults_per_second - lag(faults_per_second, $horizon)
		      over (order by sequence)) as error
	 from snapshots where faults_per_second is not null
	 order by sequence desc limit $count)")"

# Page faults, page-ins and page-outs that go together, but for one second, in
# which each is as it often is; and a wave of two minutes in the number of
# threads, which once is where it is at other times.
cp "$scratch/plain.db" "$scratch/together.db"
sqlite3 "$scratch/together.db" "
  create table common as
    select i, iif(i = 350, 36, faults) as up, iif(i = 350, 4, faults) as down,
	   lag(faults, 7, 0) over (order by i) % 9 as one,
	   lag(faults, 13, 0) over (order by i) % 9 as two,
	   lag(faults, 19, 0) over (order by i) % 9 as three from noise;
  update snapshot set
    faults = (select sum(100 + 2 * up + one) from common where i <= sequence),
    pageins = (select sum(50 + 2 * up + two) from common where i <= sequence),
    pageouts = (select sum(30 + 2 * down + three) from common
		where i <= sequence),
    threads = 200 + (select faults % 5 from noise where i = sequence)
      + cast(150 * sin(2 * 3.14159265358979 * sequence / 120) as integer)
      + iif(sequence = 450, 180, 0)"
mdtrace --json analyze --detect-anomalies "$scratch/together.db" \
  >"$scratch/odd.json"
together='.anomalies[] | select(.kind == "isolation")'
is "what does not go together is found" \
  "$(what "$together | .of | contains([\"page-outs\"])")" true
is "in that second" "$(sqlite3 -readonly "$scratch/together.db" \
    "select sequence from snapshots where time_ns - 500000000
     between $(what "$together | .begin_ns")
       and $(what "$together | .end_ns") - 1")" 350
has "in words" "$(what "$together | .sentence")" \
  'page-outs \([0-9]+ pages/s\).* did not go together as usual from .*, though none of them was unusual by itself: isolation score 0\.[0-9]+, 0\.[0-9]+ is usual \(the [0-9]+ other steps\)'
season='.anomalies[] | select(.kind == "seasonal")'
is "what is wrong for its time is found" "$(what "$season | .series")" threads
is "at that time" "$(sqlite3 -readonly "$scratch/together.db" \
    "select sequence from snapshots where time_ns - 500000000
     between $(what "$season | .begin_ns")
       and $(what "$season | .end_ns") - 1")" 450
has "in words" "$(what "$season | .sentence")" \
  '^threads went up to 2[0-9]* threads from .* \(the same time of the other periods of 2 minutes, and [0-9]* values'

# A span, and a pattern: less is looked at.
is "before it there is nothing" \
  "$(mdtrace --json analyze --detect-anomalies "$scratch/odd.db" \
       --to $((begin - 1)) | jq -c '.anomalies')" '[]'
is "of other probes there is no burst" \
  "$(mdtrace --json analyze --detect-anomalies "$scratch/odd.db" \
       --probe 'ipc:*' | jq -c '[.anomalies[] | select(.unit == "events/s")]')" \
  '[]'

# Nothing, and nearly nothing.
for events in 0 1 5; do
  "$TEST_LIBDIR/make-trace" "$scratch/$events.db" $events
  is "$events events: nothing is found, and nothing fails" \
    "$(mdtrace --json analyze --detect-anomalies "$scratch/$events.db" |
       jq -c '[.anomalies, .correlations, .predictions]')" '[[],[],[]]'
done

# What no kernel would say is borne.
"$TEST_LIBDIR/make-trace" "$scratch/few.db" 4000 1 10000000
for change in \
  'update snapshot set time_ns = -9223372036854775807 - 1 where sequence = 1;
   update snapshot set time_ns = 9223372036854775807 where sequence = 30' \
  'update snapshot set time_ns = 9223372036854775807 - sequence' \
  'update snapshot set faults = -9223372036854775807, cpus = 0,
     free_bytes = 9223372036854775807' \
  'update snapshot set time_ns = time_ns - 5000000000 where sequence > 20' \
  "update counter set name = x'ff00fe', unit = x'ff'"; do
  cp "$scratch/few.db" "$scratch/strange.db"
  sqlite3 "$scratch/strange.db" "$change"
  is "${change%% where*}: is borne" \
    "$(timeout 60 mdtrace --json analyze --detect-anomalies \
	 "$scratch/strange.db" | jq -c '.anomalies | type')" '"array"'
done

# Two probes of the same place, and two boots: findings are of one series each.
cp "$scratch/plain.db" "$scratch/twins.db"
sqlite3 "$scratch/twins.db" "
  create temp table p as select * from probe
    where probe_key = (select min(probe_key) from probe);
  update p set probe_key = 900, probe_id = 90, label = 'twin';
  insert into probe select * from p;
  update event set probe_key = 900, site_key = null
    where probe_key = (select min(probe_key) from probe)
      and time_ns / 10000000 % 2 = 0"
mdtrace --json analyze --detect-anomalies "$scratch/twins.db" \
  >"$scratch/twins.json"
twice='[.series[].name] | group_by(.) | map(select(length > 1)) | length'
is "series of probes that are described alike have names of their own" \
  "$(jq "$twice" "$scratch/twins.json")" 0
is "by their labels" "$(jq '[.series[].name | select(endswith(" (twin)"))] |
  length' "$scratch/twins.json")" 1

sqlite3 "$scratch/twins.db" "
  create temp table half as select min(time_ns) as time_ns from snapshot
    where sequence > 300;
  insert into boot select 2, kernel_id, 2, time_ns, 'vm:made-up'
    from boot, half where boot_id = 1;
  create temp table q as select * from probe;
  update q set probe_key = probe_key + 1000, boot_id = 2;
  insert into probe select * from q;
  update event set probe_key = probe_key + 1000, site_key = null,
		   thread_key = null
    where time_ns >= (select time_ns from half);
  update snapshot set boot_id = 2 where sequence > 300"
mdtrace --json analyze --detect-anomalies "$scratch/twins.db" \
  >"$scratch/boots.json"
is "so have those of two boots" "$(jq "$twice" "$scratch/boots.json")" 0
is "which they say" "$(jq -c '[.series[] | select(.boot_id != 0) |
    " (boot \(.boot_id))" as $which | .name | endswith($which)] |
    [length > 10, all]' "$scratch/boots.json")" '[true,true]'
done_testing
