#!/bin/sh
# The manual pages are well formed, and say of options, verbs, functions,
# columns and messages no more and no less than there is.
. "${0%/*}/lib.sh"

man=$TEST_BUILDDIR/man

# options_of_help COMMAND...: the options that 'COMMAND --help' shows.
options_of_help ()
{
  "$@" --help | sed -n 's/^ *\(-[^ ].*\)/\1/p' | sed 's/  .*//' |
    tr ',' '\n' | sed -n 's/^ *\(--*[^][ =]*\).*/\1/p'
}

# options_of_page PAGE: the options that it describes.
options_of_page ()
{
  sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$man/$1" |
    sed -n 's/^\.It \(Fl .*\)/\1/p' |
    sed 's/\\&//g; s/Fl Fl /--/g; s/Fl /-/g' |
    grep -o -E '(^|[ ,])--?[A-Za-z?][a-z-]*' | tr -d ' ,'
}

# same NAME ACTUAL EXPECTED: as is, for sets of lines.
same ()
{
  is "$1" "$(printf '%s\n' "$2" | sort -u)" "$(printf '%s\n' "$3" | sort -u)"
}

# Form.
pages=$(cd "$man" && ls -- *.[1-8])
for page in $pages; do
  if command -v mandoc >"$scratch/out"; then
    # Which pages are installed here says nothing about ours.
    is "$page: mandoc finds nothing to complain about" \
      "$(mandoc -T lint -W style "$man/$page" 2>&1 |
	 grep -v -e 'referenced manual not found' -e 'outdated mandoc.db')" ""
  else
    pass "$page: mandoc finds nothing # SKIP no mandoc"
  fi
  is "$page: refers to pages that there are" "$(sed -n 's/^\.Xr //p' \
      "$man/$page" | awk '$1 ~ /mdtrace/ { print $1 "." $2 }' |
      while read -r name; do [ -f "$man/$name" ] || echo "$name"; done)" ""
  is "$page: nothing is left to be filled in" \
    "$(grep -E '^@|@[A-Z_]+@' "$man/$page")" ""
done

# Verbs and commands.
verbs=$(mdtrace --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p')
same "each verb has a page, and each page a verb" \
  "$(printf '%s\n' "$pages" | sed -n 's/^mdtrace-\(.*\)\.1$/\1/p' |
     grep -v '^vm$')" "$verbs"
changes=$(mdtrace probe 2>&1 | sed 's/.*There are //; s/;.*//' | tr -d ' ' |
	  tr ',' '\n')
# shellcheck disable=SC2086
same "mdtrace(1) lists the verbs" \
  "$(sed -n '/^\.Sh VERBS/,/^\.Sh/s/^\.It Cm //p' "$man/mdtrace.1")" \
  "$(printf '%s\n' "$verbs" | grep -v '^probe$'; printf 'probe %s\n' $changes)"
commands=$(mdtrace-vm --help |
	   sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
same "mdtrace-vm(1) lists the commands" \
  "$(sed -n '/^\.Sh DESCRIPTION/,/^\.Sh/s/^\.It Cm //p' "$man/mdtrace-vm.1")" \
  "$commands"

# Options.
same "mdtrace(1) has the options" "$(options_of_page mdtrace.1)" \
  "$(options_of_help mdtrace)"
for verb in $verbs; do
  same "mdtrace-$verb(1) has the options" \
    "$(options_of_page "mdtrace-$verb.1")" \
    "$(options_of_help mdtrace "$verb"
       case $verb in (probe | agg | counter | db)
	 for change in $(mdtrace "$verb" 2>&1 |
			 sed 's/.*There are //; s/;.*//' | tr -d ' ' |
			 tr ',' '\n'); do
	   options_of_help mdtrace "$verb" "$change"
	 done ;;
       esac)"
done
same "mdtrace-vm(1) has the options" "$(options_of_page mdtrace-vm.1)" \
  "$(options_of_help mdtrace-vm
     for command in $commands; do options_of_help mdtrace-vm "$command"; done)"
same "mdtraced(8) has the options" "$(options_of_page mdtraced.8)" \
  "$(options_of_help mdtraced)"
same "mdtrace-mkkernel(8) has the options" \
  "$(options_of_page mdtrace-mkkernel.8)" "$(options_of_help mdtrace-mkkernel)"

