#include "providers/calling/credentials.hpp"

#include <algorithm>

namespace calling {

using rotation::Answer;
using rotation::Done;

namespace {

class Fixed final : public CredentialProvider {
 public:
  explicit Fixed(Credentials credentials) : credentials_(std::move(credentials)) {}

  Answer<Credentials> fetch() override {
    // Cloned: the cache owns what it holds, and a fixed source may be asked twice.
    return Done<Credentials>{{credentials_.id, credentials_.secret.clone(),
                              credentials_.token ? std::optional{credentials_.token->clone()} : std::nullopt,
                              credentials_.expires, credentials_.source}};
  }
  [[nodiscard]] bool renewable() const override { return false; }

 private:
  Credentials credentials_;
};

}  // namespace

std::unique_ptr<CredentialProvider> fixed_credentials(Credentials credentials) {
  return std::make_unique<Fixed>(std::move(credentials));
}

CredentialCache::Age CredentialCache::age() const {
  using namespace std::chrono_literals;
  if (!held_->expires) return Age::fresh;
  const auto now = std::chrono::floor<rotation::Seconds>(world_.now());
  const auto lifetime = *held_->expires - fetched_at_;
  const auto left = *held_->expires - now;
  if (left < std::max<rotation::Seconds>(90s, std::min<rotation::Seconds>(10min, lifetime / 6))) return Age::must_renew;
  if (left < std::min<rotation::Seconds>(15min, lifetime / 3)) return Age::worth_renewing;
  return Age::fresh;
}

Answer<const Credentials*> CredentialCache::credentials(Renewal renewal) {
  if (renewal == Renewal::never && held_) return Done<const Credentials*>{&*held_};
  if (renewal == Renewal::never && provider_->renewable()) {
    return rotation::Refused{rotation::Refusal::expired_session, "",
                             "no session is open, and none is begun in the middle of a change; nothing was sent", ""};
  }
  const auto how_old = held_ ? age() : Age::must_renew;
  const bool held_will_do = held_ && (how_old == Age::fresh || !provider_->renewable() ||
                                      (how_old == Age::worth_renewing && provider_->asks()));
  if (held_will_do) return Done<const Credentials*>{&*held_};
  auto answer = provider_->fetch();
  if (auto* fresh = rotation::done(answer)) {
    held_ = std::move(*fresh);
    fetched_at_ = std::chrono::floor<rotation::Seconds>(world_.now());
    return Done<const Credentials*>{&*held_};
  }
  if (how_old == Age::worth_renewing) return Done<const Credentials*>{&*held_};
  return rotation::pass_on<const Credentials*>(answer);
}

bool CredentialCache::expire() {
  if (!provider_->renewable()) return false;
  held_.reset();
  return true;
}

}  // namespace calling
