/* Words for the numbers of the interface.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <mach/mig_errors.h>

#include "mdtrace.h"

const char *
mdtrace_error_message (int error)
{
  switch (error)
    {
    case MDTRACE_OK:
      return "done";
#define MDTRACE_ERROR(name, number, message)                                  \
  case number:                                                                \
    return message;
#include "mdtrace_errors.def"
#undef MDTRACE_ERROR
    case MIG_BAD_ID:
      return "the kernel does not know this request";
    case MIG_BAD_ARGUMENTS:
    case MIG_TYPE_ERROR:
      return "kernel and client disagree about the form of this request";
    case MACH_SEND_INVALID_DEST:
      return "the port is none that messages can be sent to";
    default:
      return "Mach refused it";
    }
}

const char *
mdtrace_kind_words (unsigned kind)
{
  switch (kind)
    {
#define MDTRACE_KIND(number, name, words, part)                               \
  case number:                                                                \
    return words;
#include "mdtrace_kinds.def"
#undef MDTRACE_KIND
    default:
      return "unknown kind";
    }
}

const char *
mdtrace_kind_part (unsigned kind)
{
  switch (kind)
    {
#define MDTRACE_KIND(number, name, words, part)                               \
  case number:                                                                \
    return part;
#include "mdtrace_kinds.def"
#undef MDTRACE_KIND
    default:
      return "";
    }
}

const char *
mdtrace_kinds_words (unsigned kinds)
{
  if ((kinds & MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY))
      && (kinds & MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)))
    return "entry and return";
  for (unsigned kind = 0; kind < 32; kind++)
    if (kinds & MDTRACE_KIND_BIT (kind))
      return mdtrace_kind_words (kind);
  return "unknown kind";
}

const char *
mdtrace_kinds_part (unsigned kinds)
{
  for (unsigned kind = 0; kind < 32; kind++)
    if (kinds == MDTRACE_KIND_BIT (kind))
      return mdtrace_kind_part (kind);
  /* An empty part matches all.  */
  return "";
}

const char *
mdtrace_mode_words (unsigned mode)
{
  switch (mode)
    {
    case MDTRACE_MODE_NONE:
      return "none";
    case MDTRACE_MODE_JUMP:
      return "jump";
    case MDTRACE_MODE_BREAKPOINT:
      return "breakpoint";
    default:
      return "unknown";
    }
}

const char *
mdtrace_state_words (unsigned state)
{
  switch (state)
    {
    case MDTRACE_STATE_DISABLED:
      return "disabled";
    case MDTRACE_STATE_ENABLED:
      return "enabled";
    case MDTRACE_STATE_DESTROYED:
      return "destroyed";
    default:
      return "unknown state";
    }
}

const char *
mdtrace_ring_mode_word (unsigned mode)
{
  switch (mode)
    {
#define MDTRACE_MODE(number, name, word, documentation)                       \
  case number:                                                                \
    return word;
#include "mdtrace_modes.def"
#undef MDTRACE_MODE
    default:
      return "unknown mode";
    }
}

const char *
mdtrace_reason_words (unsigned reason)
{
  switch (reason)
    {
#define MDTRACE_REASON(number, name, words)                                   \
  case number:                                                                \
    return words;
#include "mdtrace_reasons.def"
#undef MDTRACE_REASON
    default:
      return "";
    }
}
