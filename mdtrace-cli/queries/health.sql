-- How has the health score been, and what has lowered it?
--
-- parameter limit 100: rows, at most; the last ones
-- parameter from null: nothing before it
-- parameter to null: nothing after it
-- parameter below 101: scores below it alone
-- column time: when, in UTC
-- column score: from 0 to 100, which is best
-- column factor: that which took most points; empty: none did
-- column points: how many it took
-- column measured: what was measured
-- column unit: its unit
select * from
  (select datetime(h.time_ns / 1000000000, 'unixepoch') as time, h.score,
	  coalesce(f.factor, '') as factor, f.points, f.measured, f.unit
   from health h left join health_factors f
     on f.boot_id = h.boot_id and f.time_ns = h.time_ns and f.points > 0
       and f.factor = (select g.factor from health_factor g
		       where g.boot_id = h.boot_id and g.time_ns = h.time_ns
			 and g.points > 0
		       order by g.points desc, g.factor limit 1)
   where h.score < :below
     and h.time_ns between coalesce(:from, -9223372036854775808)
     and coalesce(:to, 9223372036854775807)
   order by h.time_ns desc limit :limit)
order by time
