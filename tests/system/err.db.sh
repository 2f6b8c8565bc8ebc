#!/bin/sh
# What is no database, or is damaged, is refused with a message that says what
# to do, and left as it is; what the message says to do works.
. "${0%/*}/lib.sh"

rows ()
{
  sqlite3 -readonly "$1" "$2"
}

# refused NAME PATTERN FILE: by each verb and by the daemon; FILE stays.
refused ()
{
  refused_name=$1 refused_pattern=$2 refused_file=$3
  sum=$(cksum <"$refused_file" 2>/dev/null)
  for verb in info check vacuum "export --output $scratch/new.db" \
      "merge --into $scratch/new.db"; do
    # shellcheck disable=SC2086
    refuses "$refused_name: ${verb%% *}" 1 "$refused_pattern" \
      mdtrace db $verb "$refused_file"
  done
  refuses "$refused_name: the daemon" 1 "$refused_pattern" \
    mdtraced --foreground --target "vm:$vm" --database "$refused_file" \
    --socket "$vm/none"
  is "$refused_name: it is left as it is" \
    "$(cksum <"$refused_file" 2>/dev/null)" "$sum"
  is "$refused_name: nothing is made" \
    "$(cd "$scratch" && echo new.db* ./*.lock)" 'new.db* ./*.lock'
}

start_vm guest
start_daemon
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
mdtrace probe create --enable --agg hist=arg1 syscall_mach_port_allocate \
  >"$scratch/out"
workload "trap 20000"
query 'select 1' >"$scratch/out"
good=$scratch/good.db
mdtrace db export --output "$good" >"$scratch/out"

# While a daemon has it open.
refuses "vacuum while a daemon has it open" 1 \
  'another mdtraced has it open; stop that one, or name another file' \
  mdtrace db vacuum "$database"
refuses "merge into what a daemon has open" 1 \
  'another mdtraced has it open; stop that one, or name another file' \
  mdtrace db merge --into "$database" "$good"
law_holds "the law"
stop_daemon

# What is no database of ours.
echo 'not one' >"$scratch/text.db"
refused "a text" "is damaged.*file is not a database" "$scratch/text.db"
sqlite3 "$scratch/other.db" 'create table event (time_ns)'
refused "another program's" 'is a database of another program; name another' \
  "$scratch/other.db"
cp "$good" "$scratch/newer.db"
sqlite3 "$scratch/newer.db" 'pragma user_version = 99'
refused "a newer version" 'has version 99, and this program knows.*; use one as' \
  "$scratch/newer.db"
for verb in info check vacuum "export --output $scratch/new.db" \
    "merge --into $scratch/new.db"; do
  # shellcheck disable=SC2086
  refuses "what is not there: ${verb%% *}" 1 \
    'none.db: the database failed; No such file' \
    mdtrace db $verb "$scratch/none.db"
  # shellcheck disable=SC2086
  refuses "a directory: ${verb%% *}" 1 'is no file; name a database' \
    mdtrace db $verb "$scratch"
  : >"$scratch/empty.db"
  # shellcheck disable=SC2086
  refuses "an empty file: ${verb%% *}" 1 'is empty; name a database' \
    mdtrace db $verb "$scratch/empty.db"
done
is "none was made" "$(cd "$scratch" && echo n[eo][wn]*.db)" 'newer.db'
is "nor filled" "$(stat -c %s "$scratch/empty.db")" 0
is "an error is in JSON too" \
  "$(mdtrace --json db info "$scratch/none.db" 2>"$scratch/err" |
     jq -c '.error | [.code, .detail]')" '[4716,"No such file or directory"]'

# What is asked for.
sum=$(cksum <"$scratch/text.db")
refuses "an output that exists" 1 'text.db: .*is there already; name another' \
  mdtrace db export "$good" --output "$scratch/text.db"
