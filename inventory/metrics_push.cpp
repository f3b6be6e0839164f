#include "inventory/metrics_push.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace inventory {
namespace {

using rotation::Ending;
using rotation::Millis;

constexpr Millis longest_try{30'000};
// A place may be slow where the patience is short: what is sent for the first time gets this long at least.
constexpr Millis shortest_first_try{10'000};
constexpr Millis shortest_try{1'000};

// What a receiver refused inside a success.
struct Partial {
  std::optional<std::size_t> rejected = 0;  // nullopt: some, but it doesn't say how many
  std::string said;
};

// How one try ended, and whether another can help.
struct Tried {
  enum class What : std::uint8_t { taken, again, no };
  What what = What::no;
  Ending ending = Ending::refused;  // where no try helped
  std::string why;                  // "status 429: it asks to slow down"
  std::string hint;
  std::optional<Millis> after = {};
  Partial partial = {};
};

// 408 is the server's word that the request did not come in time, so it took nothing.
bool passing(Dialect dialect, int status) {
  if (status == 408 || status == 429 || status == 502 || status == 503 || status == 504) return true;
  if (dialect == Dialect::otlp) return false;  // OTLP/HTTP names the other four and no more
  return status >= 500 || (dialect == Dialect::wavefront && status == 406);
}

std::string passing_words(int status) {
  if (status == 406) return "it pushes back and has dropped the points";
  if (status == 408) return "it waited too long for the points";
  return status == 429 ? "it asks to slow down" : "it has trouble of its own";
}

// nullopt: that is no number of points.
std::optional<std::size_t> number_in(const nlohmann::json& count) {
  if (count.is_null()) return 0;
  if (count.is_number_unsigned()) return count.get<std::size_t>();
  if (!count.is_string()) return std::nullopt;
  const auto& text = count.get_ref<const std::string&>();
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional{number} : std::nullopt;
}

// Somebody else's words, short and in one line, for a message. The token goes along with each request, and whoever
// gets it might repeat it.
std::string quotable(std::string text, const std::optional<rotation::Secret>& token) {
  constexpr std::size_t longest = 200;
  if (token) {
    token->expose([&](std::string_view secret) {
      for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos;) {
        text.replace(at, secret.size(), "...");
      }
    });
  }
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, ' ');
  while (text.ends_with(' ') || text.ends_with('.')) text.pop_back();
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return text;
}

// nullopt: that is no reply of an OTLP server, but of whatever else stands there. No body at all is what some of them
// send for "no remarks".
std::optional<Partial> partial_in(std::string_view body, const std::optional<rotation::Secret>& token) {
  if (body.empty()) return Partial{};
  const auto document = nlohmann::json::parse(body, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  Partial partial;
  if (!document.contains("partialSuccess") || !document["partialSuccess"].is_object()) return partial;
  const auto& told = document["partialSuccess"];
  if (told.contains("rejectedDataPoints")) partial.rejected = number_in(told["rejectedDataPoints"]);
  if (told.contains("errorMessage") && told["errorMessage"].is_string()) {
    partial.said = quotable(told["errorMessage"].get<std::string>(), token);
  }
  return partial;
}

std::string format_word(Dialect dialect) {
  switch (dialect) {
    case Dialect::wavefront: return "wavefront";
    case Dialect::otlp: return "otlp-json";
    case Dialect::pushgateway: return "prometheus";
  }
  return {};
}

Tried refused(const Destination& to, int status) {
  const std::string code = "status " + std::to_string(status) + ": ";
  if (status == 401 || status == 403) {
    const std::string permission =
        to.dialect == Dialect::wavefront ? " that has the permission Direct Data Ingestion" : "";
    return {.why = code + (status == 401 ? "it does not accept the token" : "the token may not send metrics"),
            .hint = to.token
                        ? "put a token" + permission + " into " + to.token_file + ", then run the same command again"
                        : "name a file with its token below metrics: in the config"};
  }
  if (status == 400 || status == 406 || status == 413 || status == 415 || status == 422) {
    return {
        .why = code + "it takes the points for malformed or too many",
        .hint = "look into its log; `keybaton metrics --format " + format_word(to.dialect) + "` prints what is sent"};
  }
  if (status >= 500) {  // it may have taken some before it failed
    return {.ending = Ending::unknown,
            .why = code + "it failed",
            .hint = "look into its log, then run the same command again"};
  }
  return {.why = code + "it takes no metrics at this address", .hint = "correct " + to.setting + " in the config"};
}

Tried read_reply(const Destination& to, http::Reply reply, const Surroundings& around) {
  using What = Tried::What;
  const std::string later = "run the same command again later";
  if (const auto* unsent = std::get_if<http::NotSent>(&reply)) {
    return {.what = unsent->permanent ? What::no : What::again,
            .why = "it was not reached: " + unsent->why,
            .hint = "correct " + to.setting + " in the config, or bring it up; then run the same command again"};
  }
  if (const auto* lost = std::get_if<http::Lost>(&reply)) {
    return {.what = lost->interrupted ? What::no : What::again,
            .ending = lost->interrupted ? Ending::interrupted : Ending::unknown,
            .why = lost->interrupted ? "stopped by a signal" : "no reply: " + lost->why,
            .hint = later};
  }
  const auto& response = std::get<http::Response>(reply);
  const int status = response.status;
  if (status >= 200 && status < 300) {
    Tried taken{.what = What::taken};
    if (to.dialect != Dialect::otlp) return taken;
    auto partial = partial_in(response.body.view(), to.token);
    if (!partial) {
      return {.why = "status " + std::to_string(status) +
                     ": its reply is not one of OTLP, so nothing shows that it took them",
              .hint = "correct " + to.setting + " in the config: it is for the address of an OTLP receiver"};
    }
    taken.partial = std::move(*partial);
    return taken;
  }
  if (!passing(to.dialect, status)) return refused(to, status);
  return {.what = What::again,
          .ending = status >= 500 ? Ending::unknown : Ending::refused,
          .why = "status " + std::to_string(status) + ": " + passing_words(status),
          .hint = later,
          .after = http::retry_after(response, around.now())};
}

http::Request request_for(const Destination& to, const Batch& batch, Millis deadline, const Surroundings& around) {
  http::Request request{.method = to.dialect == Dialect::pushgateway ? http::Method::put : http::Method::post,
                        .url = to.url,
                        .purpose = "metrics",
                        .deadline = deadline,
                        .plain_http_hosts = to.plain_http_hosts,
                        .interrupted = around.interrupted};
  for (const auto& [name, value] : to.headers) request.headers.emplace_back(name, value);
  if (to.token) {
    to.token->expose([&](std::string_view text) {
      request.headers.emplace_back(to.token_header, to.token_scheme + std::string(text));
    });
  }
  request.body = http::Body{batch.body};
  return request;
}

// One batch, with all its tries; `waited` of the patience is gone already.
Tried send(const Destination& to, const Batch& batch, const http::RetryPolicy& patience, Millis& waited,
           const Surroundings& around) {
  for (int attempt = 1;; ++attempt) {
    const Millis least = attempt == 1 ? shortest_first_try : shortest_try;
    const Millis deadline = std::clamp(patience.budget - waited, least, longest_try);
    const Millis began = around.boot();
    Tried tried = read_reply(to, around.wire.send(request_for(to, batch, deadline, around)), around);
    if (tried.what != Tried::What::again) return tried;
    waited += around.boot() - began;
    const auto delay = http::retry_delay(patience, attempt, waited, around.chance(), tried.after);
    if (!delay) {
      if (tried.after) tried.why += ", for " + std::to_string(tried.after->count() / 1000) + " s";
      return tried;
    }
    waited += *delay;
    if (!around.pause(*delay)) {
      return {.ending = Ending::interrupted, .why = "stopped by a signal", .hint = "run the same command again"};
    }
  }
}

void fail(Delivery& delivery, const Destination& to, Ending ending, const std::string& why, const std::string& hint) {
  delivery.ending = ending;
  delivery.problem = {.message = to.name + " has taken " + std::to_string(delivery.taken) + " of " +
                                 std::to_string(delivery.points) + " points; " + why + ".",
                      .keys =
                          "No key was touched. To send again does no harm: a point that is there already is "
                          "overwritten.",
                      .hint = hint};
}

}  // namespace

Delivery deliver(const Destination& to, std::span<const Batch> batches, const http::RetryPolicy& patience,
                 const Surroundings& around) {
  Delivery delivery{.batches = batches.size()};
  for (const Batch& batch : batches) delivery.points += batch.points;
  Millis waited{0};
  Partial all;
  for (const Batch& batch : batches) {
    const Tried tried = send(to, batch, patience, waited, around);
    if (tried.what != Tried::What::taken) {
      fail(delivery, to, tried.ending, tried.why, tried.hint);
      return delivery;
    }
    const auto& rejected = tried.partial.rejected;
    all.rejected = rejected && all.rejected ? std::optional{*all.rejected + *rejected} : std::nullopt;
    if (all.said.empty()) all.said = tried.partial.said;
    delivery.taken += batch.points - std::min(rejected.value_or(batch.points), batch.points);
  }
  const std::string said = all.said.empty() ? "" : ", and says: \"" + all.said + "\"";
  if (!all.rejected) {
    fail(delivery, to, Ending::refused, "it refused some and does not say how many" + said,
         "look into its log for what it refused");
  } else if (*all.rejected > 0) {
    fail(delivery, to, Ending::refused, "it refused " + std::to_string(*all.rejected) + said,
         "look into its log for what it refused");
  } else if (!said.empty()) {
    delivery.remark = to.name + " has taken all points" + said;
  }
  return delivery;
}

}  // namespace inventory
