-- What of the database SRC is not in this one yet, but for the events, which
-- merge.c brings over by the map_ tables that this makes: what is SOURCE there
-- is TARGET here.  PART says which boot and which span of time is wanted.

INSERT OR IGNORE INTO kernel (text_hash, version, word_bytes)
  SELECT text_hash, version, word_bytes FROM src.kernel
  WHERE kernel_id IN (SELECT b.kernel_id FROM src.boot b JOIN part
		      ON part.boot_id IN (0, b.boot_id))
  ORDER BY kernel_id;
CREATE TEMP TABLE map_kernel (source INTEGER PRIMARY KEY, target INTEGER);
INSERT INTO map_kernel SELECT s.kernel_id, m.kernel_id
  FROM src.kernel s JOIN main.kernel m USING (text_hash);
INSERT OR IGNORE INTO symbol SELECT k.target, address, name, bytes
  FROM src.symbol s JOIN map_kernel k ON k.source = s.kernel_id;

-- KNOWN: it is here already.  LATER: it was seen for longer there.
CREATE TEMP TABLE map_boot (source INTEGER PRIMARY KEY, target INTEGER,
			    known INTEGER, later INTEGER);
INSERT INTO map_boot
  SELECT s.boot_id, m.boot_id, m.boot_id IS NOT NULL,
	 (SELECT coalesce(max(seen_ns), 0) FROM src.run r
	  WHERE r.boot_id = s.boot_id)
	 > (SELECT coalesce(max(seen_ns), 0) FROM main.run r
	    WHERE r.boot_id = m.boot_id)
  FROM src.boot s JOIN part ON part.boot_id IN (0, s.boot_id)
       JOIN map_kernel k ON k.source = s.kernel_id
       LEFT JOIN main.boot m ON m.kernel_id = k.target
	 AND m.kernel_boot_id = s.kernel_boot_id;
INSERT INTO boot (kernel_id, kernel_boot_id, boot_time_ns, target)
  SELECT k.target, s.kernel_boot_id, s.boot_time_ns, s.target
  FROM src.boot s JOIN map_boot b ON b.source = s.boot_id AND NOT b.known
       JOIN map_kernel k ON k.source = s.kernel_id
  ORDER BY s.boot_id;
UPDATE map_boot SET target =
  (SELECT m.boot_id FROM src.boot s
   JOIN map_kernel k ON k.source = s.kernel_id
   JOIN main.boot m ON m.kernel_id = k.target
     AND m.kernel_boot_id = s.kernel_boot_id
   WHERE s.boot_id = map_boot.source)
  WHERE NOT known;

-- A run is known by its process and when it began; of one whose process is not
-- known, only a copy.
UPDATE run SET seen_ns = s.seen_ns, ended = s.ended, events = s.events
  FROM src.run s JOIN map_boot b ON b.source = s.boot_id
  WHERE run.boot_id = b.target AND run.program = s.program
    AND run.process = s.process AND run.began_ns = s.began_ns
    AND s.process <> 0
    AND (s.seen_ns > run.seen_ns
	 OR (s.seen_ns = run.seen_ns AND run.ended IS NULL
	     AND s.ended IS NOT NULL));
INSERT INTO run (boot_id, program, process, began_ns, seen_ns, ended, events)
  SELECT b.target, s.program, s.process, s.began_ns, s.seen_ns, s.ended,
	 s.events
  FROM src.run s JOIN map_boot b ON b.source = s.boot_id
  WHERE NOT EXISTS (SELECT 1 FROM main.run m WHERE m.boot_id = b.target
		    AND m.program = s.program AND m.process = s.process
		    AND m.began_ns = s.began_ns
		    AND (s.process <> 0 OR (m.seen_ns = s.seen_ns
					    AND m.events = s.events)))
  ORDER BY s.run_id;
CREATE TEMP TABLE map_run (source INTEGER PRIMARY KEY, target INTEGER);
INSERT INTO map_run SELECT s.run_id, min(m.run_id)
  FROM src.run s JOIN map_boot b ON b.source = s.boot_id
       JOIN main.run m ON m.boot_id = b.target AND m.program = s.program
	 AND m.process = s.process AND m.began_ns = s.began_ns
  GROUP BY s.run_id;
