// What Vault's engine for keys and values, version 2, says of a secret, and the body that makes its next version.
// Source: path_data.go of hashicorp/vault-plugin-secrets-kv.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/ini.hpp"
#include "providers/http/message.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

// The members of the secret that are the pair.
struct KvMembers {
  std::string id;
  std::string value;
};

struct KvVersion {
  std::uint64_t number = 0;  // 0: there is no such secret
  http::Body reply = {};
  platform::Range data = {};      // in the reply: the object of all members, with its braces
  platform::Range id = {};        // in the reply, between the quotes; only with a pair
  platform::Range value = {};     // the same
  std::optional<Pair> pair = {};  // empty where neither member is there, or both are empty

  [[nodiscard]] bool holds(const Pair& wanted) const {
    return pair && pair->id == wanted.id && pair->secret.same_as(wanted.secret);
  }
};

// Of a reply with status 200. Throws Unfit: half a pair, no access key, or no reply of this engine.
[[nodiscard]] KvVersion kv_version(http::Body reply, const KvMembers& members);

// Of a reply with status 404, which Vault gives to a version that was deleted too, with what it still knows of it.
enum class Absence : std::uint8_t {
  missing,
  deleted,      // its values can be had back
  destroyed,    // they can't
  not_mounted,  // nothing is mounted there
  not_vault,    // no reply of Vault's
};
struct Absent {
  Absence how = Absence::not_vault;
  std::uint64_t number = 0;  // of the version that was deleted or destroyed
};
[[nodiscard]] Absent kv_absence(std::string_view reply);

// {"options":{"cas":NUMBER},"data":…}: the version's own members, byte for byte as Vault told them, with this pair in
// place of the one there.
[[nodiscard]] http::Body kv_write(const KvVersion& over, const Pair& fresh);

// The version that a write has made; 0 if the reply does not say.
[[nodiscard]] std::uint64_t kv_written(std::string_view reply);
// Of a reply with status 400: was it the compare-and-set, by another version in between?
[[nodiscard]] bool kv_cas_failed(std::string_view reply);

}  // namespace secrets_adapters
