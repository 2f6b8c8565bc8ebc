-- From version 3 of the database to version 4: what probes do with their hits,
-- durations, stacks, aggregations.  Nothing that was there is rewritten.

DROP VIEW events;
DROP VIEW probes;

ALTER TABLE probe ADD COLUMN filter TEXT NOT NULL DEFAULT '';
ALTER TABLE probe ADD COLUMN latency INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN stack_depth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN event_limit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN budget INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN aggregation TEXT NOT NULL DEFAULT '';
ALTER TABLE probe ADD COLUMN keys TEXT NOT NULL DEFAULT '';
ALTER TABLE probe ADD COLUMN value TEXT NOT NULL DEFAULT '';
ALTER TABLE probe ADD COLUMN faults INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN unpaired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN abandoned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN overflows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN spent_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN stopped_share INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN stopped_cpu INTEGER;
ALTER TABLE probe_history ADD COLUMN stopped_share INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe_history ADD COLUMN stopped_cpu INTEGER;

-- How long calls took, of the events that have that.  In a table of its own so
-- that all others need no room for it.
CREATE TABLE duration (
  time_ns INTEGER PRIMARY KEY REFERENCES event,
  duration_ns INTEGER NOT NULL
);

-- What was last read of a probe's aggregation.
CREATE TABLE aggregation (
  probe_key INTEGER PRIMARY KEY REFERENCES probe,
  read_ns INTEGER NOT NULL,
  -- Grows when it has begun anew.
  generation INTEGER NOT NULL,
  -- Hits that the probe has recorded and that were added up before that.
  cleared INTEGER NOT NULL,
  -- Keys that it had.
  entries INTEGER NOT NULL
);

-- Each time that something was found there that was not there before.
CREATE TABLE aggregation_history (
  time_ns INTEGER NOT NULL,
  probe_key INTEGER NOT NULL REFERENCES probe,
  -- When it was read before; it was another since then.  NULL: never.
  since_ns INTEGER,
  generation INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  PRIMARY KEY (time_ns, probe_key)
) WITHOUT ROWID;

-- Each key that an aggregation has had, and what was last read of it.
CREATE TABLE aggregate (
  aggregate_key INTEGER PRIMARY KEY,
  probe_key INTEGER NOT NULL REFERENCES probe,
  -- The key's words as the kernel has them, of eight bytes, the lowest first.
  words BLOB NOT NULL,
  -- What of it is a key of this aggregation.
  task INTEGER,
  task_name_id INTEGER REFERENCES task_name,
  thread INTEGER,
  cpu INTEGER,
  -- Where a function is the key, or the site.
  function TEXT,
  address INTEGER,
  retval INTEGER,
  arg0 INTEGER,
  arg1 INTEGER,
  arg2 INTEGER,
  arg3 INTEGER,
  arg4 INTEGER,
  arg5 INTEGER,
  stack_id INTEGER REFERENCES stack,
  -- Of the aggregation, when it was last seen there.
  generation INTEGER NOT NULL,
  -- When it was found to be another.
  changed_ns INTEGER NOT NULL,
  count INTEGER NOT NULL,
  -- The sum, the least or the greatest value.
  value INTEGER,
  UNIQUE (probe_key, words)
);

-- What was read of it each time that it was another than before.
CREATE TABLE aggregate_history (
  time_ns INTEGER NOT NULL,
  aggregate_key INTEGER NOT NULL REFERENCES aggregate,
  count INTEGER NOT NULL,
  value INTEGER,
  -- Hits that have come since the reading before, in this generation.
  added INTEGER NOT NULL,
  PRIMARY KEY (time_ns, aggregate_key)
) WITHOUT ROWID;

-- The buckets of a histogram that are not empty, or were not.
CREATE TABLE bucket (
  aggregate_key INTEGER NOT NULL REFERENCES aggregate,
  bucket INTEGER NOT NULL,
  -- The least value that belongs there; NULL: all below the next bucket's.
  low INTEGER,
  count INTEGER NOT NULL,
  PRIMARY KEY (aggregate_key, bucket)
) WITHOUT ROWID;
CREATE TABLE bucket_history (
  time_ns INTEGER NOT NULL,
  aggregate_key INTEGER NOT NULL REFERENCES aggregate,
  bucket INTEGER NOT NULL,
  count INTEGER NOT NULL,
  added INTEGER NOT NULL,
  PRIMARY KEY (time_ns, aggregate_key, bucket)
) WITHOUT ROWID;

CREATE VIEW events AS
SELECT event.time_ns, event.cpu, probe.probe_id, probe.provider,
       probe.module, coalesce(site.function, probe.function) AS function,
       coalesce(site.name, probe.name) AS name,
       coalesce(site.kind, probe.kind) AS kind, thread.task,
       task_name.task_name, thread.thread, event.arg0, event.arg1, event.arg2,
       event.arg3, event.arg4, event.arg5, event.retval, site.address,
       probe.boot_id,
       (SELECT duration_ns FROM duration
	WHERE duration.time_ns = event.time_ns) AS duration_ns,
       event.stack_id
