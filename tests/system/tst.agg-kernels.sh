#!/bin/sh
# For every function of every kernel that was fetched: what is added up, by each
# key, is what the events say, on one CPU and on two.
. "${0%/*}/lib.sh"

kernels=${STOCK_KERNEL%/*}
guests=0

# create OPTION...: a probe at all functions that only sees the workload.  Its
# number is in $id.
create ()
{
  id=$(mdtrace --json probe create --enable \
	 --if "task == \"workload-$arch\"" "$@" 'fbt:kernel:*:entry' |
	 jq .probe_id)
}

# compare NAME ID KEY VALUE: how often there was each KEY, by what was added up,
# and each VALUE, by the events.
compare ()
{
  mdtrace --json agg read "$2" |
    jq -c ".aggregations[0].entries[] | [$3, .count]" | sort >"$scratch/added"
  jq -s -c "map(select(.probe_id) | $4) | group_by(.)[] | [.[0], length]" \
    "$scratch/events" | sort >"$scratch/counted"
  is "$1" "$(diff "$scratch/counted" "$scratch/added")" ""
}

# try NAME STOCK CPUS
try ()
{
  title=$1
  mdtrace-mkkernel -o "$scratch/kernel" "$2" || {
    fail "$title: takes mdtrace in"
    return
  }
  guests=$((guests + 1))
  export MDTRACE_KERNEL="$scratch/kernel"
  start_vm "guest$guests" --kernel "$scratch/kernel" --cpus "$3"
  export MDTRACE_TARGET="vm:$vm"
  mdtrace ring --size 4M >"$scratch/out"
  create --stack=6
  events=$id
  for key in "function" site cpu task thread stack; do
    case $key in
      stack) create --agg count --by stack --stack=6 --keys 4096 ;;
      site) create --agg count --by site --keys 4096 ;;
      *) create --agg count --by $key ;;
    esac
    eval "by_$key=\$id"
  done
  workload "mixed 4"
  if [ "$3" -gt 1 ]; then
    workload elsewhere
    workload "mixed 4"
  fi
  recorded=$(probe_value "$events" recorded)
  holds "$title: there are events of many functions" "$recorded" -gt 1000
  is "$title: of which none is missing" \
    "$(mdtrace --json probe list "$events" |
       jq '.probes[0] | .dropped + .throttled + .missed')" 0
  timeout 120 mdtrace --json trace --count "$recorded" >"$scratch/events"
  compare "$title: by function" "$by_function" .key.function.function .function
  compare "$title: by site" "$by_site" .key.site.address .address
  compare "$title: by CPU" "$by_cpu" .key.cpu .cpu
  is "$title: on each CPU" \
    "$(mdtrace --json agg read "$by_cpu" |
       jq -c '.aggregations[0].entries | length')" "$3"
  compare "$title: by task" "$by_task" .key.task .task
  compare "$title: by thread" "$by_thread" .key.thread .thread
  compare "$title: by stack" "$by_stack" '[.key.stack[].address]' \
    '[.stack[].address]'
  law_holds "$title: the law"
  unset MDTRACE_TARGET
  mdtrace-vm stop --state "$vm"
}

for file in "$kernels"/*.gz "$kernels"/*/*.gz; do
  [ -f "$file" ] || continue
  name=${file#"$kernels/"}
  name=${name%.gz}
  if [ ! -f "$MDTRACE_LIBDIR/mdtrace-kernel-$(architecture "$file").o" ]; then
    echo "# $name: mdtrace was built without its architecture"
    continue
  fi
  case $name in
    # Of the kernels for several CPUs this is the one that is known to run two.
    gnumach-1.8-486-smp-dbg) try "$name" "$file" 2 ;;
    *) try "$name" "$file" 1 ;;
  esac
done
done_testing
