# The front door. `make demo`, `make demo-alibaba` and `make test` do all the set-up on a fresh Debian 12 machine.
.DEFAULT_GOAL := build
.PHONY: deps peers build demo demo-alibaba test soak bench tidy format install clean

# Compiled once, found again by every clone on this machine.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

BUILD ?= build
JOBS  ?= $(shell nproc)
# Many tests wait for a grace to pass more than they work.
TEST_JOBS ?= $(shell expr $(JOBS) + 1)
SUDO  := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

# What the build needs, what the tests drive it with, and what `make tidy` reads it with.
PACKAGES := g++ make cmake ninja-build ccache pkg-config git ca-certificates \
  libsqlite3-dev libcurl4-openssl-dev libssl-dev nlohmann-json3-dev libcli11-dev libfmt-dev libyaml-cpp-dev \
  libpugixml-dev libre2-dev libsodium-dev libcpp-httplib-dev libgtest-dev \
  sqlite3 python3 tmux strace gnupg
# Real programs that the tests speak with; `make test` adds them.
PEER_PACKAGES := hiera-eyaml puppet hiera
# Unpacked below the build and not installed: their packages start servers on this machine.
PEER_SERVERS := prometheus prometheus-node-exporter prometheus-pushgateway
TIDY_PACKAGES := clang clang-tidy clang-format

# $(call install,PACKAGES): those that are missing.
define install
missing=""; for p in $(1); do \
  dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || missing="$$missing $$p"; done; \
if [ -n "$$missing" ]; then \
  echo "installing:$$missing"; \
  $(SUDO) apt-get update -qq && \
  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
fi
endef

deps:
	@$(call install,$(PACKAGES))

peers: $(BUILD)/peers
	@$(call install,$(PEER_PACKAGES))

# A machine without a mirror goes on: the tests say what they miss.
$(BUILD)/peers:
	@mkdir -p $@ && cd $@ && { apt-get download -qq $(PEER_SERVERS) || echo "not fetched: $(PEER_SERVERS)"; } && \
	for p in *.deb; do [ ! -e "$$p" ] || dpkg-deb -x "$$p" .; done

build: deps
	@cmake --preset release -B $(BUILD) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log
	cmake --build $(BUILD) -j $(JOBS) --target keybaton

$(BUILD)/all: build
	cmake --build $(BUILD) -j $(JOBS)

test: $(BUILD)/all peers
	ctest --test-dir $(BUILD) -j $(TEST_JOBS) -LE soak --output-on-failure --timeout 600

# Every sequence of three faults, and what else takes longer than a coffee.
soak: $(BUILD)/all peers
	ctest --test-dir $(BUILD) -j $(JOBS) -L soak --output-on-failure --timeout 28800

demo: $(BUILD)/all
	tests/demo/demo.sh $(BUILD)

demo-alibaba: $(BUILD)/all
	tests/demo/demo_alibaba.sh $(BUILD)

bench: $(BUILD)/all
	bench/run.sh $(BUILD)

tidy:
	@$(call install,$(TIDY_PACKAGES))
	cmake --preset tidy >/dev/null
	git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror
	git ls-files '*.cpp' | grep -v '^tests/' | xargs -P $(JOBS) -n 4 clang-tidy -p build-tidy --quiet

format:
	git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

install: build
	cmake --install $(BUILD)

clean:
	rm -rf $(BUILD) build-dev build-tidy
