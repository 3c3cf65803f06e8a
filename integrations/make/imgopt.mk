# Optimized images in GNU make (4.0 or newer). See README.md beside this file.
#
#   include imgopt.mk
#   $(call imgopt_assets,NAME,SOURCES,DIR,OPTIONS)
#
# makes the target NAME, which keeps DIR up to date with what SOURCES (files and folders) become, and clean-NAME.
# DIR.json, the asset manifest, is what other rules should depend on: it changes only when an image has changed.
#
# imgopt looks in every run of make, which costs it only stats when nothing changed. A list of prerequisites would
# make make look instead; but it would stop for ever at an image that is gone, and cannot hold every name.
# The recipe's + lets imgopt take part in make's job slots; under make -n it says what it would do.

IMGOPT ?= imgopt

.PHONY: imgopt-look

define imgopt_rules_
.PHONY: $(1) clean-$(1)
$(1): $(3).json
$(3).json: imgopt-look
	+@$$(IMGOPT) build $(2) --out $(3) --manifest $(3).json --state $(3).state $(4)
clean-$(1):
	rm -rf $(3) $(3).json $(3).state $(3).state.changes $(3).state.lock
endef

imgopt_assets = $(eval $(call imgopt_rules_,$(strip $(1)),$(strip $(2)),$(strip $(3)),$(strip $(4))))
