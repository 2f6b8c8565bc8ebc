# The tasks and the kernel of the tests, for one architecture.  GNU make
# expands this once for each of them, as $(1).
define test_rules
build/lib/workload-$(1): build/$(1)/bare/tests/workload/workload.o \
		build/$(1)/libbare.a
	$$(AM_V_CCLD)$$(MKDIR_P) $$(@D) && $$(BARE_LINK_$(1)) -o $$@ $$^
build/lib/%-$(1): build/$(1)/bare/tests/tasks/%.o build/$(1)/libbare.a
	$$(AM_V_CCLD)$$(MKDIR_P) $$(@D) && $$(BARE_LINK_$(1)) -o $$@ $$^
build/lib/native-$(1): build/$(1)/bare/tests/tasks/native.o \
		build/$(1)/libmdtrace-bare.a build/$(1)/libbare.a
	$$(AM_V_CCLD)$$(MKDIR_P) $$(@D) && $$(BARE_LINK_$(1)) -o $$@ $$^
build/test/gnumach-$(1): $$(stock_kernel_$(1)) mkkernel/mdtrace-mkkernel \
		build/lib/mdtrace-kernel-$(1).o
	$$(AM_V_GEN)$$(MKDIR_P) $$(@D) && MDTRACE_LIBDIR=build/lib \
	  mkkernel/mdtrace-mkkernel -o $$@ $$(stock_kernel_$(1))
endef
