# What the tests of mdtrace-workflows(7) share: sourced by each of them, behind
# lib.sh.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands are those of the page: whoever changes it changes what is
# tested.  They run in $scratch, one after the other.  Where the page has a
# daemon started it is started for the guest.

page=$TEST_BUILDDIR/man/mdtrace-workflows.7

# What the page calls workload-x86_64 is the workload of the guest.

# take_workflow TITLE: from now on the commands are those of the section TITLE,
# a line each in $scratch/workflow.
take_workflow ()
{
  awk -v title="$1" '
    /^\.S[sh] / {
      here = $0
      sub (/^\.S[sh] /, "", here)
      gsub (/\\&/, "", here)
      inside = here == title
    }
    !inside { next }
    /^\.Bd -literal/ { literal = 1; next }
    /^\.Ed/ { literal = 0; next }
    literal && (/^[$#] / || more) {
      line = $0
      if (!more)
	sub (/^[$#] /, "", line)
      more = sub (/ *\\e$/, "", line)
      gsub (/\\\(aq/, "\047", line)
      gsub (/\\\(dq/, "\"", line)
      gsub (/\\-/, "-", line)
      gsub (/\\&/, "", line)
      gsub (/\\e/, "\\", line)
      sub (/^ +/, "", line)
      command = command (command == "" ? "" : " ") line
      if (!more) {
	print command
	command = ""
      }
    }' "$page" | sed "s/workload-x86_64/workload-$arch/g" >"$scratch/workflow"
  if [ ! -s "$scratch/workflow" ]; then
    echo "Bail out! the page has no commands of '$1'"
    exit 1
  fi
}

# step PATTERN: carry out the next command, which PATTERN, an extended regular
# expression, must match.  What it prints is in $output.
step ()
{
  command=$(sed -n 1p "$scratch/workflow")
  sed -i 1d "$scratch/workflow"
  if ! printf '%s\n' "$command" | grep -q -E -e "$1"; then
    fail "the page goes on with $1" "it has: $command"
    return
  fi
  status=0
  case $command in
    # What it does to the shell must stay.
    mdtraced*) eval "start_daemon ${command#mdtraced}" ;;
    export*) eval "$command" ;;
    *) (cd "$scratch" && eval "$command") >"$scratch/output" 2>&1 || status=$? ;;
  esac
  output=$(cat "$scratch/output")
  is "$command" "$status" 0
  [ $status -eq 0 ] || printf '%s\n' "$output" | sed 's/^/# /' | head -n 20
}

# workflow_ends: there is no command left that was not carried out.
workflow_ends ()
{
  is "the page has no more commands" "$(cat "$scratch/workflow")" ""
}
: >"$scratch/output"
