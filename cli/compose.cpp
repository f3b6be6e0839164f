#include "cli/compose.hpp"

#include <unistd.h>

#include "cli/commons.hpp"
#include "cli/output.hpp"
#include "cli/unattended.hpp"
#include "platform/files.hpp"
#include "platform/who.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/registry.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

fs::path absolute(const std::string& text) { return fs::absolute(platform::expand_home(text)).lexically_normal(); }

TerminalSetup terminal_setup(const Options& options, const Consents& consents, platform::SystemClock& clock) {
  return {.in = options.unattended ? -1 : STDIN_FILENO,
          .err = STDERR_FILENO,
          .consents = consented_steps(consents),
          .color = color_of(options),
          .quiet = options.unattended,
          .interrupted = [&clock] { return clock.interrupted(); }};
}

// Stands in for a location whose pinned description this version can't follow: the engine sees a refusal at that one
// place, and everything that needs no location goes on.
class UnusableLocation final : public rotation::Location {
 public:
  explicit UnusableLocation(std::string why) : why_(std::move(why)) {}
  [[nodiscard]] rotation::Answer<rotation::Holding> read() override { return refusal(); }
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& /*change*/) override {
    return refusal();
  }

 private:
  [[nodiscard]] rotation::Refused refusal() const {
    return {.why = rotation::Refusal::unsupported, .code = {}, .message = why_, .request_id = {}};
  }
  std::string why_;
};

std::unique_ptr<rotation::Location> make(const rotation::LocationSpec& spec,
                                         const secrets_adapters::Surroundings& surroundings) {
  try {
    return secrets_adapters::make_location(spec, surroundings);
  } catch (const rotation::Trouble& trouble) {
    return std::make_unique<UnusableLocation>(trouble.problem().message);
  }
}

}  // namespace

House::House(const Options& options, const Consents& consents)
    : options_(options),
      journal_path_(options.journal ? absolute(*options.journal) : default_journal_path()),
      person_(terminal_setup(options, consents, clock_)) {}

House::~House() = default;

void House::share(const std::set<rotation::AccessKeyId>& keys) {
  if (!commons_) commons_ = std::make_unique<Commons>(*this);
  commons_->search_for(keys);
}

void House::share_no_more() { commons_.reset(); }

std::shared_ptr<CloudAccess> House::access(const rotation::Connection& connection) {
  return commons_ ? commons_->access(connection) : std::shared_ptr<CloudAccess>{cloud(connection)};
}

const store::Actor& House::actor() {
  if (!actor_) actor_ = store::Actor{.person = platform::authenticated_person(), .claim = options_.claim};
  return *actor_;
}

Config House::config() const {
  if (options_.config) return load_config(absolute(*options_.config));
  return load_config_if_present(default_config_path());
}

store::OpenOptions House::open_options(std::chrono::milliseconds patience) {
  return {.path = journal_path_, .now = [this] { return clock_.now(); }, .busy = patience};
}

std::optional<store::JournalReader> House::reader() {
  return store::JournalReader::open_existing(open_options(usual_patience));
}

void House::warn_of_missing_journal(const std::optional<store::JournalReader>& reader) const {
  if (reader || !options_.journal) return;
  warn("Warning: there is no journal at " + visible(journal_path_.string()) + ".\n");
}

store::JournalStore House::store(std::chrono::milliseconds patience) {
  return store::JournalStore{open_options(patience)};
}

std::unique_ptr<CloudAccess> House::cloud(const rotation::Connection& connection) {
  CloudNeeds needs{.ask_code =
                       [this](const std::string& device) {
                         const std::scoped_lock one{one_asks_};
                         asking_ = has_asked_ = true;
                         auto code = person_.mfa_code(device);
                         asking_ = false;
                         return code;
                       },
                   .interrupted = [this] { return clock_.interrupted(); },
                   .log = {}};
  if (options_.verbose) {
    needs.log = [this](const std::string& line) { log(options_, "request", line); };
  }
  return open_cloud(connection, needs);
}

fs::path House::snapshot_path() const {
  return journal_path_.parent_path() / (journal_path_.stem().string() + "-fleet.db");
}

bool House::still_agreed(const rotation::View& view, rotation::Step step) {
  try {
    return agrees(config(), view, step);
  } catch (const rotation::Trouble&) {
    return false;
  }
}

void House::end_late_undos(store::JournalStore& store) {
  const auto server_time = [this](const rotation::View& closed) -> std::optional<rotation::Time> {
    try {
      const auto access = cloud(closed.connection);
      if (rotation::done(access->cloud().caller()) == nullptr) return std::nullopt;
      const auto offset = access->cloud().clock_offset();
      if (!offset) return std::nullopt;
      clock_.set_server_offset(*offset);
      return now().wall;
    } catch (const rotation::Trouble&) {
      return std::nullopt;
    }
  };
  try {
    store.shred_overdue(actor(), server_time);
  } catch (const rotation::Trouble& trouble) {
    if (options_.verbose) log(options_, "late undo", "not shredded yet: " + trouble.problem().message);
  }
}

