# Makes a manual page of PAGE.in: puts in the tables of the .def files, other
# files and what configure has decided, so that no page can get out of date.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# awk -v srcdir=DIR -f fill.awk PAGE.in
#
#   @table FILE MACRO [N=VALUE|N!=VALUE]
#   lines
#   @end		the lines for each MACRO (…) in FILE of which argument N
#			is VALUE, or is not; in them $1 … $9 are its arguments
#   @include FILE	the lines of FILE, in which all this holds too
#   @code FILE		the lines of FILE as they are
#   @queries		what explains the queries in the environment's
#			MAN_QUERY_FILES, see mdtrace-cli/queries.h
#   @NAME@		the environment's MAN_NAME
#
# FILEs are relative to srcdir.  Lines of text that have grown are broken.

# What mdoc takes for a command, or changes, made to be shown as it is.
function quote (text)
{
  gsub (/\\/, "\\e", text)
  gsub (/'/, "\\(aq", text)
  gsub (/--/, "\\-\\-", text)
  sub (/^\./, "\\\\\\&.", text)
  return text
}

function fail (message)
{
  print "fill.awk: " message > "/dev/stderr"
  failed = 1
  exit 1
}

# The lines of FILE in lines[from + 1] to lines[result].
function read_lines (file, lines, from,    line, status)
{
  while ((status = (getline line < (srcdir "/" file))) > 0)
    lines[++from] = line
  if (status < 0)
    fail(file ": cannot be read")
  close (srcdir "/" file)
  return from
}

# Print LINE; one of text that is too long in several, and each sentence of it
# in a line of its own.
function put (line,    words, count, i, length_so_far)
{
  while (line !~ /^\./ && (i = index (line, ".  ")) > 0)
    {
      put(substr (line, 1, i))
      line = substr (line, i + 3)
    }
  if (line ~ /^\./ || length (line) < 80)
    {
      print line
      return
    }
  count = split (line, words, / +/)
  for (i = 1; i <= count; i++)
    {
      if (i > 1 && length_so_far + 1 + length (words[i]) > 78)
	{
	  printf "\n"
	  length_so_far = 0
	}
      else if (i > 1)
	{
	  printf " "
	  length_so_far++
	}
      printf "%s", words[i]
      length_so_far += length (words[i])
    }
  printf "\n"
}

# Split the arguments of the macro whose parenthesis opens at AT of TEXT into
# arguments[]: strings that follow each other are one, parentheses pair.
function read_arguments (text, at, arguments,    depth, c, count, in_string)
{
  split ("", arguments)
  count = 1
  arguments[1] = ""
  for (; at <= length (text); at++)
    {
      c = substr (text, at, 1)
      if (c == "\"")
	in_string = !in_string
      else if (!in_string && c == "(" && depth++ == 0)
	continue
      else if (!in_string && c == ")" && --depth == 0)
	break
      else if (!in_string && c == "," && depth == 1)
	arguments[++count] = ""
      else
	arguments[count] = arguments[count] \
	  (in_string || c !~ /[ \t\n]/ ? c : "\001")
    }
  # Spaces matter in strings, and between the words of what is none.
  for (at = 1; at <= count; at++)
    {
      gsub (/^\001+|\001+$/, "", arguments[at])
      gsub (/\001+/, arguments[at] ~ / / ? "" : " ", arguments[at])
    }
}

function fill_in (line, arguments,    result, n)
{
  result = ""
  while (match (line, /\$[1-9]/))
    {
      n = substr (line, RSTART + 1, 1)
      result = result substr (line, 1, RSTART - 1) quote(arguments[n])
      line = substr (line, RSTART + 2)
    }
  return result line
}

function put_table (words, template, count,
		    lines, lines_count, text, i, part, arguments, condition)
{
  lines_count = read_lines(words[2], lines, 0)
  text = "\n"
  for (i = 1; i <= lines_count; i++)
    text = text lines[i] "\n"
  while ((i = index (text, "/*")) > 0)
    {
      part = substr (text, i)
      text = substr (text, 1, i - 1) substr (part, index (part, "*/") + 2)
    }
  i = 0
  while (match (text, "\n" words[3] " \\("))
    {
      text = substr (text, RSTART + RLENGTH - 1)
      read_arguments(text, 1, arguments)
      i++
      if (words[4] != "")
	{
	  split (words[4], condition, /!?=/)
	  if ((arguments[condition[1]] == condition[2]) \
	      == (words[4] ~ /!=/))
	    continue
	}
      for (part = 1; part <= count; part++)
	put(fill_in(template[part], arguments))
    }
  if (i == 0)
    fail(words[2] ": has no " words[3])
}

function put_code (file,    lines, count, i)
{
  count = read_lines(file, lines, 0)
  for (i = 1; i <= count; i++)
    {
      gsub (/\\/, "\\e", lines[i])
      if (lines[i] ~ /^[.']/)
	lines[i] = "\\&" lines[i]
      print lines[i]
    }
}

# Explain the query in FILE.
function put_query (file,    lines, count, i, name, words, text, in_parameters)
{
  count = read_lines(file, lines, 0)
  name = file
  sub (/.*\//, "", name)
  sub (/\.sql$/, "", name)
  print ".It Cm " name
  for (i = 1; i <= count && lines[i] ~ /^--/; i++)
    {
      text = quote(substr (lines[i], 4))
      split (lines[i], words, " ")
      if (text == "")
	continue
      if (words[2] != "parameter" && words[2] != "column")
	{
	  put(text)
	  continue
	}
      if (words[2] != in_parameters)
	{
	  if (in_parameters != "")
	    print ".El"
	  print ".Pp"
	  print (words[2] == "parameter" ? "Parameters:" : "Columns:")
	  print ".Bl -tag -width per_secondx -compact"
	  in_parameters = words[2]
	}
      if (words[2] == "parameter")
	{
	  sub (/:$/, "", words[4])
	  print ".It Va " words[3] (words[4] == "null" ? "" \
				     : " Ns = Ns Ar " words[4])
	}
      else
	{
	  sub (/:$/, "", words[3])
	  print ".It Va " words[3]
	}
      sub (/^[^:]*: /, "", text)
      put(toupper (substr (text, 1, 1)) substr (text, 2) ".")
    }
  print ".El"
}

function put_queries (    files, count, i)
{
  count = split (ENVIRON["MAN_QUERY_FILES"], files, " ")
  for (i = 1; i <= count; i++)
    put_query(files[i])
}

function put_file (file,    lines, count, i, words, template, template_count)
{
  count = read_lines(file, lines, 0)
  for (i = 1; i <= count; i++)
    {
      split (lines[i], words, " ")
      if (words[1] == "@include")
	put_file(words[2])
      else if (words[1] == "@code")
	put_code(words[2])
      else if (words[1] == "@queries")
	put_queries()
      else if (words[1] == "@table")
	{
	  for (template_count = 0; lines[++i] != "@end"; )
	    if (i > count)
	      fail(file ": a table without an end")
	    else
	      template[++template_count] = lines[i]
	  put_table(words, template, template_count)
	}
      else
	{
	  while (match (lines[i], /@[A-Z_]+@/))
	    {
	      words[1] = substr (lines[i], RSTART + 1, RLENGTH - 2)
	      if (!("MAN_" words[1] in ENVIRON))
		fail(file ": " words[1] ": not known")
	      lines[i] = substr (lines[i], 1, RSTART - 1) \
		ENVIRON["MAN_" words[1]] substr (lines[i], RSTART + RLENGTH)
	    }
	  put(lines[i])
	}
    }
}

BEGIN {
  put_file(ARGV[1])
  exit failed
}
