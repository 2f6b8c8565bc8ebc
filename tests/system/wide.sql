-- What a made-up trace is given to have as many of everything as of events:
-- :wide, which .param sets, of CPUs, tasks, names, threads, of which every other
-- one has the same address, functions with their probes and sites, stacks,
-- names of one address in the kernel, and losses.
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS
  (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :wide) SELECT i FROM n;
DELETE FROM event;
DELETE FROM duration;
INSERT INTO task_name SELECT 100 + i, 'task ' || i FROM n;
INSERT INTO thread
  SELECT 100 + i, 1, 4096 + (1 - i % 2) * 8 * i, 1048576 + 8 * i, 100 + i
  FROM n;
INSERT INTO symbol SELECT 1, 65536, 'symbol ' || i, 16 FROM n;
INSERT INTO stack SELECT 100 + i, 1,
  CAST(x'0000010000000000' || printf('%08d', i) AS BLOB) FROM n;
INSERT INTO probe (probe_key, boot_id, probe_id, provider, module, function,
  name, kind, label, address, sites, functions, refused, fields, args,
  persist, state, hits, recorded, filtered, dropped, throttled, missed,
  stack_depth)
  SELECT 100 + i, 1, 100 + i, 'fbt', 'kernel', 'f' || i, '',
    'entry and return', '', 16 * i, 2, 1, 0, 2171, '', 0, 'enabled', 3, 2, 0,
    1, 0, 0, 2 FROM n;
INSERT INTO site SELECT 100 + 2 * i, 100 + i, 16 * i, 'f' || i, 'entry',
  'function entry', 0, 'jump' FROM n;
INSERT INTO site SELECT 101 + 2 * i, 100 + i, 16 * i + 8, 'f' || i, 'return',
  'function return', 8, 'jump' FROM n;
INSERT INTO loss SELECT 100 + i, 1790000000000000000 + i * 100000 + 99999, 1,
  0, 0 FROM n;
-- Each function is called once, by a thread that is woken in it, and runs on a
-- CPU of its own; and an event is by nobody.
INSERT INTO event
  SELECT 1790000000000000000 + i * 100000 + step * 1000,
    CASE step WHEN 1 THEN 10 WHEN 2 THEN 9 ELSE 100 + i END, i,
    CASE step WHEN 4 THEN NULL ELSE 100 + i END,
    CASE step WHEN 0 THEN 100 + 2 * i WHEN 1 THEN 18 WHEN 2 THEN 17
      ELSE 101 + 2 * i END,
    CASE step WHEN 3 THEN 100 + i END, NULL,
    4096 + (1 - i % 2) * 8 * i,
    CASE step WHEN 1 THEN 1048576 + 8 * i
      WHEN 2 THEN 4096 + (1 - i % 2) * 8 * i END,
    NULL, CASE step WHEN 2 THEN 1048576 + 8 * i END, NULL, NULL
  FROM n, (SELECT 0 AS step UNION SELECT 1 UNION SELECT 2 UNION SELECT 3
    UNION SELECT 4);
UPDATE probe SET dropped = 1 WHERE probe_key > 100;
