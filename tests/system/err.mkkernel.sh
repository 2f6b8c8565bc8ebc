#!/bin/sh
# What mdtrace-mkkernel refuses, and that it leaves nothing behind then.
. "${0%/*}/lib.sh"

cd "$scratch" || exit 1
zcat "$STOCK_KERNEL" >kernel

# refuse NAME PATTERN FILE
refuse ()
{
  refuses "$1" 1 "mdtrace-mkkernel: $3: .*($2)" mdtrace-mkkernel -o out "$3"
  is "$1: nothing is left behind" "$(ls -d out* 2>/dev/null)" ""
}

# rename FILE OLD NEW: change every string OLD in FILE into NEW, of the same
# length.
rename ()
{
  LC_ALL=C sed "s/\x00$2\x00/\x00$3\x00/g" kernel >"$1"
}

refuse "a file that is not there" "No such file" missing
echo "no kernel" >text
refuse "a text" "not an ELF file" text
refuse "an empty file" "not an ELF file" /dev/null
head -c 100000 kernel >short
refuses "a kernel that was cut off" 1 'mdtrace-mkkernel: short: ' \
  mdtrace-mkkernel -o out short
is "a kernel that was cut off: nothing is left behind" "$(ls -d out* 2>/dev/null)" ""
cp "$(command -v mdtrace-mkkernel)" wrapper
refuse "a program" "not an ELF file|not a kernel|no Multiboot" /bin/true
strip -o stripped kernel
refuse "a stripped kernel" "stripped.*-dbg" stripped
strip --strip-debug -o no-dwarf kernel
refuse "a kernel without DWARF" "stripped.*-dbg" no-dwarf
refuse "an instrumented kernel" "instrumented already" "$MDTRACE_KERNEL"
rename no-field low_free_pages low_free_pagez
refuse "a kernel without a field" \
  "no struct vm_page_seg with a field low_free_pages" no-field
rename no-hook ipc_kobject_notify ipc_kobject_notifz
refuse "a kernel without a hook" "no function ipc_kobject_notify" no-hook
rename no-function device_pager_setup device_pager_setuq
refuse "a kernel without a function" "no function device_pager_setup" \
  no-function
rename no-variable kernel_virtual_start kernel_virtual_starz
refuse "a kernel without a variable" "no variable kernel_virtual_start" \
  no-variable

refuses "an output that cannot be written" 1 \
  '/proc/out.*cannot be written' mdtrace-mkkernel -o /proc/out kernel
MDTRACE_LIBDIR=/nowhere refuses "no kernel part" 1 \
  "/nowhere/mdtrace-kernel-$(architecture kernel).o: No such file.*make install" \
  mdtrace-mkkernel -o out kernel
refuses "no kernel named" 2 "name the kernel" mdtrace-mkkernel
refuses "two kernels" 2 "one kernel" mdtrace-mkkernel a b
refuses "--json alone" 2 "goes with --list-sites" mdtrace-mkkernel --json kernel
is "no temporary file is left behind" \
  "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'mdtrace-mkkernel-*')" ""

# And what it does not refuse.
succeeds "a good kernel" mdtrace-mkkernel -o out kernel
is "gives a kernel and its debug file" "$(ls out*)" "out
out.debug"
mdtrace-mkkernel -o again "$STOCK_KERNEL"
succeeds "compressed or not, the same" cmp out again
succeeds "and the same debug file" cmp out.debug again.debug
mdtrace-mkkernel --list-sites kernel >sites
has "--list-sites names a probeable function" "$(cat sites)" \
  '^task_create 0x[0-9a-f]+ entry: jump(, mended)?; returns: 2: \+0x[0-9a-f]+ (breakpoint|jump), \+0x[0-9a-f]+ jump'
has "--list-sites says why not" "$(cat sites)" \
  '^spl0 .*entry: refused: sets the interrupt level'
# In a copy no function begins by setting its frame: 48 89 e5 becomes something
# else.  It would not boot.
perl -0pe 's/\x48\x89\xe5/\x48\x89\xec/g' kernel >no-frames
has "a kernel without frame pointers: says what cannot be had" \
  "$(mdtrace-mkkernel -o out no-frames 2>&1)" \
  'no-frames: was compiled without frame pointers.*--stack will be refused'
# A static probe that has lost one of two places, and one that has lost all.
rename no-place stack_handoff stack_handofg
has "a kernel in which a place of a static probe is missing: says which" \
  "$(mdtrace-mkkernel -o out no-place 2>&1)" \
  'no-place: sched:::switch misses something: there is no function stack_handoff$'
rename no-network net_packet net_packez
has "and one in which there is none" \
  "$(mdtrace-mkkernel --list-static no-network)" \
  '^  missing: there is no function net_packet$'
is "--json says the same" \
  "$(mdtrace-mkkernel --list-static --json no-network |
     jq -r '.probes[] | select(.missing != "") |
	    "\(.provider) \(.event) \(.sites | length)"')" "net receive 0"
mdtrace-mkkernel -o lacking no-network 2>errors
start_vm lacking-guest --kernel "$scratch/lacking"
export MDTRACE_TARGET="vm:$vm"
refuses "such a probe is refused" 1 \
  "lacks what that static probe stands on.*no function net_packet" \
  mdtrace probe create net:::receive
has "of several it is left out" "$(mdtrace probe create 'net:::*' 2>&1)" \
  '^net:::receive: left out: there is no function net_packet$'
is "one with says nothing" "$(mdtrace-mkkernel -o out kernel 2>&1)" ""
has "--list-sites ends with the sum" "$(tail -n 1 sites)" \
  '^[0-9]+ functions: [0-9]+ by jump, [0-9]+ by breakpoint, [0-9]+ refused; [0-9]+ returns'
is "--json says the same" \
  "$(mdtrace-mkkernel --list-sites --json kernel |
     jq -r '"\(.function_count) \(.refused_count) \(.return_count)"')" \
  "$(tail -n 1 sites | sed 's/\([0-9]*\) functions.*, \([0-9]*\) refused; \([0-9]*\) returns.*/\1 \2 \3/')"
done_testing
