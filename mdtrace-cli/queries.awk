# Makes C of the queries that have a name: queries.h says what of them.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later

function quote (text)
{
  gsub (/\\/, "\\\\", text)
  gsub (/"/, "\\\"", text)
  return "\"" text "\""
}

function fail (message)
{
  print FILENAME ": " message > "/dev/stderr"
  failed = 1
  exit 1
}

# The end of one file.
function put ()
{
  if (name == "")
    return
  if (answers == "" || columns == "" || sql == "")
    fail("what it answers, its columns or its SQL are missing")
  printf "  { %s,\n    %s,\n    %s,\n", quote(name), quote(answers), quote(notes)
  printf "    (const struct query_word[]){ %s{ NULL, NULL, NULL } },\n", \
    parameters
  printf "    (const struct query_word[]){ %s{ NULL, NULL, NULL } },\n%s },\n", \
    columns, sql
}

BEGIN {
  print "/* Made from queries/ by queries.awk.  */"
  print "#include <stddef.h>"
  print "#include \"queries.h\""
  print "const struct named_query named_queries[] = {"
}

FNR == 1 {
  put()
  name = FILENAME
  sub (/.*\//, "", name)
  sub (/\.sql$/, "", name)
  answers = notes = parameters = columns = sql = ""
}

/^-- parameter / {
  if (!match ($0, /^-- parameter [a-z_]+ [^ :]+: /))
    fail("no parameter: " $0)
  value = $4
  sub (/:$/, "", value)
  parameters = parameters "{ " quote($3) ", " quote(value) ", " \
    quote(substr ($0, RLENGTH + 1)) " },\n      "
  next
}

/^-- column / {
  if (!match ($0, /^-- column [a-z0-9_]+: /))
    fail("no column: " $0)
  value = $3
  sub (/:$/, "", value)
  columns = columns "{ " quote(value) ", NULL, " \
    quote(substr ($0, RLENGTH + 1)) " },\n      "
  next
}

/^--/ {
  value = substr ($0, 4)
  if (answers == "")
    answers = value
  else if (value != "")
    notes = notes (notes == "" ? "" : " ") value
  next
}

{ sql = sql "    " quote($0) " \"\\n\"\n" }

END {
  if (failed)
    exit 1
  put()
  print "  { NULL, NULL, NULL, NULL, NULL, NULL }"
  print "};"
}
