-- When were events lost?
--
-- parameter limit 100: rows, at most
-- parameter from null: nothing before it
-- parameter to null: nothing after it
-- column time: when that was seen, in UTC
-- column probe: the probe's number
-- column function: what it is on
-- column dropped: lost since what was seen before, for want of room
-- column throttled: lost to its limit or budget
-- column missed: lost within another hit
select datetime(time_ns / 1000000000, 'unixepoch') as time,
       probe_id as probe, function, dropped, throttled, missed
from losses
where time_ns between coalesce(:from, -9223372036854775808)
  and coalesce(:to, 9223372036854775807)
order by time_ns, probe_id limit :limit