is "is left as it is" "$(cksum <"$scratch/text.db")" "$sum"
refuses "an output in no directory" 1 'none/x.db: .*No such file' \
  mdtrace db export "$good" --output "$scratch/none/x.db"
refuses "no output" 2 'where to\? For example' mdtrace db export "$good"
for time in yesterday 2026-11-23 2026-11-23T25:00:00 2026-11-23T09:02:08.5X \
    -5 '' 99999999999999999999 1969-12-31T23:59:59Z 2300-01-01T00:00:00Z; do
  refuses "no time: '$time'" 2 '--(from|to) takes nanoseconds since 1970, or' \
    mdtrace db export "$good" --output "$scratch/new.db" --from="$time"
done
refuses "a span that ends before it begins" 2 '--from is after --to' \
  mdtrace db export "$good" --output "$scratch/new.db" \
  --from 2026-11-23T09:02:08Z --to 1795424527999999999
succeeds "one that does not" mdtrace db export "$good" \
  --output "$scratch/new.db" --from 2026-11-23T09:02:08.25 \
  --to 1795424528250000000
rm "$scratch/new.db"
refuses "a boot that is not there" 1 'has no boot 7; the view boots' \
  mdtrace db export "$good" --output "$scratch/new.db" --boot 7
refuses "no boot" 2 'number of a boot must be a whole number' \
  mdtrace db export "$good" --output "$scratch/new.db" --boot first
refuses "nothing to merge" 2 'what, and into which\?' \
  mdtrace db merge --into "$scratch/new.db"
refuses "merge into nothing" 2 'what, and into which\?' mdtrace db merge "$good"
refuses "merge into itself" 1 'is the database that is added to' \
  mdtrace db merge --into "$good" "$good"
refuses "two databases" 2 'one database at a time' \
  mdtrace db info "$good" "$good"
refuses "no verb" 2 'There are info, check, vacuum, export, merge, recover' mdtrace db
refuses "another verb" 2 'repair: no such verb; there are info' \
  mdtrace db repair
is "nothing was made" "$(cd "$scratch" && echo new*.db*)" 'newer.db'

# What is whole, and cannot be true.  Two snapshots and a counter, since it may
# have none yet.
two='insert into snapshot select boot_id, value, value * 1000000000,
  value * 1000000000, 1, 1, 1, null, 9, 8, 7, 6, 0, 0, 0, null, 0, 0, 0, 0, 0,
  null from boot, (select 1000001 as value union select 1000002);
  insert into counter select 1000, boot_id, 100, "x", "ns", "duration", "tasks",
  "on", "", 1, 0, 0, 0 from boot limit 1'
