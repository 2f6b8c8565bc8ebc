-- From version 4 of the database to version 5: the kernel's snapshots and
-- counters, and all of a health score.  The old tables counter and snapshot
-- held how often probes were hit, and nothing else: hit_count has that now, in
-- one row for each time.

CREATE TABLE hit_count (
  boot_id INTEGER NOT NULL REFERENCES boot,
  time_ns INTEGER NOT NULL,
  -- NULL: not known.
  hits INTEGER,
  recorded INTEGER,
  filtered INTEGER,
  dropped INTEGER,
  throttled INTEGER,
  missed INTEGER,
  PRIMARY KEY (boot_id, time_ns)
) WITHOUT ROWID;
INSERT INTO hit_count
  SELECT boot_id, time_ns, max(iif(name = 'hits', value, NULL)),
	 max(iif(name = 'recorded', value, NULL)),
	 max(iif(name = 'filtered', value, NULL)),
	 max(iif(name = 'dropped', value, NULL)),
	 max(iif(name = 'throttled', value, NULL)),
	 max(iif(name = 'missed', value, NULL))
  FROM snapshot JOIN counter USING (counter_id) GROUP BY boot_id, time_ns;
DROP TABLE snapshot;
DROP TABLE counter;

-- The performance counters that a boot has had, as they were seen last.
CREATE TABLE counter (
  counter_id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boot,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- Where it counts, or why it cannot.
  source TEXT NOT NULL,
  state TEXT NOT NULL,
  detail TEXT NOT NULL,
  -- Of so many durations one is measured.
  sample INTEGER NOT NULL,
  sites INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  -- Durations that could not be measured.
  lost INTEGER NOT NULL,
  UNIQUE (boot_id, number, name, unit, kind)
);

-- The kernel's history.  What was not known then is NULL.
CREATE TABLE snapshot (
  boot_id INTEGER NOT NULL REFERENCES boot,
  sequence INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  uptime_ns INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  threads INTEGER NOT NULL,
  cpus INTEGER NOT NULL,
  -- In 1/10000.
  utilisation INTEGER,
  memory_bytes INTEGER NOT NULL,
  free_bytes INTEGER NOT NULL,
  low_bytes INTEGER NOT NULL,
  min_bytes INTEGER NOT NULL,
  user_ns INTEGER NOT NULL,
  system_ns INTEGER NOT NULL,
  idle_ns INTEGER NOT NULL,
  interrupt_ns INTEGER,
  faults INTEGER NOT NULL,
  pageins INTEGER NOT NULL,
  pageouts INTEGER NOT NULL,
  hits INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  ipc_ns INTEGER,
  PRIMARY KEY (boot_id, sequence)
) WITHOUT ROWID;
CREATE INDEX snapshot_by_time ON snapshot (time_ns);

-- What each counter that was on had come to at a snapshot.
CREATE TABLE counter_value (
  boot_id INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  counter_id INTEGER NOT NULL REFERENCES counter,
  count INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (boot_id, sequence, counter_id),
  FOREIGN KEY (boot_id, sequence) REFERENCES snapshot
) WITHOUT ROWID;

-- The parts of counters.
CREATE TABLE counter_part (
  counter_id INTEGER NOT NULL REFERENCES counter,
  part INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  unit TEXT NOT NULL,
  PRIMARY KEY (counter_id, part)
) WITHOUT ROWID;

-- What parts had come to when they were read, if that was another than at the
-- reading before.
CREATE TABLE counter_reading (
  time_ns INTEGER NOT NULL,
  counter_id INTEGER NOT NULL,
  part INTEGER NOT NULL,
  sample INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  -- NULL: it is of no duration.
  minimum INTEGER,
  maximum INTEGER,
  -- Counts as a JSON array, without the empty ones at its end.
  buckets TEXT,
  PRIMARY KEY (time_ns, counter_id, part),
  FOREIGN KEY (counter_id, part) REFERENCES counter_part
) WITHOUT ROWID;

