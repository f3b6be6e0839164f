#include "consumer_key.hpp"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "text.hpp"

namespace simulated_cloud {
namespace {

using Settings = std::map<std::string, std::string, std::less<>>;

Settings ini_section(std::istream& file, const std::string& profile) {
  Settings out;
  bool inside = false, found = false;
  for (std::string line; std::getline(file, line);) {
    const std::string_view text = trim(line);
    if (text.starts_with('[')) {
      inside = text == "[" + profile + "]";
      found = found || inside;
      continue;
    }
    const std::size_t equals = text.find('=');
    if (!inside || equals == std::string_view::npos) continue;
    out[std::string{trim(text.substr(0, equals))}] = trim(text.substr(equals + 1));
  }
  if (!found) throw std::runtime_error("ProfileMissing");
  return out;
}

Settings json_profile(std::istream& file, const std::string& profile) {
  const auto config = nlohmann::json::parse(file, nullptr, false);
  if (!config.is_object()) throw std::runtime_error("ProfileTorn");
  for (const auto& one : config.value("profiles", nlohmann::json::array())) {
    if (!one.is_object() || one.value("name", "") != profile) continue;
    Settings out;
    for (const auto& item : one.items()) {
      if (item.value().is_string()) out[item.key()] = item.value().get<std::string>();
    }
    return out;
  }
  throw std::runtime_error("ProfileMissing");
}

}  // namespace

ConsumerKey read_consumer_key(CloudKind cloud, const std::string& file, const std::string& profile) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("FileMissing");
  const bool aws = cloud == CloudKind::aws;
  Settings settings = !aws && file.ends_with(".json") ? json_profile(in, profile) : ini_section(in, profile);
  ConsumerKey key{.id = settings[aws ? "aws_access_key_id" : "access_key_id"],
                  .secret = settings[aws ? "aws_secret_access_key" : "access_key_secret"],
                  .token = aws ? "" : settings["sts_token"]};
  if (key.id.empty() || key.secret.empty()) throw std::runtime_error("ProfileTorn");
  return key;
}

}  // namespace simulated_cloud
