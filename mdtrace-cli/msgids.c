/* Names of messages.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msgids.h"

struct name
{
  int32_t id;
  unsigned order; /* in which it was read */
  char text[MSGIDS_NAME_BYTES];
};

struct msgids
{
  struct name *names; /* by id */
  size_t count, room;
};

static bool
add (struct msgids *msgids, int32_t id, const char *subsystem,
     const char *routine, const char *suffix)
{
  if (msgids->count == msgids->room)
    {
      size_t room = msgids->room * 2 + 256;
      struct name *more = reallocarray (msgids->names, room, sizeof *more);
      if (more == NULL)
	return false;
      msgids->names = more;
      msgids->room = room;
    }
  struct name *name = &msgids->names[msgids->count];
  name->id = id;
  name->order = msgids->count++;
  snprintf (name->text, sizeof name->text, "%s.%s%s", subsystem, routine,
	    suffix);
  return true;
}

/* Take a LINE of a file; what is not as it should be is passed over.  */
static bool
take_line (struct msgids *msgids, const char *line)
{
  char subsystem[64], routine[64];
  int32_t request, reply;

  if (sscanf (line, "%63s %*d %63s %*d %" SCNd32 " %" SCNd32, subsystem,
	      routine, &request, &reply)
      != 4)
    return true;
  return add (msgids, request, subsystem, routine, "")
	 && (reply == 0 || add (msgids, reply, subsystem, routine, " reply"));
}

static bool
read_file (struct msgids *msgids, const char *path)
{
  char line[512];
  bool good = true;
  FILE *file = fopen (path, "re");

  while (file != NULL && good && fgets (line, sizeof line, file) != NULL)
    good = take_line (msgids, line);
  if (file != NULL)
    fclose (file);
  return good;
}

static int
is_msgids (const struct dirent *entry)
{
  size_t length = strlen (entry->d_name);

  return length > 7 && strcmp (entry->d_name + length - 7, ".msgids") == 0;
}

static bool
read_directory (struct msgids *msgids, const char *directory)
{
  struct dirent **entries;
  int count = scandir (directory, &entries, is_msgids, alphasort);
  bool good = true;

  for (int i = 0; i < count; i++)
    {
      char *path;
      good = good
	     && asprintf (&path, "%s/%s", directory, entries[i]->d_name) >= 0;
      if (good)
	{
	  good = read_file (msgids, path);
	  free (path);
	}
      free (entries[i]);
    }
  if (count >= 0)
    free (entries);
  return good;
}

static int
compare_names (const void *first, const void *second)
{
  const struct name *a = first, *b = second;

  if (a->id != b->id)
    return a->id < b->id ? -1 : 1;
  return a->order < b->order ? -1 : 1;
}

/* Where they are if nothing else is said.  The caller frees it.  */
static char *
usual_directories (void)
{
  const char *built = getenv ("MDTRACE_LIBDIR");
  char *directories;

  if (asprintf (&directories, "%s:/usr/share/msgids%s%s%s", MSGIDSDIR,
		built != NULL ? ":" : "", built != NULL ? built : "",
		built != NULL ? "/msgids" : "")
      < 0)
    return NULL;
  return directories;
}

struct msgids *
msgids_read (const char *directories)
{
  struct msgids *msgids = calloc (1, sizeof *msgids);

  if (directories == NULL)
    directories = getenv ("MDTRACE_MSGIDS");
  char *copy
      = directories != NULL ? strdup (directories) : usual_directories ();
  bool good = msgids != NULL && copy != NULL;
  char *rest = copy;
  while (good && rest != NULL)
    {
      const char *directory = strsep (&rest, ":");
      good = *directory == '\0' || read_directory (msgids, directory);
    }
  free (copy);
  if (!good)
    {
      msgids_free (msgids);
      return NULL;
    }
  if (msgids->count > 0)
    qsort (msgids->names, msgids->count, sizeof *msgids->names, compare_names);
  return msgids;
}

void
msgids_free (struct msgids *msgids)
{
  if (msgids == NULL)
    return;
  free (msgids->names);
  free (msgids);
}

const char *
msgids_name (const struct msgids *msgids, int32_t id)
{
  size_t low = 0, high = msgids != NULL ? msgids->count : 0;

  /* The first one with that id.  */
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      if (msgids->names[middle].id < id)
	low = middle + 1;
      else
	high = middle;
    }
  if (msgids == NULL || low == msgids->count || msgids->names[low].id != id)
    return NULL;
  return msgids->names[low].text;
}