-- The snapshot that a score was of, and the one that it goes back to; NULL: it
-- is of no stored one.
ALTER TABLE health ADD COLUMN sequence INTEGER;
ALTER TABLE health ADD COLUMN since_sequence INTEGER;
CREATE INDEX health_by_time ON health (time_ns);

ALTER TABLE health_factor RENAME TO old_factor;
CREATE TABLE health_factor (
  boot_id INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  factor TEXT NOT NULL,
  -- Those below are NULL if not.
  known INTEGER NOT NULL,
  points INTEGER,
  measured INTEGER,
  -- The rule; NULL: not known.
  reference INTEGER,
  worst INTEGER,
  weight INTEGER,
  PRIMARY KEY (boot_id, time_ns, factor),
  FOREIGN KEY (boot_id, time_ns) REFERENCES health
) WITHOUT ROWID;
INSERT INTO health_factor (boot_id, time_ns, factor, known, points, measured,
			   reference)
  SELECT boot_id, time_ns, factor, 1, points, measured, reference
  FROM old_factor;
DROP TABLE old_factor;

-- What is said of factors everywhere.
CREATE TABLE factor (
  factor TEXT PRIMARY KEY,
  -- Empty: it belongs to none.
  counter TEXT NOT NULL,
  unit TEXT NOT NULL,
  measured TEXT NOT NULL
) WITHOUT ROWID;

CREATE VIEW counters AS
SELECT number, name, kind, unit, state, source, detail, sample, sites, refused,
       lost, boot_id, counter_id
FROM counter;

-- Rates are since the snapshot before, if that is there.
CREATE VIEW snapshots AS
SELECT s.time_ns, s.sequence, s.uptime_ns, s.tasks, s.threads, s.cpus,
       s.utilisation / 100.0 AS utilisation_percent, s.memory_bytes,
       s.free_bytes, s.low_bytes, s.min_bytes, s.user_ns, s.system_ns,
       s.idle_ns, s.interrupt_ns, s.faults, s.pageins, s.pageouts, s.hits,
       s.lost, s.ipc_ns, (s.uptime_ns - b.uptime_ns) / 1e9 AS seconds,
       100.0 * (s.user_ns - b.user_ns)
	 / (s.user_ns + s.system_ns + s.idle_ns
	    - b.user_ns - b.system_ns - b.idle_ns) AS user_percent,
       100.0 * (s.system_ns - b.system_ns)
	 / (s.user_ns + s.system_ns + s.idle_ns
	    - b.user_ns - b.system_ns - b.idle_ns) AS system_percent,
       100.0 * (s.interrupt_ns - b.interrupt_ns)
	 / ((s.uptime_ns - b.uptime_ns) * s.cpus) AS interrupt_percent,
       1e9 * (s.faults - b.faults) / (s.uptime_ns - b.uptime_ns)
	 AS faults_per_second,
       1e9 * (s.pageins - b.pageins) / (s.uptime_ns - b.uptime_ns)
	 AS pageins_per_second,
       1e9 * (s.pageouts - b.pageouts) / (s.uptime_ns - b.uptime_ns)
	 AS pageouts_per_second,
       1e9 * (s.hits - b.hits) / (s.uptime_ns - b.uptime_ns)
	 AS hits_per_second,
       1e9 * (s.lost - b.lost) / (s.uptime_ns - b.uptime_ns)
	 AS lost_per_second,
       s.boot_id
FROM snapshot s LEFT JOIN snapshot b
     ON b.boot_id = s.boot_id AND b.sequence = s.sequence - 1;

