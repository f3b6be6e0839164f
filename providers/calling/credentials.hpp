// What signs requests, and how it is renewed before it runs out.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "providers/calling/world.hpp"
#include "rotation/answer.hpp"
#include "rotation/names.hpp"
#include "rotation/secret.hpp"
#include "rotation/time.hpp"

namespace calling {

struct Credentials {
  rotation::AccessKeyId id;
  rotation::Secret secret;
  std::optional<rotation::Secret> token = {};  // of temporary credentials
  std::optional<rotation::Time> expires = {};  // empty: as far as we know, never
  std::string source = {};                     // "profile dev in the credentials file", for people

  [[nodiscard]] const rotation::Secret* token_or_null() const { return token ? &*token : nullptr; }
};

// One source of credentials.
class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  // Refused or Unknown for trouble at a remote service or a helper program; throws Trouble(usage) for malformed input.
  [[nodiscard]] virtual rotation::Answer<Credentials> fetch() = 0;
  // A second fetch can give fresher ones.
  [[nodiscard]] virtual bool renewable() const = 0;
  // Each fetch asks a person (an MFA code), so it is done as rarely as can be.
  [[nodiscard]] virtual bool asks() const { return false; }
};

[[nodiscard]] std::unique_ptr<CredentialProvider> fixed_credentials(Credentials credentials);

// `never`: in the middle of a change. A renewal can wait for a person, and the lease under which the change was allowed
// would be over before its first byte.
enum class Renewal { when_due, never };

// What a request is signed with.
class Signer {
 public:
  virtual ~Signer() = default;
  // Valid until the next call of either function. `never` gives what is in hand whatever its age, for the cloud to
  // judge; Refused{expired_session} where that is nothing and a fetch would be a renewal.
  [[nodiscard]] virtual rotation::Answer<const Credentials*> credentials(Renewal renewal = Renewal::when_due) = 0;
  // The cloud says that they have run out. false: no fresher ones can be had.
  [[nodiscard]] virtual bool expire() = 0;
};

// Keeps what a provider gave and renews it: tried from 15 minutes before it runs out, required from 10 minutes before
// (botocore's windows), each at most a third and a sixth of the whole lifetime, so that a session of 15 minutes is
// not renewed at every call. Never required later than 90 s before: a change comes up to 60 s after the read that
// could renew, and has 30 s itself.
class CredentialCache final : public Signer {
 public:
  CredentialCache(std::unique_ptr<CredentialProvider> provider, const World& world)
      : provider_(std::move(provider)), world_(world) {}

  [[nodiscard]] rotation::Answer<const Credentials*> credentials(Renewal renewal = Renewal::when_due) override;
  [[nodiscard]] bool expire() override;

 private:
  enum class Age { fresh, worth_renewing, must_renew };
  [[nodiscard]] Age age() const;

  std::unique_ptr<CredentialProvider> provider_;
  const World& world_;
  std::optional<Credentials> held_;
  rotation::Time fetched_at_{};
};

}  // namespace calling
