// From an account of the config, or a profile alone, to a cloud that can be asked.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "providers/aws_iam/iam_cloud.hpp"
#include "providers/http/transport.hpp"

namespace aws_iam {

struct AccountSettings {
  rotation::AccountName name = {};
  std::optional<std::string> profile =
      {};  // named by a flag or the config; keys in the environment are then passed over
  std::optional<std::string> region = {};
  std::map<std::string, std::string> endpoints = {};  // by the service's name, "iam"; others are not for us
  calling::Patience patience = {};
  std::function<void(const http::LogLine&)> log = {};
};

// Over what its requests go. Throws Trouble(usage) as connect does for the files.
[[nodiscard]] http::TransportSettings transport_settings(const AccountSettings& settings,
                                                         const calling::Environment& env);

// Reads the AWS files and the environment; opens no connection. Throws Trouble(usage) for what is wrong in them.
// An own `transport` is for tests.
[[nodiscard]] std::unique_ptr<IamCloud> connect(const AccountSettings& settings, World world = calling::real_world(),
                                                std::unique_ptr<http::Transport> transport = nullptr);

}  // namespace aws_iam