INSERT INTO message (run_id, time_ns, severity, message)
  SELECT r.target, s.time_ns, s.severity, s.message
  FROM src.message s JOIN map_run r ON r.source = s.run_id
  WHERE NOT EXISTS (SELECT 1 FROM main.message m WHERE m.run_id = r.target
		    AND m.time_ns = s.time_ns AND m.severity = s.severity
		    AND m.message = s.message)
  ORDER BY s.message_id;

-- What each side had lost by when, counted back from what it knew last; OWN_
-- is what its row has.
CREATE TEMP TABLE lost (boot_id INTEGER, probe_id INTEGER, time_ns INTEGER,
			side INTEGER, dropped INTEGER, throttled INTEGER,
			missed INTEGER, own_dropped INTEGER,
			own_throttled INTEGER, own_missed INTEGER);
INSERT INTO lost
  SELECT p.boot_id, p.probe_id, l.time_ns, 0,
	 p.dropped - coalesce(sum(l.dropped) OVER after, 0),
	 p.throttled - coalesce(sum(l.throttled) OVER after, 0),
	 p.missed - coalesce(sum(l.missed) OVER after, 0),
	 l.dropped, l.throttled, l.missed
  FROM main.loss l JOIN main.probe p USING (probe_key)
  WHERE p.boot_id IN (SELECT target FROM map_boot)
  WINDOW after AS (PARTITION BY l.probe_key ORDER BY l.time_ns DESC
		   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
INSERT INTO lost
  SELECT b.target, p.probe_id, l.time_ns, 1,
	 p.dropped - coalesce(sum(l.dropped) OVER after, 0),
	 p.throttled - coalesce(sum(l.throttled) OVER after, 0),
	 p.missed - coalesce(sum(l.missed) OVER after, 0),
	 l.dropped, l.throttled, l.missed
  FROM src.loss l JOIN src.probe p USING (probe_key)
       JOIN map_boot b ON b.source = p.boot_id
  WINDOW after AS (PARTITION BY l.probe_key ORDER BY l.time_ns DESC
		   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);

-- Of a probe that both have the later counts are kept, and what it was rather
-- than that it is not known.
INSERT INTO probe (boot_id, probe_id, provider, module, function, name, kind,
		   label, address, sites, functions, refused, fields, args,
		   persist, state, hits, recorded, filtered, dropped,
		   throttled, missed, filter, latency, stack_depth,
		   event_limit, budget, aggregation, keys, value, faults,
		   unpaired, abandoned, overflows, spent_ns, stopped_share,
		   stopped_cpu)
  SELECT b.target, probe_id, provider, module, function, name, kind, label,
	 address, sites, functions, refused, fields, args, persist, state,
	 hits, recorded, filtered, dropped, throttled, missed, filter,
	 latency, stack_depth, event_limit, budget, aggregation, keys, value,
	 faults, unpaired, abandoned, overflows, spent_ns, stopped_share,
	 stopped_cpu
  FROM src.probe p JOIN map_boot b ON b.source = p.boot_id
  WHERE true ORDER BY p.probe_key
  ON CONFLICT (boot_id, probe_id) DO UPDATE SET
    provider = excluded.provider, module = excluded.module,
    function = excluded.function, name = excluded.name, kind = excluded.kind,
    label = excluded.label, address = excluded.address,
    sites = excluded.sites, functions = excluded.functions,
    refused = excluded.refused, fields = excluded.fields,
    args = excluded.args, persist = excluded.persist, state = excluded.state,
    hits = excluded.hits, recorded = excluded.recorded,
    filtered = excluded.filtered, dropped = excluded.dropped,
    throttled = excluded.throttled, missed = excluded.missed,
    filter = excluded.filter, latency = excluded.latency,
    stack_depth = excluded.stack_depth, event_limit = excluded.event_limit,
    budget = excluded.budget, aggregation = excluded.aggregation,
    keys = excluded.keys, value = excluded.value, faults = excluded.faults,
    unpaired = excluded.unpaired, abandoned = excluded.abandoned,
    overflows = excluded.overflows, spent_ns = excluded.spent_ns,
    stopped_share = excluded.stopped_share, stopped_cpu = excluded.stopped_cpu
  WHERE excluded.provider <> ''
    AND (probe.provider = ''
	 OR (SELECT later FROM map_boot WHERE target = excluded.boot_id));
CREATE TEMP TABLE map_probe (source INTEGER PRIMARY KEY, target INTEGER);
INSERT INTO map_probe SELECT s.probe_key, m.probe_key
  FROM src.probe s JOIN map_boot b ON b.source = s.boot_id
       JOIN main.probe m ON m.boot_id = b.target AND m.probe_id = s.probe_id;
INSERT OR IGNORE INTO probe_history
  SELECT p.target, time_ns, state, hits, recorded, filtered, dropped,
	 throttled, missed, stopped_share, stopped_cpu
  FROM src.probe_history h JOIN map_probe p ON p.source = h.probe_key
       JOIN part ON h.time_ns BETWEEN part.from_ns AND part.to_ns;

-- The losses of both in one row of times.
DELETE FROM loss WHERE probe_key IN (SELECT target FROM map_probe);
INSERT INTO loss
  SELECT m.probe_key, d.time_ns, d.dropped, d.throttled, d.missed
  FROM (SELECT boot_id, probe_id, time_ns,
	       dropped - coalesce(lag(dropped) OVER before,
				  dropped - own_dropped) AS dropped,
	       throttled - coalesce(lag(throttled) OVER before,
				    throttled - own_throttled) AS throttled,
	       missed - coalesce(lag(missed) OVER before,
				 missed - own_missed) AS missed
	FROM (SELECT *, row_number() OVER (PARTITION BY boot_id, probe_id,
					   time_ns ORDER BY side) AS place
	      FROM lost)
	WHERE place = 1
	WINDOW before AS (PARTITION BY boot_id, probe_id
			  ORDER BY time_ns)) d
       JOIN main.probe m USING (boot_id, probe_id)
       JOIN part ON d.time_ns BETWEEN part.from_ns AND part.to_ns
  WHERE m.probe_key IN (SELECT target FROM map_probe)
    AND (d.dropped <> 0 OR d.throttled <> 0 OR d.missed <> 0);

INSERT INTO site (probe_key, address, function, name, kind, offset, plan)
  SELECT p.target, address, function, name, kind, offset, plan
  FROM src.site s JOIN map_probe p ON p.source = s.probe_key
  WHERE true ORDER BY s.site_key
  ON CONFLICT (probe_key, address) DO UPDATE SET plan = excluded.plan
  WHERE site.plan = 'none';
CREATE TEMP TABLE map_site (source INTEGER PRIMARY KEY, target INTEGER);
INSERT INTO map_site SELECT s.site_key, m.site_key
  FROM src.site s JOIN map_probe p ON p.source = s.probe_key
       JOIN main.site m ON m.probe_key = p.target AND m.address = s.address;

INSERT OR IGNORE INTO task_name (task_name)
  SELECT task_name FROM src.task_name
  WHERE task_name_id IN
	(SELECT task_name_id FROM src.thread t
	 JOIN map_boot b ON b.source = t.boot_id
	 UNION SELECT task_name_id FROM src.task t
	 JOIN map_boot b ON b.source = t.boot_id
	 UNION SELECT task_name_id FROM src.aggregate a
	 JOIN map_probe p ON p.source = a.probe_key)
  ORDER BY task_name_id;
CREATE TEMP TABLE map_name (source INTEGER PRIMARY KEY, target INTEGER);
INSERT INTO map_name SELECT s.task_name_id, m.task_name_id
  FROM src.task_name s JOIN main.task_name m USING (task_name);
INSERT INTO thread (boot_id, thread, task, task_name_id)
  SELECT b.target, s.thread, s.task, n.target
  FROM src.thread s JOIN map_boot b ON b.source = s.boot_id
       LEFT JOIN map_name n ON n.source = s.task_name_id
  WHERE NOT EXISTS (SELECT 1 FROM main.thread m WHERE m.boot_id = b.target
		    AND m.thread IS s.thread AND m.task IS s.task
		    AND m.task_name_id IS n.target)
  ORDER BY s.thread_key;
CREATE TEMP TABLE map_thread (source INTEGER PRIMARY KEY, target INTEGER);
INSERT INTO map_thread SELECT s.thread_key, min(m.thread_key)
  FROM src.thread s JOIN map_boot b ON b.source = s.boot_id
       LEFT JOIN map_name n ON n.source = s.task_name_id
       JOIN main.thread m ON m.boot_id = b.target AND m.thread IS s.thread
	 AND m.task IS s.task AND m.task_name_id IS n.target
  GROUP BY s.thread_key;
INSERT OR IGNORE INTO stack (kernel_id, frames)
  SELECT k.target, frames FROM src.stack s
  JOIN map_kernel k ON k.source = s.kernel_id ORDER BY s.stack_id;
CREATE TEMP TABLE map_stack (source INTEGER PRIMARY KEY, target INTEGER);
INSERT INTO map_stack SELECT s.stack_id, m.stack_id
  FROM src.stack s JOIN map_kernel k ON k.source = s.kernel_id
       JOIN main.stack m ON m.kernel_id = k.target AND m.frames = s.frames;

-- Of an aggregation that both have, what was read later.  What is not there is
-- of no generation.
CREATE TEMP TABLE map_aggregation (source INTEGER PRIMARY KEY, target INTEGER,
				   later INTEGER);
INSERT INTO map_aggregation
  SELECT s.probe_key, p.target,
	 coalesce(s.read_ns > (SELECT m.read_ns FROM main.aggregation m
			       WHERE m.probe_key = p.target), true)
  FROM src.aggregation s JOIN map_probe p ON p.source = s.probe_key;
UPDATE main.bucket SET count = 0
  WHERE aggregate_key IN
	(SELECT aggregate_key FROM main.aggregate a
	 JOIN map_aggregation g ON g.target = a.probe_key WHERE g.later);
UPDATE main.aggregate SET generation = -1
  WHERE probe_key IN (SELECT target FROM map_aggregation WHERE later);
INSERT INTO main.aggregate (probe_key, words, task, task_name_id, thread, cpu,
			    function, address, retval, arg0, arg1, arg2, arg3,
			    arg4, arg5, stack_id, generation, changed_ns,
			    count, value)
  SELECT g.target, s.words, s.task, n.target, s.thread, s.cpu, s.function,
	 s.address, s.retval, s.arg0, s.arg1, s.arg2, s.arg3, s.arg4, s.arg5,
	 k.target, iif(g.later, s.generation, -1), s.changed_ns, s.count,
	 s.value
  FROM src.aggregate s JOIN map_aggregation g ON g.source = s.probe_key
       LEFT JOIN map_name n ON n.source = s.task_name_id
       LEFT JOIN map_stack k ON k.source = s.stack_id
  WHERE true ORDER BY s.aggregate_key
  ON CONFLICT (probe_key, words) DO UPDATE SET
    generation = excluded.generation, changed_ns = excluded.changed_ns,
    count = excluded.count, value = excluded.value
  WHERE (SELECT later FROM map_aggregation WHERE target = excluded.probe_key);
CREATE TEMP TABLE map_aggregate (source INTEGER PRIMARY KEY, target INTEGER,
				 later INTEGER);
INSERT INTO map_aggregate SELECT s.aggregate_key, m.aggregate_key, g.later
  FROM src.aggregate s JOIN map_aggregation g ON g.source = s.probe_key
       JOIN main.aggregate m ON m.probe_key = g.target AND m.words = s.words;
INSERT INTO main.bucket (aggregate_key, bucket, low, count)
  SELECT a.target, s.bucket, s.low, iif(a.later, s.count, 0)
  FROM src.bucket s JOIN map_aggregate a ON a.source = s.aggregate_key
  WHERE true
  ON CONFLICT (aggregate_key, bucket) DO UPDATE SET count = excluded.count
  WHERE (SELECT later FROM map_aggregate
	 WHERE target = excluded.aggregate_key);
INSERT INTO main.aggregation (probe_key, read_ns, generation, cleared, entries)
  SELECT g.target, s.read_ns, s.generation, s.cleared, s.entries
  FROM src.aggregation s JOIN map_aggregation g ON g.source = s.probe_key
  WHERE g.later
  ON CONFLICT (probe_key) DO UPDATE SET
    read_ns = excluded.read_ns, generation = excluded.generation,
    cleared = excluded.cleared, entries = excluded.entries;

-- What was read by when is counted from what the other has read before it.
-- WHAT: 0 a reading, 1 an entry, 2 and more a bucket.
CREATE TEMP TABLE brought (what INTEGER, key INTEGER, time_ns INTEGER,
			   PRIMARY KEY (what, key, time_ns)) WITHOUT ROWID;
INSERT INTO brought SELECT 0, g.target, s.time_ns
  FROM src.aggregation_history s
       JOIN map_aggregation g ON g.source = s.probe_key
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns
  WHERE NOT EXISTS (SELECT 1 FROM main.aggregation_history m
		    WHERE m.time_ns = s.time_ns AND m.probe_key = g.target);
INSERT INTO brought SELECT 1, a.target, s.time_ns
  FROM src.aggregate_history s
       JOIN map_aggregate a ON a.source = s.aggregate_key
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns
  WHERE NOT EXISTS (SELECT 1 FROM main.aggregate_history m
		    WHERE m.time_ns = s.time_ns AND m.aggregate_key = a.target);
INSERT INTO brought SELECT 2 + s.bucket, a.target, s.time_ns
  FROM src.bucket_history s
       JOIN map_aggregate a ON a.source = s.aggregate_key
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns
  WHERE NOT EXISTS (SELECT 1 FROM main.bucket_history m
		    WHERE m.time_ns = s.time_ns AND m.aggregate_key = a.target
		      AND m.bucket = s.bucket);
INSERT OR IGNORE INTO main.aggregation_history
    (time_ns, probe_key, since_ns, generation, entries)
  SELECT s.time_ns, g.target, s.since_ns, s.generation, s.entries
  FROM src.aggregation_history s
       JOIN map_aggregation g ON g.source = s.probe_key
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;
INSERT OR IGNORE INTO main.aggregate_history
    (time_ns, aggregate_key, count, value, added)
  SELECT s.time_ns, a.target, s.count, s.value, s.added
  FROM src.aggregate_history s
       JOIN map_aggregate a ON a.source = s.aggregate_key
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;
INSERT OR IGNORE INTO main.bucket_history
    (time_ns, aggregate_key, bucket, count, added)
  SELECT s.time_ns, a.target, s.bucket, s.count, s.added
  FROM src.bucket_history s
       JOIN map_aggregate a ON a.source = s.aggregate_key
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;
UPDATE main.aggregation_history SET since_ns = h.before
  FROM (SELECT time_ns, probe_key,
	       (0, probe_key, time_ns) IN brought AS is_new,
	       lag((0, probe_key, time_ns) IN brought) OVER w AS was_new,
	       lag(time_ns) OVER w AS before
	FROM main.aggregation_history
	WHERE probe_key IN (SELECT target FROM map_aggregation)
	WINDOW w AS (PARTITION BY probe_key ORDER BY time_ns)) h
  WHERE h.is_new <> h.was_new AND h.time_ns = aggregation_history.time_ns
    AND h.probe_key = aggregation_history.probe_key
    AND (since_ns IS NULL OR since_ns < h.before);
UPDATE main.aggregate_history
  SET added = iif(aggregate_history.count >= h.before,
		  aggregate_history.count - h.before, aggregate_history.count)
  FROM (SELECT time_ns, aggregate_key,
	       (1, aggregate_key, time_ns) IN brought AS is_new,
	       lag((1, aggregate_key, time_ns) IN brought) OVER w AS was_new,
	       lag(count) OVER w AS before
	FROM main.aggregate_history
	WHERE aggregate_key IN (SELECT target FROM map_aggregate)
	WINDOW w AS (PARTITION BY aggregate_key ORDER BY time_ns)) h
  WHERE h.is_new <> h.was_new AND h.time_ns = aggregate_history.time_ns
    AND h.aggregate_key = aggregate_history.aggregate_key;
UPDATE main.bucket_history
  SET added = iif(bucket_history.count >= h.before,
		  bucket_history.count - h.before, bucket_history.count)
  FROM (SELECT time_ns, aggregate_key, bucket,
	       (2 + bucket, aggregate_key, time_ns) IN brought AS is_new,
	       lag((2 + bucket, aggregate_key, time_ns) IN brought) OVER w
		 AS was_new,
	       lag(count) OVER w AS before
	FROM main.bucket_history
	WHERE aggregate_key IN (SELECT target FROM map_aggregate)
	WINDOW w AS (PARTITION BY aggregate_key, bucket ORDER BY time_ns)) h
  WHERE h.is_new <> h.was_new AND h.time_ns = bucket_history.time_ns
    AND h.aggregate_key = bucket_history.aggregate_key
    AND h.bucket = bucket_history.bucket;

-- Of a ring, what is known from further on.
INSERT INTO task
  SELECT b.target, s.cpu, s.task, n.target
  FROM src.task s JOIN map_boot b ON b.source = s.boot_id
       JOIN map_name n ON n.source = s.task_name_id
  WHERE true
  ON CONFLICT (boot_id, cpu, task) DO UPDATE
  SET task_name_id = excluded.task_name_id
  WHERE EXISTS (SELECT 1 FROM map_boot b
		JOIN src.ring s ON s.boot_id = b.source
		JOIN main.ring m ON m.boot_id = b.target AND m.cpu = s.cpu
		WHERE b.target = excluded.boot_id AND s.cpu = excluded.cpu
		  AND (s.generation, s.position)
		      > (m.generation, m.position));
INSERT INTO ring
  SELECT b.target, s.cpu, s.generation, s.position
  FROM src.ring s JOIN map_boot b ON b.source = s.boot_id WHERE true
  ON CONFLICT (boot_id, cpu) DO UPDATE
  SET generation = excluded.generation, position = excluded.position
  WHERE (excluded.generation, excluded.position)
	> (ring.generation, ring.position);

INSERT OR IGNORE INTO clock
  SELECT b.target, tsc, time_ns, uptime_ns, ns_per_count, error_ns
  FROM src.clock s JOIN map_boot b ON b.source = s.boot_id
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;
INSERT OR IGNORE INTO hit_count
  SELECT b.target, time_ns, hits, recorded, filtered, dropped, throttled,
	 missed
  FROM src.hit_count s JOIN map_boot b ON b.source = s.boot_id
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;

-- A counter is what it was seen to be later.
INSERT INTO counter (boot_id, number, name, unit, kind, source, state, detail,
		     sample, sites, refused, lost)
  SELECT b.target, s.number, s.name, s.unit, s.kind, s.source, s.state,
	 s.detail, s.sample, s.sites, s.refused, s.lost
  FROM src.counter s JOIN map_boot b ON b.source = s.boot_id
  WHERE true ORDER BY s.counter_id
  ON CONFLICT (boot_id, number, name, unit, kind) DO UPDATE SET
    source = excluded.source, state = excluded.state,
    detail = excluded.detail, sample = excluded.sample,
    sites = excluded.sites, refused = excluded.refused, lost = excluded.lost
  WHERE (SELECT later FROM map_boot WHERE target = excluded.boot_id);
CREATE TEMP TABLE map_counter (source INTEGER PRIMARY KEY, target INTEGER);
INSERT INTO map_counter SELECT s.counter_id, m.counter_id
  FROM src.counter s JOIN map_boot b ON b.source = s.boot_id
       JOIN main.counter m ON m.boot_id = b.target AND m.number = s.number
	 AND m.name = s.name AND m.unit = s.unit AND m.kind = s.kind;
INSERT OR IGNORE INTO snapshot
  SELECT b.target, sequence, time_ns, uptime_ns, tasks, threads, cpus,
	 utilisation, memory_bytes, free_bytes, low_bytes, min_bytes, user_ns,
	 system_ns, idle_ns, interrupt_ns, faults, pageins, pageouts, hits,
	 lost, ipc_ns
  FROM src.snapshot s JOIN map_boot b ON b.source = s.boot_id
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;
INSERT OR IGNORE INTO counter_value
  SELECT b.target, v.sequence, c.target, v.count, v.sum
  FROM src.counter_value v JOIN map_boot b ON b.source = v.boot_id
       JOIN map_counter c ON c.source = v.counter_id
       JOIN src.snapshot s ON s.boot_id = v.boot_id AND s.sequence = v.sequence
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;
INSERT OR IGNORE INTO counter_part
  SELECT c.target, part, name, kind, unit
  FROM src.counter_part s JOIN map_counter c ON c.source = s.counter_id;
INSERT OR IGNORE INTO counter_reading
  SELECT time_ns, c.target, s.part, sample, count, sum, minimum, maximum,
	 buckets
  FROM src.counter_reading s JOIN map_counter c ON c.source = s.counter_id
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;

INSERT OR IGNORE INTO health
  SELECT b.target, time_ns, score, sequence, since_sequence
  FROM src.health s JOIN map_boot b ON b.source = s.boot_id
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;
INSERT OR IGNORE INTO health_factor
  SELECT b.target, time_ns, factor, s.known, points, measured, reference,
	 worst, weight
  FROM src.health_factor s JOIN map_boot b ON b.source = s.boot_id
       JOIN part ON s.time_ns BETWEEN part.from_ns AND part.to_ns;
INSERT OR IGNORE INTO factor SELECT * FROM src.factor;
