#!/bin/sh
# What it costs to store events, and to find them again.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mdtrace-bench-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

"$TEST_BUILDDIR/tests/bench/drain" "$scratch" &&
  "$TEST_BUILDDIR/tests/bench/storage" "$scratch" 10000000
