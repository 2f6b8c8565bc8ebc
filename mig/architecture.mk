# What MIG makes of mdtrace.defs, for one architecture.  GNU make expands
# this once for each of them, as $(1).
define mig_rules
# Headers of gnumach-dev come after those of the compiler, and nothing of
# the host's C library comes with them.
MACH_CPPFLAGS_$(1) = -nostdinc -isystem $$(COMPILER_INCLUDE) \
	-isystem $$(MACH_INCLUDE_$(1))
RUN_MIG_$(1) = $$(MIG_$(1)) \
	-cc "$$(CC) $$(MACHINE_$(1)) -E -x c $$(MACH_CPPFLAGS_$(1))" -n
mig_$(1)_server = mig/$(1)/mdtrace_server.c mig/$(1)/mdtrace_server.h
mig_$(1)_user = mig/$(1)/mdtrace_user.c mig/$(1)/mdtrace_user.h

$$(mig_$(1)_server) &: mig/mdtrace.defs
	$$(AM_V_GEN)$$(MKDIR_P) mig/$(1) && $$(RUN_MIG_$(1)) \
	  -DKERNEL_SERVER=1 \
	  -server mig/$(1)/mdtrace_server.c \
	  -sheader mig/$(1)/mdtrace_server.h \
	  -header /dev/null -user /dev/null $$(srcdir)/mig/mdtrace.defs

$$(mig_$(1)_user) &: mig/mdtrace.defs
	$$(AM_V_GEN)$$(MKDIR_P) mig/$(1) && $$(RUN_MIG_$(1)) \
	  -user mig/$(1)/mdtrace_user.c \
	  -header mig/$(1)/mdtrace_user.h \
	  -server /dev/null $$(srcdir)/mig/mdtrace.defs
endef
