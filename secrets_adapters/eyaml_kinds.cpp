// The kinds whose text is an eyaml file: of this machine, or as it is committed in git.
#include <array>
#include <memory>
#include <set>
#include <string>

#include "platform/files.hpp"
#include "secrets_adapters/edited_file.hpp"
#include "secrets_adapters/eyaml_text.hpp"
#include "secrets_adapters/git_file.hpp"
#include "secrets_adapters/kinds.hpp"

namespace secrets_adapters {
namespace {

using rotation::LocationSpec;
using Place = std::unique_ptr<rotation::Location>;
using Own = EyamlKeys::Own;

// also.0.id, also.0.secret, also.1.id, …
std::vector<EyamlNames> names_of(const LocationSpec& spec) {
  std::vector<EyamlNames> names{{std::string(text_of(spec, "id")), std::string(text_of(spec, "secret"))}};
  for (std::size_t n = 0;; ++n) {
    const std::string at = "also." + std::to_string(n) + ".";
    const std::string id(text_of(spec, at + "id"));
    const std::string secret(text_of(spec, at + "secret"));
    if (id.empty() && secret.empty()) return names;
    names.push_back({id, secret});
  }
}

void check_names(const LocationSpec& spec, Findings& findings) {
  std::set<std::string> seen;
  std::size_t entries = 0;
  for (const EyamlNames& one : names_of(spec)) {
    for (const std::string& name : {one.id, one.secret}) {
      if (name.empty() && entries == 0) continue;  // found missing already
      if (name.empty()) {
        findings.push_back({"also", false, "each entry of also needs an id and a secret"});
      } else if (!seen.insert(name).second) {
        findings.push_back({entries == 0 ? "secret" : "also", false, "the name " + name + " is given twice"});
      }
    }
    ++entries;
  }
  if (tree_of(spec, "also").size() != 2 * (entries - 1)) {
    findings.push_back({"also", false, "also is a list of {id: NAME, secret: NAME}"});
  }
}

void check_eyaml(const LocationSpec& spec, Findings& findings) {
  check_names(spec, findings);
  check_git(spec, findings);
}

std::filesystem::path path_of(const LocationSpec& spec, const std::string& name) {
  const std::string_view text = text_of(spec, name);
  return text.empty() ? std::filesystem::path() : platform::expand_home(text);
}

Place make(const LocationSpec& spec, const Surroundings& surroundings, Own own) {
  const auto path = path_of(spec, "path");
  EyamlKeys keys{
      .pkcs7 = pkcs7_cipher(path_of(spec, "keys.public"), path_of(spec, "keys.private")),
      .gpg = gpg_cipher(
          {.recipients = list_of(spec, "keys.recipients"), .home = path_of(spec, "keys.gpg_home"), .beside = path}),
      .own = own};
  auto text = eyaml_text(names_of(spec), std::move(keys));
  if (!truth_of(spec, "git.commit")) return std::make_unique<EditedFile>(path, std::move(text));
  return git_file(spec, path, std::move(text), surroundings);
}

Place make_eyaml(const LocationSpec& spec, const Surroundings& surroundings) {
  return make(spec, surroundings, Own::pkcs7);
}

Place make_eyaml_gpg(const LocationSpec& spec, const Surroundings& surroundings) {
  return make(spec, surroundings, Own::gpg);
}

constexpr std::array eyaml_settings{Setting{"path", true, Shape::path},
                                    Setting{"id"},
                                    Setting{"secret"},
                                    Setting{"also", false, Shape::tree},
                                    Setting{"keys.public", true, Shape::path},
                                    Setting{"keys.private", false, Shape::path},
                                    Setting{"keys.gpg_home", false, Shape::path},
                                    Setting{"git.commit", false, Shape::truth},
                                    Setting{"git.push", false, Shape::truth},
                                    Setting{"git.remote", false},
                                    Setting{"git.branch", false},
                                    Setting{"git.merged_into", false}};
constexpr std::array gpg_settings{Setting{"path", true, Shape::path},
                                  Setting{"id"},
                                  Setting{"secret"},
                                  Setting{"also", false, Shape::tree},
                                  Setting{"keys.recipients", false, Shape::list},
                                  Setting{"keys.gpg_home", false, Shape::path},
                                  Setting{"keys.public", false, Shape::path},
                                  Setting{"keys.private", false, Shape::path},
                                  Setting{"git.commit", false, Shape::truth},
                                  Setting{"git.push", false, Shape::truth},
                                  Setting{"git.remote", false},
                                  Setting{"git.branch", false},
                                  Setting{"git.merged_into", false}};

}  // namespace

const Kind eyaml{"eyaml", eyaml_settings, check_eyaml, make_eyaml};
const Kind eyaml_gpg{"eyaml-gpg", gpg_settings, check_eyaml, make_eyaml_gpg};

}  // namespace secrets_adapters
