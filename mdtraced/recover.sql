-- Rows that others refer to and that are lost are made anew as far as is known,
-- or not referred to any more; what belongs to nothing is removed.

INSERT INTO identity SELECT lower(hex(randomblob(8)))
  WHERE NOT EXISTS (SELECT 1 FROM identity);
INSERT INTO kernel (kernel_id, text_hash, version, word_bytes)
  SELECT DISTINCT kernel_id, randomblob(32), '', 8 FROM boot
  WHERE kernel_id NOT IN (SELECT kernel_id FROM kernel);
INSERT INTO kernel (text_hash, version, word_bytes)
  SELECT randomblob(32), '', 8 WHERE NOT EXISTS (SELECT 1 FROM kernel);
INSERT INTO boot (boot_id, kernel_id, kernel_boot_id, boot_time_ns, target)
  SELECT DISTINCT boot_id, (SELECT min(kernel_id) FROM kernel), random(), 0, ''
  FROM probe WHERE boot_id NOT IN (SELECT boot_id FROM boot);
INSERT INTO boot (kernel_id, kernel_boot_id, boot_time_ns, target)
  SELECT (SELECT min(kernel_id) FROM kernel), random(), 0, ''
  WHERE NOT EXISTS (SELECT 1 FROM boot)
    AND (EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM aggregate));
INSERT INTO probe (probe_key, boot_id, probe_id, provider, module, function,
		   name, kind, label, address, sites, functions, refused,
		   fields, args, persist, state, hits, recorded, filtered,
		   dropped, throttled, missed)
  SELECT probe_key, (SELECT max(boot_id) FROM boot),
	 (SELECT coalesce(max(probe_id), 0) FROM probe)
	 + row_number() OVER (ORDER BY probe_key),
	 '', '', '', '', '', '', 0, 0, 0, 0, 0, '', 0, 'destroyed', 0, 0, 0, 0,
	 0, 0
  FROM (SELECT probe_key FROM event UNION SELECT probe_key FROM aggregate)
  WHERE probe_key NOT IN (SELECT probe_key FROM probe);

UPDATE thread SET task_name_id = NULL
  WHERE task_name_id NOT IN (SELECT task_name_id FROM task_name);
DELETE FROM thread WHERE boot_id NOT IN (SELECT boot_id FROM boot);
DELETE FROM site WHERE probe_key NOT IN (SELECT probe_key FROM probe);
DELETE FROM stack WHERE kernel_id NOT IN (SELECT kernel_id FROM kernel);
UPDATE event SET thread_key = NULL
  WHERE thread_key NOT IN (SELECT thread_key FROM thread);
UPDATE event SET site_key = NULL
  WHERE site_key NOT IN (SELECT site_key FROM site);
UPDATE event SET stack_id = NULL
  WHERE stack_id NOT IN (SELECT stack_id FROM stack);
UPDATE aggregate SET task_name_id = NULL
  WHERE task_name_id NOT IN (SELECT task_name_id FROM task_name);
UPDATE aggregate SET stack_id = NULL
  WHERE stack_id NOT IN (SELECT stack_id FROM stack);

-- Numbers that were damaged themselves.
UPDATE event SET site_key = NULL
  WHERE (site_key, probe_key) NOT IN (SELECT site_key, probe_key FROM site);
UPDATE event SET thread_key = NULL
  WHERE thread_key IS NOT NULL
    AND (SELECT boot_id FROM thread t WHERE t.thread_key = event.thread_key)
	<> (SELECT boot_id FROM probe p WHERE p.probe_key = event.probe_key);
DELETE FROM event WHERE time_ns <= 0;
DELETE FROM duration WHERE time_ns NOT IN (SELECT time_ns FROM event);

DELETE FROM symbol WHERE kernel_id NOT IN (SELECT kernel_id FROM kernel);
DELETE FROM run WHERE boot_id NOT IN (SELECT boot_id FROM boot);
DELETE FROM message WHERE run_id NOT IN (SELECT run_id FROM run);
DELETE FROM probe_history WHERE probe_key NOT IN (SELECT probe_key FROM probe);
DELETE FROM loss WHERE probe_key NOT IN (SELECT probe_key FROM probe);
DELETE FROM aggregation WHERE probe_key NOT IN (SELECT probe_key FROM probe);
DELETE FROM aggregation_history
  WHERE probe_key NOT IN (SELECT probe_key FROM probe);
DELETE FROM aggregate WHERE probe_key NOT IN (SELECT probe_key FROM probe);
DELETE FROM aggregate_history
  WHERE aggregate_key NOT IN (SELECT aggregate_key FROM aggregate);
DELETE FROM bucket
  WHERE aggregate_key NOT IN (SELECT aggregate_key FROM aggregate);
DELETE FROM bucket_history
  WHERE aggregate_key NOT IN (SELECT aggregate_key FROM aggregate);
DELETE FROM task WHERE boot_id NOT IN (SELECT boot_id FROM boot)
  OR task_name_id NOT IN (SELECT task_name_id FROM task_name);
DELETE FROM ring WHERE boot_id NOT IN (SELECT boot_id FROM boot);
DELETE FROM clock WHERE boot_id NOT IN (SELECT boot_id FROM boot);
DELETE FROM health WHERE boot_id NOT IN (SELECT boot_id FROM boot);
DELETE FROM health_factor
  WHERE (boot_id, time_ns) NOT IN (SELECT boot_id, time_ns FROM health);
DELETE FROM hit_count WHERE boot_id NOT IN (SELECT boot_id FROM boot);
DELETE FROM snapshot WHERE boot_id NOT IN (SELECT boot_id FROM boot);
DELETE FROM counter WHERE boot_id NOT IN (SELECT boot_id FROM boot);
DELETE FROM counter_value
  WHERE counter_id NOT IN (SELECT counter_id FROM counter)
     OR (boot_id, sequence) NOT IN (SELECT boot_id, sequence FROM snapshot);
DELETE FROM counter_part
  WHERE counter_id NOT IN (SELECT counter_id FROM counter);
DELETE FROM counter_reading
  WHERE (counter_id, part) NOT IN (SELECT counter_id, part FROM counter_part);
UPDATE counter_reading SET buckets = NULL WHERE NOT json_valid(buckets);

-- Whoever has stored those events that no run is left of.
INSERT INTO run (boot_id, program, process, began_ns, seen_ns, ended, events)
  SELECT boot_id, 'mdtraced', 0, boot_time_ns, boot_time_ns, 'not known',
	 stored - counted
  FROM (SELECT boot_id, count(*) AS stored,
	       (SELECT coalesce(sum(events), 0) FROM run r
		WHERE r.boot_id = probe.boot_id) AS counted
	FROM event JOIN probe USING (probe_key) GROUP BY boot_id)
       JOIN boot USING (boot_id)
  WHERE stored > counted;
