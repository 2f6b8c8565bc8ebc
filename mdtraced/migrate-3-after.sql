-- From version 2 of the database to version 3: take over what was in the old
-- tables, and remove them.

INSERT INTO identity SELECT name FROM old_identity;
INSERT INTO kernel SELECT kernel_id, text_hash, version, word_bytes
  FROM old_kernel;
INSERT INTO boot SELECT boot_id, kernel_id, kernel_boot_id, boot_time_ns,
  target FROM old_boot;
INSERT INTO probe SELECT probe_key, boot_id, probe_id, provider, module,
  function, name, kind, label, address, sites, functions, refused, fields,
  args, 0, state, hits, recorded, filtered, dropped, throttled, missed
  FROM old_probe;
INSERT INTO site (probe_key, address, function, name, kind, offset, plan)
  SELECT probe_key, address, function, name, kind, offset, plan FROM old_site;
-- The site of a probe that has but one was not always stored.
INSERT INTO site (probe_key, address, function, name, kind, offset, plan)
  SELECT probe_key, address, function, name, kind, 0, 'none' FROM old_probe
  WHERE sites = 1 AND address != 0
  ON CONFLICT (probe_key, address) DO NOTHING;
INSERT INTO task_name SELECT task_name_id, task_name FROM old_task_name;
INSERT INTO task SELECT boot_id, cpu, task, task_name_id FROM old_task;
INSERT INTO ring SELECT boot_id, cpu, generation, position FROM old_ring;
INSERT INTO thread (boot_id, thread, task, task_name_id)
  SELECT DISTINCT boot_id, thread, task, task_name_id
  FROM old_event JOIN old_probe USING (probe_key)
  WHERE thread IS NOT NULL OR task IS NOT NULL;
-- A program that has stored what there is, which is not known any more.
INSERT INTO run (boot_id, program, process, began_ns, seen_ns, ended, events)
  SELECT boot_id, 'mdtraced', 0, boot_time_ns,
	 coalesce(max(time_ns), boot_time_ns), 'not known', count(time_ns)
  FROM old_boot LEFT JOIN old_probe USING (boot_id)
       LEFT JOIN old_event USING (probe_key) GROUP BY boot_id;
-- Each event's time, or if that is taken the next one that is free.
INSERT INTO event
  SELECT place + max(time_ns - place) OVER (ORDER BY place), probe_key, cpu,
	 thread_key, site_key, NULL, retval, arg0, arg1, arg2, arg3, arg4, arg5
  FROM (SELECT row_number() OVER (ORDER BY old_event.time_ns,
				  old_event.event_id) AS place,
	       old_event.*, thread_key, site_key
	FROM old_event JOIN old_probe USING (probe_key)
	     LEFT JOIN thread ON thread.boot_id = old_probe.boot_id
	       AND thread.thread IS old_event.thread
	       AND thread.task IS old_event.task
	       AND thread.task_name_id IS old_event.task_name_id
	     LEFT JOIN site ON site.probe_key = old_event.probe_key
	       AND site.address = coalesce(old_event.address,
		     CASE old_probe.sites WHEN 1 THEN old_probe.address END));
DROP TABLE old_event;
DROP TABLE old_ring;
DROP TABLE old_task;
DROP TABLE old_task_name;
DROP TABLE old_site;
DROP TABLE old_probe;
DROP TABLE old_boot;
DROP TABLE old_kernel;
DROP TABLE old_identity;
