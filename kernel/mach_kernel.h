/* GNU Mach as mdtrace sees it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel's private structures stay opaque: whatever field of them is
   read stands in layout.def, whatever is called in imports.def.  */

#ifndef MDTRACE_MACH_KERNEL_H
#define MDTRACE_MACH_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/port.h>
#include <mach/vm_prot.h>

typedef uintptr_t word_t;

typedef struct host *host_t;
typedef struct ipc_port *ipc_port_t;
typedef struct ipc_space *ipc_space_t;
typedef struct mach_device *mach_device_t;
typedef struct task *task_t;
typedef struct thread *thread_t;
typedef struct vm_page *vm_page_t;

/* The kernel's doubly linked queue: its head, and the links in an element.
   Both point to elements, and at the ends to the head.  */
struct mach_queue
{
  void *next;
  void *previous;
};

/* A handler in ivect[]: the device's unit, the interrupt level before, the
   return address of the interrupt's entry and the saved registers.  */
typedef void (*mach_interrupt_handler_t) (int, int, const char *, void *);

/* Where a thread begins, or goes on after it has waited without a stack.  */
typedef void (*mach_continuation_t) (void);

#ifndef MDTRACE_STANDIN
#define IMPORT_FUNCTION(result, name, parameters)                             \
  extern result name parameters;
#define IMPORT_DATA(type, name, dimension)                                    \
  extern type mach_##name dimension __asm__(#name);
#include "imports.def"
#undef IMPORT_FUNCTION
#undef IMPORT_DATA

/* Absolute symbols, whose address is the value.  */
#define LAYOUT_FIELD(structure, member, bytes)                                \
  extern const char layout_##structure##_##member[];                          \
  extern const char layout_##structure##_##member##_bytes[];
#define LAYOUT_SIZE(structure) extern const char layout_##structure##_size[];
#define LAYOUT_COUNT(array) extern const char layout_##array##_count[];
#include "layout.def"
#undef LAYOUT_FIELD
#undef LAYOUT_SIZE
#undef LAYOUT_COUNT

#define LAYOUT_OFFSET(structure, member)                                      \
  ((word_t) layout_##structure##_##member)
#define LAYOUT_BYTES(structure, member)                                       \
  ((word_t) layout_##structure##_##member##_bytes)
#define LAYOUT_SIZEOF(structure) ((word_t) layout_##structure##_size)
#define LAYOUT_COUNTOF(array) ((word_t) layout_##array##_count)

/* What a virtual address in the direct map is greater by than the physical
   one.  */
extern const char layout_direct_map[];
#define DIRECT_MAP ((word_t) layout_direct_map)
#else /* MDTRACE_STANDIN */
#include "standin.h"
#endif /* MDTRACE_STANDIN */

/* The address of MEMBER of the STRUCTURE at POINTER.  */
#define FIELD_AT(pointer, structure, member)                                  \
  ((void *) ((char *) (pointer) + LAYOUT_OFFSET (structure, member)))

/* MEMBER of the STRUCTURE at POINTER, as a TYPE.  */
#define FIELD(type, pointer, structure, member)                               \
  (*(type *) FIELD_AT (pointer, structure, member))

enum
{
  /* A macro of the kernel's, and so not in its DWARF.  */
  KERNEL_STACK_BYTES = 4096,
  PAGE_BYTES = 4096
};

static inline uint64_t
physical_address (const void *pointer)
{
  return (word_t) pointer - DIRECT_MAP;
}

/* The kernel calls these, by the hooks that mdtrace-mkkernel sets: see
   hooks.c.  */
void mdtrace_start (void);
boolean_t mdtrace_demux (mach_msg_header_t *request, mach_msg_header_t *reply);

#endif /* MDTRACE_MACH_KERNEL_H */
