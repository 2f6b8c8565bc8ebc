# What the system tests share: sourced by each of them.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A test prints TAP.  Its virtual machines and daemons live in $scratch and
# end with it, whatever happens.  Programs are found by PATH; MDTRACE_KERNEL,
# STOCK_KERNEL, TEST_ARCHITECTURES (that there is a kernel for, at
# build/test/gnumach-ARCHITECTURE), TEST_LIBDIR (for tasks), TEST_BUILDDIR,
# TEST_SRCDIR and CC come from the makefile.

set -u
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mdtrace-test-XXXXXX")
export XDG_RUNTIME_DIR="$scratch"
unset MDTRACE_TARGET MDTRACE_DATABASE
tests=0
failures=0
daemons=

clean_up ()
{
  for pid in $daemons; do
    kill -9 "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  done
  for guest in "$scratch"/*/guest; do
    [ -f "$guest" ] && mdtrace-vm stop --state "${guest%/guest}"
  done
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# pass NAME; fail NAME [LINE...]: the verdict on one thing.
pass ()
{
  tests=$((tests + 1))
  echo "ok $tests - $1"
}

fail ()
{
  tests=$((tests + 1))
  failures=$((failures + 1))
  echo "not ok $tests - $1"
  shift
  for line; do
    printf '%s\n' "$line" | sed 's/^/# /'
  done
}

# is NAME ACTUAL EXPECTED
is ()
{
  if [ "$2" = "$3" ]; then
    pass "$1"
  else
    fail "$1" "expected: $3" "     got: $2"
  fi
}

# holds NAME TEST-ARGUMENTS...: what test(1) says.
holds ()
{
  name=$1
  shift
  if [ "$@" ]; then pass "$name"; else fail "$name" "not true: $*"; fi
}

# has NAME TEXT PATTERN: a line of TEXT matches the extended PATTERN.
has ()
{
  if printf '%s\n' "$2" | grep -q -E -e "$3"; then
    pass "$1"
  else
    fail "$1" "no line matches: $3" "$2"
  fi
}

# succeeds NAME COMMAND...
succeeds ()
{
  name=$1
  shift
  if output=$("$@" 2>&1); then
    pass "$name"
  else
    fail "$name" "status $? of: $*" "$output"
  fi
}

# by_tool TOOL NAME ARGUMENT...: TOOL, if there is one, succeeds and has nothing
# to say.
by_tool ()
{
  tool=$1 name=$2
  shift 2
  if command -v "$tool" >"$scratch/tool"; then
    "$tool" "$@" >"$scratch/tool" 2>&1
    is "$name" "$? $(cat "$scratch/tool")" "0 "
  else
    pass "$name # SKIP no $tool"
  fi
}

# refuses NAME STATUS PATTERN COMMAND...: fails with that exit status, and says
# on standard error what matches PATTERN.
refuses ()
{
  name=$1 status=$2 pattern=$3
  shift 3
  "$@" >"$scratch/stdout" 2>"$scratch/stderr"
  got=$?
  if [ $got -ne "$status" ]; then
    fail "$name" "expected status $status, got $got" \
      "$(cat "$scratch/stderr")"
  elif ! grep -q -E -e "$pattern" "$scratch/stderr"; then
    fail "$name" "no line matches: $pattern" "$(cat "$scratch/stderr")"
  else
    pass "$name"
  fi
}

# skip_all REASON: there is nothing to be tested here.
skip_all ()
{
  echo "1..0 # SKIP $1"
  exit 0
}

# find_python MODULE: set $python to one that has it, if need be to Debian's own;
# to nothing if there is none.
find_python ()
{
  for python in python3 /usr/bin/python3 ''; do
    [ -z "$python" ] || ! "$python" -c "import $1" 2>"$scratch/python" || break
  done
}

done_testing ()
{
  echo "1..$tests"
}

# architecture KERNEL: the one that it is for, by the class of its ELF header.
architecture ()
{
  case $(zcat -f "$1" | od -A n -t u1 -j 4 -N 1) in
    *1) echo i386 ;;
    *) echo x86_64 ;;
  esac
}

# start_vm NAME [--kernel FILE] [OPTION...]: boot a guest in $scratch/NAME and
# set $vm and $arch, with the workload unless another module is named.
start_vm ()
{
  vm=$scratch/$1
  shift
  case ${1-} in
    --kernel) arch=$(architecture "$2") ;;
    *) arch=$(architecture "$MDTRACE_KERNEL") ;;
  esac
  workload=no
  case " $* " in
    *' --module '*) ;;
    *)
      workload=yes
      set -- "$@" --module \
	"$TEST_LIBDIR/workload-$arch,\${host-port} \${device-port}"
      ;;
  esac
  mdtrace-vm start --state "$vm" "$@" >"$scratch/vm.out" 2>&1 || {
    echo "Bail out! $(cat "$scratch/vm.out")"
    exit 1
  }
  [ $workload = no ] ||
    wait_until "the workload is ready" grep -q 'workload: ready' \
      "$vm/console.log"
}

# workload COMMAND: let the workload carry out COMMAND, and wait until it has.
workload ()
{
  mdtrace-vm console --state "$vm" --timeout 120 --send "$1" \
    --expect "workload: $1: " >"$scratch/workload.out" 2>&1
  if ! grep -q "workload: $1: \(done\|started\)" "$scratch/workload.out"; then
    fail "the workload carries out: $1" "$(cat "$scratch/workload.out")"
  fi
}

# start_daemon [OPTION...]: start a daemon for the guest $vm with a database and
# a socket of its own, and set $daemon, $database and MDTRACE_TARGET.
start_daemon ()
{
  database=$vm/test.db
  rm -f "$vm/daemon.log"
  mdtraced --foreground --target "vm:$vm" --database "$database" \
    --socket "$vm/socket" "$@" 2>"$vm/daemon.log" &
  daemon=$!
  daemons="$daemons $daemon"
  export MDTRACE_TARGET="unix:$vm/socket"
  wait_until "the daemon is ready" grep -q -s storing "$vm/daemon.log"
}

# start_task NAME KERNEL "TASK ARGUMENT..." [OPTION...]: boot KERNEL with the
# workload and a TASK of the tests beside it, that is given the host privileged
# port and the ARGUMENTs.
start_task ()
{
  task_guest=$1 task_kernel=$2 task_line=$3
  shift 3
  task=${task_line%% *}
  task_arguments=
  [ "$task" = "$task_line" ] || task_arguments=${task_line#* }
  task_arch=$(architecture "$task_kernel")
  start_vm "$task_guest" --kernel "$task_kernel" "$@" \
    --module "$TEST_LIBDIR/workload-$task_arch,\${host-port} \${device-port}" \
    --module "$TEST_LIBDIR/$task-$task_arch,\${host-port} $task_arguments"
  wait_until "the workload is ready" grep -q 'workload: ready' \
    "$vm/console.log"
}

# end_task [SECONDS]: wait until the task has ended, or the kernel stopped; what
# the task has said is in $scratch/task.
end_task ()
{
  patience=$((${1:-60} * 20))
  wait_until "$task has ended" grep -q -a -E \
    "^[^$]*($task: end|db>|: failed:)" "$vm/console.log"
  patience=600
  tr -d '\r' <"$vm/console.log" | sed -n "s/^.*\($task: .*\)/\1/p" \
    >"$scratch/task"
}

# stop_daemon: let the daemon end as an administrator would.
stop_daemon ()
{
  kill "$daemon"
  wait "$daemon"
}

# wait_until WHAT COMMAND...: until COMMAND succeeds, for half a minute, or
# $patience twentieths of a second.
patience=600
wait_until ()
{
  what=$1
  shift
  i=0
  until "$@"; do
    i=$((i + 1))
    if [ $i -gt $patience ]; then
      echo "Bail out! waited in vain until $what"
      [ -f "$vm/daemon.log" ] && sed 's/^/# /' "$vm/daemon.log"
      exit 1
    fi
    sleep 0.05
  done
}

# trace_while WORK FILE COUNT: put COUNT events as JSON into FILE, while the
# workload does WORK, again and again.
trace_while ()
{
  mdtrace --json trace --count "$3" >"$2" 2>"$scratch/errors" &
  tracing=$!
  daemons="$daemons $tracing"
  i=0
  while kill -0 $tracing 2>"$scratch/out" && [ $i -lt 100 ]; do
    workload "$1"
    i=$((i + 1))
  done
  wait $tracing
}

# query SQL: what it gives, columns separated by '|'.
query ()
{
  mdtrace --json query "$1" |
    jq -r '.rows[] | [.[]] | map(tostring) | join("|")'
}

# probe_value ID FIELD: of what 'mdtrace probe list' shows.
probe_value ()
{
  mdtrace --json probe list --all |
    jq -r ".probes[] | select(.probe_id == $1) | .$2"
}

# changed_text [STOCK]: where the text of the guest differs from its kernel's, a
# line FUNCTION BYTES each, in order of their names.
changed_text ()
{
  "$TEST_LIBDIR/compare-text" "${1:-$STOCK_KERNEL}" "$vm/ram" | sort
}

# law_holds NAME: hits = recorded + filtered + dropped + throttled + missed for
# every probe.
law_holds ()
{
  broken=$(mdtrace --json probe list --all | jq -c '.probes[] | select(.hits !=
    .recorded + .filtered + .dropped + .throttled + .missed)')
  is "$1" "$broken" ""
}

# each_kernel FUNCTION: call it with the name and the file of each kernel that
# was fetched and that mdtrace was built for; $guests is its number, from 1 on.
each_kernel ()
{
  guests=0
  kernels=${STOCK_KERNEL%/*}
  for file in "$kernels"/*.gz "$kernels"/*/*.gz; do
    [ -f "$file" ] || continue
    name=${file#"$kernels/"}
    name=${name%.gz}
    if [ -f "$MDTRACE_LIBDIR/mdtrace-kernel-$(architecture "$file").o" ]; then
      guests=$((guests + 1))
      $1 "$name" "$file"
    else
      echo "# $name: mdtrace was built without its architecture"
    fi
  done
}
