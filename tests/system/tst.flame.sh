#!/bin/sh
# Kernel stacks: folded text has just what SQL on the same database gives, and
# flame graphs have it all.
. "${0%/*}/lib.sh"

trace=$scratch/trace.db
"$TEST_LIBDIR/make-trace" "$trace" 5000

# folded SUM [WHERE]: what SQL makes folded stacks of, adding up SUM.
folded ()
{
  sqlite3 "$trace" "
    with text as (
      select stack_id, group_concat(coalesce(function,
	printf('0x%x', address)), ';') as frames
      from (select * from frames order by stack_id, depth desc)
      group by stack_id)
    select coalesce(nullif(task_name, ''), '(no name)') || ';' || frames
      || ' ' || sum($1)
    from events join text using (stack_id) where ${2:-true}
    group by coalesce(nullif(task_name, ''), '(no name)') || ';' || frames
    having sum($1) > 0" | LC_ALL=C sort
}

# same NAME EXPECTED ARGUMENT...: what 'mdtrace flame --folded' gives.
same ()
{
  name=$1 expected=$2
  shift 2
  is "$name" "$(mdtrace flame --folded "$@" "$trace" 2>"$scratch/err" |
		LC_ALL=C sort)" "$expected"
}

holds "there are many" "$(folded 1 | wc -l)" -gt 50
same "folded stacks are those of SQL" "$(folded 1)"
is "in the order of their texts" "$(mdtrace flame --folded "$trace")" \
  "$(mdtrace flame --folded "$trace" | LC_ALL=C sort)"
middle=$(sqlite3 "$trace" "select time_ns from event limit 1 offset 2500")
same "of a time" "$(folded 1 "time_ns >= $middle")" --from "$middle"
same "and of the rest" "$(folded 1 "time_ns < $middle")" \
  --to $((middle - 1))
same "of the probe that has them" "$(folded 1)" --probe 'sched:*:switch'

# Durations, tasks without a name, what was lost, and a probe without stacks
# that has lost more.
sqlite3 "$trace" "
  insert or ignore into duration select time_ns, 1 + time_ns % 1000 from event
    where stack_id % 3 = 0;
  update task_name set task_name = '' where task_name = 'sh';
  update probe set dropped = 7, throttled = 30, missed = 200
    where stack_depth > 0;
  update probe set dropped = 1000000 where stack_depth = 0"
same "durations are those of SQL" "$(folded duration_ns)" --by duration
has "what was lost is said" "$(cat "$scratch/err")" ', 237 hits lost$'
same "without a name it is said so" "$(folded 1)"
has "so it is" "$(mdtrace flame --folded "$trace" 2>"$scratch/err")" \
  '^\(no name\);'

# Aggregations by stack, with and without the task, and in between.
sqlite3 "$trace" "
  update probe set aggregation = 'count', keys = 'task,stack' where probe_id = 1;
  update probe set aggregation = 'sum', keys = 'stack', value = 'duration_ns'
    where probe_id = 2;
  insert into aggregation values (1, 50, 2, 0, 3), (2, 50, 1, 0, 1);
  insert into aggregation_history values (20, 1, null, 2, 3), (40, 1, 20, 2, 3);
  insert into aggregate (aggregate_key, probe_key, words, task_name_id,
      stack_id, generation, changed_ns, count, value)
    values (1, 1, x'01', 1, 1, 2, 40, 600, null),
	   (2, 1, x'02', null, 2, 2, 40, 70, null),
	   (3, 1, x'03', 1, 3, 1, 10, 5000, null),
	   (4, 2, x'04', null, 4, 1, 40, 8, 90000);
  insert into aggregate_history values (20, 1, 200, null, 200),
    (40, 1, 600, null, 400), (40, 2, 70, null, 70)"
