-- What took time in a report of mdtrace analyze, once more by SQL alone: goes on
-- behind report.sql.
-- Copyright (C) 2026 the mdtrace authors.
-- SPDX-License-Identifier: GPL-2.0-or-later

-- What took time: KIND and NAME, when it began and ended, and what of it was
-- its own.  Calls first: by a stack for each thread, of [function, when it
-- began, what calls within it took].
CREATE TEMP TABLE took (kind, name, boot_id, message_id, began_ns, ended_ns,
			self_ns);
CREATE TEMP TABLE paired AS
SELECT boot_id, s.function FROM site s JOIN probe p USING (probe_key)
WHERE p.provider = 'fbt' AND s.kind IN ('function entry', 'function return')
GROUP BY boot_id, s.function HAVING count(DISTINCT s.kind) = 2;
CREATE TEMP TABLE step AS
SELECT row_number() OVER (ORDER BY boot_id, thread, task, task_name, time_ns)
	 AS number, *
FROM (SELECT boot_id, thread, task, task_name, function, kind, time_ns,
	     duration_ns
      FROM e WHERE provider = 'fbt' AND thread IS NOT NULL
	AND (duration_ns IS NOT NULL
	     OR latency = 0 AND kind IN ('function entry', 'function return')
		AND (boot_id, function) IN (SELECT * FROM paired))
      UNION ALL
      SELECT DISTINCT boot_id, thread, task, task_name, '', 'begin', NULL, NULL
      FROM e);
CREATE UNIQUE INDEX temp.step_by_number ON step (number);
CREATE TEMP TABLE walk AS
WITH RECURSIVE walk (number, stack, place, began_ns, inner_ns, lost) AS (
  VALUES (0, '[]', NULL, NULL, NULL, 0)
  UNION ALL
  SELECT s.number,
	 CASE
	   WHEN s.kind = 'begin' THEN '[]'
	   WHEN s.duration_ns IS NOT NULL THEN
	     iif(w.stack = '[]', w.stack,
		 json_replace(w.stack, '$[#-1][2]',
			      (w.stack ->> '$[#-1][2]')
			      + max(s.duration_ns, 0)))
	   WHEN s.kind = 'function entry' THEN
	     json_insert(iif(json_array_length(w.stack) = 64,
			     json_remove(w.stack, '$[0]'), w.stack),
			 '$[#]', json_array(s.function, s.time_ns, 0))
	   ELSE coalesce((SELECT iif(at = 0, '[]',
	     (SELECT json_replace(json_group_array(json(value)), '$[#-1][2]',
		       (w.stack ->> ('$[' || (at - 1) || '][2]'))
		       + s.time_ns - (w.stack ->> ('$[' || at || '][1]')))
	      FROM json_each(w.stack) WHERE key < at))
	    FROM (SELECT max(key) AS at FROM json_each(w.stack)
		  WHERE value ->> 0 = s.function) WHERE at IS NOT NULL),
	    w.stack)
	 END,
	 iif(s.kind = 'function return' AND s.duration_ns IS NULL,
	     (SELECT max(key) FROM json_each(w.stack)
	      WHERE value ->> 0 = s.function), NULL),
	 iif(s.duration_ns IS NOT NULL,
	     s.time_ns - max(s.duration_ns, 0),
	     iif(s.kind = 'function return',
		 (SELECT value ->> 1 FROM json_each(w.stack)
		  WHERE value ->> 0 = s.function ORDER BY key DESC LIMIT 1),
		 NULL)),
	 iif(s.duration_ns IS NOT NULL, 0,
	     iif(s.kind = 'function return',
		 (SELECT value ->> 2 FROM json_each(w.stack)
		  WHERE value ->> 0 = s.function ORDER BY key DESC LIMIT 1),
		 NULL)),
	 CASE WHEN s.kind = 'begin' THEN json_array_length(w.stack)
	   WHEN s.kind = 'function entry' AND s.duration_ns IS NULL
	   THEN json_array_length(w.stack) = 64
	   WHEN s.kind = 'function return' AND s.duration_ns IS NULL
	   THEN coalesce((SELECT json_array_length(w.stack) - max(key) - 1
			  FROM json_each(w.stack)
			  WHERE value ->> 0 = s.function), 0)
	   ELSE 0 END
  FROM walk w JOIN step s ON s.number = w.number + 1
)
SELECT walk.*, s.boot_id, s.thread, s.task, s.task_name, s.function, s.kind,
       s.time_ns, s.duration_ns,
       json_array_length(stack) AS depth
