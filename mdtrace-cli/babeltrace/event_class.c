/* babeltrace2's source: classes of events, and their fields.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A value has as many bits as its type, if all that is stored fits into them,
   which it does unless somebody else has written the database; else 64.  */

#include <config.h>

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctf.h"
#include "identifier.h"
#include "utf8.h"

enum
{
  /* What follows the values in a shape.  */
  SHAPE_STACK = 1 << 8,
  SHAPE_WIDE = 1 << 9,	/* of the result */
  SHAPE_WIDE0 = 1 << 10 /* of argument 0, and WIDE0 << N of N */
};

/* A class of events of a place: those whose values are in the same shape, a
   mask of enum source_known and of these.  A place keeps its classes in a
   tree, of tsearch.  */
struct ctf_class
{
  uint32_t shape;
  bt_event_class *class;
};

/* Whether VALUE is what would be read of as many bytes as NAME has.  */
static bool
fits (const struct mdtrace_value_name *name, int64_t value)
{
  return mdtrace_value_read (name, (uint64_t) value) == (uint64_t) value;
}

static uint32_t
shape_of (const struct source_event *event)
{
  const struct mdtrace_names *names = event->probe->names;
  uint32_t shape = event->known;

  if (event->stack != NULL)
    shape |= SHAPE_STACK;
  if (event->known & SOURCE_RETVAL && !fits (&names->retval, event->retval))
    shape |= SHAPE_WIDE;
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (event->known & SOURCE_ARG0 << i
	&& !fits (&names->values[i], event->arguments[i]))
      shape |= SHAPE_WIDE0 << i;
  return shape;
}

/* Add MEMBER, whose reference is given away, to STRUCTURE as NAME.  */
static bool
append (bt_field_class *structure, const char *name, bt_field_class *member)
{
  bool good
      = structure != NULL && member != NULL
	&& bt_field_class_structure_append_member (structure, name, member)
	       == BT_FIELD_CLASS_STRUCTURE_APPEND_MEMBER_STATUS_OK;

  if (member != NULL)
    bt_field_class_put_ref (member);
  return good;
}

/* A class of integers of BITS bits; FORMAT is as in struct
   mdtrace_value_name.  */
static bt_field_class *
integer_class (bt_trace_class *trace_class, char format, unsigned bits)
{
  bt_field_class *class = format == 'd'
			      ? bt_field_class_integer_signed_create (
				  trace_class)
			      : bt_field_class_integer_unsigned_create (
				  trace_class);

  if (class == NULL)
    return NULL;
  bt_field_class_integer_set_field_value_range (class, bits);
  if (format != 'd' && format != 'u')
    bt_field_class_integer_set_preferred_display_base (
	class, BT_FIELD_CLASS_INTEGER_PREFERRED_DISPLAY_BASE_HEXADECIMAL);
  return class;
}

static bt_field_class *
value_class (bt_trace_class *trace_class,
	     const struct mdtrace_value_name *name, bool is_wide)
{
  return integer_class (trace_class, name->format,
			is_wide ? 64 : 8 * name->bytes);
}

bt_field_class *
ctf_common_context (bt_trace_class *trace_class)
{
  bt_field_class *context = bt_field_class_structure_create (trace_class);

  if (append (context, "thread", integer_class (trace_class, 'x', 64))
      && append (context, "task", integer_class (trace_class, 'x', 64))
      && append (context, "task_name",
		 bt_field_class_string_create (trace_class))
      && append (context, "boot_id", integer_class (trace_class, 'u', 64)))
    return context;
  bt_field_class_put_ref (context);
  return NULL;
}

/* The class of the context of one event: its probe and its site.  */
static bt_field_class *
specific_context (bt_trace_class *trace_class, const struct place *place)
{
  bt_field_class *context = bt_field_class_structure_create (trace_class);

  if (append (context, "probe_id", integer_class (trace_class, 'u', 32))
      && (place->site == NULL
	  || append (context, "address",
		     integer_class (trace_class, 'x', 64))))
    return context;
  bt_field_class_put_ref (context);
  return NULL;
}

/* Append the length of a stack, and its frames.  CTF needs the length to be a
   field; the sink would make up one that it does not take away again.  */
