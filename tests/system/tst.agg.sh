#!/bin/sh
# What the kernel adds up is what the events say of which a twin of the probe
# records each; and it is read, watched and cleared.
. "${0%/*}/lib.sh"

# create LABEL OPTION... DESCRIPTION: a probe that only sees the workload.
create ()
{
  label=$1
  shift
  mdtrace --json probe create --enable --label "$label" \
    --if "task == \"workload-$arch\"" "$@" >"$scratch/created" ||
    echo "Bail out! $(cat "$scratch/created")"
}

# id LABEL: its number.
id ()
{
  mdtrace --json probe list "$1" | jq '.probes[0].probe_id'
}

# agg LABEL PROGRAM: what jq makes of what it has added up.
agg ()
{
  mdtrace --json agg read "$1" | jq -c -S ".aggregations[0] | $2"
}

# trace LABEL: its events, to $scratch/LABEL.
trace ()
{
  total=$(mdtrace --json probe list --all | jq '[.probes[] |
    select(.options.aggregation == null) | .recorded] | add')
  timeout 60 mdtrace --json trace --count "$total" >"$scratch/trace"
  jq -c "select(.probe_id == $(id "$1"))" "$scratch/trace" >"$scratch/$1"
}

# events LABEL PROGRAM: what jq makes of the array of them.
events ()
{
  jq -s -c -S "$2" "$scratch/$1"
}

# destroy_all: what was, is no matter any more.
destroy_all ()
{
  # shellcheck disable=SC2046 # several numbers
  mdtrace probe destroy $(mdtrace --json probe list |
			  jq '.probes[].probe_id') >"$scratch/out"
}

start_vm guest
export MDTRACE_TARGET="vm:$vm"
trap_function=syscall_mach_port_allocate

# Numbers: each from 1 to 500 once.
create events "$trap_function"
for word in sum min max avg hist; do
  create "$word" --agg "$word=right" "$trap_function"
done
create count --agg count "$trap_function"
create lhist --agg lhist=right:100:400:50 "$trap_function"
create some --agg sum=right --if 'right >= 100 && right < 110' \
  "$trap_function"
workload "trap 500"
trace events
is "the twin has all events" "$(events events length)" 500
is "count" "$(agg count '.entries[0].count')" "$(events events length)"
is "a count has no other numbers" "$(agg count '.entries[0] | keys')" \
  '["count","key"]'
values='map(.values.right)'
is "sum" "$(agg sum '.entries[0].sum')" "$(events events "$values | add")"
is "min" "$(agg min '.entries[0].min')" "$(events events "$values | min")"
is "max" "$(agg max '.entries[0].max')" "$(events events "$values | max")"
is "avg" "$(agg avg '.entries[0].avg')" \
  "$(events events "$values | add / length")"
is "hist" "$(agg hist '.entries[0].buckets | map([.low, .high, .count])')" \
  "$(events events "$values | map(if . == 0 then 0 else log2 | floor | exp2
     end) | group_by(.) | map([.[0], .[0] * 2, length])")"
is "the sum of a hist" "$(agg hist '.entries[0].sum')" \
  "$(events events "$values | add")"
is "lhist" "$(agg lhist '.entries[0].buckets | map([.low, .count])')" \
  "$(events events "$values | map(if . < 100 then null
     elif . >= 400 then 400 else . - . % 50 end) | group_by(.) |
     map([.[0], length])")"
is "what the filter accepts" "$(agg some '.entries[0] | [.count, .sum]')" \
  "[10,1045]"
has "a table for people" "$(mdtrace agg read sum)" '^ *500 +125250$'
has "and what it is" "$(mdtrace agg read sum)" \
  '^probe [0-9]+ \(sum\): sum of right$'
has "bars for people" "$(mdtrace agg read hist)" \
  '^  \[256, 512\) +\|@{40}\| 245$'
law_holds "the law, with numbers"

# Numbers that go on, and begin anew.
mdtrace --json agg watch --interval 0.1 count >"$scratch/watch" &
watch=$!
wait_until "there is something to be seen" test -s "$scratch/watch"
workload "trap 70"
seen ()
{
  [ "$(jq -s '[.[].aggregations[].entries[].count] | add' \
	 "$scratch/watch")" = 70 ]
}
wait_until "all of it was seen" seen
kill -INT $watch
wait $watch
is "a watch that is interrupted has not failed" $? 0
is "what was seen since the last time, together" \
  "$(jq -s '[.[].aggregations[].entries[].count] | add' "$scratch/watch")" 70
