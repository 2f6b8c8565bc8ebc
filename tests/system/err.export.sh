#!/bin/sh
# What export and babeltrace2's source refuse, and what they say.
. "${0%/*}/lib.sh"

trace=$scratch/trace.db
"$TEST_LIBDIR/make-trace" "$trace" 2000
plugins=$TEST_BUILDDIR/mdtrace-cli/babeltrace/.libs
export BABELTRACE_PLUGIN_PATH="$plugins"

# Usage.
refuses "no format" 2 'to what format\? For example: mdtrace export --to csv' \
  mdtrace export "$trace"
refuses "a format that there is not" 2 \
  "no format is called 'xml'; 'mdtrace export --list' shows those" \
  mdtrace export --to xml "$trace"
refuses "two traces" 2 'one trace at a time' \
  mdtrace export --to csv "$trace" "$trace"
refuses "an end before the beginning" 2 '--from is after --until' \
  mdtrace export --to csv --from 2 --until 1 "$trace"
refuses "no time" 2 "--until takes nanoseconds since 1970.*not 'noon'" \
  mdtrace export --to csv --until noon "$trace"
refuses "times of what has none" 2 \
  'openmetrics has what is known at the end, and takes no --from or --until' \
  mdtrace export --to openmetrics --from 1 "$trace"
refuses "CTF to standard output" 2 \
  'to what directory\? For example: mdtrace export --to ctf --output' \
  mdtrace export --to ctf "$trace"

# Traces.
refuses "no trace" 1 'nowhere.db: the trace cannot be read; No such file' \
  mdtrace export --to csv "$scratch/nowhere.db"
echo 'something else' >"$scratch/text"
refuses "a file that is none" 1 'text: the trace cannot be read; ' \
  mdtrace export --to csv "$scratch/text"
refuses "a target that there is not" 1 'vm:/nowhere: cannot be reached' \
  mdtrace export --to csv vm:/nowhere
refuses "a daemon that does not run" 1 'unix:/nowhere/socket: cannot be reached' \
  mdtrace export --to csv unix:/nowhere/socket
refuses "the same, to a file" 1 'unix:/nowhere/socket: cannot be reached' \
  mdtrace export --to csv -o "$scratch/file" unix:/nowhere/socket
refuses "no trace at all" 1 'no target' \
  env MDTRACE_TARGET= mdtrace export --to csv
refuses "probes that there are not" 1 \
  'nothing\*: no probe of the trace matches this pattern; ' \
  mdtrace export --to csv --probe 'nothing*' "$trace"
"$TEST_LIBDIR/make-trace" "$scratch/0.db" 0
refuses "stacks of a trace without any" 1 '0.db: has no kernel stacks to show; ' \
  mdtrace export --to folded "$scratch/0.db"
mdtrace export --to mdt -o "$scratch/damaged.mdt" "$trace" >"$scratch/out"
truncate -s 20000 "$scratch/damaged.mdt"
for format in csv ndjson chrome mdt; do
  refuses "$format: a damaged trace" 1 \
    'damaged.mdt: the trace cannot be read; .*with --partial' \
    mdtrace export --to $format "$scratch/damaged.mdt"
done
refuses "with --json the error is said there too" 1 'cannot be read' \
  mdtrace --json export --to csv "$scratch/nowhere.db"
is "as an object" "$(jq -r .error.about "$scratch/stdout")" \
  "$scratch/nowhere.db"

# Output.
refuses "a directory that there is not" 1 \
  'nowhere/file: a system call failed; No such file' \
  mdtrace export --to csv -o "$scratch/nowhere/file" "$trace"
for format in csv ndjson chrome openmetrics folded; do
  refuses "$format: a disk that is full" 1 \
    'standard output: a system call failed; No space left on device' \
    sh -c "mdtrace export --to $format '$trace' >/dev/full"
done
mkdir "$scratch/directory"
refuses "a file that is a directory" 1 'directory: a system call failed; ' \
  mdtrace export --to csv -o "$scratch/directory" "$trace"
refuses "CTF to what is there" 1 \
  'directory: a system call failed; is there already; name another' \
  mdtrace export --to ctf -o "$scratch/directory" "$trace"
is "nothing is left of all that" "$(ls "$scratch" | grep -c -E \
  '(directory|file|ctf)\.')" 0

# babeltrace2.
refuses "without babeltrace2" 1 \
  "babeltrace2: a system call failed; it is not installed; Debian's package" \
  env PATH="$TEST_BUILDDIR/mdtrace-cli" "$(command -v mdtrace)" export \
  --to ctf -o "$scratch/ctf" "$trace"
mkdir "$scratch/bin"
printf '#!/bin/sh\nexit 3\n' >"$scratch/bin/babeltrace2"
chmod +x "$scratch/bin/babeltrace2"
refuses "a babeltrace2 that fails" 1 \
  'babeltrace2: a system call failed; it has failed; what it has said above' \
  env PATH="$scratch/bin:$PATH" mdtrace export --to ctf -o "$scratch/ctf" \
  "$trace"
is "leaves nothing" "$(ls "$scratch" | grep -c '^ctf')" 0
if [ -e "$plugins/babeltrace-plugin-mdtrace.so" ] &&
    command -v babeltrace2 >"$scratch/out"; then
  # run PARAMETERS: let it read.
  run ()
  {
    babeltrace2 --component=source.mdtrace.trace --params="$1"
  }
  refuses "babeltrace2: no input" 1 'inputs must be an array of one path' \
    run partial=yes
  refuses "babeltrace2: two inputs" 1 'inputs must be an array of one path' \
    run "inputs=[\"$trace\",\"$trace\"]"
  refuses "babeltrace2: an input that is no path" 1 \
    'inputs must be an array of one path' run 'inputs=[5]'
  refuses "babeltrace2: a parameter that it does not know" 1 \
    'and no others' run "inputs=[\"$trace\"],speed=5"
  refuses "babeltrace2: partial that is neither yes nor no" 1 \
    'partial must be yes or no' run "inputs=[\"$trace\"],partial=5"
  refuses "babeltrace2: a time that is none" 1 \
    'must be nanoseconds since 1970' run "inputs=[\"$trace\"],from=noon"
  refuses "babeltrace2: a time that ends before it begins" 1 \
    'from is after until' run "inputs=[\"$trace\"],from=5,until=3"
  refuses "babeltrace2: a probe that is no pattern" 1 \
    'probe must be a string' run "inputs=[\"$trace\"],probe=5"
  refuses "babeltrace2: probes that there are not" 1 \
    "no probe that 'nothing' matches" \
    run "inputs=[\"$trace\"],probe=\"nothing\""
  refuses "babeltrace2: no trace" 1 'nowhere.db: ' \
    run "inputs=[\"$scratch/nowhere.db\"]"
  refuses "babeltrace2: a damaged trace" 1 'damaged.mdt: .*' \
    run "inputs=[\"$scratch/damaged.mdt\"]"
else
  pass "babeltrace2: refusals # SKIP no babeltrace2, or no plugin for it"
fi
refuses "names of messages that are not there" 1 "none: .*No such file" \
  mdtrace export --to chrome --msgids "$scratch/none" "$scratch/0.db"
done_testing
