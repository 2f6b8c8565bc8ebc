/* Mach messages in the layout of machines with another word.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A message is laid out for the machine that it is on: with 8 bytes to a
   word, ports in the header have 8 bytes, a description of data has 8 bytes,
   and both it and the data begin at multiples of 8; with 4 bytes to a word,
   it is 4 in all these places, and 12 bytes for descriptions of long form.
   What the data itself is stays as it is.  */

#ifndef LIBMDTRACE_LAYOUT_H
#define LIBMDTRACE_LAYOUT_H

#include <mach/message.h>
#include <stddef.h>
#include <stdint.h>

/* Write the message at FROM, of FROM_BYTES bytes for words of FROM_WORD bytes
   (4 or 8), to TO for words of TO_WORD bytes.  Its ports become null: they
   mean nothing elsewhere.  Returns the size of what is at TO; 0 if it would
   be larger than TO_BYTES, or if the message is broken or holds more than
   data: port rights, or memory that is not in the message.  */
size_t layout_convert (const void *from, size_t from_bytes, unsigned from_word,
		       void *to, size_t to_bytes, unsigned to_word);

/* Put the request MESSAGE at TO, of TO_BYTES bytes, in the layout of a machine
   whose words have WORD bytes (4 or 8).  Returns its size; 0 if it does not
   fit or cannot be said there.  */
size_t layout_put_request (const mach_msg_header_t *message, void *to,
			   size_t to_bytes, unsigned word);

/* Put the reply at FROM, of FROM_BYTES bytes, which such a machine has given,
   into MESSAGE, of up to RECEIVE_BYTES bytes.  Error: PROTOCOL.  */
int layout_take_reply (const void *from, size_t from_bytes, unsigned word,
		       mach_msg_header_t *message, size_t receive_bytes);

#endif /* LIBMDTRACE_LAYOUT_H */
