-- What have aggregations added up?
--
-- parameter limit 100: rows, at most
-- parameter probe null: of the probe with this number alone
-- column probe: the probe's number
-- column aggregation: what is added up
-- column key: what it is added up by
-- column count: how many hits
-- column value: what they come to; empty of counts
-- column mean: the mean, of those that have one
select probe_id as probe, aggregation, key, count, value, mean
from aggregates where :probe is null or probe_id = :probe
order by probe_id, count desc, key limit :limit
