/* The memory of a guest, as a file of its host.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest_memory.h"

void *
guest_memory_at (const struct guest_memory *memory, uint64_t address,
		 uint64_t bytes)
{
  if (address % 8 != 0 || address > memory->guest.memory_bytes
      || bytes > memory->guest.memory_bytes - address)
    return NULL;
  return memory->bytes + address;
}

const struct mdtrace_shared *
guest_memory_shared (const struct guest_memory *memory)
{
  const struct mdtrace_shared *shared
      = guest_memory_at (memory, memory->guest.shared_address, sizeof *shared);

  if (memory->guest.shared_address == 0 || shared == NULL
      || __atomic_load_n (&shared->magic, __ATOMIC_ACQUIRE)
	     != MDTRACE_SHARED_MAGIC
      || shared->header_bytes != sizeof *shared)
    return NULL;
  return shared;
}

int
guest_memory_ring (const struct guest_memory *memory,
		   const struct mdtrace_shared *shared, unsigned cpu,
		   struct ring_memory *ring)
{
  if (cpu >= shared->cpus || cpu >= MDTRACE_CPUS_MAX)
    return MDTRACE_ERR_NO_SUCH_CPU;
  const struct mdtrace_shared_ring *where = &shared->rings[cpu];
  /* The guest may change what has been checked.  */
  ring->data_bytes = __atomic_load_n (&where->data_bytes, __ATOMIC_RELAXED);
  ring->word_bytes = __atomic_load_n (&shared->word_bytes, __ATOMIC_RELAXED);
  ring->control = guest_memory_at (memory, where->control_address,
				   sizeof *ring->control);
  ring->tail
      = guest_memory_at (memory, where->tail_address, sizeof *ring->tail);
  ring->data = guest_memory_at (memory, where->data_address, ring->data_bytes);
  if (ring->control == NULL || ring->tail == NULL || ring->data == NULL)
    return MDTRACE_ERR_PROTOCOL;
  return MDTRACE_OK;
}

/* Map the file.  */
static int
map (struct guest_memory *memory, struct mdtrace_target *target, bool shared)
{
  char path[GUEST_PATH_BYTES];
  struct stat status;

  guest_path (path, memory->directory, "ram");
  int descriptor = open (path, (shared ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (descriptor < 0)
    return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT, "%s: %s", path,
			strerror (errno));
  if (fstat (descriptor, &status) != 0
      || (uint64_t) status.st_size < memory->guest.memory_bytes)
    {
      close (descriptor);
      return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT,
			  "%s: is shorter than the guest's memory", path);
    }
  void *bytes = mmap (NULL, memory->guest.memory_bytes, PROT_READ | PROT_WRITE,
		      shared ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE,
		      descriptor, 0);
  int error = errno;
  close (descriptor);
  if (bytes == MAP_FAILED)
    return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT, "%s: %s", path,
			strerror (error));
  memory->bytes = bytes;
  memory->device = status.st_dev;
  memory->inode = status.st_ino;
  return MDTRACE_OK;
}

bool
guest_memory_is_current (const struct guest_memory *memory)
{
  char path[GUEST_PATH_BYTES];
  struct stat status;

  guest_path (path, memory->directory, "ram");
  return stat (path, &status) == 0 && status.st_dev == memory->device
	 && status.st_ino == memory->inode;
}

int
guest_memory_open (struct guest_memory *memory, struct mdtrace_target *target,
		   const char *directory, bool shared)
{
  if (strlen (directory) == 0 || strlen (directory) >= GUEST_PATH_BYTES - 32)
    return MDTRACE_ERR_BAD_TARGET;
  strcpy (memory->directory, directory);
  if (!guest_read (directory, &memory->guest))
    return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT,
			"%s is no directory of a virtual machine (%s); "
			"'mdtrace-vm start' makes one, and 'mdtrace-vm stop' "
			"empties it",
			directory, strerror (errno));
  return map (memory, target, shared);
}

void
guest_memory_close (struct guest_memory *memory)
{
  munmap (memory->bytes, memory->guest.memory_bytes);
}
