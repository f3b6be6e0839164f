#include "providers/aws_iam/event_history.hpp"

#include <algorithm>
#include <set>

#include "providers/http/encode.hpp"

namespace aws_iam {

using calling::Value;
using http::Millis;
using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Done;
using rotation::KeyUse;
using rotation::Nothing;
using rotation::Time;

namespace {

using namespace std::chrono_literals;

constexpr int most_pages = 10;  // of 50 events
constexpr Millis between_pages = 500ms;
constexpr Millis longest_look = 60s;
constexpr Millis stays_told = 5min;
constexpr std::size_t page_cap = 16 << 20;  // an event can have 256 KB

// A slow region may need half a minute for a page.
constexpr calling::Patience slow{.reads = {.attempts = 3, .budget = 60s}, .deadline = 60s};

JsonCall lookup(const AccessKeyId& key, const std::string& region, const std::string& token) {
  JsonCall call{.service = Service::cloudtrail, .action = "LookupEvents", .body = {}, .region = region};
  call.reply_cap = page_cap;
  call.patience = slow;
  call.body.append(R"({"LookupAttributes":[{"AttributeKey":"AccessKeyId","AttributeValue":)");
  http::append_json(call.body, key.text());
  call.body.append(R"(}],"MaxResults":50)");
  if (!token.empty()) {
    call.body.append(R"(,"NextToken":)");
    http::append_json(call.body, token);
  }
  call.body.append("}");
  return call;
}

// Text for people, out of the event of another service's caller: it must be plain, or it is left out.
std::string printable(std::string_view text, std::size_t longest) {
  const bool fits = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
  return fits ? std::string{text.substr(0, longest)} : std::string{};
}

// "s3.amazonaws.com" is s3.
std::string service_of(std::string_view source) { return calling::plain(source.substr(0, source.find('.')), "-_", 64); }

std::optional<Time> time_of(Value event, Value detail) {
  if (const auto at = rotation::parse_rfc3339(detail.member("eventTime").text())) return at;
  const auto seconds = event.member("EventTime").real();
  constexpr double last = 253'402'300'799.0;  // the end of the year 9999
  if (!seconds || *seconds <= 0 || *seconds > last) return std::nullopt;
  return Time{rotation::Seconds{static_cast<rotation::Seconds::rep>(*seconds)}};
}

// nullopt: it is another key's, or says too little. Whether the call was allowed makes no difference: it was a use.
std::optional<KeyUse> read_event(Value event, const AccessKeyId& key) {
  const auto whose = event.member("AccessKeyId");
  if (whose.exists() && whose.text() != key.text()) return std::nullopt;
  const auto told = calling::Json::parse(http::Body{event.member("CloudTrailEvent").text()});
  const Value detail = told ? told->root() : Value{};
  auto service = service_of(event.member("EventSource").text());
  if (service.empty()) service = service_of(detail.member("eventSource").text());
  const auto at = time_of(event, detail);
  if (service.empty() || !at) return std::nullopt;
  return KeyUse{.service = std::move(service),
                .address = printable(detail.member("sourceIPAddress").text(), 128),
                .agent = printable(detail.member("userAgent").text(), 200),
                .at = *at,
                .first = *at};
}

}  // namespace

Answer<std::vector<KeyUse>> EventHistory::uses(const AccessKeyId& key, calling::Signer* signer) {
  const auto known = told_.find(key);
  if (known != told_.end()) {
    const auto age = world_.now() - known->second.at;
    if (age >= Millis{0} && age < stays_told) return known->second.answer;
  }
  auto answer = ask(key, signer);
  told_.insert_or_assign(key, Told{answer, world_.now()});
  return answer;
}

void EventHistory::last_used_in(const AccessKeyId& key, const std::string& region) {
  const auto& here = partition_of_region(api_.endpoints().region);
  if (is_region(region) && partition_of_region(region).name == here.name) last_region_[key] = region;
}

std::vector<std::string> EventHistory::regions_of(const AccessKeyId& key) const {
  const auto& own = api_.endpoints().region;
  std::vector<std::string> regions{std::string{partition_of_region(own).iam_region}};
  const auto last = last_region_.find(key);
  for (const auto& region : {own, last == last_region_.end() ? std::string{} : last->second}) {
    if (!region.empty() && std::ranges::find(regions, region) == regions.end()) regions.push_back(region);
  }
  return regions;
}

Answer<std::vector<KeyUse>> EventHistory::ask(const AccessKeyId& key, calling::Signer* signer) {
  const auto until = world_.now() + longest_look;
  Sources found;
  bool told = false;
  std::optional<Answer<Uses>> trouble;
  for (const auto& region : regions_of(key)) {
    if (trouble && world_.now() >= until) break;
    const auto answer = read_region(region, key, signer, until, found);
    if (rotation::done(answer)) {
      told = true;
    } else if (!trouble) {
      trouble = rotation::pass_on<Uses>(answer);
    }
  }
  if (!told) return std::move(*trouble);
  Uses all;
  for (auto& [source, use] : found) all.push_back(std::move(use));
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
  return Done<Uses>{std::move(all)};
}

// What the earlier pages told stays where a later one can't be had: the newest came first.
Answer<Nothing> EventHistory::read_region(const std::string& region, const AccessKeyId& key, calling::Signer* signer,
                                          http::SysMillis until, Sources& found) {
  std::string token;
  std::set<std::string, std::less<>> tokens;
  for (int page = 0; page < most_pages; ++page) {
    if (page > 0 && (world_.now() >= until || !world_.sleep(between_pages))) break;
    const auto answer = api_.call(lookup(key, region, token), signer);
    const auto* reply = rotation::done(answer);
    if (!reply && page > 0) break;
    if (!reply) return rotation::pass_on<Nothing>(answer);
    const auto events = reply->root().member("Events");
    if (!events.is_list() && page > 0) break;
    if (!events.is_list()) return calling::unreadable("LookupEvents", "there is no list in it");
    for (const auto event : events.items()) {
      auto use = read_event(event, key);
      if (!use) continue;
      const auto [at, fresh] = found.try_emplace({use->service, use->address, use->agent}, *use);
      at->second.at = std::max(at->second.at, use->at);
      at->second.first = std::min(at->second.first, use->first);
    }
    token = reply->root().member("NextToken").text();
    if (token.empty() || !tokens.insert(token).second) break;
  }
  return Done<Nothing>{};
}

}  // namespace aws_iam
