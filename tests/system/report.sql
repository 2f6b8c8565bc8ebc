-- Every number of a report of mdtrace analyze, once more by SQL alone.
-- Copyright (C) 2026 the mdtrace authors.
-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- For sqlite3 with the database that the report is of, all of it or a span of
-- time, and the report as the parameter @report, the name of its file.  Prints
-- for each part a line NAME|COMPARED|DIFFERENT.  It is made of what
-- mdtrace-analyze(1) defines, and not of how mdtrace does it.

CREATE TEMP TABLE report AS SELECT CAST(readfile(@report) AS TEXT) AS document;
CREATE TEMP TABLE span AS
SELECT document ->> '$.trace.from_ns' AS from_ns,
       document ->> '$.trace.to_ns' AS to_ns,
       document ->> '$.timeline.first_ns' AS first_ns,
       document ->> '$.timeline.bin_ns' AS bin_ns,
       document ->> '$.timeline.bins' AS bins
FROM report;

-- The events, with what they are called, and the step of time.
CREATE TEMP TABLE e AS
SELECT v.*, e.probe_key, p.label, p.latency,
       (v.time_ns - first_ns) / bin_ns AS bin,
       p.provider || ':' || iif(p.provider = 'fbt', p.module, '') || ':'
	 || p.function || ':' || p.name AS probe_name,
       iif(p.provider = 'fbt', v.function || ':' || v.name,
	   p.provider || ':::' || p.name) AS place
FROM events v JOIN event e USING (time_ns) JOIN probe p USING (probe_key)
     CROSS JOIN span
WHERE v.time_ns BETWEEN from_ns AND to_ns;
CREATE INDEX temp.e_by_time ON e (time_ns);
CREATE INDEX temp.e_by_thread ON e (boot_id, thread, task, time_ns);

-- The greatest value that is not told apart from V: of values from 256 on the
-- upper 8 bits count.
CREATE TEMP TABLE power AS
WITH RECURSIVE n (bits) AS (VALUES (0) UNION ALL
			    SELECT bits + 1 FROM n WHERE bits < 62)
SELECT bits, 1 << bits AS low, (1 << bits) - 1 + (1 << bits) AS high FROM n;

-- Numbers of two parts that are to be the same; real ones to 12 digits.
CREATE TEMP TABLE pair (part, place, ours, theirs);
CREATE TEMP VIEW result AS
SELECT part, count(*) AS compared,
       count(*) FILTER (WHERE NOT
	 (ours IS theirs
	  OR (typeof(ours) = 'real' OR typeof(theirs) = 'real')
	     AND abs(ours - theirs) <= 1e-12 * abs(theirs))) AS different
FROM pair GROUP BY part;

-- trace
INSERT INTO pair
SELECT 'trace', 'events', document ->> '$.trace.events',
       (SELECT count(*) FROM e) FROM report
UNION ALL SELECT 'trace', 'first_ns', document ->> '$.trace.first_ns',
       (SELECT min(time_ns) FROM e) FROM report
UNION ALL SELECT 'trace', 'last_ns', document ->> '$.trace.last_ns',
       (SELECT max(time_ns) FROM e) FROM report
UNION ALL SELECT 'trace', 'cpus', document ->> '$.trace.cpus',
       (SELECT count(DISTINCT cpu) FROM e) FROM report
UNION ALL SELECT 'trace', 'seconds', document ->> '$.trace.seconds',
       (SELECT (to_ns - from_ns) / 1e9 FROM span) FROM report
UNION ALL SELECT 'trace', 'boots',
       json_array_length(document, '$.trace.boots'),
       (SELECT count(DISTINCT boot_id) FROM e) FROM report;
INSERT INTO pair
SELECT 'boots', b.value ->> 'boot_id', b.value ->> column1,
       CASE column1 WHEN 'events' THEN count(*)
	 WHEN 'first_ns' THEN min(time_ns) ELSE max(time_ns) END
FROM report, json_each(document, '$.trace.boots') b,
     (VALUES ('events'), ('first_ns'), ('last_ns'))
     JOIN e ON e.boot_id = b.value ->> 'boot_id'