is "and in all" "$(agg count '.entries[0].count')" 570
mdtrace --json agg watch --totals --count 2 --interval 0.01 count \
  >"$scratch/watch"
is "totals, as often as was asked for" \
  "$(jq -s -c 'map(.aggregations[0].entries[0].count)' "$scratch/watch")" \
  '[570,570]'
is "a watch for people" \
  "$(mdtrace agg watch --totals --count 1 count | tail -n 1 | tr -d ' ')" 570
mdtrace agg watch --count 1 --interval 0.01 count >"$scratch/watch"
has "nothing new" "$(cat "$scratch/watch")" ': nothing yet$'
is "to begin anew" "$(mdtrace agg clear count)" \
  "probe $(id count): cleared"
is "there is nothing then" "$(agg count '.entries')" '[]'
is "but the counts stay" "$(probe_value "$(id count)" recorded)" 570
workload "trap 3"
is "and what comes is added up" "$(agg count '.entries[0].count')" 3
is "other probes were left alone" "$(agg max '.entries[0].max')" 500
is "all of them are cleared" "$(mdtrace --json agg clear |
				jq '.cleared | length')" 8
is "and nothing is left" "$(mdtrace --json agg read |
			    jq -c '[.aggregations[].entries[]]')" '[]'
mdtrace probe disable "$(id count)" >"$scratch/out"
workload "trap 2"
is "a disabled probe adds nothing" "$(agg count '.entries')" '[]'
law_holds "the law, of what goes on"
destroy_all

# Keys.
functions='fbt:kernel:ipc_port_*:entry'
create events --args arg0 "$functions"
for key in task thread cpu function site arg0; do
  create "$key" --agg count --by "$key" "$functions"
done
create both --agg count --by function,arg0 "$functions"
create few --agg count --by arg0 --keys 2 "$functions"
workload "mixed 20"
trace events
# compare NAME LABEL KEY VALUE: how often there was each KEY, by what was added
# up, and each VALUE, by the events.
compare ()
{
  is "$1" "$(agg "$2" "[.entries[] | [$3, .count]] | sort")" \
    "$(events events "map($4) | group_by(.) | map([.[0], length]) | sort")"
}
holds "there are many functions" \
  "$(events events 'map(.function) | unique | length')" -gt 5
compare "by task" task .key.task .task
is "its name" "$(agg task '.entries[0].key.task_name')" \
  "\"workload-$arch\""
compare "by thread" thread .key.thread .thread
compare "by CPU" cpu .key.cpu .cpu
compare "by function" "function" .key.function.function .function
compare "by site" site .key.site.address .address
compare "by argument" arg0 .key.arg0 '.values.arg0'
compare "by function and argument" both \
  '[.key.function.function, .key.arg0]' '[.function, .values.arg0]'
is "the greatest first" \
  "$(agg "function" '[.entries[].count] | . == (sort | reverse)')" true
is "only those" "$(mdtrace --json agg read --limit 2 "function" |
		   jq -c '.aggregations[0] | [(.entries | length), .more > 0]')" \
  '[2,true]'
has "for people" "$(mdtrace agg read --limit 2 both)" \
  '^FUNCTION +ARG0 +COUNT$'
is "--top means the same" "$(mdtrace --json agg read --top 2 both |
  jq -c '.aggregations[0].entries | length')" 2
has "how many there are" "$(mdtrace agg read --limit 2 both)" \
  '^and [0-9]+ more$'
is "two keys, and no more" "$(agg few '.entries | length')" 2
few=$(id few)
is "hits without room were dropped, and counted" \
  "$(probe_value "$few" dropped),$(agg few '.overflows')" \
  "$(probe_value "$few" usage.overflows),$(probe_value "$few" dropped)"
is "they are all that are not there" \
  "$(($(agg few '[.entries[].count] | add') + $(probe_value "$few" dropped)))" \
  "$(events events length)"
holds "there were some" "$(probe_value "$few" dropped)" -gt 0
has "people are told" "$(mdtrace agg read few)" \
  '; no room for [0-9]+ hits with other keys$'
is "on the only CPU" "$(mdtrace --json agg read --cpu 0 both |
			jq -c -S '.aggregations[0].entries')" \
  "$(agg both .entries)"
law_holds "the law, with keys"
destroy_all

# What is returned, and what has a sign.
create events '::task_create:return'
create returned --agg max --by retval '::task_create:return'
create inherited --agg sum --by inherit_memory,task --args inherit_memory \
  task_create
