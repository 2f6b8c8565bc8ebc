#!/bin/sh
# What 'mdtrace query' refuses.
. "${0%/*}/lib.sh"

export MDTRACE_DATABASE="$scratch/test.db"
"$TEST_LIBDIR/make-trace" "$scratch/test.db" 50

refuses "nothing asked" 2 'what is asked' mdtrace query
refuses "a name that there is not" 2 \
  'top-taks: there is no query of that name; did you mean top-tasks\?' \
  mdtrace query top-taks
refuses "one that is like none" 2 \
  "there is no query of that name; 'mdtrace query --list'" \
  mdtrace query xyzzyxyzzy
refuses "to explain what there is not" 2 'there is no query of that name' \
  mdtrace query --list nothing
refuses "to show nothing" 2 'which query' mdtrace query --show
refuses "to show SQL" 2 '--show takes the name of a query' \
  mdtrace query --show 'select 1'
refuses "a parameter that a query has not" 2 \
  "losses: has no parameter from; 'mdtrace query --list losses' explains it" \
  mdtrace query losses --from 1
refuses "one that SQL has not" 1 'it has no parameter :y' \
  mdtrace query 'select :x' x=1 y=2
refuses "what is no parameter" 2 "'top-tasks' is no parameter NAME=VALUE" \
  mdtrace query top-tasks top-tasks
refuses "a parameter without a name" 2 'is no parameter' \
  mdtrace query top-tasks =5
refuses "a limit that is none" 2 '--limit' mdtrace query top-tasks --limit no
refuses "no rows" 2 '--limit' mdtrace query top-tasks --limit 0
refuses "no rows by a parameter" 2 "limit takes a whole number .*, not '0'" \
  mdtrace query top-tasks limit=0
refuses "a limit that is no number" 2 "limit takes a whole .*, not 'abc'" \
  mdtrace query top-tasks limit=abc
refuses "steps of no length" 2 "step takes a whole number.*, not '0'" \
  mdtrace query event-rate step=0
refuses "a score that is none" 2 "below takes a number.*, not 'all'" \
  mdtrace query health below=all
refuses "a time that is none" 2 '--from takes nanoseconds' \
  mdtrace query top-tasks --from yesterday
refuses "the same as a parameter" 2 '--to takes nanoseconds' \
  mdtrace query top-tasks to=tomorrow
refuses "a day that its month has not" 2 '--from takes nanoseconds' \
  mdtrace query top-tasks --from 2026-11-31T00:00:00
refuses "a time that ends before it begins" 2 '--from is after --to' \
  mdtrace query top-tasks --from 2 --to 1
refuses "the same by parameters, of SQL too" 2 '--from is after --to' \
  mdtrace query 'select :from, :to' to=1 --from 2
refuses "SQL that is none" 1 'syntax error' mdtrace query 'selec 1'
refuses "two statements" 1 'one statement at a time' \
  mdtrace query 'select 1; select 2'
refuses "a database that is none" 1 'not a database|unable to open' \
  mdtrace query top-tasks --database "$0"
refuses "one that is not there" 1 "none: .*No such file" \
  mdtrace query top-tasks --database "$scratch/none"

# What is wrong with the file is said with its name, and not of the query.
: >"$scratch/empty.db"
refuses "an empty file" 1 "empty.db: .*is empty" \
  mdtrace query top-tasks --database "$scratch/empty.db"
sqlite3 "$scratch/other.db" 'create table event (a)'
refuses "a database of another program" 1 "other.db: .*of another program" \
  mdtrace query top-tasks --database "$scratch/other.db"
head -c 30000 "$scratch/test.db" >"$scratch/short.db"
refuses "a damaged one, with what to do" 1 \
  "short.db: .*is damaged.*mdtrace db recover .*short.db" \
  mdtrace query 'select * from event' --database "$scratch/short.db"
refuses "to change anything" 1 "query: .*readonly" \
  mdtrace query 'delete from event'

refuses "a database without a name is the daemon's" 1 \
  "unix:$scratch/nowhere: cannot be reached" \
  env MDTRACE_DATABASE= MDTRACE_TARGET="unix:$scratch/nowhere" \
  mdtrace query top-tasks

# A list needs no database.
succeeds "the list without a database" \
  env MDTRACE_DATABASE="$scratch/none" mdtrace query --list

"$TEST_LIBDIR/make-trace" "$scratch/5.db" 5 >"$scratch/out"
is "a number that JSON does not have is null, and not left out" \
  "$(mdtrace --json query --database "$scratch/5.db" \
       'select 9e999 as x, 1 as y' | jq -c .rows)" '[{"x":null,"y":1}]'
done_testing