static bool
append_stack (bt_trace_class *trace_class, bt_field_class *payload)
{
  bt_field_class *length = integer_class (trace_class, 'u', 32);
  bt_field_class *frame = integer_class (trace_class, 'x', 64);
  bool good = length != NULL && frame != NULL;

  if (good)
    {
      /* APPEND gives its reference away.  */
      bt_field_class_get_ref (length);
      good = append (payload, "stack_length", length)
	     && append (payload, "stack",
			bt_field_class_array_dynamic_create (trace_class,
							     frame, length));
    }
  if (frame != NULL)
    bt_field_class_put_ref (frame);
  if (length != NULL)
    bt_field_class_put_ref (length);
  return good;
}

/* The class of the values of SHAPE, in the order in which ctf_event_fill sets
   them.  */
static bt_field_class *
payload_class (bt_trace_class *trace_class, const struct source_probe *probe,
	       uint32_t shape)
{
  enum
  {
    OTHERS = 4
  };
  /* What stands behind the arguments keeps its name.  */
  const char *taken[OTHERS + MDTRACE_ARGUMENTS_MAX]
      = { "retval", "duration_ns", "stack_length", "stack" };
  char names[MDTRACE_ARGUMENTS_MAX][64];
  bt_field_class *payload = bt_field_class_structure_create (trace_class);
  bool good = payload != NULL;

  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      /* The names do not depend on the shape.  */
      ctf_identifier (place_argument_name (probe, i), taken, OTHERS + i,
		      names[i], sizeof names[i]);
      taken[OTHERS + i] = names[i];
      if (shape & SOURCE_ARG0 << i)
	good = good
	       && append (payload, names[i],
			  value_class (trace_class, &probe->names->values[i],
				       shape & SHAPE_WIDE0 << i));
    }
  if (shape & SOURCE_RETVAL)
    good = good
	   && append (payload, "retval",
		      value_class (trace_class, &probe->names->retval,
				   shape & SHAPE_WIDE));
  if (shape & SOURCE_DURATION)
    good = good
	   && append (payload, "duration_ns",
		      integer_class (trace_class, 'd', 64));
  if (shape & SHAPE_STACK)
    good = good && append_stack (trace_class, payload);
  if (good)
    return payload;
  if (payload != NULL)
    bt_field_class_put_ref (payload);
  return NULL;
}

/* Call CLASS by its PLACE.  */
static bool
name_class (bt_event_class *class, const struct place *place)
{
  char *name = NULL, *clean = NULL;
  bool good = false;

  if (asprintf (&name, "%s:%s:%s:%s", place->probe->provider,
		place->probe->module, place->function, place->name)
      >= 0)
    clean = ctf_metadata_text (name);
  if (clean != NULL)
    good = bt_event_class_set_name (class, clean)
	   == BT_EVENT_CLASS_SET_NAME_STATUS_OK;
  free (clean);
  free (name);
  return good;
}

static bt_event_class *
make_class (const struct ctf_boot *boot, const struct place *place,
	    uint32_t shape)
{
  bt_event_class *class = bt_event_class_create (boot->events_class);
  bt_field_class *context = specific_context (boot->trace_class, place);
  bt_field_class *payload
      = payload_class (boot->trace_class, place->probe, shape);
  bool good
      = class != NULL && context != NULL && payload != NULL
	&& name_class (class, place)
	&& bt_event_class_set_specific_context_field_class (class, context)
	       == BT_EVENT_CLASS_SET_FIELD_CLASS_STATUS_OK
	&& bt_event_class_set_payload_field_class (class, payload)
	       == BT_EVENT_CLASS_SET_FIELD_CLASS_STATUS_OK;

  if (payload != NULL)
    bt_field_class_put_ref (payload);
  if (context != NULL)
    bt_field_class_put_ref (context);
  if (!good && class != NULL)
    {
      bt_event_class_put_ref (class);
      class = NULL;
    }
  return class;
}

static int
compare_shapes (const void *first, const void *second)
{
  const struct ctf_class *a = first, *b = second;

  return a->shape < b->shape ? -1 : a->shape > b->shape;
}

static void
free_class (void *element)
{
  struct ctf_class *class = element;

  bt_event_class_put_ref (class->class);
  free (class);
}