FROM walk LEFT JOIN step s USING (number);
-- When threads did not run: from a switch by each to the last one on the CPU of
-- its next event before that.
CREATE TEMP TABLE switch AS
SELECT cpu, time_ns FROM e WHERE provider = 'sched' AND name = 'switch';
CREATE INDEX temp.switch_by_cpu ON switch (cpu, time_ns);
CREATE TEMP TABLE off AS
SELECT boot_id, thread, task, task_name, time_ns,
       max((SELECT max(s.time_ns) FROM switch s WHERE s.cpu = next_cpu
	      AND s.time_ns < next_ns) - time_ns, 0) AS length_ns
FROM (SELECT *, lead(time_ns) OVER w AS next_ns, lead(cpu) OVER w AS next_cpu
      FROM e WHERE thread IS NOT NULL
      WINDOW w AS (PARTITION BY boot_id, thread, task, task_name
		   ORDER BY time_ns))
WHERE provider = 'sched' AND name = 'switch' AND next_ns IS NOT NULL;
CREATE INDEX temp.off_by_thread ON off (boot_id, thread, time_ns);
CREATE TEMP TABLE waited AS
SELECT function AS name, boot_id,
       iif((SELECT count(*) FROM switch) = 0 OR count(duration_ns) > 0, NULL,
	   sum(coalesce((SELECT sum(length_ns) FROM off
			 WHERE off.boot_id = walk.boot_id
			   AND off.thread = walk.thread
			   AND off.task IS walk.task
			   AND off.task_name IS walk.task_name
			   AND off.time_ns > walk.began_ns
			   AND off.time_ns < walk.time_ns), 0))) AS waited_ns
FROM walk WHERE began_ns IS NOT NULL GROUP BY function, boot_id;
UPDATE waited SET name = name || ' (boot ' || boot_id || ')'
WHERE (SELECT count(DISTINCT boot_id) > 1 FROM e);
INSERT INTO took
SELECT iif(function IN ('lock_read', 'lock_write', 'lock_read_to_write',
	     'kmutex_lock', 'simple_lock', '_simple_lock', 'simple_lock_irq',
	     '_simple_lock_irq', 'simple_lock_solid'), 'lock', 'function'),
       function, boot_id, NULL, began_ns, time_ns,
       max(time_ns - began_ns - inner_ns, 0)
FROM walk WHERE began_ns IS NOT NULL;
INSERT INTO pair
SELECT 'calls', 'unpaired', document ->> '$.calls.unpaired',
       (SELECT count(*) FROM walk WHERE kind = 'function return'
	  AND duration_ns IS NULL AND place IS NULL) FROM report
UNION ALL SELECT 'calls', 'abandoned', document ->> '$.calls.abandoned',
       (SELECT coalesce(sum(lost), 0) FROM walk WHERE kind <> 'begin')
FROM report
UNION ALL SELECT 'calls', 'open', document ->> '$.calls.open',
       (SELECT coalesce(sum(lost), 0) FROM walk WHERE kind = 'begin')
       + (SELECT depth FROM walk ORDER BY number DESC LIMIT 1) FROM report;

-- When what waits is forgotten.
CREATE TEMP TABLE doubt AS
SELECT loss.time_ns FROM loss JOIN probe USING (probe_key)
WHERE provider IN ('ipc', 'sched')
  AND loss.dropped + loss.throttled + loss.missed > 0
UNION SELECT time_ns FROM probe_history JOIN probe USING (probe_key)
WHERE provider IN ('ipc', 'sched');
CREATE INDEX temp.doubt_by_time ON doubt (time_ns);

