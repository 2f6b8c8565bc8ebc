#!/bin/sh
# What is written takes its place when it is complete: a signal in the midst, a
# file that can become no larger and a reader that goes away leave what was
# there before, and nothing beside it.  Pipes and devices stay what they are.
. "${0%/*}/lib.sh"

out=$scratch/out
mkdir "$out"
trace=$scratch/trace.db
"$TEST_LIBDIR/make-trace" "$trace" 30000
mdtrace export --to mdt -o "$scratch/trace.mdt" "$trace" >"$scratch/said"
"$TEST_LIBDIR/make-trace" "$scratch/other.db" 10
mdtrace db export "$scratch/other.db" -o "$scratch/few.db" >"$scratch/said"
load_old ()
{
  sqlite3 "$scratch/old.db" <"$TEST_SRCDIR/tests/data/schema-4.sql"
}
load_old

# contents: of $out, each file with its sum.
contents ()
{
  (cd "$out" && find . -type f ! -name '*.db-*' ! -name '*.lock' \
    -exec cksum {} + | sort -k 3; find . ! -type f | sort)
}

# signalled SIGNAL AT COMMAND...: the signal comes when it writes below $out
# for the AT-th time.  Prints the signal that has ended it.
signalled ()
{
  signal=$1 at=$2
  shift 2
  (ulimit -c 0
   RAISE_SIGNAL=$signal RAISE_AT=$at RAISE_BELOW=$out \
     LD_PRELOAD="$TEST_LIBDIR/raise-at.so" exec "$@") \
    >"$scratch/stdout" 2>"$scratch/stderr"
  echo $(($? - 128))
}

# each_signal NAME AT COMMAND...: none leaves anything.
each_signal ()
{
  name=$1 at=$2
  shift 2
  before=$(contents)
  # HUP INT QUIT PIPE TERM
  for signal in 1 2 3 13 15; do
    is "$name: signal $signal ends it" \
      "$(signalled $signal "$at" "$@")" $signal
    is "$name: signal $signal leaves all as it was" "$(contents)" "$before"
  done
}

# too_large NAME BLOCKS COMMAND...: no file can have so many blocks.
too_large ()
{
  name=$1 blocks=$2
  shift 2
  before=$(contents)
  # shellcheck disable=SC2016 # for sh
  refuses "$name: a file that would be too large" 1 \
    '(File too large|disk I/O error|database or disk is full)' \
    sh -c 'ulimit -f "$0"; exec "$@"' "$blocks" "$@"
  is "$name: which leaves all as it was" "$(contents)" "$before"
}

# Files, in the place of others.
for format in csv losses ndjson chrome folded openmetrics mdt; do
  echo before >"$out/file"
  case $format in
    csv | ndjson | chrome | mdt) at=3 ;;
    *) at=1 ;;
  esac
  each_signal "export to $format" $at \
    mdtrace export --to $format -o "$out/file" "$trace"
  [ $at = 1 ] ||
    too_large "export to $format" 400 \
      mdtrace export --to $format -o "$out/file" "$trace"
