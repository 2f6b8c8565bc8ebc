#!/bin/sh
# Counters: what tasks count, and what the kernel counts, is what was done.
. "${0%/*}/lib.sh"

# part COUNTER PART PROGRAM: what jq makes of what that part has counted; 0 if
# it has counted nothing.
part ()
{
  mdtrace --json counter read "$1" | jq -r "
    [.counters[0].parts[] | select(.name == \"$2\")] |
    if length == 0 then 0 else .[0] | $3 end"
}

# state COUNTER: on, off or unavailable.
state ()
{
  mdtrace --json counter list "$1" | jq -r '.counters[0].state'
}

start_vm guest
export MDTRACE_TARGET="vm:$vm"
page=$TEST_BUILDDIR/man

# All that there are, whatever this machine has of them.
is "there are ten" "$(mdtrace --json counter list |
		      jq '.counters | length')" 10
is "in the order of their table" \
  "$(mdtrace --json counter list | jq -r '.counters[].name')" \
  "$(sed -n 's/^MDTRACE_COUNTER ([0-9]*, [A-Z_]*, "\([a-z-]*\)".*/\1/p' \
     "$TEST_SRCDIR/mig/mdtrace_counters.def")"
is "none is on" "$(mdtrace --json counter list |
		   jq '[.counters[] | select(.state == "on")] | length')" 0
is "what is unavailable says why, and what is not has a source" \
  "$(mdtrace --json counter list | jq -c '.counters[] |
     select((.state == "unavailable") != (.source == "none")
     or (.state == "unavailable" and .detail == ""))')" ""
is "the CPU of this machine has no counters" "$(state instructions)" \
  unavailable
has "a row of the table" "$(mdtrace counter list)" \
  '^instructions +count +instructions +unavailable +none: .*CPU'
is "nothing is read" "$(mdtrace counter read)" \
  "no counter is on; 'mdtrace counter enable COUNTER' lets one count"

# Tasks without privileges update the first.
is "a count" "$(mdtrace counter create --unit rounds workload)" \
  "workload: count of rounds, on"
workload "updates 100"
is "100 updates" "$(part workload all '"\(.count) \(.sum) \(.unit)"')" \
  "100 5050 rounds"
has "for people" "$(mdtrace counter read)" \
  '^workload +all +100 +5050 rounds *$'
mdtrace counter update workload 50 >"$scratch/out"
is "and one more" "$(part workload all '"\(.count) \(.sum)"')" "101 5100"
is "on the first CPU" "$(mdtrace --json counter read --cpu 0 workload |
			 jq -c '[.cpu, .counters[0].parts[0].sum]')" "[0,5100]"

# Durations: their histogram, and what is made of it.
mdtrace counter create --kind duration service >"$scratch/out"
is "a new one has counted nothing" "$(mdtrace counter read service)" \
  "service: on, has counted nothing yet"
for value in 0 1 2 3 4 1000 1023 1024 100000 4000000000000; do
  mdtrace counter update service $value >"$scratch/out"
done
is "ten durations" \
  "$(part service all '"\(.count) \(.sum) \(.minimum) \(.mean) \(.maximum)"')" \
  "10 4000000103057 0 400000010305 4000000000000"
is "their histogram" \
  "$(part service all '.buckets | map("\(.low)-\(.high):\(.count)") |
		       join(" ")')" \
  "0-1:1 1-2:1 2-4:2 4-8:1 512-1024:2 1024-2048:1 65536-131072:1 1099511627776-null:1"
is "what 50, 90 and 99 of a hundred do not exceed" \
  "$(part service all '"\(.p50) \(.p90) \(.p99)"')" "7 131071 4000000000000"
is "all were measured" \
  "$(part service all '"\(.sample) \(.estimated_count) \(.estimated_sum)"')" \
  "1 10 4000000103057"
has "for people" "$(mdtrace counter read service)" \
  '^service +all +10 +4000 s +0 ns +400 s +7 ns +131 us +4000 s +4000 s *$'
drawn=$(mdtrace counter read --histogram service)
has "the histogram" "$drawn" '^  \[65.5 us, 131 us\) +\|@+ +\| 1$'
has "its last bucket has no end" "$drawn" '^  \[1099 s, \.\.\.\) +\|@+ +\| 1$'

# A level.
mdtrace counter create --unit bytes --kind level stock >"$scratch/out"
mdtrace counter update stock 12 >"$scratch/out"
mdtrace counter update stock 1536 >"$scratch/out"
is "the last one" "$(part stock all '"\(.level) \(.kind)"')" "1536 level"
has "for people" "$(mdtrace counter read stock)" \
  '^stock +all +2 +1.50 KiB *$'

# Off, anew, and gone.
is "off" "$(mdtrace counter disable workload)" "workload: off"
is "it says so" "$(state workload)" off
has "what it had counted" "$(mdtrace counter read workload)" \
  '^workload: off; that is what it had counted$'
is "it is kept" "$(part workload all .sum)" 5100
is "only those that are on" \
  "$(mdtrace --json counter read | jq -c '[.counters[].name]')" \
  '["service","stock"]'
is "and all" "$(mdtrace --json counter read all |
		jq -c '[.counters[] | select(.source == "tasks").name]')" \
  '["workload","service","stock"]'
is "on again" "$(mdtrace counter enable workload)" "workload: on"
is "from the beginning" "$(part workload all .sum)" 0
workload "updates 3"
is "anew" "$(mdtrace counter reset workload)" "workload: begins anew"
is "it is 0" "$(part workload all .sum)" 0
workload "updates 2"
is "and goes on" "$(part workload all .sum)" 3
is "which are on" "$(mdtrace --json counter disable all |
		     jq -c '.counters | map(select(. as $name |
		     ["workload", "service", "stock"] | index($name)))')" \
  '["workload","service","stock"]'
is "gone" "$(mdtrace counter destroy service stock)" "service: destroyed
stock: destroyed"
is "all that are left" "$(mdtrace --json counter destroy all |
			  jq -c .counters)" '["workload"]'
is "ten again" "$(mdtrace --json counter list | jq '.counters | length')" 10

# By a daemon.
start_daemon
mdtrace counter create --unit rounds workload >"$scratch/out"
workload "updates 10"
is "by a daemon" "$(part workload all .sum)" 55
mdtrace counter destroy workload >"$scratch/out"
stop_daemon
export MDTRACE_TARGET="vm:$vm"

# examples_run PAGE: the commands of its examples do, and those whose output
# stands below them print that.
examples_run ()
{
  sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$page/$1" >"$scratch/examples"
  while IFS= read -r line; do
    case $line in
      '$ '*)
	asked=${line#'$ '}
	succeeds "$1: $asked" sh -c "$asked"
	rest=$output
	;;
      '' | .* | [A-Z]*) rest= ;;
      *)
	[ -z "$rest" ] && continue
	is "$1: what it prints" "${rest%%
*}" "$line"
	rest=${rest#"$line"}
	rest=${rest#?}
	;;
    esac
  done <"$scratch/examples"
}
examples_run mdtrace-counter.1
examples_run mdtrace-command.1
examples_run mdtrace-snapshot.1
law_holds "the law"
done_testing