# aggregated STACK: its frames as text.
aggregated ()
{
  sqlite3 "$trace" "select group_concat(function, ';')
    from (select * from frames where stack_id = $1 order by depth desc)"
}
task=$(sqlite3 "$trace" "select task_name from task_name
			 where task_name_id = 1")
mdtrace flame --folded --probe mach_msg_trap "$trace" >"$scratch/out"
is "aggregations by task and stack, of now" "$(cat "$scratch/out")" \
  "$(printf '%s 600\n(no name);%s 70\n' "$task;$(aggregated 1)" \
       "$(aggregated 2)" | LC_ALL=C sort)"
mdtrace flame --folded --probe ipc_kmsg_copyin "$trace" >"$scratch/out"
is "by stack alone" "$(cat "$scratch/out")" "(all tasks);$(aggregated 4) 8"
mdtrace flame --folded --by duration --probe ipc_kmsg_copyin "$trace" \
  >"$scratch/out"
is "and what they add up" "$(cat "$scratch/out")" \
  "(all tasks);$(aggregated 4) 90000"
mdtrace flame --folded --from 30 --to 45 "$trace" >"$scratch/out"
is "and what has come in a time" "$(cat "$scratch/out")" \
  "$(printf '%s 400\n(no name);%s 70\n' "$task;$(aggregated 1)" \
       "$(aggregated 2)" | LC_ALL=C sort)"
sqlite3 "$trace" "delete from aggregate_history; delete from aggregate;
  delete from aggregation_history; delete from aggregation"

# Hostile names: of a task, and of a function that is known by none.
sqlite3 "$trace" "
  update task_name set task_name = 'a;b c' || char(10) || '</title><script>'
    where task_name = 'exec';
  delete from symbol where name = 'vm_fault'"
mdtrace flame --folded "$trace" >"$scratch/out" 2>"$scratch/err"
has "what would end a frame or a line is escaped" \
  "$(cut -d ';' -f 1 "$scratch/out" | sort -u)" \
  '^a\\x3bb c\\x0a</title><script>$'
has "what is not known is an address" "$(cat "$scratch/out")" ';0x[0-9a-f]+[; ]'
is "and nothing else has changed" \
  "$(awk '{ sum += $NF } END { print sum }' "$scratch/out")" \
  "$(sqlite3 "$trace" 'select count(stack_id) from event')"

# The picture.
is "the picture says what it is" \
  "$(mdtrace --json flame -o "$scratch/flame.svg" "$trace" |
     jq -c '[.stacks, .weight, .lost]')" \
  "[$(wc -l <"$scratch/out"),$(sqlite3 "$trace" \
     'select count(stack_id) from event'),237]"
is "and leaves nothing beside it" "$(ls "$scratch" | grep -c flame.svg)" 1
# Each frame is as wide as all stacks through it.
is "its tasks are as wide as all of their events" \
  "$(sed -n 's/.*data-d="1" .*data-w="\([0-9]*\)".*/\1/p' "$scratch/flame.svg" |
     sort)" \
  "$(sqlite3 "$trace" 'select count(*) from events
      where stack_id is not null group by task_name' | sort)"
is "its innermost functions are too" \
  "$(sed -n 's/.*data-d="6" .*data-w="\([0-9]*\)".*/\1/p' "$scratch/flame.svg" |
     awk '{ sum += $1 } END { print sum }')" \
  "$(sqlite3 "$trace" 'select count(stack_id) from event')"
has "losses are said in it" "$(cat "$scratch/flame.svg")" \
  '>Not all was recorded: 237 hits of these probes were lost<'
by_tool xmllint "it is well-formed" --noout "$scratch/flame.svg"
by_tool rsvg-convert "it can be drawn" "$scratch/flame.svg" \
  -o "$scratch/flame.png"
is "nothing but its own script is in it" \
  "$(grep -c '<script' "$scratch/flame.svg")" 1
is "and nothing from elsewhere" \
  "$(grep -o -E '(https?|file):[^"]*' "$scratch/flame.svg" | sort -u)" \
  "http://www.w3.org/1999/xhtml
http://www.w3.org/2000/svg"

# Of a trace file, and of what is left of one.
mdtrace export --to mdt -o "$scratch/trace.mdt" "$trace" >"$scratch/out" 2>&1
is "trace files have the same" "$(mdtrace flame --folded "$scratch/trace.mdt" \
  2>"$scratch/err")" "$(mdtrace flame --folded "$trace" 2>"$scratch/err")"
