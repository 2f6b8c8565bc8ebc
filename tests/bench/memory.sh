#!/bin/sh
# What memory the kernel part takes in a kernel for one CPU, as it is linked.
. "${0%/*}/../system/lib.sh"

# bytes SECTION...: of the kernel part, by the beginnings of their names.
bytes ()
{
  size -A "$object" | awk -v names="$*" '
    BEGIN { count = split(names, name, " ") }
    { for (i = 1; i <= count; i++) if (index($1, name[i]) == 1) sum += $2 }
    END { print sum + 0 }'
}

# symbol NAME: the bytes of a variable.
symbol ()
{
  nm -S "$object" | awk -v name="$1" '
    function number(digits,  i, value) {
      for (i = 1; i <= length(digits); i++)
	value = value * 16 + index("0123456789abcdef", substr(digits, i, 1)) - 1
      return value
    }
    $4 == name { print number($2); found = 1 } END { if (!found) print 0 }'
}

for architecture in $TEST_ARCHITECTURES; do
  object=$TEST_LIBDIR/mdtrace-kernel-$architecture.o
  # Tables: sites by address, and what a flight recorder has overwritten.
  tables=$(($(symbol buckets) + $(symbol chains)))
  rings=$(($(bytes .bss.each_cpu.rings) + $(symbol blocks)))
  all=$(bytes .text .rodata .data .bss .mdtrace)
  echo "kernel_memory_bytes_$architecture $((all - tables - rings)) bytes"
  echo "kernel_memory_tables_$architecture $tables bytes"
  echo "kernel_memory_rings_$architecture $rings bytes"
done
