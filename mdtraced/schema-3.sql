-- The database of mdtraced, version 3.  What it means: mdtrace-db(5).
--
-- It was released: it does not change any more, see HACKING.md.  64-bit
-- unsigned numbers (addresses, arguments) are stored as the signed numbers
-- with the same bits.

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

-- The kernel's functions.
CREATE TABLE symbol (
  kernel_id INTEGER NOT NULL REFERENCES kernel,
  address INTEGER NOT NULL,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (kernel_id, address, name)
) WITHOUT ROWID;

CREATE TABLE boot (
  boot_id INTEGER PRIMARY KEY,
  kernel_id INTEGER NOT NULL REFERENCES kernel,
  -- The kernel's own number for this boot.
  kernel_boot_id INTEGER NOT NULL,
  boot_time_ns INTEGER NOT NULL,
  target TEXT NOT NULL,
  UNIQUE (kernel_id, kernel_boot_id)
);

-- A program that has stored events of a boot, from when it found that until
-- it ended or the boot did.  Times are this machine's.
CREATE TABLE run (
  run_id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boot,
  program TEXT NOT NULL,
  process INTEGER NOT NULL,
  began_ns INTEGER NOT NULL,
  -- When it was last known to work.
  seen_ns INTEGER NOT NULL,
  -- Why it has ended; 'died': it was killed.  NULL: it works, or was killed
  -- and nothing has been stored since.
  ended TEXT,
  events INTEGER NOT NULL
);

-- What a run had to say.
CREATE TABLE message (
  message_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run,
  time_ns INTEGER NOT NULL,
  severity TEXT NOT NULL,
  message TEXT NOT NULL
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
  -- Whether it stays enabled when nobody reads its events any more.
  persist INTEGER NOT NULL,
  state TEXT NOT NULL,
  hits INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  filtered INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  throttled INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  UNIQUE (boot_id, probe_id)
);

-- When a probe's state was first seen to be another, and its counts then.
CREATE TABLE probe_history (
  probe_key INTEGER NOT NULL REFERENCES probe,
  time_ns INTEGER NOT NULL,
  state TEXT NOT NULL,
  hits INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  filtered INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  throttled INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  PRIMARY KEY (probe_key, time_ns)
) WITHOUT ROWID;

-- Hits that are not in the database: how many more of them there were at
-- TIME_NS than at the probe's row before, or since it was created.
CREATE TABLE loss (
  probe_key INTEGER NOT NULL REFERENCES probe,
  time_ns INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  throttled INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  PRIMARY KEY (probe_key, time_ns)
) WITHOUT ROWID;

-- The places where a probe is.
CREATE TABLE site (
  site_key INTEGER PRIMARY KEY,
  probe_key INTEGER NOT NULL REFERENCES probe,
  address INTEGER NOT NULL,
  function TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- From the beginning of the function.
  offset INTEGER NOT NULL,
  -- The best way there is to be there: jump or breakpoint.
  plan TEXT NOT NULL,
  UNIQUE (probe_key, address)
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

-- Threads, each with its task and the name that had.
CREATE TABLE thread (
  thread_key INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boot,
  thread INTEGER,
  task INTEGER,
  task_name_id INTEGER REFERENCES task_name
);
CREATE INDEX thread_by_address ON thread (boot_id, thread, task);

-- Stacks, each stored once: addresses of eight bytes, the innermost first.
CREATE TABLE stack (
  stack_id INTEGER PRIMARY KEY,
  kernel_id INTEGER NOT NULL REFERENCES kernel,
  frames BLOB NOT NULL,
  UNIQUE (kernel_id, frames)
);

-- No two have the same time: of those that had, the later ones were put off
-- to the next nanosecond that was free.
CREATE TABLE event (
  time_ns INTEGER PRIMARY KEY,
  probe_key INTEGER NOT NULL REFERENCES probe,
  cpu INTEGER NOT NULL,
  thread_key INTEGER REFERENCES thread,
  site_key INTEGER REFERENCES site,
  stack_id INTEGER REFERENCES stack,
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

-- How time stamps were turned into times.  ERROR_NS is NULL while it is not
-- known.
CREATE TABLE clock (
  boot_id INTEGER NOT NULL REFERENCES boot,
  tsc INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  uptime_ns INTEGER NOT NULL,
  ns_per_count REAL NOT NULL,
  error_ns INTEGER,
  PRIMARY KEY (boot_id, tsc)
) WITHOUT ROWID;

-- The health score, and what was deducted.
CREATE TABLE health (
  boot_id INTEGER NOT NULL REFERENCES boot,
  time_ns INTEGER NOT NULL,
  score INTEGER NOT NULL,
  PRIMARY KEY (boot_id, time_ns)
) WITHOUT ROWID;
CREATE TABLE health_factor (
  boot_id INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  factor TEXT NOT NULL,
  points INTEGER NOT NULL,
  measured INTEGER NOT NULL,
  reference INTEGER NOT NULL,
  PRIMARY KEY (boot_id, time_ns, factor),
  FOREIGN KEY (boot_id, time_ns) REFERENCES health
) WITHOUT ROWID;

-- Counters of the kernel, and their values at some moments.
CREATE TABLE counter (
  counter_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  unit TEXT NOT NULL
);
CREATE TABLE snapshot (
  boot_id INTEGER NOT NULL REFERENCES boot,
  time_ns INTEGER NOT NULL,
  counter_id INTEGER NOT NULL REFERENCES counter,
  value INTEGER NOT NULL,
  PRIMARY KEY (boot_id, time_ns, counter_id)
) WITHOUT ROWID;

CREATE VIEW events AS
SELECT event.time_ns, event.cpu, probe.probe_id, probe.provider,
       probe.module, coalesce(site.function, probe.function) AS function,
       coalesce(site.name, probe.name) AS name,
       coalesce(site.kind, probe.kind) AS kind, thread.task,
       task_name.task_name, thread.thread, event.arg0, event.arg1, event.arg2,
       event.arg3, event.arg4, event.arg5, event.retval, site.address,
       probe.boot_id
FROM event JOIN probe USING (probe_key)
     LEFT JOIN thread USING (thread_key)
     LEFT JOIN task_name USING (task_name_id)
     LEFT JOIN site USING (site_key);

CREATE VIEW probes AS
SELECT probe_id, provider, module, function, name, kind, state, hits,
       recorded, filtered, dropped, throttled, missed, label, sites, args,
       persist, boot_id
FROM probe;

CREATE VIEW boots AS
SELECT boot_id, boot_time_ns, version, lower(hex(text_hash)) AS text_hash,
       word_bytes, target,
       (SELECT coalesce(sum(events), 0) FROM run
	WHERE run.boot_id = boot.boot_id) AS events,
       (SELECT count(*) FROM run WHERE run.boot_id = boot.boot_id) AS runs
FROM boot JOIN kernel USING (kernel_id);

CREATE VIEW runs AS
SELECT run_id, boot_id, program, process, began_ns, seen_ns, ended, events
FROM run;

CREATE VIEW losses AS
SELECT loss.time_ns, probe_id, function, label, loss.dropped, loss.throttled,
       loss.missed, boot_id
FROM loss JOIN probe USING (probe_key);

CREATE VIEW messages AS
SELECT message.time_ns, severity, message, boot_id, run_id
FROM message JOIN run USING (run_id);
