-- What a made-up trace is given to make every format sweat: names that no
-- format has room for as they are, values at the ends of 64 bits, NULLs, and
-- losses.
UPDATE task_name SET task_name = char(10) || '"quoted", ''so'' \ </script>'
  WHERE task_name_id = 1;
UPDATE task_name SET task_name = 'caf' || char(233) || char(1, 127, 9)
  WHERE task_name_id = 2;
UPDATE task_name SET task_name = CAST(x'6261642dff' AS TEXT)
  WHERE task_name_id = 3;
UPDATE site SET function = 'a,b"c' || char(10) || '<d>:%s;e' || char(233) || 'c' WHERE site_key = 3;
UPDATE probe SET label = '"{}\' || char(10), args = 'a b:d8:long;a b:u8:unsigned long;class:x8:void *;a.b:d8:long;retval:d8:long'
  WHERE probe_key = 2;
UPDATE event SET arg0 = -9223372036854775808, arg1 = -1,
    arg2 = 9223372036854775807, arg3 = 5 WHERE site_key = 3;
UPDATE event SET retval = 9223372036854775807 WHERE site_key = 4;
UPDATE event SET thread_key = NULL
  WHERE site_key = 5 AND time_ns % 3 = 0;
UPDATE event SET site_key = NULL WHERE site_key = 6 AND time_ns % 2 = 0;
INSERT INTO loss SELECT 1, time_ns + 1, 5, 0, 0 FROM event
  ORDER BY time_ns LIMIT 1 OFFSET 100;
INSERT INTO loss SELECT 2, time_ns + 1, 0, 7, 2 FROM event
  ORDER BY time_ns LIMIT 1 OFFSET 200;
INSERT INTO loss SELECT 1, time_ns + 1, -2, 0, 0 FROM event
  ORDER BY time_ns LIMIT 1 OFFSET 300;
INSERT INTO loss SELECT 1, time_ns + 1, 10, 0, 0 FROM event
  ORDER BY time_ns LIMIT 1 OFFSET 400;
UPDATE probe SET dropped = 13 WHERE probe_key = 1;
UPDATE probe SET throttled = 7, missed = 2 WHERE probe_key = 2;