done
each_signal "flame" 1 mdtrace flame -o "$out/file" "$trace"
too_large "flame" 80 mdtrace flame -o "$out/file" "$trace"
each_signal "flame --folded" 1 mdtrace flame --folded -o "$out/file" "$trace"
each_signal "a report" 1 mdtrace analyze --report "$out/file" "$trace"
echo before >"$out/page.html"
each_signal "a page" 1 mdtrace analyze --report "$out/page.html" "$trace"
too_large "a page" 100 mdtrace analyze --report "$out/page.html" "$trace"
rm "$out"/*

# Databases, where there is none.
each_signal "db export" 50 mdtrace db export "$trace" -o "$out/new.db"
too_large "db export" 2000 mdtrace db export "$trace" -o "$out/new.db"
each_signal "db recover" 50 mdtrace db recover "$trace" -o "$out/new.db"
too_large "db recover" 2000 mdtrace db recover "$trace" -o "$out/new.db"
each_signal "import" 50 mdtrace import "$scratch/trace.mdt" -o "$out/new.db"
too_large "import" 2000 mdtrace import "$scratch/trace.mdt" -o "$out/new.db"
each_signal "db merge" 50 mdtrace db merge "$trace" --into "$out/new.db"
too_large "db merge" 2000 mdtrace db merge "$trace" --into "$out/new.db"
each_signal "db export of an older one" 3 \
  mdtrace db export "$scratch/old.db" -o "$out/new.db"

# And into one that is there, which has what it had.
cp "$scratch/few.db" "$out/there.db"
events=$(sqlite3 "$out/there.db" 'select count(*) from event')
for source in import "db merge"; do
  case $source in
    import) set -- mdtrace import "$scratch/trace.mdt" -o "$out/there.db" ;;
    *) set -- mdtrace db merge "$trace" --into "$out/there.db" ;;
  esac
  is "$source into another: a signal ends it" "$(signalled 15 50 "$@")" 15
  # What SQLite has beside it belongs to it.
  is "$source into another: it has what it had" "$(sqlite3 "$out/there.db" \
    'pragma integrity_check; select count(*) from event')" "ok
$events"
  is "$source into another: nothing else is left" \
    "$(ls "$out" | grep -v -E '^there.db(-wal|-shm|.lock)?$')" ""
done
succeeds "and more can be added to it" \
  mdtrace import "$scratch/trace.mdt" -o "$out/there.db"
rm "$out"/*

# Directories: by programs that let the signal come themselves.
mkdir "$scratch/bin"
# shellcheck disable=SC2016 # for the program
printf '%s\n' '#!/bin/sh' 'for word; do case $word in' \
  'path=*) directory=${word#path=\"}; directory=${directory%%\"*} ;; esac' \
  'done' 'cd "$directory" || exit 1' 'mkdir sub' 'echo >sub/file' \
  'kill -"$SIGNAL" $PPID' 'exec sleep 600' >"$scratch/bin/babeltrace2"
# shellcheck disable=SC2016 # for the program
printf '%s\n' '#!/bin/sh' 'echo >more' 'kill -"$SIGNAL" $PPID' \
  'exec sleep 600' >"$scratch/bin/gnuplot"
chmod +x "$scratch/bin"/*
# programs_signalled SIGNAL COMMAND...: as signalled.
programs_signalled ()
{
  signal=$1
  shift
  (ulimit -c 0
   SIGNAL=$signal PATH=$scratch/bin:$PATH exec timeout 120 "$@") \
    >"$scratch/stdout" 2>"$scratch/stderr"
  echo $(($? - 128))
}
mkdir "$out/pictures"
for name in dtrace_report.txt report.html dtrace_timeline.png; do
  echo before >"$out/pictures/$name"
done
before=$(contents)
for signal in 1 2 3 13 15; do
  is "CTF: signal $signal ends it" "$(programs_signalled $signal \
    mdtrace export --to ctf -o "$out/ctf" "$trace")" $signal
  is "CTF: signal $signal leaves nothing" "$(contents)" "$before"
  is "pictures: signal $signal ends it" "$(programs_signalled $signal \
    mdtrace analyze --visualize --output-dir "$out/pictures" "$trace")" $signal
  is "pictures: signal $signal leaves all as it was" "$(contents)" "$before"
done
# Reports come first, then pictures.
too_large "a report beside pictures" 100 mdtrace analyze --visualize \
  --output-dir "$out/pictures" "$trace"
printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/gnuplot"
refuses "pictures that cannot be drawn" 1 'cannot draw' \
  env PATH="$scratch/bin:$PATH" mdtrace analyze --visualize \
  --output-dir "$out/pictures" "$trace"
is "leave all as it was" "$(contents)" "$before"
rm -r "${out:?}"/*

# A disk that is full, at whatever point: all, or nothing.  A database needs
# room for its journal as well, which may be there when there is none for the
# rest.
disk=$scratch/disk
mkdir "$disk"
if [ "$(id -u)" = 0 ] &&
    mount -t tmpfs -o size=1M mdtrace-test "$disk" 2>"$scratch/said"; then
  trap 'umount "$disk"; clean_up' EXIT
  for verb in "db export" "db recover" import; do
    source=$trace
    [ "$verb" != import ] || source=$scratch/trace.mdt
    refused=0 wrong=
    # In KiB: from less than what is stored takes to more than twice as much.
    for size in 1000 1400 1600 1800 2000 2200 2400 2600 2800 3600; do
      mount -o "remount,size=${size}k" "$disk"
      # shellcheck disable=SC2086 # commands of several words
      if mdtrace $verb "$source" -o "$disk/new.db" >"$scratch/said" 2>&1; then
	found=$(sqlite3 "$disk/new.db" \
	  'pragma integrity_check; select count(*) from event' | tr '\n' ' ')
	[ "$found" = "ok 30000 " ] || wrong="$wrong $size KiB: $found"
	rm "$disk"/new.db*
      else
	refused=$((refused + 1))
	[ -z "$(ls -A "$disk")" ] || wrong="$wrong $size KiB: $(ls "$disk")"
      fi
    done
    is "$verb: a disk of any size has all or nothing" "$wrong" ""
    holds "$verb: and some were too small" $refused -ge 1 -a $refused -le 9
  done
  umount "$disk"
  trap clean_up EXIT
else
  pass "disks that are full # SKIP they cannot be mounted"
fi

# Whoever is to go on is not ended.
(trap '' HUP
 signalled 1 3 mdtrace export --to csv -o "$out/file" "$trace") \
  >"$scratch/said"
is "a signal that is ignored ends nothing" \
  "$(cat "$scratch/said") $(wc -l <"$out/file")" "-128 30001"

# What may not be replaced.
mkdir "$out/directory"
refuses "a directory, before all is done" 1 'directory: .*Is a directory' \
  mdtrace export --to csv -o "$out/directory" "$trace"
refuses "a report to a directory" 1 'directory: .*Is a directory' \
  mdtrace analyze --report "$out/directory" "$trace"
refuses "a name that is none" 1 ': a system call failed; No such file' \
  mdtrace export --to csv -o '' "$trace"
mkfifo "$out/directory/dtrace_report.txt"
printf '#!/bin/sh\nfor name in timeline heatmap performance; do
  : >dtrace_$name.png; done\n' >"$scratch/bin/gnuplot"
refuses "a picture's place that is a pipe" 1 \
  'dtrace_report.txt: .*is there already, and is no file' \
  env PATH="$scratch/bin:$PATH" mdtrace analyze --visualize \
  --output-dir "$out/directory" "$trace"
holds "which stays one" -p "$out/directory/dtrace_report.txt"
if [ "$(id -u)" = 0 ]; then
  user="setpriv --reuid 65534 --regid 65534 --clear-groups"
  chmod 711 "$scratch"
  chmod 777 "$out"
  chmod 644 "$scratch/few.db"
else
  user=
fi
mdtrace export --to mdt -o "$scratch/few.mdt" "$scratch/few.db" \
  >"$scratch/said"
echo before >"$out/protected"
chmod 444 "$out/protected"
# shellcheck disable=SC2086 # commands of several words
refuses "a file that is protected" 1 'protected: .*Permission denied' \
  $user mdtrace export --to csv -o "$out/protected" "$scratch/few.mdt"
is "stays as it is" "$(cat "$out/protected")" before

# What is replaced keeps its name and its permissions.
echo before >"$out/private"
chmod 600 "$out/private"
ln -s private "$out/link"
mdtrace export --to csv -o "$out/link" "$trace" >"$scratch/said"
is "a link stays one, and the file as private as it was" \
  "$(readlink "$out/link") $(stat -c %a "$out/private") \
$(wc -l <"$out/private")" "private 600 30001"
(umask 027 && mdtrace export --to csv -o "$out/first" "$trace" \
  >"$scratch/said")
is "a new one is what the umask lets it be" "$(stat -c %a "$out/first")" 640
mdtrace db export "$scratch/few.db" -o "$out/new.db" >"$scratch/said"
is "but a database is private" "$(stat -c %a "$out/new.db")" 600
rm "$out/new.db"

# Pipes, and what is standard output already.
for command in "export --to csv -o" "export --to mdt -o" "flame -o" \
    "flame --folded -o" "analyze --report"; do
  mkfifo "$out/pipe"
  cat "$out/pipe" >"$scratch/through" &
  reader=$!
  daemons="$daemons $reader"
  # shellcheck disable=SC2086 # commands of several words
  mdtrace $command "$out/pipe" "$trace" >"$scratch/said" 2>&1
  [ -p "$out/pipe" ] || kill $reader
  wait $reader
  rm "$out/pipe"
  # shellcheck disable=SC2086 # commands of several words
  mdtrace $command "$out/whole" "$trace" >"$scratch/said" 2>&1
  succeeds "$command: through a pipe comes all" \
    cmp "$scratch/through" "$out/whole"
  echo before >"$scratch/appended"
  # shellcheck disable=SC2086 # commands of several words
  mdtrace $command /dev/stdout "$trace" >>"$scratch/appended" \
    2>"$scratch/said"
  { echo before; cat "$out/whole"; } >"$scratch/expected"
  succeeds "$command: to /dev/stdout, behind what is there" \
    cmp "$scratch/appended" "$scratch/expected"
  # The reader is gone before half has come.
  mkfifo "$out/pipe"
  head -c 1 "$out/pipe" >"$scratch/through" &
  reader=$!
  daemons="$daemons $reader"
  # shellcheck disable=SC2086 # commands of several words
  mdtrace $command "$out/pipe" "$trace" >"$scratch/said" 2>&1
  case $? in
    # One that is short fits into the pipe.
    0 | 141) pass "$command: a reader that goes away ends it" ;;
    *) fail "$command: a reader that goes away ends it" "status $?" ;;
  esac
  [ -p "$out/pipe" ] || kill $reader
  wait $reader
  holds "$command: the pipe is still there" -p "$out/pipe"
  rm "$out/pipe"
done
is "nothing is left beside all that" "$(ls "$out" | tr '\n' ' ')" \
  "directory file first link private protected whole "
done_testing