cp "$good" "$scratch/wrong.db"
sqlite3 "$scratch/wrong.db" "$two"
succeeds "what is added is right" mdtrace db check "$scratch/wrong.db"
rm -f "$scratch"/wrong.db*
for wrong in \
    "update probe set hits = hits + 1, state = 'destroyed'|[0-9]+ hits, but [0-9]+ are accounted" \
    "update probe set hits = hits - 1, recorded = recorded - 1, state = 'destroyed'|[0-9]+ events, but only [0-9]+ were recorded" \
    "update run set events = events - 1|[0-9]+ events, but its runs have stored [0-9]+" \
    "delete from site|refer to rows of site that are not there" \
    "delete from boot|refer to rows of boot that are not there" \
    "update ring set position = position + 1|is no position in a ring" \
    "update event set time_ns = -1 where time_ns = (select min(time_ns) from event)|events: 1 have no time" \
    "update run set seen_ns = 1|it was seen before it began" \
    "insert into clock select boot_id, tsc + 1, time_ns - 1, uptime_ns, ns_per_count, error_ns from clock|clocks went backwards" \
    "insert into identity select name from identity|identity has 2 rows, not 1" \
    "insert into stack (kernel_id, frames) values (1, x'0102')|stacks: 1 have no frames, or parts" \
    "insert into duration values (1, 1)|refer to rows of event that are not there" \
    "update aggregate set count = count + 1000000, changed_ns = 1; update bucket set count = count + 1000000 where bucket = 2; update probe set state = 'destroyed'|hits are added up, but only" \
    "update bucket set count = count + 1|aggregates: [0-9]+ have buckets that are not as many" \
    "update aggregate set count = count - 1|aggregates: [0-9]+ are not what was read last" \
    "delete from aggregate|refer to rows of aggregate that are not there" \
    "update snapshot set uptime_ns = 1 where sequence = (select max(sequence) from snapshot)|1 snapshots went backwards" \
    "update snapshot set free_bytes = memory_bytes + 1|snapshots: [0-9]+ have more memory free" \
    "insert into counter_value select boot_id, sequence, 1000, 0, 0 from snapshot; insert into boot (kernel_id, kernel_boot_id, boot_time_ns, target) select kernel_id, 1, 1, '' from kernel; update counter set boot_id = (select max(boot_id) from boot)|counters: [0-9]+ values are of another boot" \
    "insert into counter_value select boot_id, sequence + 1000, 1000, 0, 0 from snapshot|refer to rows of snapshot that are not there" \
    "insert into counter_part values (1000, 0, 'x', 'duration', 'ns'); insert into counter_reading values (1, 1000, 0, 1, 2, 2, 1, 1, '[0,1]')|counters: 1 readings have buckets that are not as many" \
    "insert or replace into health select boot_id, time_ns, 50, sequence, 1 from snapshot limit 1|health: 1 scores are not what was deducted" \
    "insert or replace into health select boot_id, time_ns, 91, sequence, 1 from snapshot limit 1; insert or replace into health_factor select boot_id, time_ns, 'x', 1, 9, 1, 0, 1, 5 from snapshot limit 1|health: 1 factors deduct more than they may" \
    "drop view events|events is not there, or not as it is made" \
    "alter table event add column more integer|event is not there, or not as"; do
  cp "$good" "$scratch/wrong.db"
  sqlite3 "$scratch/wrong.db" "$two; ${wrong%|*}"
  sum=$(cksum <"$scratch/wrong.db")
  mdtrace db check "$scratch/wrong.db" >"$scratch/out" 2>&1
  is "check has no good word for: ${wrong%|*}" $? 1
  has "it says what is wrong" "$(cat "$scratch/out")" "${wrong##*|}"
  is "and writes nothing" "$(cksum <"$scratch/wrong.db")" "$sum"
  rm -f "$scratch"/wrong.db*
done

