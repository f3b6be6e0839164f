// Credentials of the machine that we run on: the container credential service and the instance metadata service.
#include <algorithm>

#include "providers/aws_iam/sources.hpp"
#include "providers/calling/sources.hpp"
#include "providers/calling/unusable.hpp"
#include "providers/http/url.hpp"
#include "rotation/errors.hpp"

namespace aws_iam {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;
using std::chrono_literals::operator""s;  // NOLINT(misc-unused-using-decls): 5s

namespace {

const std::vector<std::string> container_hosts{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
const std::vector<std::string> metadata_hosts{"169.254.169.254", "fd00:ec2::254"};

void require_allowed(const std::string& address, const std::vector<std::string>& hosts, const char* what) {
  const auto url = http::parse_url(address);
  if (url && http::may_speak_to(*url, hosts)) return;
  calling::unusable(std::string{"the address of "} + what + " is not one that it may have",
                    "use https, or http to this machine or to AWS's own link-local addresses");
}

// In any case, as botocore takes it.
bool is_true(std::string_view text) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; };
  return std::ranges::equal(text, std::string_view{"true"}, same);
}

class Container final : public CredentialProvider {
 public:
  Container(const World& world, http::Transport& transport, std::string address)
      : world_(world), transport_(transport), address_(std::move(address)) {}

  Answer<Credentials> fetch() override {
    std::string why;
    for (int attempt = 1; attempt <= 3; ++attempt) {  // botocore's three tries, a second apart
      if (attempt > 1 && !world_.sleep(1s)) break;
      http::Request request{.url = address_, .deadline = 2s, .plain_http_hosts = container_hosts};
      request.headers.emplace_back("Accept", "application/json");
      add_authorization(request);
      const auto reply = transport_.send(request);
      if (const auto* response = calling::good(reply)) {
        auto found = calling::read_json_credentials(response->body.view(), calling::aws_names, std::nullopt, why);
        if (found && found->token && found->expires) {
          found->source = "container credential service";
          return Done<Credentials>{std::move(*found)};
        }
        if (found) why = "they are not a session's";
      } else {
        why = calling::why_not(reply);
      }
    }
    return Refused{Refusal::other, "", "the container credential service gave no credentials: " + why, ""};
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  // The file is read every time: it is rotated.
  void add_authorization(http::Request& request) const {
    std::optional<rotation::Secret> token;
    if (const auto file = world_.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
      token = calling::token_in(*file);  // without it the service refuses, and that is told
    } else if (auto text = world_.env("AWS_CONTAINER_AUTHORIZATION_TOKEN")) {
      token = rotation::Secret::taking(std::move(*text));
    }
    if (token) token->expose([&](auto text) { request.headers.emplace_back("Authorization", std::string{text}); });
  }

  const World& world_;
  http::Transport& transport_;
  std::string address_;
};

class InstanceMetadata final : public CredentialProvider {
 public:
  InstanceMetadata(const World& world, http::Transport& transport, std::string base)
      : world_(world), transport_(transport), base_(std::move(base)) {}

  Answer<Credentials> fetch() override {
    if (is_true(world_.env("AWS_EC2_METADATA_DISABLED").value_or(""))) {
      return Refused{Refusal::not_sent, "", "the instance metadata service is disabled", ""};
    }
    const auto token = ask(http::Method::put, "latest/api/token", {"x-aws-ec2-metadata-token-ttl-seconds", "21600"});
    const auto* key = calling::good(token);
    if (!key) return nothing_from(token);
    const std::string path = "latest/meta-data/iam/security-credentials/";
    const auto header = [&] { return http::Header{"x-aws-ec2-metadata-token", std::string{key->body.view()}}; };
    const auto role = ask(http::Method::get, path, header());
    const auto* name = calling::good(role);
    if (!name || name->body.empty()) return nothing_from(role);
    const auto role_name = name->body.view().substr(0, name->body.view().find('\n'));
    const auto reply = ask(http::Method::get, path + std::string{role_name}, header());
    const auto* document = calling::good(reply);
    if (!document) return nothing_from(reply);
    std::string why;
    auto found = calling::read_json_credentials(document->body.view(), calling::aws_names, std::nullopt, why);
    if (!found || !found->token || !found->expires) {
      return Refused{Refusal::other, "", "the instance metadata service gave no whole credentials", ""};
    }
    found->source = "instance metadata service";
    return Done<Credentials>{std::move(*found)};
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  http::Reply ask(http::Method method, const std::string& path, http::Header header) {
    http::Request request{.method = method,
                          .url = base_ + path,
                          .deadline = 1s,
                          .connect_deadline = 1s,
                          .reply_cap = 64 << 10,
                          .plain_http_hosts = metadata_hosts};
    request.headers.push_back(std::move(header));
    return transport_.send(request);
  }

  static Refused nothing_from(const http::Reply& reply) {
    const auto why = std::holds_alternative<http::Response>(reply) ? Refusal::other : Refusal::not_sent;
    return {why, "", "the instance metadata service gave no credentials: " + calling::why_not(reply), ""};
  }

  const World& world_;
  http::Transport& transport_;
  std::string base_;
};

}  // namespace

std::unique_ptr<CredentialProvider> container(const World& world, http::Transport& transport) {
  std::string address;
  if (const auto path = world.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    address = "http://" + container_hosts.front() + *path;
  } else {
    address = world.env("AWS_CONTAINER_CREDENTIALS_FULL_URI").value_or("");
  }
  require_allowed(address, container_hosts, "the container credential service");
  return std::make_unique<Container>(world, transport, std::move(address));
}

std::unique_ptr<CredentialProvider> instance_metadata(const World& world, http::Transport& transport,
                                                      const std::optional<std::string>& endpoint) {
  auto base = endpoint.value_or("http://" + metadata_hosts.front() + "/");
  if (base.empty() || base.back() != '/') base += '/';
  require_allowed(base, metadata_hosts, "the instance metadata service");
  return std::make_unique<InstanceMetadata>(world, transport, std::move(base));
}

}  // namespace aws_iam
