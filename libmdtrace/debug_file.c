/* Where a kernel's debug file is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   mdtrace-mkkernel writes it beside the kernel.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "mdtrace.h"

/* KERNEL.debug, if there is such a file.  */
static char *
beside (const char *kernel)
{
  char *path;

  if (asprintf (&path, "%s.debug", kernel) < 0)
    return NULL;
  if (access (path, R_OK) == 0)
    return path;
  free (path);
  return NULL;
}

/* Beside the kernel of the virtual machine in DIRECTORY.  */
static char *
of_guest (const char *directory)
{
  struct guest guest;

  return guest_read (directory, &guest) ? beside (guest.kernel) : NULL;
}

char *
mdtrace_debug_find_file (struct mdtrace_target *target)
{
  const char *kernel = getenv ("MDTRACE_KERNEL");
  const char *directory = mdtrace_target_directory (target);
  struct mdtrace_daemon_info info;
  char *path = NULL;

  if (kernel != NULL && kernel[0] != '\0')
    path = beside (kernel);
  if (path == NULL && directory != NULL)
    path = of_guest (directory);
  if (path == NULL && directory == NULL
      && mdtrace_daemon_get_info (target, &info) == MDTRACE_OK
      && strncmp (info.target, "vm:", 3) == 0)
    path = of_guest (info.target + 3);
  return path;
}
