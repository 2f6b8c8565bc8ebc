# How bare Mach tasks are built for one architecture.  GNU make expands this
# once for each of them, as $(1).
define bare_rules
BARE_COMPILE_$(1) = $$(CC) $$(BARE_CFLAGS) $$(MACHINE_$(1)) $$(WARNINGS) \
	$$(MACH_CPPFLAGS_$(1)) $$(BARE_CPPFLAGS) -Ibuild/$(1)/stubs \
	-Imig/$(1) -Imig -MMD -MP
BARE_LINK_$(1) = $$(CC) $$(MACHINE_$(1)) -nostdlib -static -no-pie \
	-Wl,--gc-sections -Wl,-z,noexecstack -Wl,--build-id=none

# The kernel's own interfaces, of which bare tasks use some.
bare_stub_sources_$(1) = $$(bare_stubs:%=build/$(1)/stubs/%_user.c)
bare_stub_headers_$(1) = $$(bare_stubs:%=build/$(1)/stubs/%_user.h)

build/$(1)/stubs/device_user.c: $$(MACH_INCLUDE_$(1))/device/device.defs
	$$(AM_V_GEN)$$(MKDIR_P) $$(@D) && $$(RUN_MIG_$(1)) -user $$@ \
	  -header $$(@:.c=.h) -server /dev/null $$<
build/$(1)/stubs/device_request_user.c: \
		$$(MACH_INCLUDE_$(1))/device/device_request.defs
	$$(AM_V_GEN)$$(MKDIR_P) $$(@D) && $$(RUN_MIG_$(1)) -user $$@ \
	  -header $$(@:.c=.h) -server /dev/null $$<
build/$(1)/stubs/%_user.c: $$(MACH_INCLUDE_$(1))/mach/%.defs
	$$(AM_V_GEN)$$(MKDIR_P) $$(@D) && $$(RUN_MIG_$(1)) -user $$@ \
	  -header $$(@:.c=.h) -server /dev/null $$<
build/$(1)/stubs/%_user.h: build/$(1)/stubs/%_user.c
	@:
.SECONDARY: $$(bare_stub_sources_$(1)) $$(bare_stub_headers_$(1))
bare_objects_$(1) = \
	$$(bare_sources:%.c=build/$(1)/bare/%.o) \
	$$(bare_sources_$(1):%.c=build/$(1)/bare/%.o) \
	build/$(1)/bare/relay/bare/start_$(1).o \
	build/$(1)/bare/relay/bare/thread_$(1).o \
	build/$(1)/bare/mig/$(1)/mdtrace_user.o \
	$$(bare_stubs:%=build/$(1)/stubs/%_user.o)

build/$(1)/bare/%.o: %.c | $$(bare_stub_headers_$(1)) \
		$$(mig_$(1)_user) $$(mig_ids)
	$$(AM_V_CC)$$(MKDIR_P) $$(@D) && $$(BARE_COMPILE_$(1)) -c -o $$@ $$<
build/$(1)/bare/%.o: %.S
	$$(AM_V_CC)$$(MKDIR_P) $$(@D) && $$(BARE_COMPILE_$(1)) -c -o $$@ $$<
# What MIG makes of the kernel's definitions is not ours to mend.
build/$(1)/stubs/%.o: build/$(1)/stubs/%.c | $$(bare_stub_headers_$(1))
	$$(AM_V_CC)$$(BARE_COMPILE_$(1)) -w -c -o $$@ $$<
# On i386 its sums are signed.
build/$(1)/bare/mig/% build/$(1)/bare-library/mig/%: \
	private WARNINGS += -Wno-sign-compare

build/$(1)/libbare.a: $$(bare_objects_$(1))
	$$(AM_V_AR)rm -f $$@ && $$(AR) cr $$@ $$(bare_objects_$(1))

relay_objects_$(1) = $$(relay_sources:%.c=build/$(1)/bare/%.o) \
	$$(relay_library_sources:%.c=build/$(1)/bare/%.o)
build/lib/mdtrace-relay-$(1): $$(relay_objects_$(1)) build/$(1)/libbare.a
	$$(AM_V_CCLD)$$(MKDIR_P) $$(@D) && $$(BARE_LINK_$(1)) -o $$@ $$^

# The library for tasks that have no C library under it: the same sources,
# with the transport mach: and no other.
bare_library_objects_$(1) = \
	$$(libmdtrace_portable_sources:%.c=build/$(1)/bare-library/%.o) \
	$$(libmdtrace_words_sources:%.c=build/$(1)/bare-library/%.o) \
	build/$(1)/bare-library/libmdtrace/transport_mach.o \
	build/$(1)/bare-library/mig/$(1)/mdtrace_user.o
build/$(1)/bare-library/libmdtrace/%.o: libmdtrace/%.c \
		| $$(bare_stub_headers_$(1)) $$(mig_$(1)_user)
	$$(AM_V_CC)$$(MKDIR_P) $$(@D) && $$(BARE_COMPILE_$(1)) \
	  -DMDTRACE_BARE -c -o $$@ $$<
build/$(1)/bare-library/mig/$(1)/%.o: mig/$(1)/%.c
	$$(AM_V_CC)$$(MKDIR_P) $$(@D) && $$(BARE_COMPILE_$(1)) \
	  -include $$(srcdir)/libmdtrace/rpc.h -c -o $$@ $$<
build/$(1)/libmdtrace-bare.a: $$(bare_library_objects_$(1))
	$$(AM_V_AR)rm -f $$@ && $$(AR) cr $$@ $$(bare_library_objects_$(1))

-include $$(wildcard build/$(1)/bare-library/*/*.d build/$(1)/bare/*.d \
	build/$(1)/bare/*/*.d build/$(1)/bare/*/*/*.d)
endef
