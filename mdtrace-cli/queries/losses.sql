-- Which probes have lost events, and how many?
-- Lost is what was dropped, throttled or missed.
--
-- parameter limit 100: rows, at most
-- column boot: the boot
-- column probe: its number
-- column function: what it is on
-- column hits: how often it was hit
-- column recorded: of these, events that are there
-- column dropped: lost, as there was no room in the ring
-- column throttled: lost to its limit or budget
-- column missed: lost within another hit
-- column percent: of the hits that were lost
select boot_id as boot, probe_id as probe,
       iif(function = '', provider || ':::' || name, function) as function,
       hits, recorded, dropped, throttled, missed,
       round(100.0 * (dropped + throttled + missed) / hits, 3) as percent
from probes where dropped + throttled + missed > 0
order by dropped + throttled + missed desc, boot_id, probe_id limit :limit
