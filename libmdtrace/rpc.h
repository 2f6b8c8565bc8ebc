/* What MIG's stubs in this library call instead of Mach.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The stubs are compiled with this header before all others.  The names are
   replaced so that they mean the target's transport, and so that nothing
   here is in the way of a C library that has Mach's own.  */

#ifndef LIBMDTRACE_RPC_H
#define LIBMDTRACE_RPC_H

#define mach_msg stub_mach_msg
#define mig_get_reply_port stub_get_reply_port
#define mig_put_reply_port stub_put_reply_port
#define mig_dealloc_reply_port stub_put_reply_port

#endif /* LIBMDTRACE_RPC_H */
