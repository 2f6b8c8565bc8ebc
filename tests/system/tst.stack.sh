#!/bin/sh
# The stack that a probe's gate and handler use, at most: kernel stacks are
# small, and interrupt stacks are no larger.
. "${0%/*}/lib.sh"

limit=384

# usage FUNCTION: what the compiler says of it, with its return address.
usage ()
{
  awk -F '\t' -v name="$1" -v word=$word '$1 ~ ":" name "$" {
    if ($3 != "static") exit 1
    print $2 + word
  }' ./*.su
}

# calls OBJECT FUNCTION: what it calls.
calls ()
{
  objdump -dr --no-show-raw-insn "$1" | awk "/<$2>:/, /^\$/" |
    sed -n -E 's/.*(R_X86_64_PLT32|R_386_PC32)[[:space:]]*([a-z_]*).*/\2/p' |
    sort -u | tr '\n' ' '
}

# measure ARCHITECTURE WORD SAVED: where words have WORD bytes and the gate
# puts SAVED of them on the stack.  The deepest way is to the name of a task
# that must be written into a ring without room.
measure ()
{
  arch=$1 word=$2
  gate=$((word * $3))
  cd "$TEST_BUILDDIR/build/$arch/kernel" || exit 1
  hit=$(usage dtrace_hit)
  name=$(usage ring_write_task_name)
  room=$(usage ring_make_room)
  deepest=$((gate + hit + name + room))
  echo "# gate $gate, dtrace_hit $hit, ring_write_task_name $name," \
    "ring_make_room $room"
  holds "$arch: each is known" -n "$hit" -a -n "$name" -a -n "$room"
  holds "$arch: a hit uses $deepest bytes of stack, at most $limit" \
    $deepest -le $limit
  is "$arch: dtrace_hit calls" "$(calls dtrace.o dtrace_hit)" \
    "ring_make_room ring_write_task_name "
  is "$arch: ring_write_task_name calls" \
    "$(calls ring.o ring_write_task_name)" "ring_make_room "
  is "$arch: ring_make_room calls nothing" "$(calls ring.o ring_make_room)" ""
}

for architecture in $TEST_ARCHITECTURES; do
  case $architecture in
    # Flags, registers, and where arguments are not in registers these.
    i386) measure i386 4 6 ;;
    *) measure "$architecture" 8 10 ;;
  esac
done
done_testing
