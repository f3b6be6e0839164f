// The addresses, headers and members are those of the vendor's SDKs.
#include "providers/alibaba_ram/machine_sources.hpp"

#include "providers/calling/json_reply.hpp"
#include "providers/calling/setback.hpp"
#include "providers/calling/sources.hpp"
#include "providers/calling/unusable.hpp"
#include "providers/http/url.hpp"

namespace alibaba_ram {

using calling::Credentials;
using calling::Json;
using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;
using std::chrono_literals::operator""s;  // NOLINT(misc-unused-using-decls): 5s

namespace {

const std::vector<std::string> metadata_hosts{"100.100.100.200"};
constexpr calling::JsonNames session_names{"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"};
constexpr const char* roles_path = "latest/meta-data/ram/security-credentials/";

void require_allowed(const std::string& address, const char* what) {
  const auto url = http::parse_url(address);
  if (url && http::may_speak_to(*url, metadata_hosts)) return;
  calling::unusable(std::string{"the address of "} + what + " is not one that it may have",
                    "use https, or http to this machine or to " + metadata_hosts.front());
}

bool is_role_name(std::string_view text) { return !calling::plain(text, "._-", 64).empty(); }

// A whole session, or what is wrong with it.
std::optional<Credentials> read_session_document(std::string_view text, std::string& what) {
  const auto json = Json::parse(http::Body{text});
  const auto code = json ? json->root().member("Code").text() : std::string_view{};
  if (!code.empty() && code != "Success") {
    const auto shown = calling::plain(code, "._-", 64);
    what = shown.empty() ? "its Code is not Success" : "its Code is " + shown;
    return std::nullopt;
  }
  auto found = calling::read_json_credentials(text, session_names, std::nullopt, what);
  if (found && !found->token) {
    what = "there is no SecurityToken in it";
    return std::nullopt;
  }
  return found;
}

class InstanceMetadata final : public CredentialProvider {
 public:
  InstanceMetadata(http::Transport& transport, MetadataSettings settings)
      : transport_(transport), settings_(std::move(settings)) {}

  Answer<Credentials> fetch() override {
    auto reply = ask(http::Method::put, "latest/api/token", {"X-aliyun-ecs-metadata-token-ttl-seconds", "21600"});
    const bool answered = std::holds_alternative<http::Response>(reply);
    const auto* token = calling::good(reply);
    if (!answered || (!token && !settings_.tokenless)) return nothing_from(reply);
    const auto text = token ? rotation::Secret{token->body.view()} : rotation::Secret{};
    auto role = settings_.role;
    if (!role) {
      const auto named = ask(http::Method::get, roles_path, text);
      role = first_role(named);
      if (!role) return no_role(named);
    }
    return session_of(*role, text);
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  [[nodiscard]] Answer<Credentials> session_of(const std::string& role, const rotation::Secret& token) {
    const auto reply = ask(http::Method::get, roles_path + role, token);
    const auto* document = calling::good(reply);
    if (!document) return nothing_from(reply);
    std::string what;
    auto found = read_session_document(document->body.view(), what);
    if (found && !found->expires) what = "there is no Expiration in it";
    if (!found || !found->expires) {
      return Refused{Refusal::other, "", "the metadata service of ECS gave no whole credentials: " + what, ""};
    }
    found->source = "role " + role + " of the ECS instance";
    return Done<Credentials>{std::move(*found)};
  }

  http::Reply ask(http::Method method, const std::string& path, const rotation::Secret& token) {
    if (token.empty()) return send(request(method, path));
    auto asked = request(method, path);
    token.expose(
        [&](std::string_view text) { asked.headers.emplace_back("X-aliyun-ecs-metadata-token", std::string{text}); });
    return send(std::move(asked));
  }
  http::Reply ask(http::Method method, const std::string& path, http::Header header) {
    auto asked = request(method, path);
    asked.headers.push_back(std::move(header));
    return send(std::move(asked));
  }
  [[nodiscard]] http::Request request(http::Method method, const std::string& path) const {
    return {.method = method,
            .url = settings_.address + path,
            .deadline = 1s,
            .connect_deadline = 1s,
            .reply_cap = 64 << 10,
            .plain_http_hosts = metadata_hosts};
  }
  http::Reply send(http::Request asked) { return transport_.send(asked); }

  static std::optional<std::string> first_role(const http::Reply& reply) {
    const auto* response = calling::good(reply);
    if (!response) return std::nullopt;
    const auto line = response->body.view().substr(0, response->body.view().find_first_of("\r\n"));
    return is_role_name(line) ? std::optional<std::string>{line} : std::nullopt;
  }

  static Refused no_role(const http::Reply& reply) {
    const auto* response = std::get_if<http::Response>(&reply);
    if (!response || (response->status != 200 && response->status != 404)) return nothing_from(reply);
    return {Refusal::no_such_entity, "", "the metadata service of ECS names no role of this instance", ""};
  }

  static Refused nothing_from(const http::Reply& reply) {
    const auto why = std::holds_alternative<http::Response>(reply) ? Refusal::other : Refusal::not_sent;
    return {why, "", "the metadata service of ECS gave no credentials: " + calling::why_not(reply), ""};
  }

  http::Transport& transport_;
  MetadataSettings settings_;
};

class FromUri final : public CredentialProvider {
 public:
  FromUri(const World& world, http::Transport& transport, std::string address)
      : world_(world), transport_(transport), address_(std::move(address)) {}

