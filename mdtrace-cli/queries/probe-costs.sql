-- What have the probes cost?
--
-- parameter limit 100: rows, at most
-- column boot: the boot
-- column probe: its number
-- column function: what it is on
-- column state: what becomes of it
-- column hits: how often it was hit
-- column spent_ms: what these hits took together
-- column each_ns: what one took
-- column unaccounted: hits of which it is not known what became of them; 0
select boot_id as boot, probe_id as probe,
       iif(function = '', provider || ':::' || name, function) as function,
       state, hits, spent_ns / 1e6 as spent_ms,
       round(1.0 * spent_ns / nullif(hits, 0), 1) as each_ns,
       hits - recorded - filtered - dropped - throttled - missed
	 as unaccounted
from probes order by spent_ns desc, hits desc, boot_id, probe_id limit :limit
