#include "secrets_adapters/token.hpp"

#include <string>

#include "platform/files.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/env_file.hpp"
#include "secrets_adapters/token_source.hpp"

namespace secrets_adapters {

void check_token(const rotation::LocationSpec& spec, Findings& findings) {
  const bool file = spec.settings.contains("token_file");
  const bool variable = spec.settings.contains("token_env");
  if (!file && !variable) {
    findings.push_back({"token_file", true, spec.type + " needs token_file or token_env: where its token is"});
  }
  if (file && variable) findings.push_back({"token_env", false, "token_file and token_env are both there"});
  if (variable && !text_of(spec, "token_env").empty() && !is_variable_name(text_of(spec, "token_env"))) {
    findings.push_back({"token_env", false, "token_env must be the name of a variable"});
  }
}

rotation::Answer<rotation::Secret> read_token(const rotation::LocationSpec& spec) {
  const std::string_view file = text_of(spec, "token_file");
  auto answer = file.empty() ? word_in_variable(std::string(text_of(spec, "token_env")), "the token")
                             : word_in_file(platform::expand_home(file), "the token");
  // A token that is not there says nothing of the place that it leads to.
  if (auto* no = std::get_if<rotation::Refused>(&answer); no != nullptr) {
    no->why = rotation::Refusal::invalid_credentials;
    no->message += "; nothing was sent";
  }
  return answer;
}

rotation::Refused with_token_remedy(const rotation::LocationSpec& spec, rotation::Refused no) {
  if (no.why != rotation::Refusal::invalid_credentials || !no.remedy.empty()) return no;
  const std::string_view file = text_of(spec, "token_file");
  const std::string_view variable = text_of(spec, "token_env");
  if (!file.empty()) {
    no.remedy = "renew the token in " + rotation::quoted(platform::expand_home(file).string());
  } else if (!variable.empty()) {
    no.remedy = "renew the token in the variable " + std::string(variable);
  }
  return no;
}

}  // namespace secrets_adapters
