/* From an argument through the members of structures.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   NAME->MEMBER.MEMBER[N]...: a member of a structure in memory only adds to
   the offset of the next load; to go through a pointer takes a load.  */

#include <config.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debug.h"

enum
{
  NAME_BYTES = 64,
  TYPE_BYTES = 64,
  /* Members that a message names.  */
  MEMBERS_NAMED = 8
};

static bool refuse (struct value_path *path, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

static bool
refuse (struct value_path *path, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (path->message, path->bytes, format, arguments);
  va_end (arguments);
  return false;
}

/* Load what is in memory, BYTES bytes of it, so that it is the value.  */
static bool
load (struct value_path *path, unsigned bytes)
{
  mdtrace_value_t *value = path->value;

  if (value->steps == MDTRACE_STEPS_MAX)
    return refuse (path, "it would take more than %d loads",
		   MDTRACE_STEPS_MAX);
  if (path->offset != (int32_t) path->offset)
    return refuse (path, "it is too far from where the pointer points to");
  value->offsets[value->steps++] = path->offset;
  value->last_bytes = bytes;
  path->offset = 0;
  path->in_memory = false;
  return true;
}

/* Go to what the pointer points to.  */
static bool
go_through (struct value_path *path)
{
  Dwarf_Die pointer = path->type;

  if (path->in_memory && !load (path, path->debug->word_bytes))
    return false;
  path->in_memory = true;
  if (!debug_type_peeled (&pointer, &path->type))
    return refuse (path,
		   "it is a pointer to void, whose members nobody knows");
  path->named = pointer;
  debug_type_complete (path->debug, &path->type);
  return true;
}

/* Look for MEMBER in the structure DIE, and in those of its members that have
   no name.  */
static bool
find_member (Dwarf_Die *die, const char *member, Dwarf_Die *found,
	     uint64_t *offset)
{
  Dwarf_Die child, type;

  if (dwarf_child (die, &child) != 0)
    return false;
  do
    {
      const char *name = dwarf_diename (&child);
      Dwarf_Attribute attribute;
      Dwarf_Word at = 0;
      if (dwarf_tag (&child) != DW_TAG_member)
	continue;
      if (dwarf_attr (&child, DW_AT_data_member_location, &attribute) != NULL
	  && dwarf_formudata (&attribute, &at) != 0)
	continue;
      if (name != NULL && strcmp (name, member) == 0)
	{
	  *found = child;
	  *offset = at;
	  return true;
	}
      if (name == NULL && debug_type_peeled (&child, &type)
	  && find_member (&type, member, found, offset))
	{
	  *offset += at;
	  return true;
	}
    }
  while (dwarf_siblingof (&child, &child) == 0);
  return false;
}

/* Append the names of the members of DIE, COUNT of which stand in NAMES.  */
static size_t
list_members (Dwarf_Die *die, struct mdtrace_function **names, size_t count)
{
  Dwarf_Die child, type;

  if (dwarf_child (die, &child) != 0)
    return count;
  do
    {
      const char *name = dwarf_diename (&child);
      if (dwarf_tag (&child) != DW_TAG_member)
	continue;
      if (name == NULL)
	{
	  if (debug_type_peeled (&child, &type))
	    count = list_members (&type, names, count);
	}
      else if (debug_grow ((void **) names, count, sizeof **names))
	{
	  struct mdtrace_function *entry = &(*names)[count++];
	  memset (entry, 0, sizeof *entry);
	  memcpy (entry->name, name, strnlen (name, sizeof entry->name - 1));
	}
    }
  while (dwarf_siblingof (&child, &child) == 0);
  return count;
}

/* Put those members of the structure into TEXT that look like MEMBER, or if
   none does or it is null, the first ones.  */
static void
suggest (struct value_path *path, const char *member, char *text, size_t bytes)
{
  struct mdtrace_function *names = NULL;
  const char *like[3];
  size_t count = list_members (&path->type, &names, 0);
  size_t found
      = member == NULL ? 0 : mdtrace_suggest (names, count, member, like, 3);
  size_t shown = found > 0 ? found : count;

  if (shown > MEMBERS_NAMED)
    shown = MEMBERS_NAMED;
  size_t used = snprintf (text, bytes, "%s",
			  shown == 0  ? ""
			  : found > 0 ? "; did you mean "
				      : "; it has ");
  for (size_t i = 0; i < shown && used < bytes; i++)
    used += snprintf (text + used, bytes - used, "%s%s",
		      i == 0			    ? ""
		      : found > 0 && i + 1 == shown ? " or "
						    : ", ",
		      found > 0 ? like[i] : names[i].name);
  if (used < bytes)
    snprintf (text + used, bytes - used, "%s",
	      found > 0	      ? "?"
	      : shown < count ? ", ..."
			      : "");
  free (names);
}

static bool
is_structure (Dwarf_Die *type)
{
  return dwarf_tag (type) == DW_TAG_structure_type
	 || dwarf_tag (type) == DW_TAG_union_type;
}

/* Go to MEMBER, by an arrow or a dot.  */
static bool
go_to_member (struct value_path *path, const char *member, bool by_arrow)
{
  char type[TYPE_BYTES], members[512];
  uint64_t offset;

  if (dwarf_tag (&path->type) == DW_TAG_pointer_type)
    {
      if (!go_through (path))
	return false;
    }
  else if (by_arrow && is_structure (&path->type))
    return refuse (path,
		   "what is before ->%s is no pointer, but a structure; "
		   "write .%s",
		   member, member);
  debug_type_text (&path->type, type, sizeof type);
  if (!is_structure (&path->type))
    return refuse (path,
		   "what is before %s%s is no pointer to a structure, "
		   "but %s",
		   by_arrow ? "->" : ".", member, type);
  if (!path->in_memory)
    return refuse (path, "%s is passed as a whole, not by a pointer", type);
  if (!find_member (&path->type, member, &path->named, &offset))
    {
      if (dwarf_hasattr (&path->type, DW_AT_declaration))
	return refuse (path, "the debug file does not say what is in %s",
		       type);
      suggest (path, member, members, sizeof members);
      return refuse (path, "%s has no member %s%s", type, member, members);
    }
  if (dwarf_hasattr (&path->named, DW_AT_bit_size))
    return refuse (path, "%s is a bit-field, which is not read", member);
  path->offset += offset;
  if (!debug_type_peeled (&path->named, &path->type))
    return refuse (path, "%s has no type", member);
  debug_type_complete (path->debug, &path->type);
  return true;
}

/* Go to the element with NUMBER of an array, or of what a pointer points
   to.  */
static bool
go_to_element (struct value_path *path, uint64_t number)
{
  Dwarf_Die array = path->type;
  char type[TYPE_BYTES];

  debug_type_text (&array, type, sizeof type);
  if (dwarf_tag (&array) == DW_TAG_pointer_type)
    {
      if (!go_through (path))
	return false;
    }
  else if (dwarf_tag (&array) != DW_TAG_array_type || !path->in_memory)
    return refuse (path, "what is before [%llu] is no array, but %s",
		   (unsigned long long) number, type);
  else
    {
      uint64_t bytes = debug_type_bytes (&array);
      path->named = array;
      if (!debug_type_peeled (&array, &path->type))
	return refuse (path, "%s has no elements", type);
      uint64_t element = debug_type_bytes (&path->type);
      if (element != 0 && bytes != 0 && number >= bytes / element)
	return refuse (path, "there is no element %llu in %s",
		       (unsigned long long) number, type);
    }
  uint64_t element = debug_type_bytes (&path->type);
  if (element == 0 || number > INT32_MAX / element)
    return refuse (path, "the element %llu of %s is not to be found",
		   (unsigned long long) number, type);
  path->offset += number * element;
  debug_type_complete (path->debug, &path->type);
  return true;
}

/* Whether the peeled TYPE is a floating-point number.  */
static bool
is_real (Dwarf_Die *type)
{
  Dwarf_Attribute attribute;
  Dwarf_Word encoding;

  return dwarf_attr (type, DW_AT_encoding, &attribute) != NULL
	 && dwarf_formudata (&attribute, &encoding) == 0
	 && encoding == DW_ATE_float;
}

/* Whether the peeled TYPE is one of characters.  */
static bool
is_character (Dwarf_Die *type)
{
  Dwarf_Attribute attribute;
  Dwarf_Word encoding;

  return dwarf_tag (type) == DW_TAG_base_type && debug_type_bytes (type) == 1
	 && dwarf_attr (type, DW_AT_encoding, &attribute) != NULL
	 && dwarf_formudata (&attribute, &encoding) == 0
	 && (encoding == DW_ATE_signed_char
	     || encoding == DW_ATE_unsigned_char);
}

/* End the value, which is an array, TYPE in C.  */
static bool
end_array (struct value_path *path, const char *type)
{
  Dwarf_Die element;

  if (!debug_type_peeled (&path->type, &element)
      || debug_type_bytes (&element) != 1)
    return refuse (path, "it is an array, %s; name an element such as [0]",
		   type);
  if (!path->texts)
    return refuse (path,
		   "it is a string, %s, and only numbers are recorded; an "
		   "element such as [0] is one",
		   type);
  if (path->offset != (int32_t) path->offset)
    return refuse (path, "it is too far from where the pointer points to");
  path->text = VALUE_TEXT_ARRAY;
  path->text_bytes = debug_type_bytes (&path->type);
  return true;
}

/* End the value: what it is now must be a number or an address.  */
static bool
end (struct value_path *path)
{
  uint64_t bytes = debug_type_bytes (&path->type);
  char type[TYPE_BYTES], members[512];
  Dwarf_Die character;

  debug_type_text (&path->type, type, sizeof type);
  switch (dwarf_tag (&path->type))
    {
    case DW_TAG_pointer_type:
      if (debug_type_peeled (&path->type, &character)
	  && is_character (&character))
	path->text = VALUE_TEXT_POINTER;
      break;
    case DW_TAG_base_type:
    case DW_TAG_enumeration_type:
      break;
    case DW_TAG_array_type:
      return end_array (path, type);
    default:
      suggest (path, NULL, members, sizeof members);
      return refuse (path, "it is a whole %s%s", type, members);
    }
  if (is_real (&path->type))
    return refuse (path,
		   "it is a floating-point number, %s, and only whole "
		   "ones can be had",
		   type);
  if (!path->in_memory && bytes > path->debug->word_bytes)
    return refuse (path, "it has %llu bytes, and does not fit into a register",
		   (unsigned long long) bytes);
  if (!path->in_memory)
    return true;
  if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
    return refuse (path,
		   "it has %llu bytes, and only numbers of 1, 2, 4 or 8 "
		   "are read",
		   (unsigned long long) bytes);
  return load (path, bytes);
}

/* Take the name at *TEXT.  */
static bool
take_name (const char **text, char name[NAME_BYTES])
{
  size_t length = 0;

  while (isalnum ((unsigned char) **text) || **text == '_')
    {
      if (length + 1 < NAME_BYTES)
	name[length++] = **text;
      ++*text;
    }
  name[length] = '\0';
  return length > 0;
}

bool
value_path_follow (struct value_path *path, const char *text)
{
  char member[NAME_BYTES];

  while (*text != '\0')
    {
      bool by_arrow = strncmp (text, "->", 2) == 0;
      if (by_arrow || *text == '.')
	{
	  text += by_arrow ? 2 : 1;
	  if (!take_name (&text, member))
	    return refuse (path, "behind -> or . stands the name of a member");
	  if (!go_to_member (path, member, by_arrow))
	    return false;
	}
      else if (*text == '[')
	{
	  char *after;
	  if (!isdigit ((unsigned char) text[1]))
	    return refuse (path, "in brackets stands a number");
	  uint64_t number = strtoull (text + 1, &after, 0);
	  if (*after != ']')
	    return refuse (path, "in brackets stands a number");
	  text = after + 1;
	  if (!go_to_element (path, number))
	    return false;
	}
      else
	return refuse (path,
		       "'%s' is neither ->MEMBER, nor .MEMBER, nor "
		       "[NUMBER]",
		       text);
    }
  return end (path);
}
