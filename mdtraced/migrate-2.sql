-- From version 1 of the database to version 2: sites, returned values, and
-- probes with several sites.

DROP VIEW events;
DROP VIEW probes;
ALTER TABLE probe ADD COLUMN sites INTEGER NOT NULL DEFAULT 1;
ALTER TABLE probe ADD COLUMN functions INTEGER NOT NULL DEFAULT 1;
ALTER TABLE probe ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN args TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN address INTEGER;
ALTER TABLE event ADD COLUMN retval INTEGER;
CREATE TABLE site (
  probe_key INTEGER NOT NULL REFERENCES probe,
  address INTEGER NOT NULL,
  function TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  offset INTEGER NOT NULL,
  plan TEXT NOT NULL,
  PRIMARY KEY (probe_key, address)
) WITHOUT ROWID;
