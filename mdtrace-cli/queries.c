/* Made from queries/ by queries.awk.  */
#include <stddef.h>
#include "queries.h"
const struct named_query named_queries[] = {
  { "aggregations",
    "What have aggregations added up?",
    "",
    (const struct query_word[]){ { "limit", "100", "rows, at most" },
      { "probe", "null", "of the probe with this number alone" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "probe", NULL, "the probe's number" },
      { "aggregation", NULL, "what is added up" },
      { "key", NULL, "what it is added up by" },
      { "count", NULL, "how many hits" },
      { "value", NULL, "what they come to; empty of counts" },
      { "mean", NULL, "the mean, of those that have one" },
      { NULL, NULL, NULL } },
    "select probe_id as probe, aggregation, key, count, value, mean" "\n"
    "from aggregates where :probe is null or probe_id = :probe" "\n"
    "order by probe_id, count desc, key limit :limit" "\n"
 },
  { "call-times",
    "How long do calls take, function by function?",
    "Of probes that were created with --latency.",
    (const struct query_word[]){ { "limit", "20", "rows, at most" },
      { "from", "null", "no call that ended before it" },
      { "to", "null", "no call that ended after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "function", NULL, "what was called" },
      { "calls", NULL, "how often" },
      { "total_ms", NULL, "all of them together" },
      { "mean_us", NULL, "the mean of them" },
      { "longest_us", NULL, "the longest one" },
      { "task", NULL, "in which task that was" },
      { NULL, NULL, NULL } },
    "select function, count(*) as calls, sum(duration_ns) / 1e6 as total_ms," "\n"
    "       sum(duration_ns) / 1e3 / count(*) as mean_us," "\n"
    "       max(duration_ns) / 1e3 as longest_us, coalesce(task_name, '') as task" "\n"
    "from events" "\n"
    "where duration_ns is not null" "\n"
    "  and time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "  and coalesce(:to, 9223372036854775807)" "\n"
    "group by function order by total_ms desc, function limit :limit" "\n"
 },
  { "counters",
    "What have the performance counters counted, and how fast?",
    "",
    (const struct query_word[]){ { "name", "null", "this counter alone" },
      { "step", "60", "seconds for each row" },
      { "limit", "100", "rows, at most; the last ones" },
      { "from", "null", "nothing before it" },
      { "to", "null", "nothing after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "time", NULL, "when these seconds begin, in UTC" },
      { "counter", NULL, "its name" },
      { "per_second", NULL, "of the unit; empty of a level" },
      { "times_per_second", NULL, "how often; empty of a level" },
      { "mean", NULL, "of durations, in nanoseconds" },
      { "level", NULL, "of a level, the last one" },
      { "unit", NULL, "the unit" },
      { NULL, NULL, NULL } },
    "select * from" "\n"
    "  (select datetime(time_ns / 1000000000 / :step * :step, 'unixepoch') as time," "\n"
    "	  name as counter, round(avg(per_second), 2) as per_second," "\n"
    "	  round(avg(times_per_second), 2) as times_per_second," "\n"
    "	  round(sum(mean * times_per_second)" "\n"
    "		/ nullif(sum(iif(mean is null, 0, times_per_second)), 0), 1)" "\n"
    "	    as mean," "\n"
    "	  iif(kind = 'level', sum, null) as level, unit" "\n"
    "   from (select * from counter_values" "\n"
    "	 where (:name is null or name = :name)" "\n"
    "	   and time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "	   and coalesce(:to, 9223372036854775807)" "\n"
    "	 order by time_ns)" "\n"
    "   group by boot_id, name, time_ns / 1000000000 / :step" "\n"
    "   having time_ns = max(time_ns)" "\n"
    "   order by max(time_ns) desc, name limit :limit)" "\n"
    "order by time, counter" "\n"
 },
  { "cpu",
    "How busy were the CPUs, and with what?",
    "",
    (const struct query_word[]){ { "step", "60", "seconds for each row" },
      { "limit", "100", "rows, at most; the last ones" },
      { "from", "null", "nothing before it" },
      { "to", "null", "nothing after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "time", NULL, "when these seconds begin, in UTC" },
      { "busy", NULL, "percent of the time, the mean" },
      { "most", NULL, "percent of the time, in the worst second" },
      { "user", NULL, "percent in user mode" },
      { "system", NULL, "percent in the kernel" },
      { "interrupts", NULL, "percent in interrupts; empty: not measured" },
      { NULL, NULL, NULL } },
    "select * from" "\n"
    "  (select datetime(time_ns / 1000000000 / :step * :step, 'unixepoch') as time," "\n"
    "	  round(avg(utilisation_percent), 1) as busy," "\n"
    "	  round(max(utilisation_percent), 1) as most," "\n"
    "	  round(avg(user_percent), 1) as user," "\n"
    "	  round(avg(system_percent), 1) as system," "\n"
    "	  round(avg(interrupt_percent), 2) as interrupts" "\n"
    "   from snapshots" "\n"
    "   where time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "     and coalesce(:to, 9223372036854775807)" "\n"
    "   group by boot_id, time_ns / 1000000000 / :step" "\n"
    "   order by max(time_ns) desc limit :limit)" "\n"
    "order by time" "\n"
 },
  { "custom-events",
    "Which custom events were there, and with which values?",
    "What programs let happen, or mdtrace fire.",
    (const struct query_word[]){ { "name", "null", "of this name alone" },
      { "limit", "100", "rows, at most; the last ones" },
      { "from", "null", "no event before it" },
      { "to", "null", "no event after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "time", NULL, "when, in UTC" },
      { "name", NULL, "the event's name" },
      { "task", NULL, "which task let it happen; empty: not known" },
      { "arg0", NULL, "its first number" },
      { "arg1", NULL, "its second number" },
      { "arg2", NULL, "its third number" },
      { "arg3", NULL, "its fourth number" },
      { NULL, NULL, NULL } },
    "select * from" "\n"
    "  (select datetime(e.time_ns / 1000000000, 'unixepoch')" "\n"
    "	    || printf('.%06d', e.time_ns / 1000 % 1000000) as time, p.name," "\n"
    "	  coalesce(e.task_name, '') as task, e.arg0, e.arg1, e.arg2, e.arg3" "\n"
    "   from events e join probes p" "\n"
    "     on p.probe_id = e.probe_id and p.boot_id = e.boot_id" "\n"
    "   where e.provider = 'custom' and (:name is null or p.name = :name)" "\n"
    "     and e.time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "     and coalesce(:to, 9223372036854775807)" "\n"
    "   order by e.time_ns desc limit :limit)" "\n"
    "order by time" "\n"
 },
  { "daemon-messages",
    "What has the daemon complained about?",
    "",
    (const struct query_word[]){ { "limit", "100", "rows, at most; the last ones" },
      { "from", "null", "nothing before it" },
      { "to", "null", "nothing after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "time", NULL, "when, in UTC" },
      { "severity", NULL, "how bad it was" },
      { "message", NULL, "what it has said" },
      { "run", NULL, "the run of the daemon" },
      { NULL, NULL, NULL } },
    "select * from" "\n"
    "  (select datetime(time_ns / 1000000000, 'unixepoch') as time, severity," "\n"
    "	  message, run_id as run" "\n"
    "   from messages" "\n"
    "   where time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "     and coalesce(:to, 9223372036854775807)" "\n"
    "   order by time_ns desc limit :limit)" "\n"
    "order by time" "\n"
 },
  { "event-rate",
    "How many events were there, second by second?",
    "",
    (const struct query_word[]){ { "step", "1", "seconds for each row" },
      { "function", "null", "of this function alone" },
      { "limit", "100", "rows, at most; the last ones" },
      { "from", "null", "no event before it" },
      { "to", "null", "no event after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "time", NULL, "when these seconds begin, in UTC" },
      { "events", NULL, "how many events there were" },
      { "probes", NULL, "of how many probes" },
      { "tasks", NULL, "of how many tasks, by their names" },
      { NULL, NULL, NULL } },
    "select * from" "\n"
    "  (select datetime(time_ns / 1000000000 / :step * :step, 'unixepoch') as time," "\n"
    "	  count(*) as events, count(distinct probe_id) as probes," "\n"
    "	  count(distinct task_name) as tasks" "\n"
    "   from events" "\n"
    "   where (:function is null or function = :function)" "\n"
    "     and time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "     and coalesce(:to, 9223372036854775807)" "\n"
    "   group by boot_id, time_ns / 1000000000 / :step" "\n"
    "   order by max(time_ns) desc limit :limit)" "\n"
    "order by time" "\n"
 },
  { "faults",
    "Which tasks have page faults?",
    "Of events of vm:::fault if there are any, else of entries of vm_fault.",
    (const struct query_word[]){ { "limit", "20", "rows, at most" },
      { "from", "null", "no event before it" },
      { "to", "null", "no event after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "task", NULL, "the task's name" },
      { "faults", NULL, "how many" },
      { "percent", NULL, "of all" },
      { "pages", NULL, "at how many addresses" },
      { NULL, NULL, NULL } },
    "with" "\n"
    "  faults as" "\n"
    "    (select task_name, provider, arg0, arg1 from events" "\n"
    "     where (provider = 'vm' or (provider = 'fbt' and function = 'vm_fault'" "\n"
    "				and name = 'entry'))" "\n"
    "       and (provider = 'fbt'" "\n"
    "	    or probe_id in (select probe_id from probes p" "\n"
    "			    where p.provider = 'vm' and p.name = 'fault'" "\n"
    "			      and p.boot_id = events.boot_id))" "\n"
    "       and time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "       and coalesce(:to, 9223372036854775807))," "\n"
    "  those as" "\n"
    "    (select * from faults where provider = (select max(provider) from faults))" "\n"
    "select coalesce(task_name, '') as task, count(*) as faults," "\n"
    "       round(100.0 * count(*) / (select count(*) from those), 1) as percent," "\n"
    "       count(distinct arg0 || ' ' || arg1) as pages" "\n"
    "from those group by 1 order by faults desc, task limit :limit" "\n"
 },
  { "health",
    "How has the health score been, and what has lowered it?",
    "",
    (const struct query_word[]){ { "limit", "100", "rows, at most; the last ones" },
      { "from", "null", "nothing before it" },
      { "to", "null", "nothing after it" },
      { "below", "101", "scores below it alone" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "time", NULL, "when, in UTC" },
      { "score", NULL, "from 0 to 100, which is best" },
      { "factor", NULL, "that which took most points; empty: none did" },
      { "points", NULL, "how many it took" },
      { "measured", NULL, "what was measured" },
      { "unit", NULL, "its unit" },
      { NULL, NULL, NULL } },
    "select * from" "\n"
    "  (select datetime(h.time_ns / 1000000000, 'unixepoch') as time, h.score," "\n"
    "	  coalesce(f.factor, '') as factor, f.points, f.measured, f.unit" "\n"
    "   from health h left join health_factors f" "\n"
    "     on f.boot_id = h.boot_id and f.time_ns = h.time_ns and f.points > 0" "\n"
    "       and f.factor = (select g.factor from health_factor g" "\n"
    "		       where g.boot_id = h.boot_id and g.time_ns = h.time_ns" "\n"
    "			 and g.points > 0" "\n"
    "		       order by g.points desc, g.factor limit 1)" "\n"
    "   where h.score < :below" "\n"
    "     and h.time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "     and coalesce(:to, 9223372036854775807)" "\n"
    "   order by h.time_ns desc limit :limit)" "\n"
    "order by time" "\n"
 },
  { "losses",
    "Which probes have lost events, and how many?",
    "Lost is what was dropped, throttled or missed.",
    (const struct query_word[]){ { "limit", "100", "rows, at most" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "boot", NULL, "the boot" },
      { "probe", NULL, "its number" },
      { "function", NULL, "what it is on" },
      { "hits", NULL, "how often it was hit" },
      { "recorded", NULL, "of these, events that are there" },
      { "dropped", NULL, "lost, as there was no room in the ring" },
      { "throttled", NULL, "lost to its limit or budget" },
      { "missed", NULL, "lost within another hit" },
      { "percent", NULL, "of the hits that were lost" },
      { NULL, NULL, NULL } },
    "select boot_id as boot, probe_id as probe," "\n"
    "       iif(function = '', provider || ':::' || name, function) as function," "\n"
    "       hits, recorded, dropped, throttled, missed," "\n"
    "       round(100.0 * (dropped + throttled + missed) / hits, 3) as percent" "\n"
    "from probes where dropped + throttled + missed > 0" "\n"
    "order by dropped + throttled + missed desc, boot_id, probe_id limit :limit" "\n"
 },
  { "loss-times",
    "When were events lost?",
    "",
    (const struct query_word[]){ { "limit", "100", "rows, at most" },
      { "from", "null", "nothing before it" },
      { "to", "null", "nothing after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "time", NULL, "when that was seen, in UTC" },
      { "probe", NULL, "the probe's number" },
      { "function", NULL, "what it is on" },
      { "dropped", NULL, "lost since what was seen before, for want of room" },
      { "throttled", NULL, "lost to its limit or budget" },
      { "missed", NULL, "lost within another hit" },
      { NULL, NULL, NULL } },
    "select datetime(time_ns / 1000000000, 'unixepoch') as time," "\n"
    "       probe_id as probe, function, dropped, throttled, missed" "\n"
    "from losses" "\n"
    "where time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "  and coalesce(:to, 9223372036854775807)" "\n"
    "order by time_ns, probe_id limit :limit" "\n"
 },
  { "memory",
    "How much memory was free, and how much was paged?",
    "",
    (const struct query_word[]){ { "step", "60", "seconds for each row" },
      { "limit", "100", "rows, at most; the last ones" },
      { "from", "null", "nothing before it" },
      { "to", "null", "nothing after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "time", NULL, "when these seconds begin, in UTC" },
      { "free_mib", NULL, "free memory, the mean, in MiB" },
      { "least_mib", NULL, "the least, in MiB" },
      { "faults", NULL, "page faults" },
      { "pageins", NULL, "pages that were brought in" },
      { "pageouts", NULL, "pages that were written out" },
      { "tasks", NULL, "how many tasks there were, at most" },
      { NULL, NULL, NULL } },
    "select * from" "\n"
    "  (select datetime(time_ns / 1000000000 / :step * :step, 'unixepoch') as time," "\n"
    "	  round(avg(free_bytes) / 1048576, 2) as free_mib," "\n"
    "	  round(min(free_bytes) / 1048576.0, 2) as least_mib," "\n"
    "	  cast(round(sum(faults_per_second * seconds)) as integer)" "\n"
    "	    as faults," "\n"
    "	  cast(round(sum(pageins_per_second * seconds)) as integer)" "\n"
    "	    as pageins," "\n"
    "	  cast(round(sum(pageouts_per_second * seconds)) as integer)" "\n"
    "	    as pageouts, max(tasks) as tasks" "\n"
    "   from snapshots" "\n"
    "   where time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "     and coalesce(:to, 9223372036854775807)" "\n"
    "   group by boot_id, time_ns / 1000000000 / :step" "\n"
    "   order by max(time_ns) desc limit :limit)" "\n"
    "order by time" "\n"
 },
  { "messages",
    "Which messages are sent, and by whom?",
    "Of events of ipc:::send.  mdtrace top --by message knows their names.",
    (const struct query_word[]){ { "limit", "20", "rows, at most" },
      { "from", "null", "no event before it" },
      { "to", "null", "no event after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "id", NULL, "the message's id" },
      { "sent", NULL, "how often it was sent" },
      { "bytes", NULL, "the size of all of them together" },
      { "senders", NULL, "how many tasks send it, by their names" },
      { "task", NULL, "the one that sends it most often" },
      { NULL, NULL, NULL } },
    "with" "\n"
    "  counted as" "\n"
    "    (select arg0 as id, coalesce(task_name, '') as task, count(*) as n," "\n"
    "	    sum(arg1) as bytes" "\n"
    "     from events" "\n"
    "     where provider = 'ipc'" "\n"
    "       and probe_id in (select probe_id from probes p" "\n"
    "			where p.provider = 'ipc' and p.name = 'send'" "\n"
    "			  and p.boot_id = events.boot_id)" "\n"
    "       and time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "       and coalesce(:to, 9223372036854775807)" "\n"
    "     group by 1, 2)" "\n"
    "select id, sum(n) as sent, sum(bytes) as bytes, count(*) as senders," "\n"
    "       (select m.task from counted m where m.id = c.id" "\n"
    "        order by m.n desc, m.task limit 1) as task" "\n"
    "from counted c where id is not null" "\n"
    "group by id order by sent desc, id limit :limit" "\n"
 },
  { "probe-costs",
    "What have the probes cost?",
    "",
    (const struct query_word[]){ { "limit", "100", "rows, at most" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "boot", NULL, "the boot" },
      { "probe", NULL, "its number" },
      { "function", NULL, "what it is on" },
      { "state", NULL, "what becomes of it" },
      { "hits", NULL, "how often it was hit" },
      { "spent_ms", NULL, "what these hits took together" },
      { "each_ns", NULL, "what one took" },
      { "unaccounted", NULL, "hits of which it is not known what became of them; 0" },
      { NULL, NULL, NULL } },
    "select boot_id as boot, probe_id as probe," "\n"
    "       iif(function = '', provider || ':::' || name, function) as function," "\n"
    "       state, hits, spent_ns / 1e6 as spent_ms," "\n"
    "       round(1.0 * spent_ns / nullif(hits, 0), 1) as each_ns," "\n"
    "       hits - recorded - filtered - dropped - throttled - missed" "\n"
    "	 as unaccounted" "\n"
    "from probes order by spent_ns desc, hits desc, boot_id, probe_id limit :limit" "\n"
 },
  { "runs",
    "Which boots and which runs of the daemon are stored here?",
    "",
    (const struct query_word[]){ { "limit", "100", "rows, at most; the last ones" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "boot", NULL, "the boot's number here" },
      { "booted", NULL, "when the kernel was booted, in UTC" },
      { "kernel", NULL, "its version" },
      { "target", NULL, "where it ran" },
      { "program", NULL, "what has stored it" },
      { "began", NULL, "when, in UTC" },
      { "ended", NULL, "how; empty: it goes on, or was killed" },
      { "events", NULL, "how many it has stored" },
      { NULL, NULL, NULL } },
    "select * from" "\n"
    "  (select boot_id as boot," "\n"
    "	  datetime(boot_time_ns / 1000000000, 'unixepoch') as booted," "\n"
    "	  version as kernel, target, program," "\n"
    "	  datetime(began_ns / 1000000000, 'unixepoch') as began," "\n"
    "	  coalesce(ended, '') as ended, runs.events" "\n"
    "   from boots join runs using (boot_id)" "\n"
    "   order by began_ns desc limit :limit)" "\n"
    "order by began" "\n"
 },
  { "slowest-calls",
    "Which calls took longest?",
    "Of probes that were created with --latency.",
    (const struct query_word[]){ { "limit", "20", "rows, at most" },
      { "function", "null", "of this function alone" },
      { "from", "null", "no call that ended before it" },
      { "to", "null", "no call that ended after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "ended", NULL, "when, in UTC" },
      { "function", NULL, "what was called" },
      { "task", NULL, "in which task" },
      { "cpu", NULL, "on which CPU it ended" },
      { "microseconds", NULL, "how long it took" },
      { "result", NULL, "what it returned" },
      { NULL, NULL, NULL } },
    "select datetime(time_ns / 1000000000, 'unixepoch')" "\n"
    "	 || printf('.%06d', time_ns / 1000 % 1000000) as ended, function," "\n"
    "       coalesce(task_name, '') as task, cpu," "\n"
    "       duration_ns / 1000.0 as microseconds, retval as result" "\n"
    "from events" "\n"
    "where duration_ns is not null and (:function is null or function = :function)" "\n"
    "  and time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "  and coalesce(:to, 9223372036854775807)" "\n"
    "order by duration_ns desc, time_ns limit :limit" "\n"
 },
  { "stacks",
    "Which stacks lead to events, and how often?",
    "Of probes that were created with --stack, and of aggregations by stack.",
    (const struct query_word[]){ { "function", "null", "of events of this function alone" },
      { "limit", "10", "rows, at most" },
      { "from", "null", "no event before it" },
      { "to", "null", "no event after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "events", NULL, "how often" },
      { "function", NULL, "where; empty: of an aggregation" },
      { "stack", NULL, "the functions, innermost first" },
      { NULL, NULL, NULL } },
    "with" "\n"
    "  counted as" "\n"
    "    (select stack_id, function, count(*) as events from events" "\n"
    "     where stack_id is not null" "\n"
    "       and (:function is null or function = :function)" "\n"
    "       and time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "       and coalesce(:to, 9223372036854775807)" "\n"
    "     group by 1, 2" "\n"
    "     union all" "\n"
    "     select stack_id, '', count from aggregates" "\n"
    "     where stack_id is not null and :function is null)," "\n"
    "  most as (select * from counted order by events desc, stack_id limit :limit)" "\n"
    "select events, function," "\n"
    "       (select group_concat(coalesce(f, '?'), ' <- ')" "\n"
    "	from (select function as f from frames" "\n"
    "	      where frames.stack_id = most.stack_id order by depth)) as stack" "\n"
    "from most order by events desc, stack_id" "\n"
 },
  { "switches",
    "Which tasks are switched to most often, and are woken?",
    "Of events of sched:::switch and sched:::wakeup.",
    (const struct query_word[]){ { "limit", "20", "rows, at most" },
      { "from", "null", "no event before it" },
      { "to", "null", "no event after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "task", NULL, "the task's name, or its address if it has no events itself" },
      { "switched_to", NULL, "how often the scheduler chose a thread of it" },
      { "woken", NULL, "how often a thread of it was made ready" },
      { NULL, NULL, NULL } },
    "with" "\n"
    "  names as" "\n"
    "    (select boot_id, task, max(task_name) as task_name from events" "\n"
    "     where task is not null group by 1, 2)," "\n"
    "  moves as" "\n"
    "    (select e.boot_id, iif(p.name = 'switch', e.arg3, e.arg1) as task," "\n"
    "	    p.name as way" "\n"
    "     from events e join probes p" "\n"
    "       on p.probe_id = e.probe_id and p.boot_id = e.boot_id" "\n"
    "     where e.provider = 'sched' and p.name in ('switch', 'wakeup')" "\n"
    "       and e.time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "       and coalesce(:to, 9223372036854775807))" "\n"
    "select coalesce(task_name, printf('%x', m.task)) as task," "\n"
    "       sum(way = 'switch') as switched_to, sum(way = 'wakeup') as woken" "\n"
    "from moves m left join names n on n.boot_id = m.boot_id and n.task = m.task" "\n"
    "where m.task is not null" "\n"
    "group by 1 order by switched_to desc, woken desc, task limit :limit" "\n"
 },
  { "task-creators",
    "Who creates tasks?",
    "Of events of task:::create if there are any, else of entries of task_create.",
    (const struct query_word[]){ { "limit", "20", "rows, at most" },
      { "from", "null", "no event before it" },
      { "to", "null", "no event after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "task", NULL, "the name of the task that creates them" },
      { "created", NULL, "how many it has created" },
      { "first", NULL, "when, in UTC" },
      { "last", NULL, "when, in UTC" },
      { NULL, NULL, NULL } },
    "with" "\n"
    "  created as" "\n"
    "    (select time_ns, task_name, provider from events" "\n"
    "     where ((provider = 'task' and name = 'create')" "\n"
    "	    or (provider = 'fbt' and function = 'task_create'" "\n"
    "		and name = 'entry'))" "\n"
    "       and time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "       and coalesce(:to, 9223372036854775807))" "\n"
    "select coalesce(task_name, '') as task, count(*) as created," "\n"
    "       datetime(min(time_ns) / 1000000000, 'unixepoch') as first," "\n"
    "       datetime(max(time_ns) / 1000000000, 'unixepoch') as last" "\n"
    "from created" "\n"
    "where provider = (select max(provider) from created)" "\n"
    "group by 1 order by created desc, task limit :limit" "\n"
 },
  { "top-functions",
    "Which functions and static probes have the most events?",
    "",
    (const struct query_word[]){ { "limit", "20", "rows, at most" },
      { "from", "null", "no event before it" },
      { "to", "null", "no event after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "probe", NULL, "provider:module:function:name" },
      { "events", NULL, "how many events it has" },
      { "tasks", NULL, "in how many tasks, by their names" },
      { "per_second", NULL, "over the time from the first event to the last one" },
      { NULL, NULL, NULL } },
    "with" "\n"
    "  counted as" "\n"
    "    (select provider || ':' || module || ':' || function || ':' || name" "\n"
    "	      as probe, count(*) as events," "\n"
    "	    count(distinct task_name) as tasks, min(time_ns) as first_ns," "\n"
    "	    max(time_ns) as last_ns" "\n"
    "     from events" "\n"
    "     where time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "       and coalesce(:to, 9223372036854775807)" "\n"
    "     group by 1)" "\n"
    "select probe, events, tasks," "\n"
    "       round(1e9 * events / nullif((select max(last_ns) - min(first_ns)" "\n"
    "				    from counted), 0), 2) as per_second" "\n"
    "from counted order by events desc, probe limit :limit" "\n"
 },
  { "top-tasks",
    "Which tasks have the most events?",
    "",
    (const struct query_word[]){ { "limit", "20", "rows, at most" },
      { "from", "null", "no event before it" },
      { "to", "null", "no event after it" },
      { NULL, NULL, NULL } },
    (const struct query_word[]){ { "task", NULL, "the task's name; empty: not known" },
      { "events", NULL, "how many events it has" },
      { "percent", NULL, "of all events of that time" },
      { "most", NULL, "the function that most of them are of" },
      { NULL, NULL, NULL } },
    "with" "\n"
    "  counted as" "\n"
    "    (select coalesce(task_name, '') as task, function, count(*) as n" "\n"
    "     from events" "\n"
    "     where time_ns between coalesce(:from, -9223372036854775808)" "\n"
    "       and coalesce(:to, 9223372036854775807)" "\n"
    "     group by 1, 2)" "\n"
    "select task, sum(n) as events," "\n"
    "       round(100.0 * sum(n) / (select sum(n) from counted), 1) as percent," "\n"
    "       (select m.function from counted m where m.task = c.task" "\n"
    "        order by m.n desc, 1 limit 1) as most" "\n"
    "from counted c group by task order by events desc, task limit :limit" "\n"
 },
  { NULL, NULL, NULL, NULL, NULL, NULL }
};
