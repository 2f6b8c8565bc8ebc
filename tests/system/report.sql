-- Every number of a report of mdtrace analyze, once more by SQL alone.
-- Copyright (C) 2026 the mdtrace authors.
-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- For sqlite3 with the database that the report is of, all of it or a span of
-- time, and the report as the parameter @report, the name of its file.  It is
-- made of what mdtrace-analyze(1) defines, and not of how mdtrace does it.  This
-- is what happened when; report-took.sql goes on with what took time, and prints
-- for each part a line NAME|COMPARED|DIFFERENT.

CREATE TEMP TABLE report AS SELECT CAST(readfile(@report) AS TEXT) AS document;
CREATE TEMP TABLE span AS
SELECT document ->> '$.trace.from_ns' AS from_ns,
       document ->> '$.trace.to_ns' AS to_ns,
       document ->> '$.timeline.first_ns' AS first_ns,
       document ->> '$.timeline.bin_ns' AS bin_ns,
       document ->> '$.timeline.bins' AS bins
FROM report;

-- What probes are called, and what tells those that are described alike.
CREATE TEMP TABLE title AS
WITH d AS (SELECT *, provider || ':' || iif(provider = 'fbt', module, '')
		     || ':' || function || ':' || name AS described FROM probe)
SELECT probe_key, described || (SELECT CASE
	 WHEN count(*) = 1 THEN ''
	 WHEN p.label <> '' AND sum(o.label = p.label) = 1
	   THEN ' (' || p.label || ')'
	 ELSE ' (probe ' || p.probe_id || ')' END
       FROM d o WHERE o.described = p.described AND o.boot_id = p.boot_id)
       || iif((SELECT count(*) FROM d o WHERE o.described = p.described
		 AND o.boot_id <> p.boot_id) > 0,
	      ' (boot ' || p.boot_id || ')', '') AS title
FROM d p;
CREATE UNIQUE INDEX temp.title_by_key ON title (probe_key);

-- The events, with what they are called, and the step of time.
CREATE TEMP TABLE e AS
SELECT v.*, e.probe_key, p.label, p.latency,
       (v.time_ns - first_ns) / bin_ns AS bin,
       (SELECT title FROM title t WHERE t.probe_key = p.probe_key)
	 AS probe_name,
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