# Damaged: a quarter is missing; the head is overwritten; something in the midst,
# a page of events, is.
events=$(rows "$good" 'select count(*) from event')
bytes=$(stat -c %s "$good")
page=$(rows "$good" "select pageno from dbstat where name = 'event'
  and pagetype = 'leaf' order by pageno limit 1 offset 100" 2>"$scratch/err")
[ -n "$page" ] || page=$((bytes / 4096 * 2 / 3))
for damage in truncated head midst; do
  broken=$scratch/$damage.db
  cp "$good" "$broken"
  case $damage in
    truncated) truncate -s $((bytes / 4 * 3 / 4096 * 4096)) "$broken" ;;
    head) yes garbage | head -c 100 |
	    dd of="$broken" conv=notrunc status=none ;;
    midst) yes garbage | head -c 4096 |
	     dd of="$broken" conv=notrunc status=none bs=4096 \
	       seek=$((page - 1)) ;;
  esac
  sum=$(cksum <"$broken")
  mdtrace db check "$broken" >"$scratch/out" 2>"$scratch/err"
  is "$damage: check fails" $? 1
  has "$damage: it says what is wrong" "$(cat "$scratch/out")" \
    '(malformed|not a database|btree|Tree|page)'
  has "$damage: and what to do" "$(cat "$scratch/err")" \
    "is damaged, and was left as it is: .*'mdtrace db recover .*' saves"
  is "$damage: in JSON too" "$(mdtrace --json db check "$broken" \
    2>"$scratch/out" | jq -c '[.good, (.wrong | length > 0), .advice != ""]')" \
    '[false,true,true]'
  if [ $damage != midst ]; then
    refuses "$damage: the daemon refuses it" 1 \
      "is damaged, and was left as it is: .*'mdtrace db check $broken'" \
      mdtraced --foreground --target "vm:$vm" --database "$broken" \
      --socket "$vm/none"
    refuses "$damage: so does vacuum" 1 'is damaged, and was left as it is' \
      mdtrace db vacuum "$broken"
  fi
  refuses "$damage: so does export" 1 'is damaged, and was left as it is' \
    mdtrace db export "$broken" --output "$scratch/new.db"
  is "$damage: it is left as it is" "$(cksum <"$broken")" "$sum"
  command=$(sed -n "s/.* tells more, '\(mdtrace [^']*\)' saves.*/\1/p" \
    "$scratch/err")
  sh -c "$command" >"$scratch/out" 2>&1
  succeeds "$damage: what the message says makes a good database of it" \
    mdtrace db check "$broken.new"
  case $damage in
    truncated) least=$((events * 6 / 10)) ;;
    head) least=$events ;;
    midst) least=$((events - 300)) ;;
  esac
  holds "$damage: with the events that are not overwritten" \
    "$(rows "$broken.new" 'select count(*) from events')" -ge $least
  is "$damage: they are those that there were" \
    "$(sqlite3 "$broken.new" "attach '$good' as good;
       select * from main.events except select * from good.events")" ""
done

# What a daemon finds only when it stores the first event: the top of their
# tree.
broken=$scratch/top.db
cp "$good" "$broken"
page=$(rows "$good" "select rootpage from sqlite_schema where name = 'event'")
yes garbage | head -c 4096 |
  dd of="$broken" conv=notrunc status=none bs=4096 seek=$((page - 1))
sum=$(cksum <"$broken")
mdtraced --foreground --target "vm:$vm" --database "$broken" \
  --socket "$vm/socket" 2>"$scratch/err" &
daemon=$!
daemons="$daemons $daemon"
wait_until "the daemon has begun" grep -q storing "$scratch/err"
workload "trap 100"
wait $daemon
is "a daemon that finds the damage later ends with 1" $? 1
has "it says what to do" "$(cat "$scratch/err")" \
  "top.db: is damaged, and was left as it is: .*'mdtrace db check $broken'"
is "and leaves the file as it is" "$(cksum <"$broken")" "$sum"
before=$(rows "$database" 'select count(*) from event')
start_daemon
is "what it has not stored another database takes" \
  "$(query 'select count(*) from events')" $((before + 100))
law_holds "the law, after all"
stop_daemon

# What tables there are, which stands behind the head.
broken=$scratch/tables.db
cp "$good" "$broken"
yes garbage | head -c 3996 |
  dd of="$broken" conv=notrunc status=none bs=1 seek=100
refuses "without its tables nothing can be saved" 1 \
  'nothing can be saved, since what tables it has cannot be read' \
  mdtrace db recover "$broken" --output "$scratch/new.db"
refuses "a text has none either" 1 'nothing can be saved' \
  mdtrace db recover "$scratch/text.db" --output "$scratch/new.db"
refuses "what is not there" 1 'none.db: the database failed; No such file' \
  mdtrace db recover "$scratch/none.db" --output "$scratch/new.db"
refuses "an output that exists" 1 'is there already; name another file' \
  mdtrace db recover "$scratch/midst.db" --output "$scratch/midst.db.new"
is "recover tells what it saved" \
  "$(mdtrace --json db recover "$scratch/midst.db" --output \
       "$scratch/again.db" | jq -c '[.events, .places > 0, .rows > .events]')" \
  "[$(rows "$scratch/midst.db.new" 'select count(*) from event'),true,true]"
holds "nothing else was made" ! -e "$scratch/new.db"
done_testing