workload "tasks 12"
trace events
is "by what is returned" "$(agg returned '.entries | map([.key.retval, .max])')" \
  '[[0,0]]'
is "what is the key can be the value" \
  "$(agg inherited '.entries | map([.key.inherit_memory, .count, .sum])')" \
  '[[0,12,0]]'
destroy_all

# Stacks.
create stack --agg count --by stack --stack=4 task_create
workload "tasks 5"
is "by stack" "$(agg stack '.entries | map([[.key.stack[].function], .count])')" \
  '[[["task_create","_Xtask_create","ipc_kobject_server","mach_msg_trap"],5]]'
has "frames for people" "$(mdtrace agg read stack)" \
  '^    _Xtask_create\+0x[0-9a-f]+$'
law_holds "the law, with stacks"
destroy_all

# Latency.
calls='fbt:kernel:ipc_kmsg_*:'
create events --latency "$calls"
for word in count sum min max avg hist; do
  create "$word" --latency --agg "$word" --by "function" "$calls"
done
create lhist --latency --agg lhist=duration:0:100ms:1ms --by "function" \
  "$calls"
create retval --latency --agg count --by retval ::task_create:
workload "mixed 20"
trace events
compare "calls by function" count .key.function.function .function
for word in sum min max avg hist lhist; do
  compare "the same, of $word" "$word" .key.function.function .function
done
is "each event has a duration" "$(events events 'map(.duration_ns > 0) | all')" \
  true
is "no duration is longer than the time that it all took" \
  "$(events events '(map(.time_ns) | max - min) as $all |
     map(.duration_ns <= $all) | all')" true
is "all values of a histogram are in its buckets" \
  "$(agg hist '[.entries[] | ([.buckets[].count] | add) == .count] | all')" \
  true
is "and between them is the mean" \
  "$(agg hist '[.entries[] | .avg >= .buckets[0].low
     and .avg < .buckets[-1].high] | all')" true
is "so it is in equal steps" \
  "$(agg lhist '[.entries[] | ([.buckets[].count] | add) == .count] | all')" \
  true
is "units" "$(agg hist '[.value, .unit]')" '["duration","ns"]'
has "for people" "$(mdtrace agg read hist)" \
  '^  \[[0-9.]+ (ns|us|ms), [0-9.]+ (ns|us|ms)\) +\|@'
is "with what is returned" "$(agg retval '.entries | map([.key.retval, .count])')" \
  '[[0,20]]'
law_holds "the law, with latency"
destroy_all
alone=$(mdtrace --json probe create --enable --latency --agg count \
	  task_create | jq .probe_id)
workload "tasks 5"
is "a call is two hits, of which the entry is filtered" \
  "$(mdtrace --json probe list | jq -c ".probes[0] |
     [.hits, .recorded, .filtered, .usage.unpaired, .usage.abandoned]")" \
  '[10,5,5,0,0]'
is "it is pairs that are counted" "$(agg "$alone" '.entries[0].count')" 5
destroy_all

# What mdtrace-agg(1) shows, as it stands there.
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$TEST_BUILDDIR/man/mdtrace-agg.1" |
  sed 's/\\e$/\\/; s/\\(aq/'\''/g' | sed -n -e ':a' -e '/\\$/{N; s/\\\n *//; ta' -e '}' \
    -e 's/^\$ //p' >"$scratch/examples"
holds "there are examples" "$(grep -c . "$scratch/examples")" -gt 5
: >"$scratch/said"
while IFS= read -r example; do
  case $example in
    *'agg read'* | *'agg watch'*) workload "mixed 2" ;;
  esac
  succeeds "$example" sh -c "$example"
  printf '%s\n' "$output" >>"$scratch/said"
done <"$scratch/examples"
has "it draws" "$(cat "$scratch/said")" '\|@@'
has "it tells of tasks" "$(cat "$scratch/said")" "^workload-$arch +[0-9]+"
has "it tells of stacks" "$(cat "$scratch/said")" '^    kmem_cache_alloc$'

# Through a daemon, as if there were none.
mdtrace --json agg read creators | jq -S . >"$scratch/directly"
workload "mixed 2"
start_daemon
is "a daemon hands it on" "$(agg creators '.entries[0].count')" 2
succeeds "and what clears it" mdtrace agg clear creators
is "which has an effect" "$(agg creators '.entries')" '[]'
law_holds "the law at the end"
stop_daemon
done_testing
