#!/bin/sh
# What a hit costs: instructions, counted in a guest whose time stamp counter
# advances by one with each.
. "${0%/*}/../system/lib.sh"

rounds=20
hits=5000

# least COMMAND: the fewest counts that COMMAND has taken in any round.  Rounds
# that a clock tick falls into take more.
least ()
{
  for _ in $(seq $rounds); do
    # Makes room in the ring: the daemon stores what is there.
    mdtrace query 'select 1' >"$scratch/out"
    workload "$1"
    sed -n 's/.*counts \([0-9]*\).*/\1/p' "$scratch/workload.out"
  done | sort -n | head -n 1
}

# report NAME WITH WITHOUT: print what one of the hits has cost.
report ()
{
  awk "BEGIN { printf \"$1 %.1f instructions\\n\", ($2 - $3) / $hits }"
}

start_vm guest --icount
start_daemon
without=$(least "trap $hits")
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
with=$(least "trap $hits")
all=$((rounds * hits))
if [ "$(probe_value 1 recorded)" -ne $all ]; then
  echo "probe_entry_jump: not all of $all hits were recorded" >&2
  exit 1
fi
report probe_entry_jump "$with" "$without"
