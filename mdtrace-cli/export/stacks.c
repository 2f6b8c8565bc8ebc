/* Export: stacks as folded text, for flame graphs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "export.h"
#include "folded.h"

bool
export_folded (struct export *export)
{
  struct output *output = &export->output;
  struct folded_options options = { .probe = export->options->probe,
				    .from_ns = export->options->from_ns,
				    .to_ns = export->options->to_ns,
				    .by = FOLDED_BY_COUNT };
  struct folded folded;

  if (!folded_collect (export->source, &options, &folded, export->message,
		       sizeof export->message))
    {
      if (folded.is_empty)
	export->error = MDTRACE_ERR_NO_STACKS;
      return false;
    }
  for (size_t i = 0; i < folded.count; i++)
    {
      output_text (output, folded.stacks[i].text);
      output_char (output, ' ');
      output_unsigned (output, folded.stacks[i].weight);
      output_char (output, '\n');
    }
  export->events = folded.weight;
  folded_free (&folded);
  return true;
}
