#!/bin/sh
# What the ring's code costs on this machine, as a ratio; and LTTng-UST's
# tracepoint beside it, if that is installed.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mdtrace-bench-XXXXXX")
sessiond=
clean_up ()
{
  if [ -n "$sessiond" ]; then
    kill "$sessiond" 2>/dev/null
    wait "$sessiond"
  fi
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

"$TEST_BUILDDIR/tests/bench/ring" >"$scratch/ring" || exit 1
sed -n '/ratio/p' "$scratch/ring"
bare=$(sed -n 's/^ring_bare_store \([0-9.]*\) .*/\1/p' "$scratch/ring")

if ! pkg-config --exists lttng-ust || ! command -v lttng >/dev/null; then
  echo "lttng_ust_ratio unavailable: needs liblttng-ust-dev and lttng-tools"
  exit 0
fi
# A daemon of our own, so that nobody else's sessions are touched; its ring
# overwrites, and so never waits for a reader.
export LTTNG_HOME="$scratch" LTTNG_RUNDIR="$scratch"
$CC -O2 -I"$TEST_SRCDIR/tests/bench" -o "$scratch/lttng" \
  "$TEST_SRCDIR/tests/bench/lttng.c" -llttng-ust -ldl || exit 1
lttng-sessiond --no-kernel >"$scratch/log" 2>&1 &
sessiond=$!
for _ in $(seq 100); do
  lttng --no-sessiond list >"$scratch/out" 2>&1 && break
  sleep 0.1
done
{
  lttng --no-sessiond create bench --snapshot &&
    lttng --no-sessiond enable-channel -u --overwrite channel &&
    lttng --no-sessiond enable-event -u -c channel bench:hit &&
    lttng --no-sessiond start
} >"$scratch/out" 2>&1 || {
  echo "lttng_ust_ratio unavailable: its session does not start"
  exit 0
}
counts=$(timeout 60 "$scratch/lttng")
echo "$counts $bare" | awk '{ printf "lttng_ust_ratio %.2f times\n", $1 / $2 }'
lttng --no-sessiond destroy bench >"$scratch/out" 2>&1
