// A location that is a secret of Vault's or OpenBao's key/value engine, version 2: two members of it are the pair.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "rotation/ports.hpp"
#include "secrets_adapters/kv_version.hpp"
#include "secrets_adapters/vault_client.hpp"

namespace secrets_adapters {

struct VaultPlace {
  std::string mount;  // "secret", "team/kv"
  std::string path;   // below it: "support"
  KvMembers members;
};

// Read: GET MOUNT/data/PATH. A secret or a pair that is not there is an empty Holding. A current version that was
// deleted or destroyed is Refused{invalid}: it may come back with the old key in it. So is a mount that is not there;
// one of another engine, or of version 1, is Refused{unsupported}.
// Write: POST of all members as the GET told them, byte for byte, with the new pair in place of the old and `cas` = the
// version that was read, which Vault refuses if another version has come since (that is the compare-and-set). Then what
// that one holds decides: the new pair is Done, the old one is written over anew, a third is Refused{conflict}. The new
// version is read back. custom_metadata and older versions are not touched.
// A write is one request, so that a crash leaves the old pair or the new one, in one version; a write that is done
// again finds the new pair and does nothing. A lost reply is settled by reading: a version after ours-to-be that holds
// another pair shows that ours never came; where the version is still the one that was read, the same POST may go out
// again, as of two with one `cas` a single one is taken. Sources: the API pages of Vault and OpenBao, path_data.go of
// hashicorp/vault-plugin-secrets-kv.
class VaultSecret final : public rotation::Location {
 public:
  VaultSecret(VaultPlace place, std::unique_ptr<VaultClient> client);

  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  // Is the pair there, will the token live for a minute more and be good for more than a few requests, and do its
  // policies allow `read` and `update`? What Vault does not tell is no reason to refuse.
  [[nodiscard]] rotation::Answer<rotation::Nothing> ready() const override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;

 private:
  using Written = rotation::Answer<rotation::Written>;
  struct Attempt {
    const rotation::Holding& expected;
    Pair fresh;
    std::string doubt = {};  // why a write may have happened, or may yet
    std::uint64_t over = 0;  // the version that a write with a lost reply went out over
    int lost = 0;
  };
  [[nodiscard]] rotation::Answer<KvVersion> look() const;
  [[nodiscard]] rotation::Answer<KvVersion> absent(std::string_view reply) const;
  [[nodiscard]] rotation::Answer<KvVersion> not_there() const;
  [[nodiscard]] std::optional<Written> try_write(Attempt& attempt);
  [[nodiscard]] std::optional<Written> put(Attempt& attempt, const KvVersion& over);
  [[nodiscard]] Written read_back(const Attempt& attempt, std::uint64_t written) const;
  [[nodiscard]] Written ended(const Attempt& attempt, rotation::Refused no) const;
  [[nodiscard]] rotation::Answer<rotation::Nothing> token_lasts() const;
  [[nodiscard]] rotation::Answer<rotation::Nothing> allowed() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string place() const;  // with its server
  [[nodiscard]] rotation::Refused refuse(rotation::Refusal why, const std::string& what) const;
  [[nodiscard]] rotation::Refused refuse(const rotation::Refused& no) const;

  VaultPlace place_;
  std::string data_path_;  // "secret/data/support", percent-encoded
  std::unique_ptr<VaultClient> client_;
};

// Each component percent-encoded, the slashes between them kept.
[[nodiscard]] std::string encoded_path(std::string_view path);

}  // namespace secrets_adapters
