/* An enumerator that stands for something else in another file of the same
   program.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

enum drops
{
  DROPS = 2
};

enum drops sample_drops (void);

enum drops
sample_drops (void)
{
  return DROPS;
}