secrets_adapters::Surroundings House::surroundings(CloudAccess* access, const rotation::RotationId& rotation) {
  secrets_adapters::Surroundings here;
  here.network = [this](http::TransportSettings settings) {
    if (options_.verbose) {
      settings.log = [this](const http::LogLine& line) {
        log(options_, "request", line.what + " " + std::to_string(line.status) + " " + line.ending);
      };
    }
    return open_network(std::move(settings));
  };
  here.pause = [this](rotation::Millis span) {
    return clock_.wait(span, [](rotation::Millis) {}) == rotation::Waited::done;
  };
  here.boot = [this] { return clock_.now().boot; };
  here.rotation = rotation.text();
  if (access != nullptr) {
    here.secrets = [access](const rotation::LocationSpec& spec) { return access->secrets(spec); };
    here.parameters = [access](const rotation::LocationSpec& spec) { return access->parameters(spec); };
  }
  return here;
}

Reach reach_of(rotation::Procedure procedure) {
  return procedure == rotation::Procedure::retire ? Reach::shared : Reach::own;
}

Bench::Bench(House& house, const rotation::Connection& connection, const std::vector<rotation::LocationSpec>& locations,
             std::function<bool()> holds_wrapped_key, Reach reach, const rotation::RotationId& rotation)
    : house_(house),
      commons_(reach == Reach::shared ? house.commons() : nullptr),
      rotation_(rotation),
      access_(commons_ != nullptr ? commons_->access(connection) : house.cloud(connection)),
      sealer_(sealing_key(connection), std::move(holds_wrapped_key)),
      spill_(house.journal_path().parent_path()) {
  for (const rotation::LocationSpec& spec : locations) {
    locations_.emplace(spec.name, location(spec));
  }
}

Bench::Bench(House& house, const rotation::View& view, std::function<bool()> holds_wrapped_key)
    : Bench(house, view.connection, pinned_locations(view), std::move(holds_wrapped_key), reach_of(view.procedure),
            view.id) {}

rotation::Ports Bench::ports(rotation::Journal& journal) { return ports(journal, house_.person()); }

rotation::Ports Bench::ports(rotation::Journal& journal, rotation::Operator& person) {
  return {.journal = journal,
          .sealer = sealer_,
          .spill = spill_,
          .cloud = access_->cloud(),
          .locations = locations_,
          .clock = house_.clock(),
          .person = person,
          .make_location = [this](const rotation::LocationSpec& spec) { return location(spec); }};
}

RealWorld Bench::world() {
  return {
      .sealer = sealer_, .spill = spill_, .cloud = access_->cloud(), .locations = locations_, .clock = house_.clock()};
}

void Bench::now_of(const rotation::View& view) {
  rotation_ = view.id;
  locations_.clear();
  for (const rotation::LocationSpec& spec : pinned_locations(view)) {
    locations_.emplace(spec.name, location(spec));
  }
}

std::unique_ptr<rotation::Location> Bench::location(const rotation::LocationSpec& spec) {
  const auto own = [this, spec] { return make(spec, house_.surroundings(access_.get(), rotation_)); };
  return commons_ != nullptr ? commons_->location(spec, access_, own) : own();
}

rotation::Attachments Bench::sealed_at_start(const rotation::Prospect& prospect, const rotation::RotationId& rotation) {
  rotation::Attachments attachments;
  if (!prospect.adopted_secret) return attachments;
  const rotation::Start& start = prospect.start;
  attachments.wrapped_key = sealer_.new_wrapped_key(rotation);
  attachments.sealed.push_back(sealer_.seal(*attachments.wrapped_key, rotation, start.target.account, "new",
                                            *start.adopted, *prospect.adopted_secret));
  return attachments;
}

void Bench::require_sealing_key() {
  // A data key that nobody keeps: wrapping one and reading it back is the proof.
  static_cast<void>(sealer_.new_wrapped_key(rotation::RotationId{"r-proof"}));
}

fs::path sealing_key(const rotation::Connection& connection) {
  const auto pinned = connection.find("sealing_key_file");
  return pinned == connection.end() ? default_sealing_key_path() : fs::path{pinned->second};
}

std::vector<rotation::LocationSpec> pinned_locations(const rotation::View& view) {
  std::vector<rotation::LocationSpec> specs;
  for (const rotation::LocationView& location : view.locations) specs.push_back(location.spec);
  return specs;
}

}  // namespace cli
