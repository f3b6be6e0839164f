// What the tests of eyaml files share: the keys, tokens that the real eyaml made, and places in a file.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "platform/process.hpp"
#include "secrets_adapters/eyaml_cipher.hpp"
#include "secrets_adapters/eyaml_token.hpp"
#include "secrets_adapters/registry.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace places::eyaml {

inline const std::filesystem::path data = EYAML_DATA;
inline const std::string certificate = data / "public_key.pkcs7.pem";
inline const std::string private_key = data / "private_key.pkcs7.pem";
inline const std::string by_eyaml = workbench::get(data / "by_eyaml.yaml");

// What stands after "NAME: " in the file that eyaml wrote, to the line's end.
inline std::string value_of(const std::string& name) {
  const std::size_t at = by_eyaml.find(name + ": ") + name.size() + 2;
  return by_eyaml.substr(at, by_eyaml.find('\n', at) - at);
}
inline const std::string id_token = value_of("string::id");
inline const std::string secret_token = value_of("string::secret");
// The block's lines below "block::secret: >", each with its two blanks and line feed.
inline const std::string block_lines = by_eyaml.substr(by_eyaml.find("block::secret: >\n") + 17);

using Settings = std::map<std::string, std::string>;

inline rotation::LocationSpec spec_of(const std::string& path, Settings more = {}, const std::string& type = "eyaml") {
  Settings all{
      {"path", path}, {"id", "id"}, {"secret", "secret"}, {"keys.public", certificate}, {"keys.private", private_key}};
  if (type == "eyaml-gpg") {
    all.erase("keys.public");
    all.erase("keys.private");
  }
  for (const auto& [name, value] : more) {
    if (value.empty()) {
      all.erase(name);
    } else {
      all[name] = value;
    }
  }
  return {.name = rotation::LocationName("hieradata"), .type = type, .optional = false, .settings = all};
}

// A file with this text, and the place in it.
class File {
 public:
  explicit File(const std::string& text, const Settings& more = {}, const std::string& type = "eyaml") {
    workbench::put(path(), text);
    place_ = secrets_adapters::make_location(spec_of(path(), more, type));
  }
  [[nodiscard]] rotation::Location& operator*() const { return *place_; }
  rotation::Location* operator->() const { return place_.get(); }
  [[nodiscard]] std::string path() const { return here_ / "f.yaml"; }
  [[nodiscard]] std::string text() const { return workbench::get(path()); }

 private:
  workbench::Directory here_;
  std::unique_ptr<rotation::Location> place_;
};

inline std::string sealed(const std::string& plain, const std::string& with = certificate) {
  const auto cipher = secrets_adapters::pkcs7_cipher(with, {});
  return secrets_adapters::eyaml_token({}, "PKCS7", cipher->seal(Secret(plain)));
}

inline Answer<Written> back(rotation::Location& place) {
  return place.write({holding(new_id), AccessKeyId(old_id), Secret(old_secret), rotation::Direction::back});
}

// "closed MARK", or what `said` says.
inline std::string custody(const Answer<Holding>& answer) {
  const auto* held = rotation::done(answer);
  if (held == nullptr || held->custody != rotation::Custody::closed) return said(answer);
  return "closed " + held->mark;
}

// A program's output; empty if it failed.
inline std::string out_of(std::vector<std::string> words, const std::string& input = {}) {
  platform::Command command;
  command.argv = std::move(words);
  command.pass_env = {"GNUPGHOME"};
  command.input = input;
  const auto finished = platform::run(command);
  return finished.exit_code == 0 ? finished.out : std::string();
}

}  // namespace places::eyaml
