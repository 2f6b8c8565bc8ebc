-- From version 2 of the database to version 3: put the old tables aside.

DROP VIEW IF EXISTS events;
DROP VIEW IF EXISTS probes;
ALTER TABLE identity RENAME TO old_identity;
ALTER TABLE kernel RENAME TO old_kernel;
ALTER TABLE boot RENAME TO old_boot;
ALTER TABLE probe RENAME TO old_probe;
ALTER TABLE site RENAME TO old_site;
ALTER TABLE task_name RENAME TO old_task_name;
ALTER TABLE task RENAME TO old_task;
ALTER TABLE event RENAME TO old_event;
ALTER TABLE ring RENAME TO old_ring;
