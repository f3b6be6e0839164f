// What is asked of an account beyond its keys: all users, the recycle bin, and who used a key.
#include <algorithm>
#include <set>

#include "providers/alibaba_ram/ram_cloud.hpp"
#include "providers/alibaba_ram/ram_questions.hpp"
#include "providers/alibaba_ram/replies.hpp"

namespace alibaba_ram {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::BinnedKey;
using rotation::Done;
using rotation::KeyUse;
using rotation::Nothing;
using rotation::Unknown;
using rotation::UserId;

// ---- users --------------------------------------------------------------------------------------------------------

Answer<Nothing> RamCloud::list_users(const std::function<More(const rotation::User&)>& each) {
  const auto home = account();
  const auto* number = rotation::done(home);
  if (!number) return rotation::pass_on<Nothing>(home);
  Call call = alibaba_ram::list_users();
  const auto own_params = call.params;
  std::set<std::string, std::less<>> markers;
  for (;;) {
    const auto answer = api_.call(call, signer_.get());
    const auto* reply = rotation::done(answer);
    if (!reply) return rotation::pass_on<Nothing>(answer);
    std::string what;
    auto page = read_users(reply->root(), *number, what);
    if (!page) return unreadable(call.action, what);
    for (const auto& user : page->users) {
      if (each(user) == More::stop) return Done<Nothing>{};
    }
    if (page->next.empty()) return Done<Nothing>{};
    if (!markers.insert(page->next).second) return Unknown{"the list of " + call.action + " does not end"};
    call.params = own_params;
    call.params.emplace_back("Marker", std::move(page->next));
  }
}

// ---- the recycle bin ----------------------------------------------------------------------------------------------

Answer<std::vector<BinnedKey>> RamCloud::deleted_keys(const UserId& user) {
  if (auto bad = bad_id(user)) return std::move(*bad);
  const Call call{.service = Service::ims, .action = "ListAccessKeysInRecycleBin", .params = {{"UserId", user.text()}}};
  const auto answer = api_.call(call, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<std::vector<BinnedKey>>(answer);
  const auto list = reply->root().member("AccessKeys").member("AccessKey");
  if (!list.is_list()) return unreadable(call.action, "there is no list in it");
  if (cut_off(reply->root())) return unreadable(call.action, "it is cut off");
  std::vector<BinnedKey> all;
  std::string what;
  for (const auto member : list.items()) {
    auto key = read_binned_key(member, what);
    if (!key) return unreadable(call.action, what);
    all.push_back(std::move(*key));
  }
  return Done<std::vector<BinnedKey>>{std::move(all)};
}

Answer<Nothing> RamCloud::undelete_key(const UserId& user, const AccessKeyId& key) {
  if (auto bad = bad_id(user)) return std::move(*bad);
  if (auto bad = bad_key(key)) return std::move(*bad);
  auto answer = change({.service = Service::ims,
                        .action = "RestoreAccessKeyFromRecycleBin",
                        .params = {{"UserId", user.text()}, {"UserAccessKeyId", key.text()}}});
  // That the user is not there says nothing of the key: it must not pass for gone.
  auto* no = std::get_if<rotation::Refused>(&answer);
  if (no != nullptr && no->code == "EntityNotExist.User") no->why = rotation::Refusal::other;
  return answer;
}

// ---- who used a key -----------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t most_services = 8;  // whose addresses are asked for; the latest used come first

// Text for people, out of the event of another service's caller: it must be plain, or it is left out.
std::string printable(std::string_view text, std::size_t longest) {
  const bool fits = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
  return fits ? std::string{text.substr(0, longest)} : std::string{};
}

// `Detail` is an event as JSON in a string; what it does not tell stays empty.
void add_detail(KeyUse& use, Value member) {
  const auto event = Json::parse(http::Body{member.member("Detail").text()});
  if (!event) return;
  if (use.address.empty()) use.address = printable(event->root().member("sourceIpAddress").text(), 128);
  use.agent = printable(event->root().member("userAgent").text(), 200);
}

std::optional<KeyUse> read_use(Value member, std::string service, std::string_view address) {
  const auto at = read_stamp(member.member("UsedTimestamp"));
  if (!at) return std::nullopt;
  KeyUse use{.service = std::move(service), .address = printable(address, 128), .agent = {}, .at = *at};
  add_detail(use, member);
  return use;
}

void newest_first(std::vector<KeyUse>& uses) {
  std::stable_sort(uses.begin(), uses.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
}

}  // namespace

Answer<std::vector<KeyUse>> RamCloud::uses(const AccessKeyId& key) {
  if (auto bad = bad_key(key)) return std::move(*bad);
  const Call call{
      .service = Service::actiontrail, .action = "GetAccessKeyLastUsedProducts", .params = {{"AccessKey", key.text()}}};
  const auto answer = api_.call(call, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<std::vector<KeyUse>>(answer);
  const auto products = reply->root().member("Products");
  if (!products.is_list()) return unreadable(call.action, "there is no list in it");
  std::vector<KeyUse> services;
  for (const auto product : products.items()) {
    auto service = calling::plain(product.member("ServiceName").text(), "-_.", 64);
    if (service.empty()) return unreadable(call.action, "there is no service in it");
    auto use = read_use(product, std::move(service), {});
    if (!use) return unreadable(call.action, "the time of a use cannot be read");
    services.push_back(std::move(*use));
  }
  newest_first(services);
  std::vector<KeyUse> all;
  for (std::size_t i = 0; i < services.size(); ++i) {
    auto addresses = i < most_services ? addresses_of(key, services[i].service) : std::vector<KeyUse>{};
    if (addresses.empty()) addresses.push_back(std::move(services[i]));
    std::move(addresses.begin(), addresses.end(), std::back_inserter(all));
  }
  newest_first(all);
  for (KeyUse& use : all) {  // "Ecs" and "ecs" are one: letter case is nobody's promise
    std::ranges::transform(use.service, use.service.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  return Done<std::vector<KeyUse>>{std::move(all)};
}

std::vector<KeyUse> RamCloud::addresses_of(const AccessKeyId& key, const std::string& service) {
  std::vector<KeyUse> all;
  const Call call{.service = Service::actiontrail,
                  .action = "GetAccessKeyLastUsedIps",
                  .params = {{"AccessKey", key.text()}, {"ServiceName", service}, {"PageSize", "20"}}};
  const auto answer = api_.call(call, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return all;
  for (const auto one : reply->root().member("Ips").items()) {
    if (auto use = read_use(one, service, one.member("Ip").text())) all.push_back(std::move(*use));
  }
  return all;
}

}  // namespace alibaba_ram
