#!/bin/sh
# Two CPUs: each adds up by itself, calls end on another CPU than they began
# on, and what was added up is read and cleared while both go on.
. "${0%/*}/lib.sh"

stock=${STOCK_KERNEL%/*}/gnumach-1.8-486-smp-dbg.gz
[ -f "$stock" ] && [ -f "$MDTRACE_LIBDIR/mdtrace-kernel-i386.o" ] ||
  skip_all "there is no kernel for two CPUs, or mdtrace was built without i386"
mdtrace-mkkernel -o "$scratch/kernel" "$stock"
export MDTRACE_KERNEL="$scratch/kernel"

# total PROBE: the hits that its aggregation has.
total ()
{
  mdtrace --json agg read "$1" >"$scratch/agg"
  jq '[.aggregations[].entries[].count] | add // 0' "$scratch/agg"
}

start_vm guest --kernel "$scratch/kernel" --cpus 2
start_daemon
mdtrace probe create --enable --label count --agg count --by cpu \
  syscall_mach_port_allocate >"$scratch/out"
mdtrace probe create --enable --label sum --agg sum=arg1 \
  --by task syscall_mach_port_allocate >"$scratch/out"
mdtrace probe create --enable --label odd --agg count --if 'arg1 & 1' \
  syscall_mach_port_allocate >"$scratch/out"
mdtrace probe create --enable --label calls --latency --agg hist \
  --by function,cpu 'fbt::ipc_*:' >"$scratch/out"
mdtrace probe create --enable --label cleared --agg count \
  --stack=4 --by function,cpu,stack 'fbt::vm_*:entry' >"$scratch/out"
workload "trap 300"
workload elsewhere
workload "trap 300"
is "hits of both CPUs" "$(total count)" 600
is "each by itself" \
  "$(jq -c '[.aggregations[].entries[] | [.key.cpu, .count]] | sort' \
     "$scratch/agg")" '[[0,300],[1,300]]'
is "a sum of what both had" "$(total sum)" 600
is "as one" "$(jq '.aggregations[].entries[].sum' "$scratch/agg")" 90300
is "a filter on both" "$(total odd)" 300

# Both are busy, with this and with us.
workload "loop 1"
hits=$(probe_value 5 hits)
for round in 1 2 3 4 5 6 7 8 9 10; do
  mdtrace agg clear cleared >"$scratch/out" 2>&1 || fail "it is cleared"
  total cleared >"$scratch/out"
  total calls >"$scratch/out"
done
holds "it was hit meanwhile" "$(probe_value 5 hits)" -gt "$hits"
for probe in count sum odd calls cleared; do
  id=$(mdtrace --json probe list |
    jq ".probes[] | select(.label == \"$probe\") | .probe_id")
  mdtrace probe disable "$id" >"$scratch/out"
  [ $probe = cleared ] ||
    is "$probe: all that was recorded was added up" "$(total $probe)" \
      "$(probe_value "$id" recorded)"
done
mdtrace agg clear cleared >"$scratch/out"
is "what is cleared is empty" "$(total cleared)" 0
is "nothing was switched off" \
  "$(mdtrace --json budget | jq '[.. | .stops? // empty] | add')" 0
law_holds "the law"
done_testing
