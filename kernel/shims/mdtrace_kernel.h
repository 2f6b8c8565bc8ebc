/* What mdtrace.defs imports on the kernel's side.  */
#include "mach_kernel.h"
