// A location that is two parameters of a store with versions: one holds a key's id, the other its secret.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "rotation/ports.hpp"
#include "secrets_adapters/pair_in_text.hpp"
#include "secrets_adapters/parameters.hpp"

namespace secrets_adapters {

// Read: the newest version of each. Neither is there: an empty Holding. One without the other, or values that no access
// key has: Refused{invalid}. A list: Refused{unsupported}.
// Write: the secret first, then the id, each as a new version of the same type, tier, data type, KMS key, description
// and pattern; both are read back. The id tells when it is done: a crash in between leaves the old id beside the new
// secret, from which the next write goes on, and a value that stands there already is not put again.
// The store has no compare-and-set. The version that a put made must be the one after the version that was read; if
// somebody else's came in between and holds a third value, that value is put back on top and the write ends as a
// conflict. Until then a consumer can have seen ours. A version in between with the old or the new value is our own of
// a request that was thought lost, and does no harm.
// An id that is refused beside a secret that was put: the old secret is put back.
// A put whose reply was lost is settled by reading: the version after, with our value, is ours.
// Facts: the model of SSM 2014-11-06 in botocore; what a version without KeyId gets is AWS's documentation of
// PutParameter.
class ParameterPair final : public rotation::Location {
 public:
  struct Names {
    std::string id;
    std::string secret;
  };
  ParameterPair(Names names, std::unique_ptr<Parameters> store);

  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  // Of both parameters: they can be described, are no lists, and take another version.
  [[nodiscard]] rotation::Answer<rotation::Nothing> ready() const override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;

 private:
  using Written = rotation::Answer<rotation::Written>;
  struct Seen {
    ParameterValue id;
    ParameterValue secret;
  };
  // One of the two values on its way.
  struct Step {
    const std::string& name;
    const ParameterValue& before;
    const rotation::Secret& wanted;
  };
  [[nodiscard]] rotation::Answer<std::optional<Seen>> look();
  [[nodiscard]] std::optional<Pair> pair_of(const Seen& seen) const;
  // nullopt: it holds the wanted value now, and nobody else's was lost.
  [[nodiscard]] std::optional<Written> put(const Step& step);
  [[nodiscard]] std::optional<Written> settle(const Step& step, const std::string& doubt);
  [[nodiscard]] std::optional<Written> after_put(const Step& step, std::int64_t made, const ParameterKeeping& how);
  [[nodiscard]] Written give_back(const Step& step, const ParameterValue& theirs, const ParameterKeeping& how);
  [[nodiscard]] Written take_back(const Step& put_before, Written why);
  [[nodiscard]] Written read_back(const Pair& fresh);
  [[nodiscard]] rotation::Answer<ParameterKeeping> fit_keeping(const std::string& name) const;

  Names names_;
  std::unique_ptr<Parameters> store_;
};

}  // namespace secrets_adapters
