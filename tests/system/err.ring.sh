#!/bin/sh
# Rings that cannot be had, rings that somebody reads, and recordings of what
# has not ended or is not there.
. "${0%/*}/lib.sh"

start_vm guest
for size in 0 1000 2K 3M 8M 64k 4KB -4096 x ''; do
  refuses "--size '$size'" 2 'must be a power of two from 4K to 4M' \
    mdtrace --target "vm:$vm" ring --size "$size"
done
refuses "--mode both" 2 'must be discard or overwrite' \
  mdtrace --target "vm:$vm" ring --mode both
refuses "an argument" 2 'takes no argument' \
  mdtrace --target "vm:$vm" ring 4K

# Somebody reads the rings.
start_daemon
before=$(mdtrace --json ring)
refuses "--size while a daemon runs, through it" 1 \
  "consumer already; by 'mdtraced, database [0-9a-f]+', which must end first" \
  mdtrace ring --size 4K
refuses "and beside it" 1 "consumer already; by 'mdtraced" \
  mdtrace --target "vm:$vm" ring --mode overwrite
is "they stay as they were" "$(mdtrace --json ring)" "$before"
has "but are shown, with who reads them" "$(mdtrace ring)" \
  '^ *0 1048576 discard +recording .* mdtraced, database'
stop_daemon
unset MDTRACE_TARGET
succeeds "then they can be changed" \
  mdtrace --target "vm:$vm" ring --mode overwrite
refuses "a daemon does not start on a flight recorder" 1 \
  "flight recorder, which a daemon would stop; choose 'mdtrace ring --mode disc" \
  mdtraced --foreground --target "vm:$vm" --database "$vm/x.db" \
  --socket "$vm/socket"
has "and leaves it running" "$(mdtrace --target "vm:$vm" ring)" \
  'overwrite recording .* nobody'

# What has not ended is asked.
refuses "to record from a guest that runs" 1 \
  "the guest runs; ask it as vm:DIR" \
  mdtrace record --from-ram "$vm" --output "$scratch/x.db"
holds "no database is made then" ! -e "$scratch/x.db"
refuses "from no directory" 1 'no directory of a virtual machine' \
  mdtrace record --from-ram "$scratch/none" --output "$scratch/x.db"
refuses "to nowhere" 2 'where to' mdtrace record --from-ram "$vm"
refuses "with a target" 2 'says already what is read' \
  mdtrace --target "vm:$vm" record --from-ram "$vm" --output "$scratch/x.db"

# What has ended can be looked at, and not changed.
kill -9 "$(cat "$vm/pid")"
wait_until "the guest is dead" sh -c \
  "! mdtrace-vm status --state '$vm' >'$scratch/status'"
export MDTRACE_TARGET="ram:$vm"
refuses "to change rings that are left" 1 \
  'cannot do that; nothing can be changed in a machine that has ended' \
  mdtrace ring --size 4K
refuses "to create a probe there" 1 'machine that has ended' \
  mdtrace probe create task_create
refuses "a daemon for what has ended" 1 'cannot trace what has ended' \
  mdtraced --foreground --database "$vm/x.db" --socket "$vm/socket"
unset MDTRACE_TARGET
echo "no database" >"$scratch/text"
refuses "to store in what is no database" 1 'not a database' \
  mdtrace record --from-ram "$vm" --output "$scratch/text"
refuses "to store in a directory that is not there" 1 'No such file' \
  mdtrace record --from-ram "$vm" --output "$scratch/none/x.db"

# A kernel without mdtrace leaves nothing.
start_vm off --append mdtrace=off --module \
  "$TEST_LIBDIR/workload-x86_64,\${host-port} \${device-port}"
refuses "of a kernel that was not traced" 1 'has no mdtrace in it' \
  mdtrace record --from-ram "$vm" --output "$scratch/x.db"
done_testing