bt_event_class *
ctf_event_class (const struct ctf_boot *boot, struct place *place,
		 const struct source_event *event)
{
  struct ctf_class key = { .shape = shape_of (event) };
  struct ctf_class **found = tfind (&key, &place->kept, compare_shapes);

  if (found != NULL)
    return (*found)->class;
  struct ctf_class *class = malloc (sizeof *class);
  if (class == NULL)
    return NULL;
  *class = (struct ctf_class){
    .shape = key.shape,
    .class = make_class (boot, place, key.shape),
  };
  if (class->class != NULL
      && tsearch (class, &place->kept, compare_shapes) != NULL)
    return class->class;
  if (class->class != NULL)
    bt_event_class_put_ref (class->class);
  free (class);
  return NULL;
}

void
ctf_place_free (struct place *place)
{
  tdestroy (place->kept, free_class);
  place->kept = NULL;
}

static void
set_unsigned (bt_field *structure, unsigned member, uint64_t value)
{
  bt_field_integer_unsigned_set_value (
      bt_field_structure_borrow_member_field_by_index (structure, member),
      value);
}

static void
set_value (bt_field *structure, unsigned member, char format, int64_t value)
{
  if (format == 'd')
    bt_field_integer_signed_set_value (
	bt_field_structure_borrow_member_field_by_index (structure, member),
	value);
  else
    set_unsigned (structure, member, (uint64_t) value);
}

static bool
set_string (bt_field *structure, unsigned member, const char *text)
{
  bt_field *field
      = bt_field_structure_borrow_member_field_by_index (structure, member);
  char *clean = NULL;
  const char *rest = text;

  while (*rest != '\0' && utf8_bytes (rest) > 0)
    rest += utf8_bytes (rest);
  if (*rest != '\0')
    {
      clean = utf8_clean (text);
      if (clean == NULL)
	return false;
      text = clean;
    }
  bool good = bt_field_string_set_value (field, text)
	      == BT_FIELD_STRING_SET_VALUE_STATUS_OK;
  free (clean);
  return good;
}

/* Set the length of STACK, which is MEMBER, and its frames.  */
static bool
set_stack (bt_field *structure, unsigned member,
	   const struct source_stack *stack)
{
  bt_field *field = bt_field_structure_borrow_member_field_by_index (
      structure, member + 1);

  set_unsigned (structure, member, stack->count);
  if (bt_field_array_dynamic_set_length (field, stack->count)
      != BT_FIELD_DYNAMIC_ARRAY_SET_LENGTH_STATUS_OK)
    return false;
  for (uint32_t i = 0; i < stack->count; i++)
    bt_field_integer_unsigned_set_value (
	bt_field_array_borrow_element_field_by_index (field, i),
	stack->frames[i]);
  return true;
}

bool
ctf_event_fill (bt_event *to, const struct source_event *event)
{
  const struct mdtrace_names *names = event->probe->names;
  const struct source_thread *thread = event->thread;
  bt_field *common = bt_event_borrow_common_context_field (to);
  bt_field *specific = bt_event_borrow_specific_context_field (to);
  bt_field *payload = bt_event_borrow_payload_field (to);
  unsigned member = 0;

  set_unsigned (common, 0, thread != NULL ? thread->address : 0);
  set_unsigned (common, 1, thread != NULL ? thread->task->address : 0);
  /* An empty string babeltrace2 2.0.4 would read from CTF as the one before.
   */
  if (!set_string (common, 2,
		   thread != NULL && thread->task->name[0] != '\0'
		       ? thread->task->name
		       : "?"))
    return false;
  set_unsigned (common, 3, (uint64_t) event->probe->boot_id);
  set_unsigned (specific, 0, event->probe->id);
  if (event->site != NULL && event->site->probe == event->probe)
    set_unsigned (specific, 1, event->site->address);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (event->known & SOURCE_ARG0 << i)
      set_value (payload, member++, names->values[i].format,
		 event->arguments[i]);
  if (event->known & SOURCE_RETVAL)
    set_value (payload, member++, names->retval.format, event->retval);
  if (event->known & SOURCE_DURATION)
    set_value (payload, member++, 'd', event->duration_ns);
  return event->stack == NULL || set_stack (payload, member, event->stack);
}
