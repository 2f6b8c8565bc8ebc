#!/bin/sh
# A disk that is full: nothing can be stored, which is said once; the rings
# fill, the kernel counts what it drops, and the daemon goes on answering.  Once
# there is room again it stores what the rings still hold, and nothing twice.
. "${0%/*}/lib.sh"

disk=$scratch/disk
# The lease of a claim, and as much longer.
lease_s=20

clean_up_disk ()
{
  # All but where the disk is mounted, which cannot be removed yet.
  clean_up 2>/dev/null
  umount "$disk" 2>/dev/null
  rm -rf "$scratch"
}

# said PATTERN: how often the daemon has said so.
said ()
{
  grep -c -e "$1" "$vm/daemon.log"
}

# fill_disk: until not a byte more fits.
fill_disk ()
{
  head -c 1G /dev/zero >"$disk/filler" 2>/dev/null
}

# dropped: how many events the kernel has dropped.
dropped ()
{
  mdtrace --json --target "vm:$vm" probe list --all |
    jq '[.probes[].dropped] | add'
}

# load ROUNDS: so many at most, until nothing can be stored for the NUMBERth
# time and the rings have overflown.
load ()
{
  before=$(dropped)
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    workload "trap 100000"
    rounds=$((rounds + 1))
    if [ "$(said 'nothing can be stored')" -ge "$1" ]; then
      # This one went into rings that nobody empties.
      workload "trap 100000"
      rounds=$((rounds + 1))
      break
    fi
  done
  holds "stall $1: the rings overflow, and the kernel counts" \
    "$(dropped)" -gt "$before"
  is "stall $1: it is said once" "$(said 'nothing can be stored')" "$1"
}

# stored: how many events are there, as a reader of the file sees it.
stored ()
{
  sqlite3 -readonly -cmd '.timeout 5000' "$database" \
    'select count(*) from event'
}

[ "$(id -u)" -eq 0 ] || skip_all "only root can mount a disk that is small"
mkdir "$disk"
trap clean_up_disk EXIT
mount -t tmpfs -o size=8M mdtrace-test "$disk" 2>"$scratch/mount" ||
  skip_all "a disk that is small cannot be mounted: $(cat "$scratch/mount")"

start_vm guest
file=$disk/test.db

# Full at the start.
fill_disk
refuses "full from the start: the reason is told" 1 "$file.*(full|No space)" \
  timeout 60 mdtraced --foreground --target "vm:$vm" --database "$file" \
  --socket "$vm/socket"
is "the rings were given back" \
  "$(mdtrace --json --target "vm:$vm" status | jq -r .ring_holder)" ""
rm "$disk/filler"

start_daemon --database "$file"
database=$file
pass "what that has left is no hindrance to the next"
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
workload "trap 1000"
rounds=1
is "there is room: all is stored" \
  "$(query 'select count(*) from events')" 1000

# Full, the first time.
fill_disk
load 1
began_s=$(date +%s)
succeeds "mdtrace status" timeout 30 mdtrace status
has "mdtrace probe list" "$(timeout 30 mdtrace probe list)" \
  'syscall_mach_port_allocate .* enabled'
timeout 30 mdtrace health >"$scratch/health" 2>&1
holds "mdtrace health answers" "$?" -le 1
sed 's/^/# /' "$scratch/health"
was_stored=$(stored)
timeout 60 mdtrace --json query 'select count(*) as n from events' \
  >"$scratch/query" 2>"$scratch/complaint"
is "mdtrace query answers" $? 0
is "with what is there" "$(jq '.rows[0].n' "$scratch/query")" "$was_stored"
sed 's/^/# /' "$scratch/complaint"
# shellcheck disable=SC2016
wait_until "the lease would have ended" sh -c \
  '[ "$(date +%s)" -gt $(($0 + $1)) ]' "$began_s" "$lease_s"
has "its claim stays" \
  "$(mdtrace --json --target "vm:$vm" status | jq -r .ring_holder)" \
  '^mdtraced, database '
is "its probe stays" "$(probe_value 1 state) $(probe_value 1 lapsed)" \
  "enabled false"
is "still it is said once" "$(said 'nothing can be stored')" 1
is "that it stores again is not said yet" "$(said 'are stored again')" 0
law_holds "the law, while nothing can be stored"

# Room again.
rm "$disk/filler"
wait_until "events are stored again" grep -q 'are stored again' \
  "$vm/daemon.log"
workload "trap 1000"
rounds=$((rounds + 1))
mdtrace query 'select 1' >"$scratch/out"
is "there is room: every event that was not dropped is stored" \
  "$(query 'select count(*) from events')" \
  $(($(probe_value 1 hits) - $(dropped)))

# And a second time.
fill_disk
load 2
rm "$disk/filler"
# shellcheck disable=SC2016
wait_until "events are stored again" sh -c \
  '[ "$(grep -c "are stored again" "$0")" -eq 2 ]' "$vm/daemon.log"
workload "trap 1000"
rounds=$((rounds + 1))
mdtrace probe disable 1 >"$scratch/out"
is "after both every event that was not dropped is stored" \
  "$(query 'select count(*) from events')" \
  $(($(probe_value 1 hits) - $(dropped)))
# Rounds count from 1 up: what is stored twice would go back once more.
holds "none is stored twice, and all are in order" \
  "$(query 'select count(*) from (select arg1 <= lag (arg1)
       over (order by time_ns) as back from events) where back')" \
  -lt "$rounds"
is "what was dropped is told as lost" \
  "$(query 'select sum(dropped) from losses')" "$(dropped)"
is "the database tells of both" \
  "$(query "select count(*) from messages
	    where message like '%events are stored again%'")" 2
is "and the log: it could not, twice" "$(said 'nothing can be stored')" 2
is "and could again, twice" "$(said 'are stored again')" 2
law_holds "the law"
stop_daemon
is "ended, its status is 0" $? 0
is "the database is whole" \
  "$(sqlite3 -readonly "$database" 'pragma integrity_check')" ok
done_testing
