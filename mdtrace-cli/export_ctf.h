/* mdtrace export: to CTF.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef EXPORT_CTF_H
#define EXPORT_CTF_H

#include "cli.h"
#include "export.h"

/* Let babeltrace2 write what EXPORT says of the trace at PATH into DIRECTORY,
   which must not be there.  Returns the exit status.  */
int export_ctf (const struct cli_options *options,
		const struct export_options *export, const char *path,
		const char *directory);

#endif /* EXPORT_CTF_H */