GROUP BY b.key, column1;

-- losses
INSERT INTO pair
SELECT 'losses', j.key, j.value,
       CASE j.key WHEN 'dropped' THEN sum(p.dropped)
	 WHEN 'throttled' THEN sum(p.throttled)
	 WHEN 'missed' THEN sum(p.missed) ELSE sum(p.filtered) END
FROM report, json_each(document, '$.losses') j, probe p
WHERE j.type = 'integer' GROUP BY j.key;
INSERT INTO pair
SELECT 'losses', 'probes', json_array_length(document, '$.losses.probes'),
       (SELECT count(*) FROM probe WHERE dropped + throttled + missed > 0)
FROM report
UNION ALL
SELECT 'losses', 'times', json_array_length(document, '$.losses.times'),
       (SELECT min(256, count(*)) FROM loss, span
	WHERE time_ns BETWEEN from_ns AND to_ns)
FROM report;
INSERT INTO pair
SELECT 'losses', t.key, (t.value ->> 'dropped') || ' '
	 || (t.value ->> 'throttled') || ' ' || (t.value ->> 'missed'),
       loss.dropped || ' ' || loss.throttled || ' ' || loss.missed
FROM report, json_each(document, '$.losses.times') t
     LEFT JOIN probe ON probe.boot_id = t.value ->> 'boot_id'
       AND probe.probe_id = t.value ->> 'probe_id'
     LEFT JOIN loss ON loss.time_ns = t.value ->> 'time_ns'
       AND loss.probe_key = probe.probe_key;

-- probes
INSERT INTO pair
SELECT 'probes', 'count', json_array_length(document, '$.probes'),
       (SELECT count(*) FROM probe) FROM report;
CREATE TEMP TABLE of_probe AS
SELECT probe_key, probe_name, boot_id, probe_id, count(*) AS events,
       min(time_ns) AS first_ns
FROM e GROUP BY 1;
INSERT INTO pair
SELECT 'probes', j.key || ' ' || column1, j.value ->> column1,
       CASE column1
	 WHEN 'events' THEN coalesce(o.events, 0)
	 WHEN 'share' THEN coalesce(o.events, 0) * 1.0
	   / (SELECT count(*) FROM e)
	 WHEN 'per_second' THEN coalesce(o.events, 0)
	   / (SELECT nullif((to_ns - from_ns) / 1e9, 0) FROM span)
	 WHEN 'hits' THEN p.hits WHEN 'recorded' THEN p.recorded
	 WHEN 'filtered' THEN p.filtered WHEN 'dropped' THEN p.dropped
	 WHEN 'throttled' THEN p.throttled WHEN 'missed' THEN p.missed
	 WHEN 'label' THEN p.label
	 ELSE p.provider || ':' || iif(p.provider = 'fbt', p.module, '')
	   || ':' || p.function || ':' || p.name END
FROM report, json_each(document, '$.probes') j,
     (VALUES ('events'), ('share'), ('per_second'), ('hits'), ('recorded'),
	     ('filtered'), ('dropped'), ('throttled'), ('missed'), ('name'),
	     ('label'))
     JOIN probe p ON p.boot_id = j.value ->> 'boot_id'
       AND p.probe_id = j.value ->> 'probe_id'
     LEFT JOIN of_probe o USING (probe_key);

-- The timeline: what is counted, by 'all', CPU, task and probe.
CREATE TEMP TABLE counted AS
SELECT 'total' AS what, '' AS name, bin, count(*) AS count FROM e GROUP BY bin
UNION ALL SELECT 'cpus', cpu, bin, count(*) FROM e GROUP BY cpu, bin
UNION ALL SELECT 'tasks', boot_id || ' ' || coalesce(task, '') || ' '
	 || coalesce(task_name, ''), bin, count(*)
