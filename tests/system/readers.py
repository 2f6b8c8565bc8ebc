# What other programs read in an export is what the database has: nothing at all
# is right.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   readers.py csv FILE DATABASE VIEW	Python's csv, of all columns of a view
#   readers.py openmetrics FILE DATABASE	Prometheus's client, of all probes
import codecs
import csv
import io
import sqlite3
import sys

# What is no UTF-8: a character for each byte, as in exports.
codecs.register_error("each", lambda error:
                      ("\ufffd" * (error.end - error.start), error.end))


def select(database, text_of, query):
    connection = sqlite3.connect("file:%s?mode=ro" % database, uri=True)
    connection.text_factory = text_of
    return connection.execute(query)


def as_written(value):
    return "" if value is None else str(value)


def read_csv(name, database, view):
    with open(name, newline="", encoding="utf-8",
              errors="surrogateescape") as file:
        text = file.read()
    if not text.endswith("\r\n"):
        print("the last line has no end")
    got = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    cursor = select(database,
                    lambda text: text.decode("utf-8", "surrogateescape"),
                    "SELECT * FROM %s ORDER BY time_ns" % view)
    expected = [[column[0] for column in cursor.description]]
    expected += [[as_written(value) for value in row] for row in cursor]
    # Those of one time are in any order.
    for row in [row for row in got if row not in expected][:3] \
            if sorted(got) != sorted(expected) else []:
        print("not in the view: %s" % row)
    if len(got) != len(expected):
        print("%d rows, of %d" % (len(got), len(expected)))
    if [row[0] for row in got] != [row[0] for row in expected]:
        print("the times are not in order")


def read_openmetrics(name, database):
    from prometheus_client.openmetrics import parser
    with open(name, encoding="utf-8", newline="\n") as file:
        text = file.read()
    samples = [sample for family
               in parser.text_string_to_metric_families(text)
               for sample in family.samples]
    lines = [line for line in text.split("\n") if line and line[0] != "#"]
    if len(samples) != len(lines):
        print("%d samples, of %d" % (len(samples), len(lines)))
    got = sorted((sample.labels["probe_id"], sample.labels.get("function", ""),
                  sample.labels.get("name", ""),
                  sample.labels.get("label", ""), int(sample.value))
                 for sample in samples
                 if sample.name == "mdtrace_probe_hits_total")
    rows = select(database, lambda text: text.decode("utf-8", "each"),
                  "SELECT probe_id, function, name, label, hits FROM probe"
                  " WHERE boot_id = (SELECT max(boot_id) FROM boot)")
    expected = sorted((str(row[0]), row[1], row[2], row[3],
                       row[4] % (1 << 64)) for row in rows)
    for probe in set(got) ^ set(expected):
        print("only in one of both: %s" % (probe,))


if sys.argv[1] == "csv":
    read_csv(*sys.argv[2:])
else:
    read_openmetrics(*sys.argv[2:])
