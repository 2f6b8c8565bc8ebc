#!/bin/sh
# The numbers of mdtrace hist are those that SQL gives, of made-up events and
# of real ones.
. "${0%/*}/lib.sh"

# hist ARGUMENT...: what it says, to $scratch/hist.
hist ()
{
  mdtrace --json hist "$@" >"$scratch/hist" 2>"$scratch/hist.err" ||
    cat "$scratch/hist.err"
}

# same NAME VALUE CONDITION: that is what SQL says of VALUE, an expression, of
# the events of the view events for which CONDITION holds.
same ()
{
  sqlite3 -json "$database" "
    with v as (select $2 as v from events where ($3) and ($2) is not null),
	 s as (select v, row_number() over (order by v) as rank,
		      count(*) over () as n from v)
    select count(*) as count, min(v) as min, max(v) as max,
	   cast(sum(v) as real) / count(*) as mean,
	   max(v) filter (where rank = (n * 50 + 99) / 100) as p50,
	   max(v) filter (where rank = (n * 90 + 99) / 100) as p90,
	   max(v) filter (where rank = (n * 99 + 99) / 100) as p99
    from s" >"$scratch/sql"
  is "$1" "$(jq -c '[.count, .min, .max, .p50, .p90, .p99]' "$scratch/hist")" \
    "$(jq -c '.[0] | [.count, .min, .max, .p50, .p90, .p99]' "$scratch/sql")"
  is "$1: the mean" \
    "$(jq -s '((.[0].mean - .[1][0].mean) | fabs) <= (.[0].mean | fabs) * 1e-9' \
      "$scratch/hist" "$scratch/sql")" true
  # Each bucket, and none is missing.
  buckets=$(jq -r '.buckets[] | "select \(.low), \(.high), \(.count)"' \
    "$scratch/hist" | sed '1!s/^/union all /' | tr '\n' ' ')
  is "$1: the buckets" "$(sqlite3 "$database" "
    with v as (select $2 as v from events where ($3) and ($2) is not null),
	 b(low, high, count) as ($buckets)
    select (select count(*) from b where count !=
	     (select count(*) from v where v >= low and v < high)),
	   (select sum(count) from b) - (select count(*) from v)")" "0|0"
}

database=$scratch/made.db
"$TEST_LIBDIR/make-trace" "$database" 20000 >"$scratch/out"
hist vm_fault size "$database"
same "an argument by its name" "arg1" "function = 'vm_fault'"
hist 4 arg1 "$database"
same "an argument by its place, a probe by its number" "arg1" "probe_id = 4"
hist --linear 100 vm_fault size "$database"
same "by steps" "arg1" "function = 'vm_fault'"
is "steps are of that size" \
  "$(jq -c '[.buckets[] | .high - .low] | unique' "$scratch/hist")" "[100]"
hist sched:::switch from "$database"
is "addresses have steps of one size, of which some are filled" \
  "$(jq -r '.buckets[] | "\(.low) \(.high) \(.count)"' "$scratch/hist" |
     perl -lane 'print hex ($F[1]) - hex ($F[0]); $n += $F[2];
       END { print $n, " ", $. > 1 && $. <= 32 }' | uniq | tr '\n' ' ')" \
  "128 $(sqlite3 "$database" "select count(*) from events
    where name = 'switch'") 1 "
has "and are printed as such" "$(mdtrace hist sched:::switch from "$database")" \
  '^  \[0xffffffff87088000, 0xffffffff87088080\) '
hist 'fbt:kernel:vm_*' retval "$database"
same "a result, of several functions" "retval" \
  "provider = 'fbt' and function glob 'vm_*'"
hist lock_read duration_ns "$database"
same "durations" "duration_ns" "function = 'lock_read'"
is "durations are in nanoseconds" "$(jq -r .unit "$scratch/hist")" ns
hist ipc:kernel::send id "$database"
same "numbers with a sign" "arg0" "provider = 'ipc' and name = 'send'"
has "static probes are called as everywhere" \
  "$(mdtrace hist --by probe ipc:::send id "$database")" \
  '^probe [0-9]+ \(ipc:::send\): '
middle=$(sqlite3 "$database" \
  "select time_ns from event order by time_ns limit 1 offset 10000")
hist --from "$middle" vm_fault size "$database"
same "from a time on" "arg1" "function = 'vm_fault' and time_ns >= $middle"
hist --to "$middle" vm_fault size "$database"
same "up to a time" "arg1" "function = 'vm_fault' and time_ns <= $middle"

# Groups.
hist --by task --limit 3 vm_fault size "$database"
same "all groups together" "arg1" "function = 'vm_fault'"
is "the largest groups, and the others" \
  "$(jq -r '.groups[] | "\(.name)|\(.count)|\(.p50)"' "$scratch/hist" | head -n 3)" \
  "$(sqlite3 "$database" "
    with v as (select coalesce(task_name, '?') as task, arg1 as v,
		      row_number() over (partition by task_name order by arg1)
			as rank,
		      count(*) over (partition by task_name) as n
	       from events where function = 'vm_fault' and arg1 is not null)
    select task, n, v from v where rank = (n * 50 + 99) / 100
    order by n desc limit 3")"
