-- The database of mdtraced, version 1.  What it means: mdtrace-db(5).
--
-- 64-bit unsigned numbers (addresses, arguments) are stored as the signed
-- numbers with the same bits.

CREATE TABLE identity (
  -- A random name of this database.
  name TEXT NOT NULL
);

CREATE TABLE kernel (
  kernel_id INTEGER PRIMARY KEY,
  text_hash BLOB NOT NULL UNIQUE,
  version TEXT NOT NULL,
  word_bytes INTEGER NOT NULL
);

CREATE TABLE boot (
  boot_id INTEGER PRIMARY KEY,
  kernel_id INTEGER NOT NULL REFERENCES kernel,
  -- The kernel's own number for this boot.
  kernel_boot_id INTEGER NOT NULL,
  boot_time_ns INTEGER NOT NULL,
  target TEXT NOT NULL,
  UNIQUE (kernel_id, kernel_boot_id)
);

CREATE TABLE probe (
  probe_key INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boot,
  probe_id INTEGER NOT NULL,
  provider TEXT NOT NULL,
  module TEXT NOT NULL,
  function TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  label TEXT NOT NULL,
  address INTEGER NOT NULL,
  argument_count INTEGER NOT NULL,
  fields INTEGER NOT NULL,
  state TEXT NOT NULL,
  hits INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  filtered INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  throttled INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  UNIQUE (boot_id, probe_id)
);

CREATE TABLE task_name (
  task_name_id INTEGER PRIMARY KEY,
  task_name TEXT NOT NULL UNIQUE
);

-- The name that each task had in each ring up to where that is stored.
CREATE TABLE task (
  boot_id INTEGER NOT NULL REFERENCES boot,
  cpu INTEGER NOT NULL,
  task INTEGER NOT NULL,
  task_name_id INTEGER NOT NULL REFERENCES task_name,
  PRIMARY KEY (boot_id, cpu, task)
) WITHOUT ROWID;

-- Rows are in the order in which they were read from the rings.
CREATE TABLE event (
  event_id INTEGER PRIMARY KEY,
  time_ns INTEGER NOT NULL,
  probe_key INTEGER NOT NULL REFERENCES probe,
  cpu INTEGER NOT NULL,
  thread INTEGER,
  task INTEGER,
  task_name_id INTEGER REFERENCES task_name,
  arg0 INTEGER,
  arg1 INTEGER,
  arg2 INTEGER,
  arg3 INTEGER,
  arg4 INTEGER,
  arg5 INTEGER
);

-- Up to where each ring's records are stored: written in the transaction that
-- stores them.
CREATE TABLE ring (
  boot_id INTEGER NOT NULL REFERENCES boot,
  cpu INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (boot_id, cpu)
) WITHOUT ROWID;

CREATE VIEW events AS
SELECT event.time_ns, event.cpu, probe.probe_id, probe.provider,
       probe.module, probe.function, probe.name, probe.kind, event.task,
       task_name.task_name, event.thread, event.arg0, event.arg1, event.arg2,
       event.arg3, event.arg4, event.arg5, probe.boot_id, event.event_id
FROM event JOIN probe USING (probe_key)
     LEFT JOIN task_name USING (task_name_id);

CREATE VIEW probes AS
SELECT probe_id, provider, module, function, name, kind, state, hits,
       recorded, filtered, dropped, throttled, missed, label, boot_id
FROM probe;
