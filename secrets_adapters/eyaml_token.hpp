// A value of an eyaml file: plain, or one encrypted token in the form in which it stands there.
// As hiera-eyaml 3.3 and 5.0 write them: "ENC[PKCS7,base64]" in one line, or below ">" in indented lines of 60
// characters; the scheme may be left out (PKCS7) and has no case.
#pragma once

#include <string>
#include <string_view>

#include "secrets_adapters/yaml_scalar.hpp"

namespace secrets_adapters {

struct EyamlValue {
  YamlScalar at;
  std::string scheme;  // "PKCS7", in capitals; empty: the value stands there plainly
  std::string bytes;   // what the token holds; of a plain value the value
};

// Throws Unfit for several tokens in it, for text around one and for one that is damaged.
[[nodiscard]] EyamlValue eyaml_value(std::string_view text, const YamlScalar& at);

// Throws Unfit for a form that eyaml's own editor does not take for a token, so that it would not find it again.
void require_written_by_eyaml(std::string_view text, const EyamlValue& old);
// What takes the old value's place: a token of these bytes, in the same form.
[[nodiscard]] std::string eyaml_token(const EyamlValue& old, std::string_view scheme, std::string_view bytes);

}  // namespace secrets_adapters
