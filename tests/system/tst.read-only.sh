#!/bin/sh
# A database where nothing can be written, as on a medium that is read only or
# in the directory of another user, is read all the same.
. "${0%/*}/lib.sh"

mkdir "$scratch/away"
database=$scratch/away/trace.db
"$TEST_LIBDIR/make-trace" "$database" 500 >"$scratch/out"
is "nothing is left beside it" "$(ls "$scratch/away")" trace.db
chmod 644 "$database"
chmod 711 "$scratch"
chmod 555 "$scratch/away"
# Root could write there.
reader=
[ "$(id -u)" != 0 ] ||
  reader="setpriv --reuid 65534 --regid 65534 --clear-groups"

# shellcheck disable=SC2086 # a command of several words
{
  is "a query" "$($reader mdtrace --json query --database "$database" \
      'select count(*) as n from events' | jq '.rows[0].n')" 500
  is "an analysis" "$($reader mdtrace --json analyze "$database" |
      jq .trace.events)" 500
  is "an export" "$($reader mdtrace export --to csv "$database" \
      2>"$scratch/err" | wc -l)" 501
  succeeds "what is in it" $reader mdtrace db info "$database"
  is "nothing has come beside it" "$(ls "$scratch/away")" trace.db

  # What a writer that was killed has left belongs to it.
  chmod 755 "$scratch/away"
  printf x >"$database-wal"
  chmod 644 "$database-wal"
  chmod 555 "$scratch/away"
  for verb in "analyze" "query --database"; do
    # shellcheck disable=SC2046 # that of query
    refuses "not without what is beside it: $verb" 1 \
      "trace.db: .* together with .*trace.db-wal, .*; copy both" \
      $reader mdtrace $verb "$database" \
      $([ "$verb" = analyze ] || echo top-tasks)
  done
}
chmod 755 "$scratch/away"
done_testing
