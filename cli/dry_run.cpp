#include "cli/dry_run.hpp"

#include <algorithm>

namespace cli {

using namespace rotation;

namespace {
constexpr const char* imagined_id = "AKIADRYRUNDRYRUNDRYR";
constexpr const char* imagined_key = "dry run";  // in place of a wrapped data key
}  // namespace

// ---- the cloud -------------------------------------------------------------------------------------------------

bool DryRunCloud::imagined(const AccessKeyId& key) const {
  return std::ranges::any_of(made_, [&](const AccessKey& made) { return made.id == key; });
}

Answer<User> DryRunCloud::user(const UserName& user) {
  auto answer = real_.user(user);
  if (const User* known = done(answer)) user_ = *known;
  return answer;
}

Answer<std::vector<AccessKey>> DryRunCloud::keys(const UserName& user) {
  auto answer = real_.keys(user);
  auto* keys = done(answer);
  if (keys == nullptr) return answer;
  keys->insert(keys->end(), made_.begin(), made_.end());
  std::erase_if(*keys, [&](const AccessKey& key) { return std::ranges::find(deleted_, key.id) != deleted_.end(); });
  for (AccessKey& key : *keys) {
    if (const auto changed = status_.find(key.id); changed != status_.end()) key.status = changed->second;
  }
  return answer;
}

Answer<NewKey> DryRunCloud::create_key(const UserName& user) {
  say_("would create an access key for " + user.text());
  const Time now = clock_.now().wall;
  made_.push_back({.id = AccessKeyId{imagined_id}, .status = KeyStatus::active, .created_at = now});
  return Done<NewKey>{{.id = AccessKeyId{imagined_id}, .secret = Secret{"no secret: a dry run"}, .created_at = now}};
}

Answer<Nothing> DryRunCloud::set_status(const UserName& user, const AccessKeyId& key, KeyStatus status) {
  const Op op = status == KeyStatus::active ? Op::activate_key : Op::deactivate_key;
  say_("would send: " + real_.command_for(op, user, key));
  status_[key] = status;
  return Done<Nothing>{};
}

Answer<Nothing> DryRunCloud::delete_key(const UserName& user, const AccessKeyId& key) {
  say_("would send: " + real_.command_for(Op::delete_key, user, key));
  deleted_.push_back(key);
  return Done<Nothing>{};
}

Answer<Nothing> DryRunCloud::undelete_key(const UserId& /*user*/, const AccessKeyId& key) {
  const std::string command = user_ ? real_.command_for(Op::undelete_key, user_->name, key) : std::string();
  say_(command.empty() ? "would bring " + key.text() + " back from the recycle bin" : "would send: " + command);
  made_.push_back({.id = key, .status = KeyStatus::inactive, .created_at = clock_.now().wall});
  std::erase(deleted_, key);
  return Done<Nothing>{};
}

Answer<LastUsed> DryRunCloud::last_used(const UserName& user, const AccessKeyId& key) {
  if (imagined(key)) return Done<LastUsed>{};
  return real_.last_used(user, key);
}

Answer<Caller> DryRunCloud::probe(const AccessKeyId& key, const SecretAccessKey& secret) {
  if (!imagined(key)) return real_.probe(key, secret);
  auto answer = real_.caller();
  Caller* caller = done(answer);
  if (caller == nullptr || !user_) return answer;
  caller->arn = user_->arn;
  caller->user_id = user_->id;
  return answer;
}

void DryRunCloud::sign_with(const AccessKeyId& key, const SecretAccessKey& secret) {
  if (!imagined(key)) real_.sign_with(key, secret);
}

// ---- locations ---------------------------------------------------------------------------------------------------

Answer<Holding> DryRunLocation::read() {
  if (!imagined_) return real_.read();
  Holding copy{.id = imagined_->id, .custody = imagined_->custody, .mark = imagined_->mark};
  if (imagined_->secret) copy.secret = imagined_->secret->clone();  // the engine compares it, the overlay keeps it
  return Done<Holding>{std::move(copy)};
}

Answer<Written> DryRunLocation::write(const Change& change) {
  const auto now = read();
  const Holding* holding = done(now);
  if (holding == nullptr) return pass_on<Written>(now);
  if (!holding->meets(change.expected)) {
    return Refused{.why = Refusal::conflict,
                   .code = {},
                   .message = name_.text() + " holds another key than expected",
                   .request_id = {}};
  }
  if (auto can = ready(); done(can) == nullptr) return pass_on<Written>(can);
  const std::string was = change.expected.id ? " in place of " + change.expected.id->text() : "";
  say_("would write " + change.id.text() + " to " + name_.text() + was);
  if (holding->custody == rotation::Custody::closed) {
    imagined_ = Holding{.id = {}, .custody = rotation::Custody::closed, .mark = "dry run"};
  } else {
    imagined_ = Holding{.id = change.id, .secret = change.secret.clone()};
  }
  return Done<Written>{{.mark = imagined_->mark}};
}

// ---- the journal -------------------------------------------------------------------------------------------------

void DryRunJournal::attach(Attachments attachments) {
  if (attachments.wrapped_key) wrapped_ = std::move(attachments.wrapped_key);
  for (SealedSecret& secret : attachments.sealed) sealed_[secret.purpose] = std::move(secret);
}

void DryRunJournal::append(Draft draft, Attachments attachments) {
  Record record;
  record.rotation = view_.id;
  record.seq = view_.seq + 1;
  record.at = clock_.now().wall;
  record.actor = view_.started_by;
  record.account = view_.target.account;
  record.user = view_.target.user;
  record.what = std::move(draft);
  rotation::apply(view_, record);
  records_.push_back(std::move(record));
  const bool shred = attachments.shred;
  attach(std::move(attachments));
  if (shred) {
    shredded_ = true;
    wrapped_.reset();
    sealed_.clear();
  }
}

std::optional<std::string> DryRunJournal::wrapped_key() {
  if (wrapped_ || shredded_ || real_ == nullptr) return wrapped_;
  return real_->wrapped_key();
}

std::optional<SealedSecret> DryRunJournal::sealed(const std::string& purpose) {
  if (const auto found = sealed_.find(purpose); found != sealed_.end()) return found->second;
  if (shredded_ || real_ == nullptr) return std::nullopt;
  return real_->sealed(purpose);
}

// ---- sealing -------------------------------------------------------------------------------------------------------

std::string DryRunSealer::new_wrapped_key(const RotationId& /*rotation*/) { return imagined_key; }

void DryRunSealer::prove(const std::string& wrapped_key, const RotationId& rotation) {
  if (wrapped_key != imagined_key) real_.prove(wrapped_key, rotation);
}

SealedSecret DryRunSealer::seal(const std::string& /*wrapped_key*/, const RotationId& /*rotation*/,
                                const AccountName& /*account*/, std::string purpose, const AccessKeyId& key,
                                const Secret& secret) {
  std::string token = "dry run " + std::to_string(kept_.size());
  kept_.insert_or_assign(token, secret.clone());  // unseal gives it back
  return {.purpose = std::move(purpose), .key = key, .bytes = std::move(token)};
}

std::optional<Secret> DryRunSealer::unseal(const std::string& wrapped_key, const RotationId& rotation,
                                           const AccountName& account, const SealedSecret& sealed) {
  if (const auto found = kept_.find(sealed.bytes); found != kept_.end()) return found->second.clone();
  return real_.unseal(wrapped_key, rotation, account, sealed);
}

// ---- time and people -----------------------------------------------------------------------------------------------

Instant DryRunClock::now() {
  Instant instant = real_.now();
  instant.boot += ahead_;
  instant.wall += std::chrono::floor<Seconds>(ahead_);
  return instant;
}

Waited DryRunClock::wait(Millis span, const std::function<void(Millis)>& /*tick*/) {
  if (real_.interrupted()) return Waited::interrupted;
  ahead_ += span;
  return Waited::done;
}

Consent DryRunOperator::confirm(const Question& question) {
  if (!question.accept_word.empty()) {
    say_("would need --accept " + question.accept_word + " to " + question.what);
    return Consent::declined;
  }
  say_("would ask: " + question.what);
  return Consent::given;
}

// ---- all of it -----------------------------------------------------------------------------------------------------

DryRun::DryRun(View view, const RealWorld& real, Journal* journal, const Say& say)
    : clock_(real.clock),
      cloud_(real.cloud, clock_, say),
      journal_(std::move(view), journal, clock_),
      sealer_(real.sealer),
      spill_(real.spill),
      person_(say) {
  for (auto& [name, location] : real.locations) {
    locations_.emplace(name, std::make_unique<DryRunLocation>(*location, name, say));
  }
}

void DryRun::adopt(const Prospect& prospect) {
  if (!prospect.adopted_secret) return;
  Attachments kept{.wrapped_key = imagined_key};
  kept.sealed.push_back(sealer_.seal(imagined_key, journal_.view().id, journal_.view().target.account, "new",
                                     *prospect.start.adopted, *prospect.adopted_secret));
  journal_.attach(std::move(kept));
}

Ports DryRun::ports() { return {journal_, sealer_, spill_, cloud_, locations_, clock_, person_}; }

Record imagined_record(const Start& start, const std::string& actor, Time now) {
  Record record;
  record.rotation = RotationId{"r-dry-run"};
  record.seq = 1;
  record.at = now;
  record.actor = actor;
  record.account = start.target.account;
  record.user = start.target.user;
  record.what = started(start);
  return record;
}

View imagined_start(const Start& start, const std::string& actor, Time now) {
  View view;
  rotation::apply(view, imagined_record(start, actor, now));
  return view;
}

}  // namespace cli