  Answer<Credentials> fetch() override {
    std::string why;
    for (int attempt = 1; attempt <= 3; ++attempt) {
      if (attempt > 1 && !world_.sleep(1s)) break;
      http::Request request{.url = address_,
                            .deadline = 10s,
                            .connect_deadline = 5s,
                            .reply_cap = 64 << 10,
                            .plain_http_hosts = metadata_hosts};
      request.headers.emplace_back("Accept", "application/json");
      const auto reply = transport_.send(request);
      const auto* response = calling::good(reply);
      auto found = response ? read_session_document(response->body.view(), why) : std::nullopt;
      if (found) {
        found->source = "credentials URI";
        return Done<Credentials>{std::move(*found)};
      }
      if (!response) why = calling::why_not(reply);
    }
    return Refused{Refusal::other, "", "the credentials URI gave no credentials: " + why, ""};
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  const World& world_;
  http::Transport& transport_;
  std::string address_;
};

class OfMachine final : public CredentialProvider {
 public:
  OfMachine(std::unique_ptr<CredentialProvider> metadata, std::unique_ptr<CredentialProvider> uri)
      : metadata_(std::move(metadata)), uri_(std::move(uri)) {}

  Answer<Credentials> fetch() override {
    if (metadata_) {
      auto answer = metadata_->fetch();
      if (rotation::done(answer)) settled_ = true;
      if (settled_ || !is_elsewhere(answer)) return answer;
    }
    if (!uri_) nothing_found();
    auto answer = uri_->fetch();
    if (rotation::done(answer)) metadata_ = nullptr;
    return answer;
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  static bool is_elsewhere(const Answer<Credentials>& answer) {
    const auto* no = rotation::refused(answer);
    return no && (no->why == Refusal::not_sent || no->why == Refusal::no_such_entity);
  }
  [[noreturn]] static void nothing_found() {
    calling::unusable(
        "no Alibaba Cloud credentials were found: not in the environment, ~/.aliyun/config.json or "
        "~/.alibabacloud/credentials, and not from an ECS instance or a credentials URI",
        "aliyun configure, or name a profile with --profile");
  }

  std::unique_ptr<CredentialProvider> metadata_;
  std::unique_ptr<CredentialProvider> uri_;
  bool settled_ = false;  // the metadata service gave credentials before: its refusals are told from then on
};

}  // namespace

std::unique_ptr<CredentialProvider> instance_metadata(http::Transport& transport, MetadataSettings settings) {
  if (!settings.address.ends_with('/')) settings.address += '/';
  require_allowed(settings.address, "the metadata service");
  if (settings.role && !is_role_name(*settings.role)) {
    calling::unusable("the role of the ECS instance is not a name that a role can have",
                      "mend ram_role_name or role_name in the profile, or ALIBABA_CLOUD_ECS_METADATA");
  }
  return std::make_unique<InstanceMetadata>(transport, std::move(settings));
}

std::unique_ptr<CredentialProvider> credentials_uri(const World& world, http::Transport& transport,
                                                    std::string address) {
  require_allowed(address, "the credentials URI");
  return std::make_unique<FromUri>(world, transport, std::move(address));
}

std::unique_ptr<CredentialProvider> of_machine(std::unique_ptr<CredentialProvider> metadata,
                                               std::unique_ptr<CredentialProvider> uri) {
  return std::make_unique<OfMachine>(std::move(metadata), std::move(uri));
}

}  // namespace alibaba_ram
