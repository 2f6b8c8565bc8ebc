/* What headers of gnumach-dev want of <sys/types.h>.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stddef.h>
#include <stdint.h>