-- The same, and unless the counter has begun anew since.  CROSS keeps SQLite
-- from looking at all values for some span of time.
CREATE VIEW counter_values AS
SELECT s.time_ns, s.sequence, c.name, c.kind, c.unit, v.count, v.sum,
       iif(c.kind <> 'level' AND v.count >= o.count AND v.sum >= o.sum,
	   1e9 * (v.sum - o.sum) / (s.uptime_ns - b.uptime_ns), NULL)
	 AS per_second,
       iif(c.kind <> 'level' AND v.count >= o.count AND v.sum >= o.sum,
	   1e9 * (v.count - o.count) / (s.uptime_ns - b.uptime_ns), NULL)
	 AS times_per_second,
       iif(c.kind = 'duration' AND v.count >= o.count AND v.sum >= o.sum,
	   1.0 * (v.sum - o.sum) / (v.count - o.count), NULL) AS mean,
       c.number, v.boot_id, v.counter_id
FROM snapshot s CROSS JOIN counter_value v
       ON v.boot_id = s.boot_id AND v.sequence = s.sequence
     CROSS JOIN counter c ON c.counter_id = v.counter_id
     LEFT JOIN snapshot b
       ON b.boot_id = v.boot_id AND b.sequence = v.sequence - 1
     LEFT JOIN counter_value o
       ON o.boot_id = v.boot_id AND o.sequence = v.sequence - 1
	 AND o.counter_id = v.counter_id;

-- Bucket 0 has the durations of 0 ns, bucket N those from 2^(N-1) ns up to what
-- is below 2^N; the last one, 41, all above too.
CREATE VIEW counter_buckets AS
SELECT r.time_ns, c.name, p.name AS part, b.key AS bucket,
       iif(b.key = 0, 0, 1 << (b.key - 1)) AS low_ns,
       iif(b.key = 41, r.maximum, (1 << b.key) - 1) AS high_ns,
       b.value AS count, c.boot_id, r.counter_id, r.part AS part_number
FROM counter_reading r JOIN counter c USING (counter_id)
     JOIN counter_part p ON p.counter_id = r.counter_id AND p.part = r.part
     JOIN json_each(r.buckets) b
WHERE b.value > 0;

-- A quantile is the end of the bucket that it is in, or the maximum if that is
-- less.
CREATE VIEW counter_readings AS
SELECT r.time_ns, c.name, p.name AS part, p.kind, p.unit, r.sample, r.count,
       r.sum, iif(p.kind = 'duration', 1.0 * r.sum / r.count, NULL) AS mean,
       r.minimum, r.maximum,
       (SELECT iif(key = 41, r.maximum, min((1 << key) - 1, r.maximum))
	FROM (SELECT key, sum(value) OVER (ORDER BY key) AS below,
		     sum(value) OVER () AS whole
	      FROM json_each(r.buckets))
	WHERE below >= 0.5 * whole ORDER BY key LIMIT 1) AS p50,
       (SELECT iif(key = 41, r.maximum, min((1 << key) - 1, r.maximum))
	FROM (SELECT key, sum(value) OVER (ORDER BY key) AS below,
		     sum(value) OVER () AS whole
	      FROM json_each(r.buckets))
	WHERE below >= 0.9 * whole ORDER BY key LIMIT 1) AS p90,
       (SELECT iif(key = 41, r.maximum, min((1 << key) - 1, r.maximum))
	FROM (SELECT key, sum(value) OVER (ORDER BY key) AS below,
		     sum(value) OVER () AS whole
	      FROM json_each(r.buckets))
	WHERE below >= 0.99 * whole ORDER BY key LIMIT 1) AS p99,
       c.boot_id, r.counter_id, r.part AS part_number
FROM counter_reading r JOIN counter c USING (counter_id)
     JOIN counter_part p ON p.counter_id = r.counter_id AND p.part = r.part;

CREATE VIEW health_factors AS
SELECT h.time_ns, h.score, f.factor, f.known, f.points, f.measured, n.unit,
       f.reference, f.worst, f.weight, n.counter, n.measured AS what,
       h.sequence, h.since_sequence, h.boot_id
FROM health h JOIN health_factor f USING (boot_id, time_ns)
     LEFT JOIN factor n USING (factor);
