-- A database of version 2, as mdtraced of that version made it: several boots
-- and probes, equal times, and what can be NULL.  It is kept so that it can
-- always be brought up; see tests/system/tst.migrate.sh.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE identity (
  -- A random name of this database.
  name TEXT NOT NULL
);
INSERT INTO identity VALUES('0011223344556602');
CREATE TABLE kernel (
  kernel_id INTEGER PRIMARY KEY,
  text_hash BLOB NOT NULL UNIQUE,
  version TEXT NOT NULL,
  word_bytes INTEGER NOT NULL
);
INSERT INTO kernel VALUES(1,X'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f','GNU Mach 1.8+git20250702-up-amd64-dbg',8);
INSERT INTO kernel VALUES(2,X'6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283','GNU Mach 1.8+git20250702-up-486-dbg',4);
CREATE TABLE boot (
  boot_id INTEGER PRIMARY KEY,
  kernel_id INTEGER NOT NULL REFERENCES kernel,
  -- The kernel's own number for this boot.
  kernel_boot_id INTEGER NOT NULL,
  boot_time_ns INTEGER NOT NULL,
  target TEXT NOT NULL,
  UNIQUE (kernel_id, kernel_boot_id)
);
INSERT INTO boot VALUES(1,1,-81985529216486000,1795000000000000000,'vm:/var/lib/guest');
INSERT INTO boot VALUES(2,1,1077,1795000100000000000,'vm:/var/lib/guest');
INSERT INTO boot VALUES(3,2,1078,1795000200000000000,'mach:');
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
INSERT INTO probe VALUES(1,1,1,'fbt','kernel','task_create','entry','function entry','mine',-2130583072,1,1,0,511,'parent_task:x8:task_t;inherit_memory:d4:boolean_t','destroyed',9,6,1,1,1,0);
INSERT INTO probe VALUES(2,1,2,'fbt','kernel','vm_*','','function entry, function return','',-2130496720,4,2,1,2047,'','enabled',6,6,0,0,0,0);
INSERT INTO probe VALUES(3,2,1,'fbt','kernel','task_terminate','return','function return','',-2130582357,2,1,0,1279,'retval:d4:kern_return_t','disabled',3,3,0,0,0,0);
INSERT INTO probe VALUES(4,3,1,'fbt','kernel','task_create','+0x12','instruction','',3238007362,1,1,0,511,'','destroyed',2,2,0,0,0,0);
INSERT INTO probe VALUES(5,3,2,'','','','','','',0,0,0,0,0,'','destroyed',0,0,0,0,0,0);
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
INSERT INTO site VALUES(1,-2130583072,'task_create','entry','function entry',0,'jump');
INSERT INTO site VALUES(2,-2130496720,'vm_map','entry','function entry',0,'jump');
INSERT INTO site VALUES(2,-2130496512,'vm_map','return','function return',208,'breakpoint');
INSERT INTO site VALUES(2,-2130426816,'vm_allocate@vm_user.c','entry','function entry',0,'jump');
INSERT INTO site VALUES(2,-2130426624,'vm_allocate@vm_user.c','return','function return',192,'jump');
INSERT INTO site VALUES(3,-2130582357,'task_terminate','return','function return',283,'jump');
INSERT INTO site VALUES(3,-2130582288,'task_terminate','return','function return',352,'none');
INSERT INTO site VALUES(4,3238007362,'task_create','+0x12','instruction',18,'breakpoint');
CREATE TABLE task_name (
  task_name_id INTEGER PRIMARY KEY,
  task_name TEXT NOT NULL UNIQUE
);
INSERT INTO task_name VALUES(1,'workload-x86_64');
INSERT INTO task_name VALUES(2,'it''s /hurd/ext2fs');
INSERT INTO task_name VALUES(3,'ä-task');
INSERT INTO task_name VALUES(4,'-');
CREATE TABLE task (
  boot_id INTEGER NOT NULL REFERENCES boot,
  cpu INTEGER NOT NULL,
  task INTEGER NOT NULL,
  task_name_id INTEGER NOT NULL REFERENCES task_name,
  PRIMARY KEY (boot_id, cpu, task)
) WITHOUT ROWID;
INSERT INTO task VALUES(1,0,-2016912504,1);
INSERT INTO task VALUES(1,1,-2016912504,1);
INSERT INTO task VALUES(2,0,-2016912504,2);
INSERT INTO task VALUES(3,0,3238023168,3);
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
INSERT INTO event VALUES(1,1795000001000000000,1,0,-2130669912,-2016912504,1,NULL,NULL,-2016912504,0,1,NULL,NULL,NULL);
INSERT INTO event VALUES(2,1795000001000000005,1,1,-2130669912,-2016912504,1,NULL,NULL,-2016912504,1,2,NULL,NULL,NULL);
INSERT INTO event VALUES(3,1795000001000000005,2,0,-2130669904,-2016912504,1,-2130496720,NULL,1,2,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(4,1795000001000000005,2,1,-2130669904,-2016912504,2,-2130426816,NULL,1,3,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(5,1795000001000000006,2,0,-2130669912,-2016912504,1,-2130496512,0,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(6,1795000001000000006,2,0,NULL,NULL,NULL,-2130426624,-3,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(7,1795000001000000009,1,0,-2130669912,-2016912504,NULL,NULL,NULL,-2016912504,3,4,NULL,NULL,NULL);
INSERT INTO event VALUES(8,1795000001001000000,2,0,NULL,-2016912504,1,NULL,NULL,NULL,4,5,NULL,NULL,NULL);
INSERT INTO event VALUES(9,1795000001001000001,2,1,-2130669912,NULL,NULL,-2130356912,NULL,1,5,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(10,1795000001000999999,1,0,-2130669912,-2016912504,1,NULL,NULL,-2016912504,5,6,NULL,NULL,NULL);
INSERT INTO event VALUES(11,1795000101000000000,3,0,-2130669912,-2016912504,2,-2130582357,5,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(12,1795000101000000000,3,0,-2130669912,-2016912504,2,-2130582357,5,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(13,1795000101000000000,3,0,-2130669912,-2016912504,2,-2130582288,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(14,1795000201000000000,4,0,3238039552,3238023168,3,NULL,NULL,4294967295,0,1,NULL,NULL,NULL);
INSERT INTO event VALUES(15,1795000201000000001,4,0,3238039552,3238023168,4,3238007362,NULL,0,0,2,NULL,NULL,NULL);
INSERT INTO event VALUES(16,1795000201000000002,5,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE ring (
  boot_id INTEGER NOT NULL REFERENCES boot,
  cpu INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (boot_id, cpu)
) WITHOUT ROWID;
INSERT INTO ring VALUES(1,0,1,4096);
INSERT INTO ring VALUES(1,1,1,8192);
INSERT INTO ring VALUES(2,0,3,64);
INSERT INTO ring VALUES(3,0,1,640);
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
PRAGMA application_id = 1296323666;
PRAGMA user_version = 2;
COMMIT;