-- The run queue: since a thread ran, or since what was known of it came into
-- doubt, the first time that it was woken.
CREATE TEMP TABLE woken AS
SELECT time_ns, boot_id, name, iif(name = 'wakeup', arg0, arg1) AS woken,
       coalesce(sum(name = 'switch') OVER
	 (PARTITION BY boot_id, iif(name = 'wakeup', arg0, arg1)
	  ORDER BY time_ns ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
	 0) AS run
FROM e WHERE provider = 'sched' AND name IN ('wakeup', 'switch');
CREATE INDEX temp.woken_by_run ON woken (boot_id, woken, run);
CREATE TEMP TABLE first_switch AS
SELECT boot_id, min(time_ns) AS time_ns FROM e
WHERE provider = 'sched' AND name = 'switch' GROUP BY boot_id;
INSERT INTO took
SELECT 'run-queue', coalesce((SELECT task_name FROM thread t
	 JOIN task_name USING (task_name_id) WHERE t.boot_id = s.boot_id
	   AND t.thread = s.woken ORDER BY thread_key DESC LIMIT 1)
	 || ', ', '') || 'thread 0x' || printf('%x', s.woken),
       s.boot_id, NULL, min(w.time_ns), s.time_ns, NULL
FROM woken s JOIN woken w ON w.boot_id = s.boot_id AND w.woken = s.woken
       AND w.run = s.run AND w.name = 'wakeup'
WHERE s.name = 'switch'
  AND w.time_ns > (SELECT f.time_ns FROM first_switch f
		   WHERE f.boot_id = s.boot_id)
  AND w.time_ns >= coalesce((SELECT max(time_ns) FROM doubt
			     WHERE doubt.time_ns <= s.time_ns), w.time_ns)
GROUP BY s.time_ns;

-- Messages: of each port what is sent, in a list of [id, when], what is
-- received, and requests that name it for the reply.
CREATE TEMP TABLE mail AS
SELECT row_number() OVER (ORDER BY boot_id, port, time_ns, what) AS number, *
FROM (SELECT boot_id, time_ns, arg2 AS port, arg0 AS id, name AS what,
	     task_name, task FROM e WHERE provider = 'ipc'
	AND name IN ('send', 'receive')
      UNION ALL
      SELECT boot_id, time_ns, arg3, NULL, 'asked', NULL, NULL FROM e
      WHERE provider = 'ipc' AND name = 'send' AND arg3 <> 0
      UNION ALL
      SELECT DISTINCT boot_id, NULL, arg2, NULL, 'begin', NULL, NULL FROM e
      WHERE provider = 'ipc' AND name IN ('send', 'receive'));
CREATE UNIQUE INDEX temp.mail_by_number ON mail (number);
CREATE TEMP TABLE first_receive AS
SELECT boot_id, min(time_ns) AS time_ns FROM e
WHERE provider = 'ipc' AND name = 'receive' GROUP BY boot_id;
CREATE TEMP TABLE under_way AS
WITH RECURSIVE q (number, list, began_ns) AS (
  VALUES (0, '[]', NULL)
  UNION ALL
  SELECT m.number,
	 CASE m.what
	   WHEN 'send' THEN json_insert(q.list, '$[#]',
					json_array(m.id, m.time_ns))
	   WHEN 'receive' THEN
	     (SELECT coalesce(json_group_array(json(value)), '[]')
	      FROM json_each(q.list) WHERE key > coalesce(
		(SELECT min(key) FROM json_each(q.list)
		 WHERE value ->> 0 = m.id AND value ->> 1 >= coalesce(
		   (SELECT max(d.time_ns) FROM doubt d
		    WHERE d.time_ns <= m.time_ns), value ->> 1)
		   AND value ->> 1 > (SELECT f.time_ns FROM first_receive f
				      WHERE f.boot_id = m.boot_id)),
		json_array_length(q.list)))
	   ELSE '[]' END,
	 iif(m.what = 'receive',
	     (SELECT value ->> 1 FROM json_each(q.list)
	      WHERE value ->> 0 = m.id AND value ->> 1 >= coalesce(
		(SELECT max(d.time_ns) FROM doubt d
		 WHERE d.time_ns <= m.time_ns), value ->> 1)
		AND value ->> 1 > (SELECT f.time_ns FROM first_receive f
				   WHERE f.boot_id = m.boot_id)
	      ORDER BY key LIMIT 1), NULL)
  FROM q JOIN mail m ON m.number = q.number + 1
)
SELECT number, began_ns FROM q WHERE began_ns IS NOT NULL;
INSERT INTO took
SELECT 'ipc', 'message ' || id || ' to ' || coalesce(nullif(task_name, ''),
	 '0x' || printf('%x', task)), boot_id, id, began_ns, time_ns, NULL
FROM under_way JOIN mail USING (number);

-- Requests, by the port for the reply: the last one before a reply.
INSERT INTO took
SELECT 'request', 'message ' || (id - 100), boot_id, id - 100, before_ns,
       time_ns, NULL
FROM (SELECT *, lag(what) OVER w AS before, lag(time_ns) OVER w AS before_ns
      FROM (SELECT boot_id, time_ns, arg2 AS port, arg0 AS id, name AS what
	    FROM e WHERE provider = 'ipc' AND name = 'receive'
	    UNION ALL
	    SELECT boot_id, time_ns, arg3, arg0 + 100, name
	    FROM e WHERE provider = 'ipc' AND name = 'send' AND arg3 <> 0)
      WINDOW w AS (PARTITION BY boot_id, port, id ORDER BY time_ns)) r
WHERE what = 'receive' AND before = 'send'
  AND before_ns > (SELECT f.time_ns FROM first_receive f
		   WHERE f.boot_id = r.boot_id)
  AND before_ns >= coalesce((SELECT max(d.time_ns) FROM doubt d
			     WHERE d.time_ns <= r.time_ns), before_ns);

-- Of several boots each has its own.
UPDATE took SET name = name || ' (boot ' || boot_id || ')'
WHERE (SELECT count(DISTINCT boot_id) > 1 FROM e);

-- All of them, ranked.
CREATE INDEX temp.took_by_name ON took (kind, name, boot_id,
					ended_ns - began_ns DESC, ended_ns);
CREATE TEMP TABLE took_rank AS
SELECT kind, name, boot_id, message_id, ended_ns - began_ns AS length_ns,
       row_number() OVER (PARTITION BY kind, name, boot_id
			  ORDER BY ended_ns - began_ns) AS rank
FROM took;
CREATE INDEX temp.took_by_rank ON took_rank (kind, name, boot_id, rank);
CREATE TEMP TABLE bottleneck AS
SELECT kind, name, boot_id, message_id, count(*) AS count,
       sum(ended_ns - began_ns) AS total_ns, sum(self_ns) AS self_ns,
       max(ended_ns - began_ns) AS max_ns,
       (SELECT began_ns FROM took t WHERE t.kind = took.kind
	  AND t.name = took.name AND t.boot_id = took.boot_id
	ORDER BY ended_ns - began_ns DESC, ended_ns LIMIT 1) AS max_at_ns
FROM took GROUP BY kind, name, boot_id;
INSERT INTO bottleneck
SELECT 'lock', 'all contended locks (lock-contention)'
	 || (SELECT iif(count(DISTINCT boot_id) > 1,
			' (boot ' || f.boot_id || ')', '') FROM e),
       boot_id, NULL,
       l.count - f.count, l.sum - f.sum, NULL, NULL, NULL
FROM (SELECT boot_id, min(time_ns), count, sum FROM counter_values, span
      WHERE name = 'lock-contention' AND unit = 'ns'
	AND time_ns BETWEEN from_ns AND to_ns GROUP BY boot_id) f
     JOIN (SELECT boot_id, max(time_ns), count, sum FROM counter_values, span
	   WHERE name = 'lock-contention' AND unit = 'ns'
	     AND time_ns BETWEEN from_ns AND to_ns GROUP BY boot_id) l
       USING (boot_id)
WHERE l.count > f.count AND l.sum > f.sum;
CREATE TEMP TABLE bottleneck_rank AS
SELECT *, row_number() OVER
  (ORDER BY total_ns DESC, kind, name, boot_id) AS rank,
  total_ns / ((SELECT (to_ns - from_ns) * 1.0 FROM span)
	      * (SELECT count(DISTINCT cpu) FROM e)) AS share
FROM bottleneck;
CREATE TEMP TABLE percentile AS
SELECT kind, name, boot_id, column1 AS percent,
       min(max_ns, iif(length_ns < 256, length_ns,
		       length_ns | ((1 << (bits - 7)) - 1))) AS value
FROM bottleneck, (VALUES (50), (90), (99))
     JOIN took_rank USING (kind, name, boot_id)
     JOIN power ON length_ns BETWEEN low AND high
WHERE rank = (count * column1 + 99) / 100;
INSERT INTO pair
SELECT 'bottlenecks', 'count', json_array_length(document, '$.bottlenecks'),
       (SELECT min(64, count(*)) FROM bottleneck) FROM report;
INSERT INTO pair
SELECT 'bottlenecks', j.key || ' ' || column1, j.value ->> column1,
       CASE column1 WHEN 'rank' THEN b.rank WHEN 'kind' THEN b.kind
	 WHEN 'name' THEN b.name WHEN 'boot_id' THEN b.boot_id
	 WHEN 'message_id' THEN b.message_id WHEN 'count' THEN b.count
	 WHEN 'total_ns' THEN b.total_ns WHEN 'self_ns' THEN b.self_ns
	 WHEN 'max_ns' THEN b.max_ns WHEN 'max_at_ns' THEN b.max_at_ns
	 WHEN 'share' THEN b.share
	 WHEN 'waited_ns' THEN iif(b.self_ns IS NULL, NULL,
	   (SELECT waited_ns FROM waited w WHERE w.name = b.name
	      AND w.boot_id = b.boot_id))
	 ELSE (SELECT value FROM percentile p WHERE p.kind = b.kind
		 AND p.name = b.name AND p.boot_id = b.boot_id
		 AND column1 = 'p' || percent || '_ns') END
FROM report, json_each(document, '$.bottlenecks') j,
     (VALUES ('rank'), ('kind'), ('name'), ('boot_id'), ('message_id'),
	     ('count'), ('total_ns'), ('self_ns'), ('waited_ns'), ('p50_ns'), ('p90_ns'),
	     ('p99_ns'), ('max_ns'), ('max_at_ns'), ('share'))
     LEFT JOIN bottleneck_rank b ON b.rank = j.key + 1;

-- Heat maps: latencies by power of two and step, of the first that have any;
-- and what the timeline has of CPUs and tasks.
CREATE TEMP TABLE map_whole AS
SELECT key AS number, value AS map
FROM report, json_each(document, '$.heatmaps');
CREATE TEMP TABLE map_row AS
SELECT number, map ->> 'what' AS what, r.value ->> 'low' AS low,
       r.value ->> 'high' AS high, r.value ->> 'label' AS label,
       map -> ('$.cells[' || r.key || ']') AS cells
FROM map_whole, json_each(map, '$.rows') r;
CREATE TEMP TABLE map AS
SELECT number, what, low, high, label, key AS bin, value AS count
FROM map_row, json_each(cells);
CREATE TEMP TABLE heat AS
SELECT CASE kind WHEN 'run-queue' THEN 'latency of the run queue: '
	 WHEN 'request' THEN 'latency of the reply to '
	 ELSE 'latency of ' END || name AS what,
       iif(bits = 0, 0, low) AS low, (ended_ns - first_ns) / bin_ns AS bin,
       count(*) AS count
FROM took CROSS JOIN span
     JOIN power ON max(ended_ns - began_ns, 1) BETWEEN low AND high
GROUP BY 1, 2, 3;
INSERT INTO pair
SELECT 'heat maps', map.what || ' ' || map.low || ' ' || bin, map.count,
       coalesce(heat.count, 0)
FROM map LEFT JOIN heat USING (what, low, bin)
WHERE map.low IS NOT NULL;
INSERT INTO pair
SELECT 'heat maps', what, sum(map.count),
       (SELECT sum(count) FROM heat WHERE heat.what = map.what)
FROM map WHERE map.low IS NOT NULL GROUP BY what
UNION ALL
SELECT 'heat maps', what, sum(count), (SELECT count(*) FROM e)
FROM map WHERE map.low IS NULL GROUP BY what;
INSERT INTO pair
SELECT 'heat maps', map.label || ' ' || map.bin, map.count,
       coalesce(c.count, 0)
FROM map LEFT JOIN counted c ON c.what = 'cpus'
       AND 'CPU ' || c.name = map.label AND c.bin = map.bin
WHERE map.what = 'activity by CPU';
INSERT INTO pair
SELECT 'heat maps', map.label || ' ' || map.bin, sum(map.count),
       coalesce((SELECT sum(c.count) FROM counted c
		   JOIN task_label t ON t.name = c.name
		 WHERE c.what = 'tasks' AND c.bin = map.bin
		   AND t.label = map.label), 0)
FROM map WHERE map.what = 'activity by task' GROUP BY map.label, map.bin;
INSERT INTO pair
SELECT 'heat maps', 'which', m.what,
       CASE b.kind WHEN 'run-queue' THEN 'latency of the run queue: '
	 WHEN 'request' THEN 'latency of the reply to '
	 ELSE 'latency of ' END || b.name
FROM (SELECT DISTINCT number, what FROM map WHERE low IS NOT NULL) m
     LEFT JOIN (SELECT *, row_number() OVER (ORDER BY rank) - 1 AS place
		FROM bottleneck_rank WHERE max_ns IS NOT NULL) b
       ON b.place = m.number;

SELECT part, compared, different FROM result;
SELECT '- ' || part || ' ' || place || ': ' || coalesce(ours, 'nothing')
       || ', not ' || coalesce(theirs, 'nothing')
FROM pair WHERE NOT
  (ours IS theirs
   OR (typeof(ours) = 'real' OR typeof(theirs) = 'real')
      AND abs(ours - theirs) <= 1e-12 * abs(theirs))
LIMIT 20;
