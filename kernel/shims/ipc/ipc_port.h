/* MIG's output for kernel servers includes this private header of the
   kernel for ipc_port_t alone.  */
#include "mach_kernel.h"
