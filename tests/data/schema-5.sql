-- A database of version 5, as mdtraced of that version makes it: several boots
-- and probes, each table with something in it, and what can be NULL.  It is
-- kept so that it can always be brought up; see tests/system/tst.migrate.sh.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE identity (
  name TEXT NOT NULL
);
INSERT INTO identity VALUES('0011223344556604');
CREATE TABLE kernel (
  kernel_id INTEGER PRIMARY KEY,
  text_hash BLOB NOT NULL UNIQUE,
  version TEXT NOT NULL,
  word_bytes INTEGER NOT NULL
);
INSERT INTO kernel VALUES(1,X'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f','GNU Mach 1.8+git20250702-up-amd64-dbg',8);
INSERT INTO kernel VALUES(2,X'6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283','GNU Mach 1.8+git20250702-up-486-dbg',4);
CREATE TABLE symbol (
  kernel_id INTEGER NOT NULL REFERENCES kernel,
  address INTEGER NOT NULL,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (kernel_id, address, name)
) WITHOUT ROWID;
INSERT INTO symbol VALUES(1,-2130583072,'task_create',587);
INSERT INTO symbol VALUES(1,-2130583072,'task_create_alias',587);
INSERT INTO symbol VALUES(1,-2130561968,'thread_create@thread.c',100);
INSERT INTO symbol VALUES(2,3238007344,'task_create',300);
CREATE TABLE boot (
  boot_id INTEGER PRIMARY KEY,
  kernel_id INTEGER NOT NULL REFERENCES kernel,
  kernel_boot_id INTEGER NOT NULL,
  boot_time_ns INTEGER NOT NULL,
  target TEXT NOT NULL,
  UNIQUE (kernel_id, kernel_boot_id)
);
INSERT INTO boot VALUES(1,1,-81985529216486000,1795000000000000000,'vm:/var/lib/guest');
INSERT INTO boot VALUES(2,1,1077,1795000100000000000,'vm:/var/lib/guest');
INSERT INTO boot VALUES(3,2,1078,1795000200000000000,'mach:');
INSERT INTO boot VALUES(4,1,-81985529216486896,1795000000000000000,'vm:/var/lib/guest');
INSERT INTO boot VALUES(5,1,77,1795000100000000000,'vm:/var/lib/guest');
INSERT INTO boot VALUES(6,2,78,1795000200000000000,'mach:');
CREATE TABLE run (
  run_id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boot,
  program TEXT NOT NULL,
  process INTEGER NOT NULL,
  began_ns INTEGER NOT NULL,
  seen_ns INTEGER NOT NULL,
  ended TEXT,
  events INTEGER NOT NULL
);
INSERT INTO run VALUES(1,1,'mdtraced',0,1795000000000000000,1795000001001000001,'not known',10);
INSERT INTO run VALUES(2,2,'mdtraced',0,1795000100000000000,1795000101000000000,'not known',3);
INSERT INTO run VALUES(3,3,'mdtraced',0,1795000200000000000,1795000201000000002,'not known',3);
INSERT INTO run VALUES(4,4,'mdtraced',0,1795000000000000000,1795000001001000001,'not known',10);
INSERT INTO run VALUES(5,5,'mdtraced',0,1795000100000000000,1795000101000000000,'not known',3);
INSERT INTO run VALUES(6,6,'mdtraced',0,1795000200000000000,1795000201000000002,'not known',3);
INSERT INTO run VALUES(7,1,'mdtrace record',4711,1795000300000000000,1795000301000000000,'all is stored',0);
INSERT INTO run VALUES(8,2,'mdtraced',4712,1795000300000000000,1795000302000000000,NULL,0);
INSERT INTO run VALUES(9,3,'mdtraced',4713,1795000300000000000,1795000303000000000,'the target has ended',0);
CREATE TABLE message (
  message_id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run,
  time_ns INTEGER NOT NULL,
  severity TEXT NOT NULL,
  message TEXT NOT NULL
);
INSERT INTO message VALUES(1,5,1795000300000000001,'info','it''s there again');
INSERT INTO message VALUES(2,6,1795000302000000000,'warning','mach:: does not answer; waiting for it');
INSERT INTO message VALUES(3,2,1795000100900000000,'warning','probe 1 (task_terminate): switched off by the kernel: all probes took 63.07 % of CPU 1; narrow it with --if, --limit or --agg, then enable it again');
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
  sites INTEGER NOT NULL,
  functions INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  fields INTEGER NOT NULL,
  args TEXT NOT NULL,
  persist INTEGER NOT NULL,
  state TEXT NOT NULL,
  hits INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  filtered INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  throttled INTEGER NOT NULL,
  missed INTEGER NOT NULL, filter TEXT NOT NULL DEFAULT '', latency INTEGER NOT NULL DEFAULT 0, stack_depth INTEGER NOT NULL DEFAULT 0, event_limit INTEGER NOT NULL DEFAULT 0, budget INTEGER NOT NULL DEFAULT 0, aggregation TEXT NOT NULL DEFAULT '', keys TEXT NOT NULL DEFAULT '', value TEXT NOT NULL DEFAULT '', faults INTEGER NOT NULL DEFAULT 0, unpaired INTEGER NOT NULL DEFAULT 0, abandoned INTEGER NOT NULL DEFAULT 0, overflows INTEGER NOT NULL DEFAULT 0, spent_ns INTEGER NOT NULL DEFAULT 0, stopped_share INTEGER NOT NULL DEFAULT 0, stopped_cpu INTEGER,
  UNIQUE (boot_id, probe_id)
);
INSERT INTO probe VALUES(1,1,1,'fbt','kernel','task_create','entry','function entry','mine',-2130583072,1,1,0,511,'parent_task:x8:task_t;inherit_memory:d4:boolean_t',0,'destroyed',9,6,1,1,1,0,'',0,0,0,0,'','','',0,0,0,0,0,0,NULL);
INSERT INTO probe VALUES(2,1,2,'fbt','kernel','vm_*','','function entry, function return','',-2130496720,4,2,1,2047,'',0,'enabled',6,6,0,0,0,0,'',0,0,0,0,'','','',0,0,0,0,0,0,NULL);
INSERT INTO probe VALUES(3,2,1,'fbt','kernel','task_terminate','return','function return','',-2130582357,2,1,0,1279,'retval:d4:kern_return_t',0,'disabled',3,3,0,0,0,0,'task == "workload-x86_64" && arg1 > 2',0,8,10000,200,'','','',3,0,0,0,123456,6307,1);
INSERT INTO probe VALUES(4,3,1,'fbt','kernel','task_create','+0x12','instruction','',3238007362,1,1,0,511,'',0,'destroyed',2,2,0,0,0,0,'',0,0,0,0,'','','',0,0,0,0,0,0,NULL);
INSERT INTO probe VALUES(5,3,2,'','','','','','',0,0,0,0,0,'',0,'destroyed',0,0,0,0,0,0,'',0,0,0,0,'','','',0,0,0,0,0,0,NULL);
INSERT INTO probe VALUES(6,4,1,'fbt','kernel','task_create','entry','function entry','mine',-2130583072,1,1,0,511,'',0,'destroyed',9,6,1,1,1,0,'',0,0,0,0,'','','',0,0,0,0,0,0,NULL);
INSERT INTO probe VALUES(7,4,2,'fbt','kernel','thread_create','entry','function entry','',-2130561968,1,1,0,255,'',0,'enabled',4,4,0,0,0,0,'',0,0,0,0,'','','',0,0,0,0,0,0,NULL);
INSERT INTO probe VALUES(8,5,1,'fbt','kernel','vm_map','entry','function entry','',-2130496720,1,1,0,1023,'',0,'disabled',3,3,0,0,0,0,'',0,0,0,0,'','','',0,0,0,0,0,0,NULL);
INSERT INTO probe VALUES(9,6,1,'fbt','kernel','task_create','entry','function entry','',3238007344,1,1,0,511,'',0,'destroyed',2,2,0,0,0,0,'',0,0,0,0,'','','',0,0,0,0,0,0,NULL);
INSERT INTO probe VALUES(10,6,2,'','','','','','',0,1,1,0,0,'',0,'destroyed',0,0,0,0,0,0,'',0,0,0,0,'','','',0,0,0,0,0,0,NULL);
INSERT INTO probe VALUES(11,1,3,'fbt','kernel','vm_fault','','entry and return','slow faults',-2130583072,3,1,0,1027,'',0,'disabled',84,40,42,2,0,0,'',1,0,0,0,'hist','task,function','duration_ns',0,1,2,2,98765,0,NULL);
INSERT INTO probe VALUES(12,1,4,'fbt','kernel','thread_create','entry','function entry','',-2130561968,1,1,0,3,'',0,'enabled',20,20,0,0,0,0,'',0,4,0,0,'count','thread,cpu,site,arg0,stack','',0,0,0,0,0,0,NULL);
CREATE TABLE probe_history (
  probe_key INTEGER NOT NULL REFERENCES probe,
  time_ns INTEGER NOT NULL,
  state TEXT NOT NULL,
  hits INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  filtered INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  throttled INTEGER NOT NULL,
  missed INTEGER NOT NULL, stopped_share INTEGER NOT NULL DEFAULT 0, stopped_cpu INTEGER,
  PRIMARY KEY (probe_key, time_ns)
) WITHOUT ROWID;
INSERT INTO probe_history VALUES(1,1795000000500000000,'enabled',0,0,0,0,0,0,0,NULL);
INSERT INTO probe_history VALUES(1,1795000002000000000,'destroyed',9,6,1,1,1,0,0,NULL);
INSERT INTO probe_history VALUES(3,1795000101000000000,'disabled',9,3,5,1,0,0,6307,1);
CREATE TABLE loss (
  probe_key INTEGER NOT NULL REFERENCES probe,
  time_ns INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  throttled INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  PRIMARY KEY (probe_key, time_ns)
) WITHOUT ROWID;
INSERT INTO loss VALUES(1,1795000001500000000,2,0,0);
INSERT INTO loss VALUES(1,1795000002000000000,-1,1,0);
CREATE TABLE site (
  site_key INTEGER PRIMARY KEY,
  probe_key INTEGER NOT NULL REFERENCES probe,
  address INTEGER NOT NULL,
  function TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  offset INTEGER NOT NULL,
  plan TEXT NOT NULL,
  UNIQUE (probe_key, address)
);
INSERT INTO site VALUES(1,1,-2130583072,'task_create','entry','function entry',0,'jump');
INSERT INTO site VALUES(2,2,-2130496720,'vm_map','entry','function entry',0,'jump');
INSERT INTO site VALUES(3,2,-2130496512,'vm_map','return','function return',208,'breakpoint');
INSERT INTO site VALUES(4,2,-2130426816,'vm_allocate@vm_user.c','entry','function entry',0,'jump');
INSERT INTO site VALUES(5,2,-2130426624,'vm_allocate@vm_user.c','return','function return',192,'jump');
INSERT INTO site VALUES(6,3,-2130582357,'task_terminate','return','function return',283,'jump');
INSERT INTO site VALUES(7,3,-2130582288,'task_terminate','return','function return',352,'none');
INSERT INTO site VALUES(8,4,3238007362,'task_create','+0x12','instruction',18,'breakpoint');
INSERT INTO site VALUES(9,2,-2130356912,'vm_*','','function entry, function return',0,'none');
INSERT INTO site VALUES(10,6,-2130583072,'task_create','entry','function entry',0,'none');
INSERT INTO site VALUES(11,7,-2130561968,'thread_create','entry','function entry',0,'none');
INSERT INTO site VALUES(12,8,-2130496720,'vm_map','entry','function entry',0,'none');
INSERT INTO site VALUES(13,9,3238007344,'task_create','entry','function entry',0,'none');
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
INSERT INTO task VALUES(4,0,-2016912504,1);
INSERT INTO task VALUES(4,1,-2016912504,1);
INSERT INTO task VALUES(5,0,-2016912504,2);
INSERT INTO task VALUES(6,0,3238023168,3);
CREATE TABLE thread (
  thread_key INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boot,
  thread INTEGER,
  task INTEGER,
  task_name_id INTEGER REFERENCES task_name
);
INSERT INTO thread VALUES(1,1,-2130669912,-2016912504,1);
INSERT INTO thread VALUES(2,1,-2130669904,-2016912504,1);
INSERT INTO thread VALUES(3,1,-2130669904,-2016912504,2);
INSERT INTO thread VALUES(4,1,-2130669912,-2016912504,NULL);
INSERT INTO thread VALUES(5,1,NULL,-2016912504,1);
INSERT INTO thread VALUES(6,1,-2130669912,NULL,NULL);
INSERT INTO thread VALUES(7,2,-2130669912,-2016912504,2);
INSERT INTO thread VALUES(8,3,3238039552,3238023168,3);
INSERT INTO thread VALUES(9,3,3238039552,3238023168,4);
INSERT INTO thread VALUES(10,4,-2130669912,-2016912504,1);
INSERT INTO thread VALUES(11,4,-2130669904,-2016912504,1);
INSERT INTO thread VALUES(12,4,-2130669904,-2016912504,2);
INSERT INTO thread VALUES(13,4,-2130669912,-2016912504,NULL);
INSERT INTO thread VALUES(14,4,NULL,-2016912504,1);
INSERT INTO thread VALUES(15,4,-2130669912,NULL,NULL);
INSERT INTO thread VALUES(16,5,-2130669912,-2016912504,2);
INSERT INTO thread VALUES(17,6,3238039552,3238023168,3);
INSERT INTO thread VALUES(18,6,3238039552,3238023168,4);
CREATE TABLE stack (
  stack_id INTEGER PRIMARY KEY,
  kernel_id INTEGER NOT NULL REFERENCES kernel,
  frames BLOB NOT NULL,
  UNIQUE (kernel_id, frames)
);
INSERT INTO stack VALUES(1,1,X'a04cff81ffffffff0011ff81ffffffff');
INSERT INTO stack VALUES(2,1,X'e0e10181ffffffff26010781ffffffff');
INSERT INTO stack VALUES(3,2,X'f04b00c100000000');
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
INSERT INTO event VALUES(1795000001000000000,1,0,1,1,1,NULL,-2016912504,0,1,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000001,6,0,10,10,NULL,NULL,-2016912504,0,1,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000005,1,1,1,1,NULL,NULL,-2016912504,1,2,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000006,2,0,2,2,2,NULL,1,2,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000007,2,1,3,4,2,NULL,1,3,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000008,2,0,1,3,2,0,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000009,2,0,NULL,5,2,-3,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000010,1,0,4,1,NULL,NULL,-2016912504,3,4,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000011,6,1,10,10,NULL,NULL,-2016912504,1,2,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000012,7,0,11,11,NULL,NULL,1,2,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000013,7,1,12,11,NULL,NULL,1,3,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000014,6,0,10,10,NULL,NULL,-9223372036854775808,2,3,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000015,7,0,NULL,11,NULL,NULL,1,4,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000000016,6,0,13,10,NULL,NULL,-2016912504,3,4,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001000999999,1,0,1,1,NULL,NULL,-2016912504,5,6,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001001000000,2,0,5,NULL,2,NULL,NULL,4,5,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001001000001,2,1,6,9,2,NULL,1,5,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001001000002,6,0,10,10,NULL,NULL,-2016912504,5,6,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001001000003,6,0,14,10,NULL,NULL,NULL,4,5,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000001001000004,7,1,15,11,NULL,NULL,1,5,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000101000000000,3,0,7,6,NULL,5,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000101000000001,3,0,7,6,NULL,5,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000101000000002,3,0,7,7,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000101000000003,8,0,16,12,NULL,NULL,1,2,3,4,5,6);
INSERT INTO event VALUES(1795000101000000004,8,0,16,12,NULL,NULL,1,2,3,4,5,6);
INSERT INTO event VALUES(1795000101000000005,8,0,16,12,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000201000000000,4,0,8,8,NULL,NULL,4294967295,0,1,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000201000000001,4,0,9,8,NULL,NULL,0,0,2,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000201000000002,5,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000201000000003,9,0,17,13,NULL,NULL,4294967295,0,1,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000201000000004,9,0,18,13,NULL,NULL,0,0,2,NULL,NULL,NULL);
INSERT INTO event VALUES(1795000201000000005,10,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO ring VALUES(4,0,1,4096);
INSERT INTO ring VALUES(4,1,1,8192);
INSERT INTO ring VALUES(5,0,3,64);
INSERT INTO ring VALUES(6,0,1,640);
CREATE TABLE clock (
  boot_id INTEGER NOT NULL REFERENCES boot,
  tsc INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  uptime_ns INTEGER NOT NULL,
  ns_per_count REAL NOT NULL,
  error_ns INTEGER,
  PRIMARY KEY (boot_id, tsc)
) WITHOUT ROWID;
INSERT INTO clock VALUES(1,-5,1795000000000000000,10,0.41666666670000002126,NULL);
INSERT INTO clock VALUES(1,100,1795000001000000000,1000000010,0.41666666670000002126,1000);
CREATE TABLE health (
  boot_id INTEGER NOT NULL REFERENCES boot,
  time_ns INTEGER NOT NULL,
  score INTEGER NOT NULL, sequence INTEGER, since_sequence INTEGER,
  PRIMARY KEY (boot_id, time_ns)
) WITHOUT ROWID;
INSERT INTO health VALUES(1,1795000000000000000,93,NULL,NULL);
INSERT INTO health VALUES(1,1795000010000000000,54,10,1);
CREATE TABLE duration (
  time_ns INTEGER PRIMARY KEY REFERENCES event,
  duration_ns INTEGER NOT NULL
);
INSERT INTO duration VALUES(1795000001000000000,1096);
INSERT INTO duration VALUES(1795000001000000005,1101);
INSERT INTO duration VALUES(1795000001000000010,1106);
INSERT INTO duration VALUES(1795000001000999999,1624);
CREATE TABLE aggregation (
  probe_key INTEGER PRIMARY KEY REFERENCES probe,
  read_ns INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  cleared INTEGER NOT NULL,
  entries INTEGER NOT NULL
);
INSERT INTO aggregation VALUES(11,1795000002000000000,1,10,2);
INSERT INTO aggregation VALUES(12,1795000002000000001,0,0,2);
CREATE TABLE aggregation_history (
  time_ns INTEGER NOT NULL,
  probe_key INTEGER NOT NULL REFERENCES probe,
  since_ns INTEGER,
  generation INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  PRIMARY KEY (time_ns, probe_key)
) WITHOUT ROWID;
INSERT INTO aggregation_history VALUES(1795000000500000000,11,NULL,0,1);
INSERT INTO aggregation_history VALUES(1795000001000000000,11,1795000000500000000,1,2);
INSERT INTO aggregation_history VALUES(1795000001000000001,12,NULL,0,2);
INSERT INTO aggregation_history VALUES(1795000002000000000,11,1795000001500000000,1,2);
CREATE TABLE aggregate (
  aggregate_key INTEGER PRIMARY KEY,
  probe_key INTEGER NOT NULL REFERENCES probe,
  words BLOB NOT NULL,
  task INTEGER,
  task_name_id INTEGER REFERENCES task_name,
  thread INTEGER,
  cpu INTEGER,
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
  generation INTEGER NOT NULL,
  changed_ns INTEGER NOT NULL,
  count INTEGER NOT NULL,
  value INTEGER,
  UNIQUE (probe_key, words)
);
INSERT INTO aggregate VALUES(1,11,X'00eed487ffffffff776f726b6c6f61642d7838365f3634000000000000000000000000000000000060be0081ffffffff',-2016089600,1,NULL,NULL,'task_create',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1795000002000000000,25,40000);
INSERT INTO aggregate VALUES(2,11,X'00eed587ffffffff2d000000000000000000000000000000000000000000000000000000000000001011f00081ffffff',-2016024064,4,NULL,NULL,'0xffffff8100f01110',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1795000001000000000,5,20);
INSERT INTO aggregate VALUES(3,11,X'00eed687ffffffff2d000000000000000000000000000000000000000000000000000000000000001011f00081ffffff',-2015958528,4,NULL,NULL,'task_create',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,1795000000500000000,10,40);
INSERT INTO aggregate VALUES(4,12,X'80a60081ffffffff000000000000000010110281ffffffff07000000000000000200000000000000e0e10181ffffffff26010781ffffffff00000000000000000000000000000000',NULL,NULL,-2130663808,0,'thread_create@thread.c',-2130561968,NULL,7,NULL,NULL,NULL,NULL,NULL,2,0,1795000001000000001,12,NULL);
INSERT INTO aggregate VALUES(5,12,X'80a60081ffffffff010000000000000010110281fffffffff9ffffffffffffff000000000000000000000000000000000000000000000000000000000000000000000000000000',NULL,NULL,-2130663808,1,'thread_create@thread.c',-2130561968,NULL,-7,NULL,NULL,NULL,NULL,NULL,NULL,0,1795000001000000001,8,NULL);
CREATE TABLE aggregate_history (
  time_ns INTEGER NOT NULL,
  aggregate_key INTEGER NOT NULL REFERENCES aggregate,
  count INTEGER NOT NULL,
  value INTEGER,
  added INTEGER NOT NULL,
  PRIMARY KEY (time_ns, aggregate_key)
) WITHOUT ROWID;
INSERT INTO aggregate_history VALUES(1795000000500000000,3,10,40,10);
INSERT INTO aggregate_history VALUES(1795000001000000000,1,20,30000,20);
INSERT INTO aggregate_history VALUES(1795000001000000000,2,5,20,5);
INSERT INTO aggregate_history VALUES(1795000001000000001,4,12,NULL,12);
INSERT INTO aggregate_history VALUES(1795000001000000001,5,8,NULL,8);
INSERT INTO aggregate_history VALUES(1795000002000000000,1,25,40000,5);
CREATE TABLE bucket (
  aggregate_key INTEGER NOT NULL REFERENCES aggregate,
  bucket INTEGER NOT NULL,
  low INTEGER,
  count INTEGER NOT NULL,
  PRIMARY KEY (aggregate_key, bucket)
) WITHOUT ROWID;
INSERT INTO bucket VALUES(1,11,512,20);
INSERT INTO bucket VALUES(1,13,2048,5);
INSERT INTO bucket VALUES(2,0,NULL,1);
INSERT INTO bucket VALUES(2,1,0,1);
INSERT INTO bucket VALUES(2,4,4,3);
INSERT INTO bucket VALUES(3,4,4,10);
CREATE TABLE bucket_history (
  time_ns INTEGER NOT NULL,
  aggregate_key INTEGER NOT NULL REFERENCES aggregate,
  bucket INTEGER NOT NULL,
  count INTEGER NOT NULL,
  added INTEGER NOT NULL,
  PRIMARY KEY (time_ns, aggregate_key, bucket)
) WITHOUT ROWID;
INSERT INTO bucket_history VALUES(1795000000500000000,3,4,10,10);
INSERT INTO bucket_history VALUES(1795000001000000000,1,11,20,20);
INSERT INTO bucket_history VALUES(1795000001000000000,2,0,1,1);
INSERT INTO bucket_history VALUES(1795000001000000000,2,1,1,1);
INSERT INTO bucket_history VALUES(1795000001000000000,2,4,3,3);
INSERT INTO bucket_history VALUES(1795000002000000000,1,13,5,5);
CREATE TABLE hit_count (
  boot_id INTEGER NOT NULL REFERENCES boot,
  time_ns INTEGER NOT NULL,
  hits INTEGER,
  recorded INTEGER,
  filtered INTEGER,
  dropped INTEGER,
  throttled INTEGER,
  missed INTEGER,
  PRIMARY KEY (boot_id, time_ns)
) WITHOUT ROWID;
INSERT INTO hit_count VALUES(1,1795000000000000000,9,NULL,NULL,1,NULL,NULL);
CREATE TABLE counter (
  counter_id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boot,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  state TEXT NOT NULL,
  detail TEXT NOT NULL,
  sample INTEGER NOT NULL,
  sites INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  UNIQUE (boot_id, number, name, unit, kind)
);
INSERT INTO counter VALUES(1,1,5,'lock-contention','ns','duration','places in the kernel','on','',1,12,0,0);
INSERT INTO counter VALUES(2,1,8,'ipc-latency','ns','duration','places in the kernel','off','',100,20,1,3);
INSERT INTO counter VALUES(3,1,0,'instructions','instructions','count','none','unavailable','this CPU has no performance monitoring unit',1,0,0,0);
INSERT INTO counter VALUES(4,1,16,'requests','requests','count','tasks','destroyed','',1,0,0,0);
INSERT INTO counter VALUES(5,1,16,'queue','jobs','level','tasks','on','',1,0,0,0);
INSERT INTO counter VALUES(6,2,9,'vm-pressure','1/10000','level','places in the kernel','on','',1,4,0,0);
CREATE TABLE snapshot (
  boot_id INTEGER NOT NULL REFERENCES boot,
  sequence INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  uptime_ns INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  threads INTEGER NOT NULL,
  cpus INTEGER NOT NULL,
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
INSERT INTO snapshot VALUES(1,1,1795000001000000000,1000000000,3,11,1,NULL,134217728,120000000,9000000,3000000,0,10000000,990000000,NULL,100,1,0,5,0,NULL);
INSERT INTO snapshot VALUES(1,2,1795000002000000000,2000000000,4,12,1,2500,134217728,110000000,9000000,3000000,100000000,160000000,1740000000,NULL,350,2,0,9,1,2000000);
INSERT INTO snapshot VALUES(1,10,1795000010000000000,10000000000,4,13,1,10000,134217728,4000000,9000000,3000000,6100000000,2160000000,1740000000,70000000,9000,2,40,109,11,3000000);
INSERT INTO snapshot VALUES(2,3,1795000104000000000,3000000000,3,11,2,100,67108864,50000000,4000000,2000000,0,0,5900000000,NULL,7,0,0,0,0,NULL);
CREATE TABLE counter_value (
  boot_id INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  counter_id INTEGER NOT NULL REFERENCES counter,
  count INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (boot_id, sequence, counter_id),
  FOREIGN KEY (boot_id, sequence) REFERENCES snapshot
) WITHOUT ROWID;
INSERT INTO counter_value VALUES(1,1,1,0,0);
INSERT INTO counter_value VALUES(1,2,1,4,4000);
INSERT INTO counter_value VALUES(1,2,2,300,2500000);
INSERT INTO counter_value VALUES(1,2,4,7,7);
INSERT INTO counter_value VALUES(1,10,1,2,9000000);
INSERT INTO counter_value VALUES(1,10,5,1,12);
INSERT INTO counter_value VALUES(2,3,6,1,0);
CREATE TABLE counter_part (
  counter_id INTEGER NOT NULL REFERENCES counter,
  part INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  unit TEXT NOT NULL,
  PRIMARY KEY (counter_id, part)
) WITHOUT ROWID;
INSERT INTO counter_part VALUES(1,0,'sleep','duration','ns');
INSERT INTO counter_part VALUES(2,0,'message','duration','ns');
INSERT INTO counter_part VALUES(2,1,'rpc','duration','ns');
INSERT INTO counter_part VALUES(5,0,'all','level','jobs');
INSERT INTO counter_part VALUES(6,1,'faults','count','faults');
CREATE TABLE counter_reading (
  time_ns INTEGER NOT NULL,
  counter_id INTEGER NOT NULL,
  part INTEGER NOT NULL,
  sample INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  minimum INTEGER,
  maximum INTEGER,
  buckets TEXT,
  PRIMARY KEY (time_ns, counter_id, part),
  FOREIGN KEY (counter_id, part) REFERENCES counter_part
) WITHOUT ROWID;
INSERT INTO counter_reading VALUES(1795000002500000000,1,0,1,4,4000,0,3000,'[1,0,0,0,0,0,0,0,0,2,0,0,1]');
INSERT INTO counter_reading VALUES(1795000010500000000,1,0,1,2,9000000,1000000,8000000,'[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,1]');
INSERT INTO counter_reading VALUES(1795000010500000000,2,0,100,3,25000,5000,15000,'[0,0,0,0,0,0,0,0,0,0,0,0,0,2,1]');
INSERT INTO counter_reading VALUES(1795000010500000000,5,0,1,1,12,NULL,NULL,NULL);
INSERT INTO counter_reading VALUES(1795000104500000000,6,1,1,7,7,NULL,NULL,NULL);
CREATE TABLE health_factor (
  boot_id INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  factor TEXT NOT NULL,
  known INTEGER NOT NULL,
  points INTEGER,
  measured INTEGER,
  reference INTEGER,
  worst INTEGER,
  weight INTEGER,
  PRIMARY KEY (boot_id, time_ns, factor),
  FOREIGN KEY (boot_id, time_ns) REFERENCES health
) WITHOUT ROWID;
INSERT INTO health_factor VALUES(1,1795000000000000000,'probe load',1,7,120,100,NULL,NULL);
INSERT INTO health_factor VALUES(1,1795000010000000000,'cpu',1,4,9500,9000,10000,8);
INSERT INTO health_factor VALUES(1,1795000010000000000,'ipc-latency',0,NULL,NULL,500,5000,30);
INSERT INTO health_factor VALUES(1,1795000010000000000,'memory',1,42,8333,0,10000,50);
CREATE TABLE factor (
  factor TEXT PRIMARY KEY,
  counter TEXT NOT NULL,
  unit TEXT NOT NULL,
  measured TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO factor VALUES('cpu','','1/10000','share of the time that the CPUs were busy');
INSERT INTO factor VALUES('ipc-latency','ipc-latency','1/10000','messages that were under way');
INSERT INTO factor VALUES('memory','vm-pressure','1/10000','how far free memory has sunk');
CREATE INDEX thread_by_address ON thread (boot_id, thread, task);
CREATE INDEX snapshot_by_time ON snapshot (time_ns);
CREATE INDEX health_by_time ON health (time_ns);
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
CREATE VIEW buckets AS
SELECT aggregates.probe_id, aggregates.key, bucket.bucket, bucket.low,
       bucket.count, aggregates.aggregate_key, aggregates.boot_id
FROM aggregates JOIN bucket USING (aggregate_key)
WHERE bucket.count > 0;
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
CREATE VIEW counters AS
SELECT number, name, kind, unit, state, source, detail, sample, sites, refused,
       lost, boot_id, counter_id
FROM counter;
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
CREATE VIEW counter_buckets AS
SELECT r.time_ns, c.name, p.name AS part, b.key AS bucket,
       iif(b.key = 0, 0, 1 << (b.key - 1)) AS low_ns,
       iif(b.key = 41, r.maximum, (1 << b.key) - 1) AS high_ns,
       b.value AS count, c.boot_id, r.counter_id, r.part AS part_number
FROM counter_reading r JOIN counter c USING (counter_id)
     JOIN counter_part p ON p.counter_id = r.counter_id AND p.part = r.part
     JOIN json_each(r.buckets) b
WHERE b.value > 0;
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
PRAGMA application_id = 1296323666;
PRAGMA user_version = 5;
COMMIT;
