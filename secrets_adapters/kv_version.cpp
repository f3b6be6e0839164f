#include "secrets_adapters/kv_version.hpp"

#include <algorithm>
#include <utility>

#include "secrets_adapters/json_pair.hpp"
#include "secrets_adapters/vault_reply.hpp"
#include "secrets_adapters/web.hpp"

namespace secrets_adapters {
namespace {

using rotation::Secret;

Unfit not_this_engine() {
  return {.why = rotation::Refusal::unsupported,
          .what = "the reply is none of a key/value engine of version 2, and only such a one can be written"};
}

std::string_view cut(std::string_view text, platform::Range range) {
  return text.substr(range.begin, range.end - range.begin);
}

// nullptr: it is not there, or empty. Throws Unfit.
const JsonPlace* string_member(std::string_view text, const JsonPlace& data, const std::string& name) {
  const JsonPlace* place = json_member(text, data, name, LetterCase::differs);
  if (place == nullptr) return nullptr;
  if (place->kind != JsonPlace::Kind::string) throw Unfit{.what = name + " is no string"};
  return place->range.begin == place->range.end ? nullptr : place;
}

Pair pair_at(std::string_view text, const JsonPlace& id, const JsonPlace& value) {
  std::string name = read_json_string(text, id);
  Secret secret = Secret::taking(read_json_string(text, value));
  Pair pair{rotation::AccessKeyId(name), std::move(secret)};
  if (!is_access_key(pair.id, pair.secret)) throw Unfit{.what = "what stands there is no access key"};
  return pair;
}

void append_errors(std::string_view text, const JsonPlace* errors, std::string& to) {
  if (errors == nullptr || errors->kind != JsonPlace::Kind::array) return;
  for (const JsonPlace& each : errors->items) {
    if (each.kind == JsonPlace::Kind::string) to.append(read_json_string(text, each)).append("\n");
  }
}

}  // namespace

KvVersion kv_version(http::Body reply, const KvMembers& members) {
  KvVersion version{.reply = std::move(reply)};
  const std::string_view text = version.reply.view();
  const auto root = json_reply(text);
  const JsonPlace* data = root ? json_at(&*root, {"data", "data"}) : nullptr;
  const JsonPlace* number = root ? json_at(&*root, {"data", "metadata", "version"}) : nullptr;
  version.number = whole_number(text, number).value_or(0);
  if (data == nullptr || data->kind != JsonPlace::Kind::object || version.number == 0) throw not_this_engine();
  version.data = data->range;
  const JsonPlace* id = string_member(text, *data, members.id);
  const JsonPlace* value = string_member(text, *data, members.value);
  if (id == nullptr && value == nullptr) return version;
  if (id == nullptr || value == nullptr) {
    throw Unfit{.what = id != nullptr ? "an access key id without its secret" : "a secret without its access key id"};
  }
  version.id = id->range;
  version.value = value->range;
  version.pair = pair_at(text, *id, *value);
  return version;
}

Absent kv_absence(std::string_view reply) {
  const auto root = json_reply(reply);
  if (!root) return {.how = Absence::not_vault};
  if (const JsonPlace* metadata = json_at(&*root, {"data", "metadata"})) {
    const bool destroyed = is_true(reply, json_at(metadata, {"destroyed"}));
    return {.how = destroyed ? Absence::destroyed : Absence::deleted,
            .number = whole_number(reply, json_at(metadata, {"version"})).value_or(0)};
  }
  const JsonPlace* errors = json_at(&*root, {"errors"});
  if (errors == nullptr || errors->kind != JsonPlace::Kind::array) return {.how = Absence::not_vault};
  return {.how = errors->items.empty() ? Absence::missing : Absence::not_mounted};
}

http::Body kv_write(const KvVersion& over, const Pair& fresh) {
  const std::string_view text = over.reply.view();
  const bool id_first = over.id.begin < over.value.begin;
  const platform::Range first = id_first ? over.id : over.value;
  const platform::Range second = id_first ? over.value : over.id;
  http::Body body("{\"options\":{\"cas\":" + std::to_string(over.number) + "},\"data\":");
  const auto append = [&](platform::Range place) {
    if (place.begin == over.id.begin) return append_json(body, fresh.id.text());
    fresh.secret.expose([&](std::string_view secret) { append_json(body, secret); });
  };
  body.append(cut(text, {over.data.begin, first.begin - 1}));  // without the quotes: append_json has its own
  append(first);
  body.append(cut(text, {first.end + 1, second.begin - 1}));
  append(second);
  body.append(cut(text, {second.end + 1, over.data.end}));
  body.append("}");
  return body;
}

std::uint64_t kv_written(std::string_view reply) {
  const auto root = json_reply(reply);
  return root ? whole_number(reply, json_at(&*root, {"data", "version"})).value_or(0) : 0;
}

bool kv_cas_failed(std::string_view reply) {
  const auto root = json_reply(reply);
  if (!root) return false;
  std::string words;
  append_errors(reply, json_at(&*root, {"errors"}), words);
  const bool failed =
      words.find("check-and-set") != std::string::npos && words.find("did not match") != std::string::npos;
  rotation::wipe(words);  // an error can echo what was sent
  return failed;
}

}  // namespace secrets_adapters
