#!/bin/sh
# Documents with a mistake are not what the schemas describe, wherever it is:
# members that are unknown, missing, or of another type.
. "${0%/*}/lib.sh"
. "${0%/*}/schemas.sh"

# refused NAME SCHEMA PATTERN DOCUMENT: and why.
refused ()
{
  printf '%s\n' "$4" >"$scratch/documents/bad"
  document bad "$2"
  has "$1" "$(wrong)" "^bad: $3"
  : >"$scratch/list"
}

event='{"ph":"X","name":"f","cat":"fbt","pid":1,"tid":2,"ts":1.5,"dur":2,
  "args":{"cpu":0,"probe_id":1}}'
# chrome RECORD: a whole document.
chrome ()
{
  printf '{"displayTimeUnit":"ns","traceEvents":[%s],"otherData":{
    "tracer":"mdtrace 1","epoch_ns":"5","events":1,"lost":0,"losses":[]}}' "$1"
}
chrome "$event" >"$scratch/documents/good"
document good chrome
is "a small document is good" "$(wrong)" ""
: >"$scratch/list"
refused "a phase that there is not" chrome "traceEvents/0/ph: 'Y' is not" \
  "$(chrome "$event" | sed 's/"X"/"Y"/')"
refused "an address that is a number" chrome traceEvents/0/args/thread \
  "$(chrome "$event" | sed 's/"cpu".*1}/"thread":4096}/')"
refused "an address that is no hexadecimal number" chrome \
  traceEvents/0/args/thread \
  "$(chrome "$event" | sed 's/"cpu".*1}/"thread":"0x0FG"}/')"
refused "a number that JavaScript has not" chrome traceEvents/0/args/retval \
  "$(chrome "$event" | sed 's/"cpu"/"retval":9007199254740993,&/')"
refused "a negative duration" chrome traceEvents/0/dur \
  "$(chrome "$event" | sed 's/"dur":2/"dur":-2/')"
refused "a name twice" chrome "a name twice: \['ts'\]" \
  "$(chrome "$event" | sed 's/"ts"/"ts":1,&/')"
refused "no number" chrome 'NaN is no number' \
  "$(chrome "$event" | sed 's/1\.5/NaN/')"
refused "no JSON" chrome 'Expecting' '{"displayTimeUnit"'
refused "seven arguments" ndjson arguments "$(printf '{"time_ns":1,"cpu":0,
  "probe_id":1,"provider":"p","module":"m","function":"f","name":"n","kind":"k",
  "offset":0,"arguments":[null,null,null,null,null,null,null],"values":{}}')"
refused "more than 64 bits" ndjson lost \
  '{"events":1,"lost":9223372036854775808,"throttled":0}'
refused "an error without its number" error error \
  '{"error":{"about":"a","message":"m","detail":""}}'
refused "two documents in one" db 'the document' \
  '{"database":"d","bytes":1,"bytes_before":2,"output":"o"}'
printf '"caf\351"\n' >"$scratch/documents/bad"
document bad query
has "what is not UTF-8" "$(wrong)" "^bad: .*utf-8"
: >"$scratch/list"

# Each schema, and real documents with each mistake that one place can have.
trace=$scratch/trace.db
"$TEST_LIBDIR/make-trace" "$trace" 250 7 10000000
sqlite3 "$trace" 'UPDATE duration SET duration_ns = 1 + duration_ns % 100'
sqlite3 "$trace" <"$here/hostile.sql"
mdtrace export --to chrome -o "$scratch/documents/a.chrome" "$trace" \
  >"$scratch/out"
document a.chrome chrome
mdtrace export --to ndjson -o "$scratch/documents/a.ndjson" "$trace" \
  >"$scratch/out"
document a.ndjson ndjson
run analysis analyze - analyze --detect-anomalies "$trace"
run flame flame - flame -o "$scratch/flame.svg" "$trace"
run written export - export --to csv -o "$scratch/a.csv" "$trace"
run hist hist - hist --by task lock_read duration_ns "$trace"
run info db - db info "$trace"
run check db - db check "$trace"
run formats export - export --list
run queries query - query --list
run error error - hist nothing arg0 "$trace"
# Only of these members any or none can be there, and null stands for a word.
wrong --strict | sed 's,/[0-9][0-9]*,,g; s,\(values/\).*,\1NAME,' | sort -u \
  >"$scratch/missed"
is "no mistake is missed, but what is free" "$(cat "$scratch/missed")" \
  "$(sort -u <<'END'
an unknown member of traceEvents/args/values
an unknown member of values
no address
no boot_id
no duration_ns
no events
no groups
no losses/time_ns
no message
no retval
no stack
no thread
no traceEvents/args/duration_ns
no traceEvents/args/values
no traceEvents/args/values/NAME
no values/NAME
queries/parameters/default as "no such word"
trace/damage as "no such word"
trace/probe as "no such word"
type as "no such word"
END
  )"
done_testing
