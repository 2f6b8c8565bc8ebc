# Reports of mdtrace analyze, compared with what plain sqlite3 makes of the same
# database: sourced by the tests that do.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later

# What reports call messages must not depend on what is installed here.
export MDTRACE_MSGIDS="$scratch/no-msgids"

# report_holds NAME DATABASE [OPTION...]: each number of the report is what SQL
# gives, and all evidence of it is there.  The report is left in $report.
report=$scratch/report.json
report_holds ()
{
  what=$1 traced=$2
  shift 2
  mdtrace analyze --json "$@" "$traced" >"$report" 2>"$scratch/stderr" || {
    fail "$what: a report" "$(cat "$scratch/stderr")"
    return
  }
  sqlite3 -readonly "$traced" ".parameter init" \
    ".parameter set @report '$report'" ".read $TEST_SRCDIR/tests/system/report.sql" \
    ".read $TEST_SRCDIR/tests/system/report-took.sql" \
    >"$scratch/compared" 2>&1
  wrong=$(grep -v -E '^[a-z ]+\|[0-9]+\|0$' "$scratch/compared")
  is "$what: all numbers" "$wrong" ""
  jq -r '.bottlenecks[].evidence.sql
	 | "SELECT count(*) > 0 FROM (" + . + ");"' "$report" >"$scratch/evidence"
  is "$what: all evidence" \
    "$(sqlite3 -readonly "$traced" <"$scratch/evidence" 2>&1 | grep -c -x 1)" \
    "$(jq '.bottlenecks | length' "$report")"
}

# compared PART: how many numbers of it were compared last.
compared ()
{
  sed -n "s/^$1|\([0-9]*\)|.*/\1/p" "$scratch/compared"
}
