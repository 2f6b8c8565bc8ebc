#!/bin/sh
# bash completes each verb and each option of mdtrace, and nothing else.
. "${0%/*}/lib.sh"

if ! command -v bash >"$scratch/out"; then
  skip_all "no bash"
fi

# completions WORD...: what bash offers for the last of these, in lines.
cat >"$scratch/complete" <<END
. "$TEST_SRCDIR/mdtrace-cli/completions/mdtrace"
COMP_WORDS=("\$@")
COMP_CWORD=\$((\$# - 1))
_mdtrace
printf '%s\n' "\${COMPREPLY[@]}"
END
completions ()
{
  bash "$scratch/complete" "$@" | sort
}

# help_options COMMAND...: the long options that its help shows.
help_options ()
{
  "$@" --help | grep -o -E '^ +(-., |    )--[a-z-]+' | grep -o -e '--.*' | sort
}

verbs=$(mdtrace --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)
is "verbs" "$(completions mdtrace "")" "$verbs"
is "behind an option with a value" \
  "$(completions mdtrace --target unix:/x "")" "$verbs"
is "a verb that was begun" "$(completions mdtrace sna)" snapshot
is "nothing that there is not" "$(completions mdtrace qqq)" ""
is "options of mdtrace itself" "$(completions mdtrace --)" \
  "$(help_options mdtrace)"
for verb in $verbs; do
  is "options of $verb" "$(completions mdtrace "$verb" --)" \
    "$(help_options mdtrace "$verb")"
done
is "verbs of probe" "$(completions mdtrace probe "" | tr '\n' ' ')" \
  "create destroy disable enable explain list "
is "options of a verb of probe" "$(completions mdtrace probe create --)" \
  "$(help_options mdtrace probe create)"
is "options behind arguments" \
  "$(completions mdtrace hist vm_fault size --l | tr '\n' ' ')" \
  "--limit --linear "
is "formats" "$(completions mdtrace export --to c | tr '\n' ' ')" \
  "$(mdtrace export --list | sed -n 's/^\(c[a-z]*\) .*/\1/p' | sort | tr '\n' ' ')"
is "files where nothing else is known" "$(completions mdtrace analyze x)" ""
done_testing
