// ~/.alibabacloud/credentials, the profiles that the vendor's SDKs share.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "platform/ini.hpp"
#include "providers/calling/world.hpp"
#include "providers/http/message.hpp"

namespace alibaba_ram {

class CredentialsIni {
 public:
  // ALIBABA_CLOUD_CREDENTIALS_FILE, else ~/.alibabacloud/credentials (the SDK for Node.js), else …/credentials.ini
  // (Python, Java and Go). A missing file is empty. Throws Trouble(usage) with file and line for a malformed one, and
  // for one that cannot be read.
  explicit CredentialsIni(const calling::Environment& env);

  // Of the file that was read; of the first choice if there is none.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool has(std::string_view profile) const { return ini_.section(profile) != nullptr; }
  // Valid as long as this object lives. A comment behind the value and quotes around it are no part of it (the SDKs'
  // dialect); an empty value counts as missing.
  [[nodiscard]] std::optional<std::string_view> value(std::string_view profile, std::string_view key) const;

 private:
  [[nodiscard]] bool read(const std::filesystem::path& path);  // false: there is no such file

  std::filesystem::path path_;
  http::Body text_;  // holds secrets: wiped with the object
  platform::IniText ini_;
};

}  // namespace alibaba_ram
