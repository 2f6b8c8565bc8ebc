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

# watch COUNTER PART: from now on counted says what that part counts.
watch ()
{
  workload "watch $((100 * $1 + $2))"
}

# counted WORK N: how often the part that is watched has counted while the
# workload did N of WORK, less what looking at it is; $sum is what it added up.
looked=0 looked_sum=0
counted ()
{
  mdtrace-vm console --state "$vm" --timeout 120 --send "$1 $2" \
    --expect "workload: $1 $2: " >"$scratch/workload.out" 2>&1
  line=$(tr -d '\r' <"$vm/console.log" |
	 sed -n "s/^.*workload: $1 $2: done $2, counted //p" | tail -n 1)
  sum=$((${line##* } - looked_sum))
  count=$((${line%%,*} - looked))
}

# What the kernel does while the workload does a stated amount of work: numbers
# of counters and parts are those of mig/mdtrace_counters.def and
# mdtrace_counter_parts.def.
untouched=$(changed_text)
enabled=$(mdtrace counter enable all)
has "those of the kernel are on" "$enabled" '^ipc-latency: on$'
has "those of the CPU are not" "$enabled" '^instructions: unavailable: .*CPU'
is "all that are available are on" "$(mdtrace --json counter list |
  jq -c '[.counters[] | select(.state == "off").name]')" "[]"
is "once more changes nothing" "$(mdtrace --json counter enable all |
  jq -c .counters)" "[]"
case $arch in
  i386) header_bytes=24 ;;
  *) header_bytes=32 ;;
esac

watch 8 1
counted rpc 0
is "to look at the counter is a request itself" "$count" 1
looked=1
counted rpc 1000
is "1000 requests to the kernel" "$count" 1000
holds "take some time" "$sum" -gt 0
counted tasks 500
is "500 tasks are 1500 requests" "$count" 1500
looked=0
watch 8 0
counted ipc 1000
is "1000 round trips are 2000 messages" "$count" 2000
holds "which take some time" "$sum" -gt 0
counted rpc 1000
is "and requests to the kernel are none" "$count" 0
# Whether a thread is handed the CPU is up to the kernel, but each of these made
# one that waited run.
# runs: how often threads went on.
runs ()
{
  mdtrace --json counter read schedule-latency |
    jq '[.counters[0].parts[].count] | add'
}
before=$(runs)
workload "ipc 1000"
holds "each message lets a thread run" $(($(runs) - before)) -ge 2000
watch 7 0
counted wakeups 500
holds "500 threads wait until they run" "$count" -ge 500
counted rpc 500
is "a thread that goes on waits for nobody" "$count" 0
watch 9 1
counted faults 1000
is "1000 page faults" "$count $sum" "1000 1000"
watch 4 0
counted faults 1000
is "1000 pages filled with zeros" "$count $sum" "1000 $((1000 * 4096))"
watch 4 2
counted rpc 0
looked=$count looked_sum=$sum
counted rpc 1000
is "1000 requests are read" "$count $sum" "1000 $((1000 * header_bytes))"
watch 4 3
looked=0 looked_sum=0
counted rpc 0
looked=$count looked_sum=$sum
counted rpc 1000
is "1000 replies are written" "$count" 1000
holds "which are longer than a header" "$sum" -gt $((1000 * header_bytes))
looked=0 looked_sum=0
before=$(part vm-pressure pageouts .count)
workload "pages 50"
is "50 pages go to their pager" \
  "$(($(part vm-pressure pageouts .count) - before))" 50
is "there is no want of memory" \
  "$(part vm-pressure pressure '"\(.kind) \(.level)"')" "level 0"

# Interrupts of the clock, against the clock.
# ticks: since boot, by the time that it tells.
ticks ()
{
  mdtrace --json snapshot | jq '.uptime_ns / 10000000 | floor'
}
t1=$(ticks)
c1=$(part interrupt-overhead 'irq 0' .count)
t2=$(ticks)
workload "spin 500"
t3=$(ticks)
c2=$(part interrupt-overhead 'irq 0' .count)
t4=$(ticks)
holds "no tick without an interrupt" $((c2 - c1)) -ge $((t3 - t2 - 1))
holds "no interrupt without a tick" $((c2 - c1)) -le $((t4 - t1 + 1))

# Snapshots have them too.
mdtrace --json counter read >"$scratch/counters"
mdtrace --json snapshot >"$scratch/snapshot"
is "in a snapshot are those that are on" \
  "$(jq -c '.counters | keys' "$scratch/snapshot")" \
  "$(jq -c '[.counters[].name] | sort' "$scratch/counters")"
is "all parts of one kind together, and what came since" \
  "$(jq -n --slurpfile c "$scratch/counters" --slurpfile s "$scratch/snapshot" '
     [$c[0].counters[] | . as $counter |
      ([.parts[] | select(.kind == $counter.kind).sum] | add // 0) <=
      ($s[0].counters[.name] | .sum // .level)] | all')" true
is "the time in interrupts" "$(jq .interrupt_ns "$scratch/snapshot")" \
  "$(jq '.counters."interrupt-overhead".sum' "$scratch/snapshot")"
is "no more than there was" \
  "$(jq '.interrupt_ns < .uptime_ns' "$scratch/snapshot")" true
is "quantiles are in order, between the shortest and the longest" \
  "$(jq -c '.counters[].parts[] | select(.kind == "duration") |
     select([.minimum, .p50, .p90, .p99, .maximum] | . != sort)' \
     "$scratch/counters")" ""
is "histograms have all durations" \
  "$(jq -c '.counters[].parts[] | select(.kind == "duration") |
     select(([.buckets[].count] | add) != .count)' "$scratch/counters")" ""
mdtrace counter disable all >"$scratch/out"
is "off, the text is what it was" "$(changed_text)" "$untouched"

# One of ten.
is "a sample" "$(mdtrace counter enable --sample 1/10 ipc-latency)" \
  "ipc-latency: on, one of 10 durations is measured"
has "the list says so" "$(mdtrace counter list)" \
  '^ipc-latency +duration +ns +on +1/10 '
watch 8 0
counted ipc 500
holds "one of ten of 1000 messages was measured" "$count" -ge 99
holds "and no more" "$count" -le 101
measured=$(part ipc-latency message .count)
is "ten times that is an estimate of all" \
  "$(part ipc-latency message .estimated_count)" $((10 * measured))
text=$(mdtrace counter read ipc-latency)
has "for people, as an estimate" "$text" \
  '^ipc-latency +message +~[0-9]+0 +~'
has "which is said" "$text" \
  '^ipc-latency: one of 10 durations is measured; count and sum are estimates'
is "a snapshot has estimates" \
  "$(mdtrace --json snapshot | jq '.counters."ipc-latency".count % 10')" 0
mdtrace counter disable ipc-latency >"$scratch/out"
is "those that cannot be sampled count all" \
  "$(mdtrace --json counter enable --sample 8 all |
     jq -c '.counters | map(select(.name == "vm-pressure" or
	    .name == "lock-contention").sample)')" "[8,1]"
mdtrace counter disable all >"$scratch/out"

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
