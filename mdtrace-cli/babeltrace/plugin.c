/* babeltrace2's source: the plugin.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A component source.mdtrace.trace reads one database or trace file.  */

#include <config.h>

#include <babeltrace2/babeltrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"
#include "recognise.h"
#include "source.h"

enum
{
  MESSAGE_BYTES = 1536
};

struct component
{
  char *path, *probe;
  struct messages_options options;
  bool is_partial;
  /* What has been opened to see whether it can be read, for the first
     iterator; null: it has it.  */
  struct source *source;
};

/* Take the integer that PARAMS call NAME to *NUMBER, if it is there.  */
static bool
take_integer (const bt_value *params, const char *name, int64_t *number,
	      unsigned *taken)
{
  const bt_value *value = bt_value_map_borrow_entry_value_const (params, name);

  if (value == NULL)
    return true;
  ++*taken;
  if (bt_value_is_signed_integer (value))
    *number = bt_value_integer_signed_get (value);
  else if (bt_value_is_unsigned_integer (value))
    *number = (int64_t) bt_value_integer_unsigned_get (value);
  else
    return false;
  return true;
}

/* What is wrong with PARAMS; null: nothing, and then COMPONENT has them.  */
static const char *
take_parameters (struct component *component, const bt_value *params)
{
  const bt_value *inputs
      = bt_value_map_borrow_entry_value_const (params, "inputs");
  const bt_value *partial
      = bt_value_map_borrow_entry_value_const (params, "partial");
  const bt_value *probe
      = bt_value_map_borrow_entry_value_const (params, "probe");
  struct messages_options *options = &component->options;
  unsigned taken = 1 + (partial != NULL) + (probe != NULL);

  if (inputs == NULL || !bt_value_is_array (inputs)
      || bt_value_array_get_length (inputs) != 1
      || !bt_value_is_string (
	  bt_value_array_borrow_element_by_index_const (inputs, 0)))
    return "the parameter inputs must be an array of one path";
  if (partial != NULL && !bt_value_is_bool (partial))
    return "the parameter partial must be yes or no";
  if (probe != NULL && !bt_value_is_string (probe))
    return "the parameter probe must be a string, a pattern of probes";
  if (!take_integer (params, "from", &options->from_ns, &taken)
      || !take_integer (params, "until", &options->to_ns, &taken))
    return "the parameters from and until must be nanoseconds since 1970";
  if (options->from_ns > options->to_ns)
    return "the parameter from is after until";
  if (bt_value_map_get_size (params) > taken)
    return "it knows the parameters inputs, partial, probe, from and until, "
	   "and no others";
  component->is_partial
      = partial != NULL && bt_value_bool_get (partial) != BT_FALSE;
  component->path = strdup (bt_value_string_get (
      bt_value_array_borrow_element_by_index_const (inputs, 0)));
  if (probe != NULL)
    {
      component->probe = strdup (bt_value_string_get (probe));
      options->probe = component->probe;
    }
  return component->path != NULL && (probe == NULL || component->probe != NULL)
	     ? NULL
	     : "there is no memory";
}

static void
free_component (struct component *component)
{
  source_close (component->source);
  free (component->path);
  free (component->probe);
  free (component);
}

static bt_component_class_initialize_method_status
initialize (bt_self_component_source *self_source,
	    bt_self_component_source_configuration *configuration,
	    const bt_value *params, void *data)
{
  bt_self_component *self
      = bt_self_component_source_as_self_component (self_source);
  struct component *component = calloc (1, sizeof *component);
  char message[MESSAGE_BYTES];

  (void) configuration;
  (void) data;
  if (component == NULL)
    return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_MEMORY_ERROR;
  component->options.from_ns = INT64_MIN;
  component->options.to_ns = INT64_MAX;
  const char *problem = take_parameters (component, params);
  if (problem == NULL)
    {
      component->source = source_open (component->path, component->is_partial,
				       message, sizeof message);
      if (component->source == NULL)
	problem = message;
    }
  if (problem != NULL)
    {
      BT_CURRENT_THREAD_ERROR_APPEND_CAUSE_FROM_COMPONENT (
	  self, "%s%s%s", component->path != NULL ? component->path : "",
	  component->path != NULL ? ": " : "", problem);
      free_component (component);
      return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_ERROR;
    }
  if (bt_self_component_source_add_output_port (self_source, "out", NULL, NULL)
      != BT_SELF_COMPONENT_ADD_PORT_STATUS_OK)
    {
      free_component (component);
      return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_ERROR;
    }
  bt_self_component_set_data (self, component);
  return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_OK;
}

static void
finalize (bt_self_component_source *self)
{
  free_component (bt_self_component_get_data (
      bt_self_component_source_as_self_component (self)));
}

static bt_message_iterator_class_initialize_method_status
initialize_iterator (bt_self_message_iterator *self,
		     bt_self_message_iterator_configuration *configuration,
		     bt_self_component_port_output *port)
{
  struct component *component = bt_self_component_get_data (
      bt_self_message_iterator_borrow_component (self));
  struct source *source = component->source;
  struct messages *messages = NULL;
  char message[MESSAGE_BYTES];

  (void) port;
  /* All messages have times, so that babeltrace2 itself can find where what it
     is asked for begins.  */
  bt_self_message_iterator_configuration_set_can_seek_forward (configuration,
							       BT_TRUE);
  component->source = NULL;
  if (source == NULL)
    source = source_open (component->path, component->is_partial, message,
			  sizeof message);
  if (source != NULL)
    messages = messages_new (source, &component->options, self, message,
			     sizeof message);
  if (messages == NULL)
    {
      BT_CURRENT_THREAD_ERROR_APPEND_CAUSE_FROM_MESSAGE_ITERATOR (
	  self, "%s: %s", component->path, message);
      return BT_MESSAGE_ITERATOR_CLASS_INITIALIZE_METHOD_STATUS_ERROR;
    }
  bt_self_message_iterator_set_data (self, messages);
  return BT_MESSAGE_ITERATOR_CLASS_INITIALIZE_METHOD_STATUS_OK;
}

