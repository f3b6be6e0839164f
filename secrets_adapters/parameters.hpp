// What a location needs of a store that keeps single values under names, in numbered versions: SSM Parameter Store of
// AWS. The store itself is reached through an account's cloud, so it is implemented where that is known.
#pragma once

#include <cstdint>
#include <string>

#include "rotation/answer.hpp"
#include "rotation/secret.hpp"

namespace secrets_adapters {

struct ParameterValue {
  rotation::Secret value;  // decrypted
  std::int64_t version = 0;
  std::string type;  // as the store calls it: "String", "SecureString", "StringList"
};

// How a parameter is kept, beside its value. A new version has what is passed and the store's own defaults for the
// rest, so that all of it is passed back; what is empty was never set.
struct ParameterKeeping {
  std::string type;
  std::string tier;
  std::string data_type;
  std::string key_id;  // of the KMS key, as it was named
  std::string description;
  std::string allowed_pattern;
  bool full = false;  // no version can be added: the oldest of as many as there may be carries a label
};

// Each call is one request, a page each of a longer list, or as many tries of it as are safe. A parameter or version
// that is not there is Refused{no_such_entity}. Unknown of a write: it may have happened, or may yet.
class Parameters {
 public:
  virtual ~Parameters() = default;
  [[nodiscard]] virtual rotation::Answer<ParameterValue> newest(const std::string& name) = 0;
  [[nodiscard]] virtual rotation::Answer<ParameterValue> version(const std::string& name, std::int64_t number) = 0;
  // Of the newest version. Shows no value.
  [[nodiscard]] virtual rotation::Answer<ParameterKeeping> keeping(const std::string& name) = 0;
  // Done: the number of the version that it made. It replaces whatever is there; there is no compare-and-set.
  [[nodiscard]] virtual rotation::Answer<std::int64_t> put(const std::string& name, const rotation::Secret& value,
                                                           const ParameterKeeping& how) = 0;
};

}  // namespace secrets_adapters