FROM e GROUP BY 2, bin
UNION ALL SELECT 'probes', boot_id || ' ' || probe_id, bin, count(*)
FROM e GROUP BY 2, bin;
CREATE INDEX temp.counted_by_bin ON counted (what, bin);
-- The first of each, and the others as one.
CREATE TEMP TABLE ranked AS
SELECT what, name, sum(count) AS events,
       row_number() OVER (PARTITION BY what ORDER BY sum(count) DESC,
	 min(CASE what WHEN 'cpus' THEN CAST(name AS INTEGER)
	     WHEN 'probes' THEN (SELECT probe_key FROM probe
				 WHERE boot_id || ' ' || probe_id = name)
	     ELSE name END)) AS rank,
       count(*) OVER (PARTITION BY what) AS all_names
FROM counted GROUP BY what, name;
CREATE TEMP TABLE shown AS
SELECT what, iif(rank < 12 OR all_names <= 12, name, 'others') AS name, bin,
       sum(count) AS count
FROM counted JOIN ranked USING (what, name) GROUP BY 1, 2, 3;
CREATE TEMP TABLE task_label AS
SELECT DISTINCT boot_id, '0x' || printf('%x', task) AS address,
       coalesce(nullif(task_name, ''), '0x' || printf('%x', task)) AS label,
       boot_id || ' ' || coalesce(task, '') || ' ' || coalesce(task_name, '')
	 AS name
FROM e;
CREATE TEMP TABLE shown_row AS
SELECT w.key AS what,
       CASE WHEN r.value ->> 'others' THEN 'others'
	 WHEN w.key = 'cpus' THEN r.value ->> 'cpu'
	 WHEN w.key = 'probes' THEN (r.value ->> 'boot_id') || ' '
	   || (r.value ->> 'probe_id')
	 ELSE (SELECT name FROM task_label t
	       WHERE t.boot_id = r.value ->> 'boot_id'
		 AND t.label = r.value ->> 'task'
		 AND t.address = r.value ->> 'address') END AS name,
       r.value -> 'counts' AS counts
FROM report, json_each(document, '$.timeline') w, json_each(w.value) r
WHERE w.key IN ('cpus', 'tasks', 'probes')
UNION ALL
SELECT 'total', '', document -> '$.timeline.total' FROM report;
CREATE TEMP TABLE shown_here AS
SELECT what, name, key AS bin, value AS count
FROM shown_row, json_each(counts);
INSERT INTO pair
SELECT 'timeline', what || ' ' || name || ' ' || bin, h.count,
       coalesce(s.count, 0)
FROM shown_here h LEFT JOIN shown s USING (what, name, bin);
INSERT INTO pair
SELECT 'timeline', what || ' ' || name, count(*),
       (SELECT bins FROM span)
FROM shown_here GROUP BY what, name
UNION ALL
SELECT 'timeline', 'sum', (SELECT sum(count) FROM shown_here),
       (SELECT coalesce(sum(count), 0) FROM counted);

-- Bursts of all events, CPUs and probes: the neighbours of a step, what is
-- usual there, and how far from it others are.
CREATE TEMP TABLE row AS
SELECT what, name, bin, coalesce(count, 0) AS count
FROM (SELECT DISTINCT what, name FROM counted
      WHERE what IN ('total', 'cpus', 'probes')),
     (WITH RECURSIVE n (bin) AS (VALUES (0) UNION ALL SELECT bin + 1 FROM n
	WHERE bin + 1 < (SELECT bins FROM span)) SELECT bin FROM n)
     LEFT JOIN counted USING (what, name, bin);
CREATE UNIQUE INDEX temp.row_by_bin ON row (what, name, bin);
CREATE TEMP TABLE usual AS
SELECT what, name, bin, avg(count) AS middle FROM
  (SELECT a.what, a.name, a.bin, b.count,
	  row_number() OVER w AS rank, count(*) OVER
	    (PARTITION BY a.what, a.name, a.bin) AS n
   FROM row a JOIN row b ON b.what = a.what AND b.name = a.name
     AND b.bin BETWEEN a.bin - 32 AND a.bin + 32 AND b.bin <> a.bin
   WINDOW w AS (PARTITION BY a.what, a.name, a.bin ORDER BY b.count))
