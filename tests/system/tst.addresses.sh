#!/bin/sh
# Every address of the text, tried as a probe's: accepted exactly where another
# disassembler than mdtrace's has an instruction begin that is safe.
. "${0%/*}/lib.sh"

mdtrace-mkkernel -o "$scratch/kernel" "$STOCK_KERNEL"
zcat -f "$STOCK_KERNEL" >"$scratch/stock"
start_task guest "$scratch/kernel" "driver addresses" --memory 256
objdump -d --no-show-raw-insn "$scratch/stock" >"$scratch/code"
for table in recover_table retry_table; do
  set -- $(nm "$scratch/stock" | sed -n "s/ . \(${table}\(_end\)\{0,1\}\)\$/ \1/p" |
    sort -k 2 | cut -d ' ' -f 1)
  objdump -s --start-address "0x$1" --stop-address "0x$2" "$scratch/stock"
done | grep '^ [0-9a-f]\{8,\} ' >"$scratch/recovered"
mdtrace-mkkernel --list-sites --json "$STOCK_KERNEL" |
  jq -r '.functions[] | select (.entry.plan == "refused" and (.entry.reason |
	   test ("cannot be executed|is recovered|no known") | not)) |
	 .address' \
  >"$scratch/refused"
end_task 300
has "every address was tried" "$(cat "$scratch/task")" \
  '^driver: addresses: good'
sed -n 's/^driver: function //p' "$scratch/task" >"$scratch/accepted"
holds "in all functions" "$(wc -l <"$scratch/accepted")" -gt 1500
is "accepted where an instruction begins that is safe" \
  "$(perl "${0%/*}/addresses.pl" "$scratch/code" "$scratch/recovered" \
       "$scratch/refused" "$scratch/accepted")" ""
done_testing
