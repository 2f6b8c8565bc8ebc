#!/bin/sh
# What is refused of health scores, their rules and previews, and how.
. "${0%/*}/lib.sh"

cd "$scratch" || exit 1

# What does not belong together.
refuses "explained and followed" 2 "one of --explain, --watch, --preview" \
  mdtrace health --explain --watch
refuses "followed and previewed" 2 "one of --explain, --watch, --preview" \
  mdtrace health --watch --preview
refuses "the rules of a preview" 2 "one of --explain, --watch, --preview" \
  mdtrace health --print-rules --preview
for option in '--database x' '--from 1' '--to 1' '--last 1s'; do
  # shellcheck disable=SC2086
  refuses "${option%% *} of now" 2 "${option%% *} is of use with --preview" \
    mdtrace health $option
done
for seconds in 0 -1 x '' 86401; do
  refuses "every '$seconds' seconds" 2 \
    "--watch must be a number of seconds from 0.001 to 86400" \
    mdtrace health "--watch=$seconds"
done
for time in 0s 1 s 5x -1h 100001d ''; do
  refuses "the last '$time'" 2 "--last takes a whole number from 1 to 100000" \
    mdtrace health --preview --last "$time"
done
refuses "no time" 2 "--from takes nanoseconds since 1970, or a time of UTC" \
  mdtrace health --preview --from noon
refuses "backwards" 2 "--from is after --to" \
  mdtrace health --preview --from 2 --to 1
refuses "the last and from" 2 "--last goes without --from and --to" \
  mdtrace health --preview --from 2 --last 1s
refuses "an argument" 2 "x: takes no argument" mdtrace health x

# Rules that are none, before anybody is asked.
refuses "no such file" 1 \
  "mdtrace: none: a system call failed; No such file or directory" \
  mdtrace health --rules none
# wrong NAME RULES PATTERN
wrong ()
{
  printf '%s\n' "$2" >rules
  refuses "$1" 1 \
    "^mdtrace: rules: is no file of rules for the health score; $3" \
    mdtrace health --rules rules
}
good='cpu: reference 1 worst 2 points 3'
wrong "an unknown factor" '
speed: reference 1 worst 2 points 3' "line 2: 'speed' is no factor; 'mdtrace"
wrong "a number that is missing" 'cpu: reference 1 worst 2' \
  'line 1: cpu lacks points; a rule is'
wrong "worst that is none" 'cpu: reference 2 worst 2 points 3' \
  'line 1: cpu: worst, 2, must be greater than reference, 2'
wrong "too many points" 'cpu: reference 1 worst 2 points 101' \
  'line 1: cpu: points, 101, must be 100 at most'
wrong "a factor twice" "$good
$good" 'line 2: cpu has a rule before; remove one of both'
for verb in --print-rules --explain --watch --preview; do
  refuses "$verb by them" 1 'rules: is no file of rules' \
    mdtrace health $verb --rules rules
done
is "as JSON too" "$(mdtrace --json health --rules rules 2>err |
  jq -c '[.error.code, .error.about]')" '[4724,"rules"]'
refuses "a daemon has none of them" 1 \
  '^mdtraced: rules: line 2: cpu has a rule before; remove one of both$' \
  mdtraced --foreground --target "vm:$scratch/none" --database x.db \
  --socket socket --health-rules rules
refuses "nor one that is not there" 1 \
  '^mdtraced: none: No such file or directory$' \
  mdtraced --foreground --target "vm:$scratch/none" --database x.db \
  --socket socket --health-rules none
holds "and makes no database" ! -e x.db
mdtrace health --print-rules >printed
is "what is printed is read" "$(mdtrace health --print-rules --rules printed)" \
  "$(cat printed)"
echo "$good" >rules
has "one that was changed is printed" \
  "$(mdtrace health --print-rules --rules rules)" "^$good\$"

# Databases of which nothing can be said.
refuses "no such database" 1 'none.db: .*No such file' \
  mdtrace health --preview --database none.db
sqlite3 old.db <"$TEST_SRCDIR/tests/data/schema-4.sql"
refuses "one without snapshots" 1 \
  'old.db: .*has version 4, which has no snapshots' \
  mdtrace health --preview --database old.db
mdtrace db merge --into new.db old.db >out
refuses "one that has none yet" 1 'new.db: .*has no score of that time' \
  mdtrace health --preview --database new.db
sqlite3 some.db <"$TEST_SRCDIR/tests/data/schema-5.sql"
is "one that has some" \
  "$(mdtrace --json health --preview --database some.db | jq '.count')" 1
refuses "but not of that time" 1 'some.db: .*has no score of that time' \
  mdtrace health --preview --database some.db --to 1795000009000000000
printf 'no database, but long enough to be one of some kind' >text.db
refuses "no database at all" 1 'text.db: ' \
  mdtrace health --preview --database text.db

# A target that is not there, or ends.
refuses "no target" 1 'is not running|No such file|no virtual machine' \
  mdtrace --target "vm:$scratch/none" health --explain
start_vm guest
export MDTRACE_TARGET="vm:$vm"
refuses "a preview without a daemon" 1 \
  'only a daemon has a database; name the file of one' \
  mdtrace health --preview
mdtrace health --watch=0.05 >watch 2>err &
watcher=$!
wait_until "it is followed" [ -s watch ]
mdtrace-vm stop --state "$vm" >out
wait $watcher
is "what ends while it is followed is told" $? 1
has "with its name" "$(cat err)" "^mdtrace: vm:$vm: "
done_testing