is "three groups, and the others" "$(jq -c '[.groups | length, .[-1].name]' \
  "$scratch/hist")" '[4,"(others)"]'
is "nothing is in two groups" \
  "$(jq '([.groups[].count] | add) == .count' "$scratch/hist")" true
for by in probe thread cpu function; do
  hist --by $by --limit 100 vm_fault size "$database"
  is "by $by" "$(jq '([.groups[].count] | add) == .count' "$scratch/hist")" true
done
is "by cpu" "$(hist --by cpu vm_fault size "$database"
	       jq -r '.groups[] | "\(.name)|\(.count)"' "$scratch/hist" | sort)" \
  "$(sqlite3 "$database" "select 'CPU ' || cpu, count(*) from events where
      function = 'vm_fault' and arg1 is not null group by cpu order by 1")"

# Names of whatever bytes, and values at the ends of 64 bits.
hostile=$scratch/hostile.db
"$TEST_LIBDIR/make-trace" "$hostile" 2000 >"$scratch/out"
sqlite3 "$hostile" "update task_name set task_name =
    cast('a\"' || char(10) || x'ff' || '<b>' as text)
  where task_name_id = (select min(task_name_id) from task_name);
  update event set arg0 = 9223372036854775807 where time_ns =
    (select min(time_ns) from event where arg0 is not null);
  update event set arg0 = -9223372036854775808 where time_ns =
    (select max(time_ns) from event where arg0 is not null)"
hist --by task 'fbt:::' task "$hostile"
is "names of whatever bytes are JSON" \
  "$(jq -r '[.groups[].name | select(startswith("a\""))] | length' "$scratch/hist")" 1
is "and one line for people" \
  "$(mdtrace hist --by task 'fbt:::' task "$hostile" |
     LC_ALL=C grep -a -c '^a"[\]x0a.*<b>: count ')" 1
is "the ends of 64 bits" "$(jq -r '"\(.min) \(.max)"' "$scratch/hist")" \
  "$(sqlite3 "$hostile" "select printf('0x%x', min(arg0)), printf('0x%x',
	(select max(arg0) from events where provider = 'fbt' and arg0 < 0))
      from events where provider = 'fbt' and arg0 >= 0" | tr '|' ' ')"

# A file that ends in the middle.
mdtrace export --to mdt --output "$scratch/whole.mdt" "$database" >"$scratch/out"
hist vm_fault size "$scratch/whole.mdt"
same "of a trace file" "arg1" "function = 'vm_fault'"
head -c $(($(wc -c <"$scratch/whole.mdt") / 2)) "$scratch/whole.mdt" \
  >"$scratch/half.mdt"
refuses "half of a file" 1 "$scratch/half.mdt: " \
  mdtrace hist vm_fault size "$scratch/half.mdt"
hist --partial vm_fault size "$scratch/half.mdt"
holds "what precedes that is used" "$(jq .count "$scratch/hist")" -gt 0
has "and where that is, is said" "$(cat "$scratch/hist.err")" \
  "$scratch/half.mdt: is damaged"

# Losses, as they stand in the table of probes.
hist vm_fault size "$database"
is "losses" "$(jq -c '.losses | [.dropped, .throttled, .missed]' "$scratch/hist")" \
  "$(sqlite3 -json "$database" "select dropped, throttled, missed from probe
      where function = 'vm_fault'" | jq -c '.[0] | [.dropped, .throttled, .missed]')"

# A CPU may be said to be any: its number is no measure of memory.
"$TEST_LIBDIR/make-trace" "$scratch/cpu.db" 500 >"$scratch/out"
sqlite3 "$scratch/cpu.db" "update event set cpu = 4294967295
  where site_key = (select min(site_key) from event)"
is "a CPU that cannot be takes no memory" \
  "$(ulimit -v 4000000
     hist --by cpu '*' task "$scratch/cpu.db"
     jq -c '[.groups[].name] | index("CPU 4294967295") != null' \
       "$scratch/hist")" true

# Real ones, of the daemon's own database, with a histogram of the kernel's beside
# them.
start_vm guest
start_daemon
mine="task == \"workload-$arch\""
mdtrace probe create --enable --label sizes --if "$mine" ipc:::send \
  >"$scratch/out"
mdtrace probe create --enable --label counted --if "$mine" --agg hist=size \
  ipc:::send >"$scratch/out"
mdtrace probe create --enable --label times --latency --if "$mine" \
  task_terminate >"$scratch/out"
workload "mixed 40"
hist sizes size
same "sizes of real messages" "arg1" "probe_id = 1"
is "the kernel has the same buckets" \
  "$(jq -c '[.buckets[] | [.low, .count]]' "$scratch/hist")" \
  "$(mdtrace --json agg read counted |
     jq -c '[.aggregations[0].entries[0].buckets[] | select(.count > 0) |
       [.low, .count]]')"
hist times duration_ns
same "real durations" "duration_ns" "probe_id = 3"
has "as people see it" "$(mdtrace hist times duration_ns)" \
  '^duration_ns of times: count 40, min [0-9.]+ [num]s, mean '
has "bars" "$(mdtrace hist times duration_ns)" '^  \[.*\) +\|@+ +\| [0-9]+$'
done_testing
