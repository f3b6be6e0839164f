// SSM 2014-11-06. Facts: the model in botocore.
#include "cli/aws_parameters.hpp"

#include "cli/aws_calls.hpp"

#include <set>

#include "cli/json_body.hpp"

namespace cli {
namespace {

using aws_iam::JsonCall;
using calling::Effect;
using calling::Value;
using rotation::Answer;
using rotation::Done;
using secrets_adapters::ParameterKeeping;
using secrets_adapters::ParameterValue;

constexpr std::size_t most_versions = 100;  // then a new one pushes the oldest out, or is refused
// A page shows 50 values, encrypted, of up to 8 KB each.
constexpr std::size_t history_cap = 4 << 20;

std::optional<ParameterValue> read_value(Value parameter) {
  const auto version = parameter.member("Version").number();
  const Value value = parameter.member("Value");
  if (!version || !value.is_text()) return std::nullopt;
  return ParameterValue{.value = rotation::Secret{value.text()},
                        .version = *version,
                        .type = std::string(parameter.member("Type").text())};
}

ParameterKeeping read_keeping(Value version) {
  const auto text = [&](const char* name) { return std::string(version.member(name).text()); };
  return {.type = text("Type"),
          .tier = text("Tier"),
          .data_type = text("DataType"),
          .key_id = text("KeyId"),
          .description = text("Description"),
          .allowed_pattern = text("AllowedPattern")};
}

// All versions of a parameter, as far as it takes to know the newest one and the oldest.
struct History {
  std::size_t versions = 0;
  std::int64_t oldest = 0;
  std::int64_t newest = 0;
  bool oldest_is_labelled = false;
  ParameterKeeping keeping = {};

  // false: it is no whole version.
  bool take(Value version) {
    const auto number = version.member("Version").number();
    if (!number) return false;
    ++versions;
    if (oldest == 0 || *number < oldest) {
      oldest = *number;
      oldest_is_labelled = !version.member("Labels").items().empty();
    }
    if (*number > newest) {
      newest = *number;
      keeping = read_keeping(version);
    }
    return true;
  }
};

class AwsParameters final : public secrets_adapters::Parameters {
 public:
  AwsParameters(aws_iam::IamCloud& cloud, std::string region)
      : calls_(cloud, aws_iam::Service::ssm, std::move(region), "Name") {}

  Answer<ParameterValue> newest(const std::string& name) override { return get(name); }
  Answer<ParameterValue> version(const std::string& name, std::int64_t number) override {
    return get(name + ":" + std::to_string(number));
  }

  Answer<ParameterKeeping> keeping(const std::string& name) override {
    History history;
    std::string token;
    std::set<std::string, std::less<>> tokens;
    do {
      const auto answer = calls_.send(page_of_history(name, token));
      const auto* reply = rotation::done(answer);
      if (reply == nullptr) return rotation::pass_on<ParameterKeeping>(answer);
      for (const Value version : reply->root().member("Parameters").items()) {
        if (!history.take(version)) return calling::unreadable("GetParameterHistory", "a version has no number");
      }
      token = reply->root().member("NextToken").text();
      if (!token.empty() && !tokens.insert(token).second) {
        return rotation::Unknown{"the list of GetParameterHistory does not end"};
      }
    } while (!token.empty());
    if (history.versions == 0) return calling::unreadable("GetParameterHistory", "there is no version in it");
    history.keeping.full = history.versions >= most_versions && history.oldest_is_labelled;
    return Done<ParameterKeeping>{std::move(history.keeping)};
  }

  // Without a key id, SSM would encrypt under the account's default key, whatever the version before had.
  Answer<std::int64_t> put(const std::string& name, const rotation::Secret& value,
                           const ParameterKeeping& how) override {
    auto call = calls_.called("PutParameter", name, Effect::write);
    value.expose([&](std::string_view text) { add(call.body, "Value", text); });
    add_plain(call.body, "Overwrite", "true");
    add(call.body, "Type", how.type);
    add_if_set(call.body, "Tier", how.tier);
    add_if_set(call.body, "DataType", how.data_type);
    add_if_set(call.body, "KeyId", how.key_id);
    add_if_set(call.body, "Description", how.description);
    add_if_set(call.body, "AllowedPattern", how.allowed_pattern);
    const auto answer = calls_.send(std::move(call));
    const auto* reply = rotation::done(answer);
    if (reply == nullptr) return rotation::pass_on<std::int64_t>(answer);
    const auto made = reply->root().member("Version").number();
    if (!made) return calling::unreadable("PutParameter", "there is no version in it");
    return Done<std::int64_t>{*made};
  }

 private:
  [[nodiscard]] JsonCall page_of_history(const std::string& name, const std::string& token) const {
    auto call = calls_.called("GetParameterHistory", name);
    add_plain(call.body, "WithDecryption", "false");
    add_plain(call.body, "MaxResults", "50");
    add_if_set(call.body, "NextToken", token);
    call.reply_cap = history_cap;
    return call;
  }
  Answer<ParameterValue> get(const std::string& name) {
    auto call = calls_.called("GetParameter", name);
    add_plain(call.body, "WithDecryption", "true");
    const auto answer = calls_.send(std::move(call));
    const auto* reply = rotation::done(answer);
    if (reply == nullptr) return rotation::pass_on<ParameterValue>(answer);
    auto found = read_value(reply->root().member("Parameter"));
    if (!found) return calling::unreadable("GetParameter", "there is no whole parameter in it");
    return Done<ParameterValue>{std::move(*found)};
  }

  AwsCalls calls_;
};

}  // namespace

std::unique_ptr<secrets_adapters::Parameters> aws_parameters(aws_iam::IamCloud& cloud, std::string region) {
  return std::make_unique<AwsParameters>(cloud, std::move(region));
}

}  // namespace cli