FROM event CROSS JOIN probe USING (probe_key)
     LEFT JOIN thread USING (thread_key)
     LEFT JOIN task_name USING (task_name_id)
     LEFT JOIN site USING (site_key);

CREATE VIEW probes AS
SELECT probe_id, provider, module, function, name, kind, state, hits,
       recorded, filtered, dropped, throttled, missed, label, sites, args,
       persist, boot_id, filter, latency, stack_depth, event_limit, budget,
       aggregation, keys, value, faults, unpaired, abandoned, overflows,
       spent_ns, stopped_share, stopped_cpu
FROM probe;

-- The frames of stacks.  SQLite can turn bytes into a number by the digits of
-- hex() only: of a byte the higher digit comes first, of an address the lowest
-- byte.  A return address may be behind the end of the function that called.  No
-- function is so long that it begins 64 KiB before.
CREATE VIEW frames AS
WITH RECURSIVE
  digit (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM digit WHERE n < 15),
  level (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM level WHERE n < 31),
  frame AS
    (SELECT stack_id, kernel_id, level.n AS depth,
	    (SELECT sum((instr('0123456789ABCDEF',
			       substr(hex(substr(frames, 8 * level.n + 1, 8)),
				      digit.n + 1, 1)) - 1)
			<< (4 * (digit.n + 1 - 2 * (digit.n % 2))))
	     FROM digit) AS address
     FROM stack CROSS JOIN level WHERE level.n < length(frames) / 8)
SELECT stack_id, depth, address,
       (SELECT name FROM symbol s WHERE s.kernel_id = frame.kernel_id
	  AND s.address <= frame.address - (depth > 0)
	  AND s.address > frame.address - 65536
	  AND s.address + s.bytes > frame.address - (depth > 0)
	ORDER BY s.address DESC, name LIMIT 1) AS function,
       (SELECT frame.address - s.address FROM symbol s
	WHERE s.kernel_id = frame.kernel_id
	  AND s.address <= frame.address - (depth > 0)
	  AND s.address > frame.address - 65536
	  AND s.address + s.bytes > frame.address - (depth > 0)
	ORDER BY s.address DESC LIMIT 1) AS offset
FROM frame;

-- What aggregations had when they were last read.  json_patch takes out what is
-- no part of the key.
CREATE VIEW aggregates AS
SELECT probe.probe_id, probe.aggregation,
       json_patch('{}', json_object(
	 'task', task_name.task_name,
	 'thread', iif(thread IS NULL, NULL, printf('%x', thread)),
	 'cpu', cpu, 'function', aggregate.function,
	 'address', iif(aggregate.address IS NULL, NULL,
			printf('%x', aggregate.address)),
	 'retval', retval, 'arg0', arg0, 'arg1', arg1, 'arg2', arg2,
	 'arg3', arg3, 'arg4', arg4, 'arg5', arg5, 'stack_id', stack_id))
	 AS key,
       aggregate.count, aggregate.value,
       iif(probe.aggregation IN ('avg', 'hist', 'lhist'),
	   1.0 * aggregate.value / aggregate.count, NULL) AS mean,
       aggregate.task, task_name.task_name, aggregate.thread, aggregate.cpu,
       aggregate.function, aggregate.address, aggregate.retval,
       aggregate.arg0, aggregate.arg1, aggregate.arg2, aggregate.arg3,
       aggregate.arg4, aggregate.arg5, aggregate.stack_id,
       aggregate.aggregate_key, aggregate.changed_ns, aggregation.read_ns,
       probe.boot_id
FROM aggregation JOIN probe USING (probe_key)
     JOIN aggregate ON aggregate.probe_key = aggregation.probe_key
       AND aggregate.generation = aggregation.generation
     LEFT JOIN task_name USING (task_name_id);

-- Their histograms.
CREATE VIEW buckets AS
SELECT aggregates.probe_id, aggregates.key, bucket.bucket, bucket.low,
       bucket.count, aggregates.aggregate_key, aggregates.boot_id
FROM aggregates JOIN bucket USING (aggregate_key)
WHERE bucket.count > 0;

-- What has come to them between two readings.
CREATE VIEW aggregate_changes AS
SELECT h.since_ns, c.time_ns, probe.probe_id, h.generation, c.aggregate_key,
       c.count, c.value, c.added, probe.boot_id
FROM aggregate_history c JOIN aggregate a USING (aggregate_key)
     JOIN aggregation_history h
       ON h.time_ns = c.time_ns AND h.probe_key = a.probe_key
     JOIN probe ON probe.probe_key = a.probe_key;
CREATE VIEW bucket_changes AS
SELECT h.since_ns, c.time_ns, probe.probe_id, h.generation, c.aggregate_key,
       c.bucket, b.low, c.count, c.added, probe.boot_id
FROM bucket_history c JOIN aggregate a USING (aggregate_key)
     JOIN bucket b ON b.aggregate_key = c.aggregate_key
       AND b.bucket = c.bucket
     JOIN aggregation_history h
       ON h.time_ns = c.time_ns AND h.probe_key = a.probe_key
     JOIN probe ON probe.probe_key = a.probe_key;
