-- The database of mdtraced, version 2.  What it means: mdtrace-db(5).
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
  -- Of the first site.
  address INTEGER NOT NULL,
  sites INTEGER NOT NULL,
  functions INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  fields INTEGER NOT NULL,
  -- NAME:FORMAT:TYPE of each value, separated by semicolons.
  args TEXT NOT NULL,
  state TEXT NOT NULL,
  hits INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  filtered INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  throttled INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  UNIQUE (boot_id, probe_id)
);

-- The places where a probe is.
CREATE TABLE site (
  probe_key INTEGER NOT NULL REFERENCES probe,
  address INTEGER NOT NULL,
  function TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- From the beginning of the function.
  offset INTEGER NOT NULL,
  -- The best way there is to be there: jump or breakpoint.
  plan TEXT NOT NULL,
  PRIMARY KEY (probe_key, address)
) WITHOUT ROWID;

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
  address INTEGER,
  retval INTEGER,
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
       probe.module, coalesce(site.function, probe.function) AS function,
       coalesce(site.name, probe.name) AS name,
       coalesce(site.kind, probe.kind) AS kind, event.task,
       task_name.task_name, event.thread, event.arg0, event.arg1, event.arg2,
       event.arg3, event.arg4, event.arg5, event.retval,
       coalesce(event.address, site.address) AS address, probe.boot_id,
       event.event_id
FROM event JOIN probe USING (probe_key)
     LEFT JOIN task_name USING (task_name_id)
     LEFT JOIN site ON site.probe_key = event.probe_key
       AND site.address = coalesce(event.address,
				   CASE probe.sites WHEN 1 THEN probe.address
				   END);

CREATE VIEW probes AS
SELECT probe_id, provider, module, function, name, kind, state, hits,
       recorded, filtered, dropped, throttled, missed, label, sites, args,
       boot_id
FROM probe;
