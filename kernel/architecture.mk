# How the kernel part is built for one architecture.  GNU make expands this
# once for each of them, as $(1).
define kernel_rules
kernel_objects_$(1) = \
	$$(kernel_sources:%.c=$$(kernel_build)/$(1)/%.o) \
	$$(kernel_sources_$(1):%.S=$$(kernel_build)/$(1)/%.o) \
	$$(kernel_build)/$(1)/mig/$(1)/mdtrace_server.o
KERNEL_COMPILE_$(1) = $$(CC) $$(KERNEL_CFLAGS) $$(MACHINE_$(1)) \
	$$(KERNEL_CFLAGS_$(1)) $$(MACH_CPPFLAGS_$(1)) $$(KERNEL_CPPFLAGS) \
	-Imig/$(1) -MMD -MP

$$(kernel_build)/$(1)/%.o: %.c | $$(mig_$(1)_server) $$(mig_ids)
	$$(AM_V_CC)$$(MKDIR_P) $$(@D) && $$(KERNEL_COMPILE_$(1)) \
	  $$(if $$(filter $$*,$$(kernel_fast) $$(kernel_fast_$(1))),-O2 $$(KERNEL_TIGHT),-Os) -c -o $$@ $$<
$$(kernel_build)/$(1)/%.o: %.S
	$$(AM_V_CC)$$(MKDIR_P) $$(@D) && $$(KERNEL_COMPILE_$(1)) -c -o $$@ $$<

$$(kernel_build)/lib/mdtrace-kernel-$(1).o: $$(kernel_objects_$(1))
	$$(AM_V_CCLD)$$(MKDIR_P) $$(@D) && \
	  $$(LD) -m $$(EMULATION_$(1)) -r -o $$@ $$(kernel_objects_$(1))

-include $$(kernel_objects_$(1):.o=.d)
endef
