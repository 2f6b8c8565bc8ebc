# What the tests of JSON documents share: sourced behind lib.sh.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later

here=$TEST_SRCDIR/tests/system
schemas=$TEST_SRCDIR/mdtrace-cli/schemas
find_python jsonschema
[ -n "$python" ] || skip_all "no python3-jsonschema"
mkdir "$scratch/documents"
: >"$scratch/list"

# document NAME SCHEMA [PART]: the document $scratch/documents/NAME is one by
# SCHEMA, or by that part of it.
document ()
{
  echo "$schemas/$2.schema.json${3:+#/\$defs/$3} $scratch/documents/$1" \
    >>"$scratch/list"
}

# run NAME SCHEMA PART ARGUMENT...: what mdtrace prints with --json is; PART is -
# for the whole schema.
run ()
{
  run_name=$1 run_schema=$2 run_part=$3
  shift 3
  timeout 60 mdtrace --json "$@" >"$scratch/documents/$run_name" \
    2>"$scratch/errors"
  document "$run_name" "$run_schema" "${run_part#-}"
}

# What is wrong with the documents.
wrong ()
{
  "$python" "$here/validate.py" "$@" <"$scratch/list" 2>&1 |
    sed "s|^$scratch/documents/||"
}

# all_valid NAME: the documents up to now are what their schemas want.
all_valid ()
{
  wrong >"$scratch/wrong"
  while read -r schema file; do
    file=${file##*/}
    schema=${schema#"$schemas/"}
    is "$1: $file is by $schema" \
      "$(grep -F "$file: " "$scratch/wrong" | head -n 5)" ""
  done <"$scratch/list"
  is "$1: nothing else is wrong" "$(wc -l <"$scratch/wrong")" 0
  : >"$scratch/list"
}
