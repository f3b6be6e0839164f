// From an account of the config, or a profile alone, to a cloud that can be asked.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "providers/alibaba_ram/ram_cloud.hpp"
#include "providers/http/transport.hpp"

namespace alibaba_ram {

struct AccountSettings {
  std::optional<std::string> profile =
      {};  // named by a flag or the config; keys in the environment are then passed over
  std::optional<std::string> region = {};
  std::map<std::string, std::string> endpoints =
      {};  // "ram", "sts", "ims", "actiontrail", "kms"; others are not for us
  SignatureStyle style = SignatureStyle::v3;
  calling::Patience patience = {};
  std::function<void(const http::LogLine&)> log = {};
  std::optional<std::string> metadata = {};  // in place of http://100.100.100.200/; https, or http to this machine
};

// Over what its requests go. Throws Trouble(usage) as connect does for the files.
[[nodiscard]] http::TransportSettings transport_settings(const AccountSettings& settings,
                                                         const calling::Environment& env);

// Reads the vendor's files and the environment; opens no connection. Throws Trouble(usage) for what is wrong in them.
// An own `transport` is for tests.
[[nodiscard]] std::unique_ptr<RamCloud> connect(const AccountSettings& settings,
                                                calling::World world = calling::real_world(),
                                                std::unique_ptr<http::Transport> transport = nullptr);

// What a connection is to keep, so that it comes to the same place tomorrow.
struct Pins {
  std::string region = {};                            // may be empty
  std::map<std::string, std::string> endpoints = {};  // those of the config, as they are spoken to
};

// Throws Trouble(usage) as connect does for the files, the region and the endpoints.
[[nodiscard]] Pins pins(const AccountSettings& settings, const calling::Environment& env);

}  // namespace alibaba_ram