# Tables.
is "mdtrace(1) has all errors" \
  "$(grep -c '^\.It 4[67].. Dv MDTRACE_ERR_' "$man/mdtrace.1")" \
  "$(grep -c '^MDTRACE_ERROR' "$TEST_SRCDIR/mig/mdtrace_errors.def")"
for page in mdtrace-probes.7 mdtrace-mkkernel.8; do
  is "$page has all reasons" \
    "$(sed 's/^it //' "$man/$page" | tr -s ' \n' '  ' |
       grep -c 'bytes at its beginning that are no known instruction')" 1
done

# The messages of mdtrace-mkkernel, cut where something is filled in.
has_text=$scratch/mkkernel.text
mandoc -T ascii -O width=1000 "$man/mdtrace-mkkernel.8" 2>"$scratch/err" |
  sed 's/.\x08//g' | tr -s ' \n' '  ' >"$has_text"
[ -s "$has_text" ] && is "mdtrace-mkkernel(8) has all messages" \
  "$(cat "$TEST_SRCDIR"/mkkernel/*.c | tr '\n' ' ' |
     awk 'BEGIN { RS = "[^a-z_]fail \\(" }
	  NR > 1 && /^"/ {
	    text = $0
	    message = ""
	    while (match (text, /^[ \t]*"([^"\\]|\\.)*"|^[ \t]*PRI[a-zA-Z0-9]*/)) {
	      part = substr (text, 1, RLENGTH)
	      text = substr (text, RLENGTH + 1)
	      if (gsub (/^[ \t]*"|"$/, "", part) == 0)
		part = "%s"
	      message = message part
	    }
	    count = split (message, parts, /%[0-9]*[a-z]*/)
	    for (i = 1; i <= count; i++) {
	      gsub (/^[: ]+|[: ]+$/, "", parts[i])
	      if (length (parts[i]) >= 12)
		print parts[i]
	    }
	  }' | sort -u |
     while IFS= read -r text; do
       grep -q -F -e "$text" "$has_text" || printf '%s\n' "$text"
     done |
     # Nobody meets these: out of memory for one, and a mistake of ours.
     grep -v -e 'too many temporary files' -e 'too many sections' \
       -e 'cannot start a process' -e 'cannot wait for' \
       -e 'imports.def uses the type' -e 'requirements.c does not know' \
       -e 'standard output' -e 'usage:')" ""

# The library.
same "libmdtrace(3) has all functions" \
  "$(sed -n 's/^\.It Fn //p' "$man/libmdtrace.3")" \
  "$(nm -D --defined-only "$TEST_BUILDDIR/.libs/libmdtrace.so" |
     awk '$2 == "T" { print $3 }')"
sed -n '/^\/\* Print the first/,/^\.Ed/p' "$man/libmdtrace.3" |
  sed '$d; s/^\\&//; s/\\e/\\/g' >"$scratch/example.c"
succeeds "the example of libmdtrace(3) compiles" \
  $CC -Wall -Wextra -Werror -I"$TEST_SRCDIR/libmdtrace" \
  -I"$TEST_SRCDIR/mig" -o "$scratch/example" "$scratch/example.c" \
  -L"$TEST_BUILDDIR/.libs" -Wl,-rpath,"$TEST_BUILDDIR/.libs" -lmdtrace
workload=$TEST_LIBDIR/workload-$(architecture "$MDTRACE_KERNEL")
start_vm guest --module "$workload,\${host-port} \${device-port} loop 10"
is "the example of libmdtrace(3) runs" \
  "$(timeout 60 "$scratch/example" "vm:$vm" 2>&1 |
     grep -c -E '^[0-9]{19} task_create workload-(x86_64|i386)$')" 5

# The database.
start_daemon
same "mdtrace-db(5) has all columns" \
  "$(awk '/^\.Ss / { table = $2 }
	  /^\.It Va / { for (i = 3; i <= NF; i++)
			  if ($i != ",")
			    print table "|" $i }' "$man/mdtrace-db.5")" \
  "$(query "select s.name as part, c.name as field from sqlite_schema s
	    join pragma_table_info(s.name) c
	    where s.type in ('table', 'view')")"
is "mdtrace-db(5) has the application's number" \
  "$(grep -c "decimal $(query 'pragma application_id')\$" \
     "$man/mdtrace-db.5")" 1
stop_daemon
done_testing