WHERE rank IN ((n + 1) / 2, (n + 2) / 2) GROUP BY 1, 2, 3;
CREATE UNIQUE INDEX temp.usual_by_bin ON usual (what, name, bin);
CREATE TEMP TABLE high AS
SELECT what, name, bin, count, middle FROM
  (SELECT what, name, bin, avg(distance) AS spread FROM
     (SELECT a.what, a.name, a.bin, abs(b.count - a.middle) AS distance,
	     row_number() OVER w AS rank, count(*) OVER
	       (PARTITION BY a.what, a.name, a.bin) AS n
      FROM usual a JOIN row b ON b.what = a.what AND b.name = a.name
	AND b.bin BETWEEN a.bin - 32 AND a.bin + 32 AND b.bin <> a.bin
      WINDOW w AS (PARTITION BY a.what, a.name, a.bin
		   ORDER BY abs(b.count - a.middle)))
   WHERE rank IN ((n + 1) / 2, (n + 2) / 2) GROUP BY 1, 2, 3)
  JOIN usual USING (what, name, bin) JOIN row USING (what, name, bin)
WHERE count > middle + 8 * max(1.4826 * spread, sqrt(middle), 1)
  AND count >= 2 * middle AND (SELECT bins FROM span) >= 16;
CREATE TEMP TABLE burst AS
WITH part AS (SELECT *, sum(bin - before > 2 OR before IS NULL)
		OVER (PARTITION BY what, name ORDER BY bin) AS number
	      FROM (SELECT *, lag(bin) OVER
		      (PARTITION BY what, name ORDER BY bin) AS before
		    FROM high))
SELECT what, name, min(bin) AS begin_bin, max(bin) AS end_bin,
       (SELECT sum(count) FROM row r WHERE r.what = part.what
	  AND r.name = part.name AND r.bin BETWEEN min(part.bin)
	  AND max(part.bin)) AS events,
       (SELECT sum(middle) FROM usual u WHERE u.what = part.what
	  AND u.name = part.name AND u.bin BETWEEN min(part.bin)
	  AND max(part.bin)) AS expected
FROM part GROUP BY what, name, number;
-- Those of CPUs and probes that are for half of it in one of all events are
-- not told.
CREATE TEMP TABLE told AS
SELECT *, row_number() OVER (ORDER BY events - expected DESC, begin_bin,
	 CASE what WHEN 'total' THEN 0 WHEN 'cpus' THEN 1 ELSE 2 END,
	 CASE what WHEN 'probes' THEN (SELECT probe_key FROM probe
	     WHERE boot_id || ' ' || probe_id = name)
	   ELSE CAST(name AS INTEGER) END) AS rank
FROM burst b WHERE what = 'total' OR 2 * coalesce(
  (SELECT sum(min(a.end_bin, b.end_bin) - max(a.begin_bin, b.begin_bin) + 1)
   FROM burst a WHERE a.what = 'total' AND a.begin_bin <= b.end_bin
     AND a.end_bin >= b.begin_bin), 0) < b.end_bin - b.begin_bin + 1;
INSERT INTO pair
SELECT 'bursts', 'count', json_array_length(document, '$.timeline.bursts'),
       (SELECT min(12, count(*)) FROM told)
FROM report;
INSERT INTO pair
SELECT 'bursts', j.key || ' ' || column1, j.value ->> column1,
       CASE column1 WHEN 'what' THEN CASE t.what WHEN 'total'
	   THEN 'all events' WHEN 'cpus' THEN 'CPU ' || t.name
	   ELSE (SELECT probe_name FROM of_probe
		 WHERE boot_id || ' ' || probe_id = t.name) END
	 WHEN 'begin_ns' THEN first_ns + begin_bin * bin_ns
	 WHEN 'end_ns' THEN min(to_ns, first_ns + (end_bin + 1) * bin_ns - 1)
	 WHEN 'events' THEN t.events WHEN 'expected' THEN t.expected
	 ELSE iif(t.expected > 0, t.events / t.expected, NULL) END
FROM report, span, json_each(document, '$.timeline.bursts') j,
     (VALUES ('what'), ('begin_ns'), ('end_ns'), ('events'), ('expected'),
	     ('ratio'))
     LEFT JOIN told t ON t.rank = j.key + 1;