static void
finalize_iterator (bt_self_message_iterator *self)
{
  messages_free (bt_self_message_iterator_get_data (self));
}

static const char *
path_of (bt_self_message_iterator *self)
{
  const struct component *component = bt_self_component_get_data (
      bt_self_message_iterator_borrow_component (self));

  return component->path;
}

static bt_message_iterator_class_next_method_status
next (bt_self_message_iterator *self, bt_message_array_const array,
      uint64_t capacity, uint64_t *count)
{
  struct messages *messages = bt_self_message_iterator_get_data (self);
  bool failed = false;

  *count = 0;
  while (*count < capacity)
    {
      const bt_message *message = messages_next (messages, &failed);
      if (message == NULL)
	break;
      array[(*count)++] = message;
    }
  /* What went well before a failure is given out; the failure, which stays, is
     told when it is asked for the rest.  */
  if (*count > 0)
    return BT_MESSAGE_ITERATOR_CLASS_NEXT_METHOD_STATUS_OK;
  if (!failed)
    {
      messages_tell_damage (messages, path_of (self));
      return BT_MESSAGE_ITERATOR_CLASS_NEXT_METHOD_STATUS_END;
    }
  BT_CURRENT_THREAD_ERROR_APPEND_CAUSE_FROM_MESSAGE_ITERATOR (
      self, "%s: %s", path_of (self), messages_problem (messages));
  return BT_MESSAGE_ITERATOR_CLASS_NEXT_METHOD_STATUS_ERROR;
}

static bt_message_iterator_class_seek_beginning_method_status
seek_beginning (bt_self_message_iterator *self)
{
  struct messages *messages = bt_self_message_iterator_get_data (self);

  if (messages_rewind (messages))
    return BT_MESSAGE_ITERATOR_CLASS_SEEK_BEGINNING_METHOD_STATUS_OK;
  BT_CURRENT_THREAD_ERROR_APPEND_CAUSE_FROM_MESSAGE_ITERATOR (
      self, "%s: %s", path_of (self), messages_problem (messages));
  return BT_MESSAGE_ITERATOR_CLASS_SEEK_BEGINNING_METHOD_STATUS_ERROR;
}

static bt_message_iterator_class_can_seek_beginning_method_status
can_seek_beginning (bt_self_message_iterator *self, bt_bool *can_seek)
{
  (void) self;
  *can_seek = BT_TRUE;
  return BT_MESSAGE_ITERATOR_CLASS_CAN_SEEK_BEGINNING_METHOD_STATUS_OK;
}

/* Whether babeltrace2 should let this class read what it has been given, as
   babeltrace.support-info asks.  */
static bt_component_class_query_method_status
query (bt_self_component_class_source *self,
       bt_private_query_executor *executor, const char *object,
       const bt_value *params, void *data, const bt_value **result)
{
  const bt_value *type, *input;
  double weight = 0;

  (void) self;
  (void) executor;
  (void) data;
  if (strcmp (object, "babeltrace.support-info") != 0)
    return BT_COMPONENT_CLASS_QUERY_METHOD_STATUS_UNKNOWN_OBJECT;
  type = bt_value_map_borrow_entry_value_const (params, "type");
  input = bt_value_map_borrow_entry_value_const (params, "input");
  if (type != NULL && bt_value_is_string (type) && input != NULL
      && bt_value_is_string (input)
      && strcmp (bt_value_string_get (type), "file") == 0
      && is_trace (bt_value_string_get (input)))
    weight = 1;
  *result = bt_value_real_create_init (weight);
  return *result != NULL ? BT_COMPONENT_CLASS_QUERY_METHOD_STATUS_OK
			 : BT_COMPONENT_CLASS_QUERY_METHOD_STATUS_MEMORY_ERROR;
}

BT_PLUGIN_MODULE ();
BT_PLUGIN (mdtrace);
BT_PLUGIN_DESCRIPTION ("Traces of GNU Mach, by mdtrace");
BT_PLUGIN_AUTHOR ("the mdtrace authors");
BT_PLUGIN_LICENSE ("GPL-2.0-or-later");
BT_PLUGIN_SOURCE_COMPONENT_CLASS (trace, next);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_DESCRIPTION (
    trace, "Read a database or a trace file of mdtrace");
BT_PLUGIN_SOURCE_COMPONENT_CLASS_HELP (
    trace, "See the mdtrace-export(1) manual page");
BT_PLUGIN_SOURCE_COMPONENT_CLASS_INITIALIZE_METHOD (trace, initialize);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_FINALIZE_METHOD (trace, finalize);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_QUERY_METHOD (trace, query);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_MESSAGE_ITERATOR_CLASS_INITIALIZE_METHOD (
    trace, initialize_iterator);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_MESSAGE_ITERATOR_CLASS_FINALIZE_METHOD (
    trace, finalize_iterator);
BT_PLUGIN_SOURCE_COMPONENT_CLASS_MESSAGE_ITERATOR_CLASS_SEEK_BEGINNING_METHODS (
    trace, seek_beginning, can_seek_beginning);
