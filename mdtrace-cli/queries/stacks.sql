-- Which stacks lead to events, and how often?
-- Of probes that were created with --stack, and of aggregations by stack.
--
-- parameter function null: of events of this function alone
-- parameter limit 10: rows, at most
-- parameter from null: no event before it
-- parameter to null: no event after it
-- column events: how often
-- column function: where; empty: of an aggregation
-- column stack: the functions, innermost first
with
  counted as
    (select stack_id, function, count(*) as events from events
     where stack_id is not null
       and (:function is null or function = :function)
       and time_ns between coalesce(:from, -9223372036854775808)
       and coalesce(:to, 9223372036854775807)
     group by 1, 2
     union all
     select stack_id, '', count from aggregates
     where stack_id is not null and :function is null),
  most as (select * from counted order by events desc, stack_id limit :limit)
select events, function,
       (select group_concat(coalesce(f, '?'), ' <- ')
	from (select function as f from frames
	      where frames.stack_id = most.stack_id order by depth)) as stack
from most order by events desc, stack_id
