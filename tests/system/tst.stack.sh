#!/bin/sh
# The stack that a probe's gate and handler use, at most: kernel stacks are
# small, and interrupt stacks are no larger.
. "${0%/*}/lib.sh"

limit=384
cd "$TEST_BUILDDIR/build/x86_64/kernel" || exit 1

# usage FUNCTION: what the compiler says of it, with its return address.
usage ()
{
  awk -F '\t' -v name="$1" '$1 ~ ":" name "$" {
    if ($3 != "static") exit 1
    print $2 + 8
  }' ./*.su
}

# Ten words are saved by the gate.  The deepest way is to the name of a task
# that must be written into a ring without room, which gives up its oldest
# records for it.
gate=80
hit=$(usage dtrace_hit)
name=$(usage ring_write_task_name)
room=$(usage ring_make_room)
oldest=$(usage give_up_oldest)
count=$(usage dtrace_count_overwritten)
deepest=$((gate + hit + name + room + oldest + count))
echo "# gate $gate, dtrace_hit $hit, ring_write_task_name $name," \
  "ring_make_room $room, give_up_oldest $oldest," \
  "dtrace_count_overwritten $count"
holds "each is known" -n "$hit" -a -n "$name" -a -n "$room" -a -n "$oldest" \
  -a -n "$count"
# The other calls of ring_make_room.
holds "there is no deeper way" \
  $(($(usage ring_thaw) + $(usage ring_released))) -le $((oldest + count)) \
  -a "$(usage claim_is_held)" -le $((oldest + count))
holds "a hit uses $deepest bytes of stack, at most $limit" $deepest -le $limit

# calls OBJECT FUNCTION: what it calls.
calls ()
{
  objdump -dr --no-show-raw-insn "$1" | awk "/<$2>:/, /^\$/" |
    sed -n 's/.*R_X86_64_PLT32[[:space:]]*\([a-z_]*\).*/\1/p' | sort -u |
    tr '\n' ' '
}
is "dtrace_hit calls" "$(calls dtrace.o dtrace_hit)" \
  "ring_make_room ring_write_task_name "
is "ring_write_task_name calls" "$(calls ring.o ring_write_task_name)" \
  "ring_make_room "
is "ring_make_room calls" "$(calls ring.o ring_make_room)" \
  "claim_is_held ring_released ring_thaw "
is "give_up_oldest calls" "$(calls ring.o give_up_oldest)" \
  "dtrace_count_overwritten "
is "ring_thaw calls" "$(calls ring.o ring_thaw)" "ring_released "
for object_function in "ring.o ring_released" "claim.o claim_is_held" \
  "overwritten.o dtrace_count_overwritten"; do
  # shellcheck disable=SC2086
  is "${object_function#* } calls nothing" "$(calls $object_function)" ""
done
done_testing