-- Pauses: of all events, each CPU and each probe.
CREATE TEMP TABLE pause AS
SELECT 'all events' AS what, '' AS name,
       lag(time_ns) OVER (ORDER BY time_ns) AS begin_ns, time_ns AS end_ns
FROM e
UNION ALL SELECT 'CPU', cpu, lag(time_ns) OVER
  (PARTITION BY cpu ORDER BY time_ns), time_ns FROM e
UNION ALL SELECT 'probe', probe_key, lag(time_ns) OVER
  (PARTITION BY probe_key ORDER BY time_ns), time_ns FROM e;
DELETE FROM pause WHERE begin_ns IS NULL;
CREATE TEMP TABLE length AS
SELECT what, name, begin_ns, end_ns, end_ns - begin_ns AS length_ns,
       iif(end_ns - begin_ns < 256, end_ns - begin_ns,
	   (end_ns - begin_ns) | ((1 << (bits - 7)) - 1)) AS greatest_ns,
       row_number() OVER (PARTITION BY what, name
			  ORDER BY end_ns - begin_ns) AS rank,
       count(*) OVER (PARTITION BY what, name) AS n
FROM pause JOIN power ON end_ns - begin_ns BETWEEN low AND high;
CREATE INDEX temp.length_by_rank ON length (what, name, rank);
CREATE TEMP TABLE usual_length AS
SELECT what, name, n, min(greatest_ns,
	 (SELECT length_ns FROM length m WHERE m.what = length.what
	    AND m.name = length.name AND m.rank = length.n)) AS usual_ns
FROM length WHERE rank = max(1, ((n - 1) * 99 + 99) / 100);
CREATE TEMP TABLE gap AS
SELECT what, name, begin_ns, end_ns, usual_ns, 0 AS at_end
FROM (SELECT *, row_number() OVER (PARTITION BY what, name
	ORDER BY length_ns DESC, begin_ns) AS place FROM length)
     JOIN usual_length USING (what, name)
WHERE length_ns / 8 > usual_ns AND usual_length.n >= 8 AND place <= 8
UNION ALL
SELECT what, name, max(end_ns), last_ns, usual_ns, 1
FROM (SELECT u.*, iif(what = 'probe',
		    (SELECT max(time_ns) FROM e WHERE boot_id =
		       (SELECT boot_id FROM probe WHERE probe_key = u.name)),
		    to_ns) AS last_ns
      FROM usual_length u CROSS JOIN span)
     JOIN pause USING (what, name)
GROUP BY what, name
HAVING (last_ns - max(end_ns)) / 8 > usual_ns AND n >= 8;
INSERT INTO pair
SELECT 'gaps', j.key || ' ' || column1, j.value ->> column1,
       CASE column1 WHEN 'seconds' THEN (g.end_ns - g.begin_ns) / 1e9
	 WHEN 'at_end' THEN g.at_end ELSE g.usual_ns / 1e9 END
FROM report, json_each(document, '$.timeline.gaps') j,
     (VALUES ('seconds'), ('at_end'), ('expected'))
     LEFT JOIN gap g ON g.begin_ns = j.value ->> 'begin_ns'
       AND g.end_ns = j.value ->> 'end_ns'
       AND j.value ->> 'what'
	   = CASE g.what WHEN 'probe'
	       THEN (SELECT probe_name FROM of_probe WHERE probe_key = g.name)
	     WHEN 'CPU' THEN 'CPU ' || g.name ELSE g.what END;
-- Each gap is told, or another that is nine tenths the same; the twelve
-- longest are.
INSERT INTO pair
SELECT 'gaps', 'not told', count(*), 0 FROM gap g, report
WHERE json_array_length(document, '$.timeline.gaps') < 12
  AND NOT EXISTS
  (SELECT 1 FROM json_each(document, '$.timeline.gaps') j
   WHERE min(g.end_ns, j.value ->> 'end_ns')
	 - max(g.begin_ns, j.value ->> 'begin_ns')
	 >= max(g.end_ns - g.begin_ns,
		(j.value ->> 'end_ns') - (j.value ->> 'begin_ns')) * 9 / 10);