# A block has some thousand events.
"$TEST_LIBDIR/make-trace" "$scratch/long.db" 30000
mdtrace export --to mdt -o "$scratch/long.mdt" "$scratch/long.db" \
  >"$scratch/out" 2>&1
head -c $(($(wc -c <"$scratch/long.mdt") / 2)) "$scratch/long.mdt" \
  >"$scratch/cut.mdt"
refuses "one that is damaged is not used" 1 'with --partial' \
  mdtrace flame "$scratch/cut.mdt"
mdtrace flame --partial "$scratch/cut.mdt" >"$scratch/cut.svg" 2>"$scratch/err"
has "but on request, which is said" "$(cat "$scratch/err")" ': is damaged; '
has "and in the picture too" "$(cat "$scratch/cut.svg")" \
  '>Kernel stacks of .*cut.mdt, up to where it is damaged<'
holds "which has some" "$(grep -c 'class="f"' "$scratch/cut.svg")" -gt 10

# In a browser, where there is one.
browser=$(command -v chromium || command -v google-chrome)
if [ -n "$browser" ]; then
  sed 's|</svg>|<script><![CDATA[\
    const at = name => frames.find (frame => frame.name === name);\
    show (at ("proc"));\
    svg.dataset.zoomed = frames.filter (frame =>\
      frame.depth === 1 \&\& !frame.group.classList.contains ("hidden")).length;\
    show (frames.at (-1));\
    field.value = "VM_MAP_LOOKUP"; search ();\
    svg.dataset.found = detail.textContent;\
  ]]></script></svg>|' "$scratch/flame.svg" >"$scratch/test.svg"
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
    --user-data-dir="$scratch/profile" --enable-logging=stderr \
    --dump-dom "file://$scratch/test.svg" >"$scratch/dom" 2>"$scratch/err"
  is "its script has no error" "$(grep CONSOLE "$scratch/err")" ""
  is "it has all frames" "$(sed -n 's/.*data-frames="\([0-9]*\)".*/\1/p' \
    "$scratch/dom")" "$(grep -c 'class="f"' "$scratch/flame.svg")"
  is "a click zooms to one task" \
    "$(sed -n 's/.*data-zoomed="\([0-9]*\)".*/\1/p' "$scratch/dom")" 1
  is "and words are found" \
    "$(sed -n 's/.* data-found="\([^"]*\)".*/\1/p' "$scratch/dom")" \
    "VM_MAP_LOOKUP: $(grep -c '<title>vm_map_lookup (' \
      "$scratch/flame.svg") frames, $(sqlite3 "$trace" "select printf('%.1f',
       100.0 * sum(stack_id in (select stack_id from frames
			       where function = 'vm_map_lookup'))
	/ count(*)) from event where stack_id is not null") % of all"
else
  pass "in a browser # SKIP no chromium"
fi

# Of a kernel that runs, through the daemon: the examples of mdtrace-flame(1).
start_vm guest
start_daemon
trace=$database
mdtrace probe create --enable --stack task_create >"$scratch/out"
mdtrace probe create --enable --stack --agg=count --by=task,stack \
  sched:::switch >"$scratch/out"
workload "tasks 5"
is "who creates tasks" "$(mdtrace flame --folded --probe task_create |
  sed 's/workload-[a-z0-9_]*;.*mach_msg_trap/workload;...;mach_msg_trap/')" \
  "workload;...;mach_msg_trap;ipc_kobject_server;_Xtask_create;task_create 5"
is "as a picture" \
  "$(mdtrace flame --probe task_create -o "$scratch/tasks.svg")" \
  "$scratch/tasks.svg: 1 stacks, 5 events, 0 hits lost"
has "that has it" "$(cat "$scratch/tasks.svg")" \
  '<title>task_create \(5 events, 100\.0 %\)</title>'
stop_daemon
is "what was added up is all there" \
  "$(mdtrace flame --folded --probe 'sched:*' "$database" |
     awk '{ sum += $NF } END { print sum }')" \
  "$(sqlite3 "$database" 'select sum(count) from aggregates')"
has "and it is who has given up the CPU" \
  "$(mdtrace flame --folded --probe 'sched:*' "$database")" \
  ';thread_block;thread_invoke'
done_testing
