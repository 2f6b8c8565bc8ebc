# What is wrong with JSON documents, by JSON schemas: nothing at all is right.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each line of standard input is a schema, which can be a part of one,
# FILE#/$defs/NAME, and a document, or, if it is called *.ndjson, a document in
# each of its lines.  With --strict it says which mistakes the schema would not
# find: in each kind of place of the document an unknown member, a member that is
# left out, and a value of another type.
#
# It also finds what no schema can: names that an object has twice, numbers that
# are none (NaN), and schemas that are wrong themselves.
import json
import sys

from jsonschema import Draft202012Validator


def no_constant(name):
    raise ValueError(name + " is no number")


def object_of(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, value in pairs]
        raise ValueError("a name twice: %s"
                         % [name for name in result if names.count(name) > 1])
    return result


def parse(text):
    return json.loads(text, object_pairs_hook=object_of,
                      parse_constant=no_constant)


def load_schema(name):
    path, _, part = name.partition("#")
    with open(path, encoding="utf-8") as file:
        schema = parse(file.read())
    Draft202012Validator.check_schema(schema)
    if part:
        schema = {"$ref": "#" + part, "$defs": schema["$defs"]}
    return Draft202012Validator(schema)


def plainest(error):
    """Of a choice, what is wrong with what was meant: what has least wrong."""
    while error.context:
        branches = {}
        for other in error.context:
            branches.setdefault(other.schema_path[0], []).append(other)
        error = min(branches.values(), key=len)[0]
    return error


def place(path):
    return "/".join(str(step) for step in path) or "the document"


def pruned(value):
    """Of arrays as much as there are kinds of elements."""
    if isinstance(value, dict):
        return {name: pruned(member) for name, member in value.items()}
    if isinstance(value, list):
        kinds = {}
        for element in value:
            kinds.setdefault(kind_of(element), pruned(element))
        return value[:6] if len(value) == 6 else list(kinds.values())
    return value


def kind_of(value):
    if isinstance(value, dict):
        return (value.get("ph"), value.get("kind"),
                tuple((name, type(value[name])) for name in sorted(value)))
    return type(value)


def places(value, path=()):
    """All there are below VALUE, each with what holds it."""
    yield path
    if isinstance(value, dict):
        for name in list(value):
            yield from places(value[name], path + (name,))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], path + (index,))


def find(document, path):
    for step in path:
        document = document[step]
    return document


def mistakes(document, path):
    """Make the mistakes that there can be at PATH, one after the other."""
    value = find(document, path)
    if isinstance(value, dict):
        value["an unknown member"] = 1
        yield "an unknown member of " + place(path)
        del value["an unknown member"]
    if not path:
        return
    holder = find(document, path[:-1])
    wrong = [{"an unknown member": [1]}]
    wrong += [1.5] if isinstance(value, str) else ["no such word"]
    wrong += [[["no such word"]]]
    for other in wrong:
        holder[path[-1]] = other
        yield "%s as %s" % (place(path), json.dumps(other))
    holder[path[-1]] = value
    if isinstance(holder, dict):
        members = dict(holder)
        del holder[path[-1]]
        yield "no " + place(path)
        holder.clear()
        holder.update(members)


def strict(validator, document):
    for path in places(document):
        for mistake in mistakes(document, path):
            if validator.is_valid(document):
                yield mistake


def documents(name):
    with open(name, encoding="utf-8", errors="strict") as file:
        text = file.read()
    by_lines = name.endswith(".ndjson")
    return [parse(line) for line in text.splitlines()] if by_lines \
        else [parse(text)]


def complain(validator, name, document):
    for error in validator.iter_errors(document):
        error = plainest(error)
        print("%s: %s: %s" % (name, place(error.absolute_path),
                              error.message[:300]))


def main(is_strict):
    for line in sys.stdin:
        schema, name = line.split()
        try:
            validator = load_schema(schema)
            for document in pruned(documents(name)) if is_strict \
                    else documents(name):
                complain(validator, name, document)
                if is_strict:
                    for mistake in strict(validator, document):
                        print(mistake)
        except ValueError as error:
            print("%s: %s" % (name, error))


main("--strict" in sys.argv)