-- Patterns: regular pauses, periodic counts, and four events in a row.
CREATE TEMP TABLE pattern AS
SELECT key AS number, value ->> 'kind' AS kind, value ->> 'what' AS what,
       value ->> 'period_ns' AS period_ns, value ->> 'strength' AS strength,
       value ->> 'events' AS events, value ->> 'first_ns' AS first_ns,
       value ->> 'last_ns' AS last_ns,
       (value ->> 'period_ns') / (SELECT bin_ns FROM span) AS lag
FROM report, json_each(document, '$.timeline.patterns');
INSERT INTO pair
SELECT 'patterns', j.number || ' regular', (j.period_ns) || ' '
	 || printf('%.12f', j.strength),
       (SELECT period_ns || ' ' || printf('%.12f', 1.0 * (SELECT count(*)
	    FROM length l WHERE l.what = 'probe' AND l.name = p.probe_key
	      AND l.greatest_ns BETWEEN period_ns - period_ns / 10
		AND period_ns + period_ns / 10) / n)
	FROM (SELECT n, min(greatest_ns, (SELECT length_ns FROM length m
	    WHERE m.what = 'probe' AND m.name = p.probe_key
	      AND m.rank = m.n)) AS period_ns
	      FROM length WHERE what = 'probe' AND name = p.probe_key
		AND rank = (n + 1) / 2))
FROM pattern j
     LEFT JOIN of_probe p ON p.probe_name = j.what
       AND p.first_ns = j.first_ns
WHERE j.kind = 'regular';
CREATE TEMP TABLE centred AS
SELECT name, bin, count - avg(count) OVER (PARTITION BY name) AS value
FROM row WHERE what = 'probes';
CREATE UNIQUE INDEX temp.centred_by_bin ON centred (name, bin);
INSERT INTO pair
SELECT 'patterns', j.number || ' periodic',
       printf('%.9f', j.strength),
       printf('%.9f', min(1, (SELECT sum(a.value * b.value)
	   FROM centred a JOIN centred b ON b.name = a.name
	     AND b.bin = a.bin + j.lag
	   WHERE a.name = p.boot_id || ' ' || p.probe_id)
	 / (SELECT sum(value * value) FROM centred
	    WHERE name = p.boot_id || ' ' || p.probe_id)
	 * bins / (bins - j.lag)))
FROM span, pattern j
     LEFT JOIN of_probe p ON p.probe_name = j.what
       AND p.first_ns = j.first_ns
WHERE j.kind = 'periodic';
CREATE TEMP TABLE sequence AS
SELECT what, count(*) AS count, min(time_ns) AS first_ns,
       max(time_ns) AS last_ns
FROM (SELECT time_ns, lag(place, 3) OVER w || ', ' || lag(place, 2) OVER w
	|| ', ' || lag(place) OVER w || ', ' || place AS what
      FROM e WHERE thread IS NOT NULL
      WINDOW w AS (PARTITION BY boot_id, thread, task, task_name
		   ORDER BY time_ns))
WHERE what IS NOT NULL GROUP BY what;
INSERT INTO pair
SELECT 'patterns', j.number || ' sequence', (j.events) || ' '
	 || (j.first_ns) || ' ' || (j.last_ns),
       s.count || ' ' || s.first_ns || ' ' || s.last_ns
FROM pattern j
     LEFT JOIN sequence s ON s.what = j.what
WHERE j.kind = 'sequence';

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
SELECT walk.*, s.boot_id, s.function, s.kind, s.time_ns, s.duration_ns,
       json_array_length(stack) AS depth
FROM walk LEFT JOIN step s USING (number);
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
	 ELSE (SELECT value FROM percentile p WHERE p.kind = b.kind
		 AND p.name = b.name AND p.boot_id = b.boot_id
		 AND column1 = 'p' || percent || '_ns') END
FROM report, json_each(document, '$.bottlenecks') j,
     (VALUES ('rank'), ('kind'), ('name'), ('boot_id'), ('message_id'),
	     ('count'), ('total_ns'), ('self_ns'), ('p50_ns'), ('p90_ns'),
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
