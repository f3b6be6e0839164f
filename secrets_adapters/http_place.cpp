// A place behind an API of somebody else's, in the words of the config (docs/locations/http.md).
//
// Read: the GETs of `read` in their order; the last reply shows the id, or the id and the secret, or a mark. A 404 is
// refused: it may be there and not to be seen with this token.
// Write: the place is read and compared with what is expected; the steps are sent in their order, each once; the place
// is read again. There is no compare-and-set but what the API itself has: another writer between the read and the last
// step is overwritten, as is told in the docs.
// A crash, or a lost reply, in the middle: all steps run again, which the API has to bear. Where what is changed shows
// only with the last step, a place is never seen in between. Nothing is taken for done that was not read back.
#include <algorithm>
#include <array>
#include <utility>

#include "providers/http/encode.hpp"
#include "providers/http/url.hpp"
#include "secrets_adapters/http_steps.hpp"
#include "secrets_adapters/json_pair.hpp"
#include "secrets_adapters/json_pointer.hpp"
#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/token.hpp"
#include "secrets_adapters/web.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Change;
using rotation::Custody;
using rotation::Done;
using rotation::Holding;
using rotation::LocationSpec;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;
using rotation::Unknown;
using rotation::Written;

constexpr std::size_t longest_taken = 256;
constexpr std::array redirects{300, 301, 302, 303, 304, 305, 306, 307, 308};

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// A string as it reads, a number as it is written; nullopt where nothing stands there. Throws Unfit for anything else.
std::optional<std::string> value_at(std::string_view text, const JsonPlace& root, const std::string& pointer) {
  const JsonPlace* place = json_at(text, root, pointer);
  if (place == nullptr) return std::nullopt;
  if (place->kind == JsonPlace::Kind::string) return read_json_string(text, *place);
  const std::string_view written = text.substr(place->range.begin, place->range.end - place->range.begin);
  if (written == "null") return std::nullopt;
  if (place->kind != JsonPlace::Kind::other) throw Unfit{.what = pointer + " in its reply is no text"};
  return std::string(written);
}

// The address that messages name: "https://api.example.com".
std::string server_of(const HttpScript& script) {
  const auto url = http::parse_url(script.write.back().url.front().text);
  return url ? url->scheme + "://" + url->authority() : "the server";
}

class HttpPlace final : public rotation::Location {
 public:
  HttpPlace(LocationSpec spec, HttpScript script, const Surroundings& surroundings)
      : spec_(std::move(spec)),
        script_(std::move(script)),
        web_(server_of(script_), "", wire_for(spec_, surroundings), surroundings.pause) {}

  [[nodiscard]] Answer<Holding> read() override {
    auto token = fresh_token();
    if (rotation::done(token) == nullptr) return rotation::pass_on<Holding>(token);
    Values values{.token = rotation::done(token)};
    for (std::size_t n = 0; n < script_.read.size(); ++n) {
      const bool last = n + 1 == script_.read.size();
      auto reply = send(script_.read[n], values, last ? "reading" : "reading, step " + std::to_string(n + 1));
      // Many APIs answer 404 to a token that may not see what is there: no proof that it is empty.
      const auto* no = rotation::refused(reply);
      if (no != nullptr && no->why == Refusal::no_such_entity) {
        Refused unseen = refuse(Refusal::other, no->message);
        unseen.remedy = "check the URLs of read, and what the token may see";
        return unseen;
      }
      if (rotation::done(reply) == nullptr) return rotation::pass_on<Holding>(reply);
      try {
        const std::string_view body = rotation::done(reply)->body.view();
        take(script_.read[n], body, values);
        if (last) return Done<Holding>{shown_in(body)};
      } catch (const Unfit& unfit) {
        return refuse(Refusal::invalid, "reading: " + unfit.what);
      }
    }
    return Unknown{"nothing was read"};
  }

  [[nodiscard]] Answer<Nothing> ready() const override {
    const auto token = fresh_token();
    return rotation::done(token) != nullptr ? Done<Nothing>{} : rotation::pass_on<Nothing>(token);
  }

  [[nodiscard]] Answer<Written> write(const Change& change) override {
    if (!is_access_key(change.id, change.secret)) {
      return refuse(Refusal::invalid, "the new pair has characters that no access key has");
    }
    const auto token = fresh_token();
    if (rotation::done(token) == nullptr) return rotation::pass_on<Written>(token);
    const auto seen = read();
    if (const auto* no = rotation::refused(seen)) return *no;
    if (const auto* lost = rotation::unknown(seen)) return refuse(Refusal::other, lost->why + "; nothing was written");
    const Holding& before = *rotation::done(seen);
    if (!before.id && before.mark.empty()) return refuse(Refusal::conflict, "it holds no access key any more");
    if (const std::string other = difference_in_parts(before, change); !other.empty()) {
      return refuse(Refusal::conflict, other);
    }
    Values values{.id = &change.id, .secret = &change.secret, .token = rotation::done(token)};
    for (std::size_t n = 0; n < script_.write.size(); ++n) {
      const std::string what = "step " + std::to_string(n + 1) + " of " + std::to_string(script_.write.size());
      const auto reply = send(script_.write[n], values, what);
      const auto* no = rotation::refused(reply);
      if (const auto* lost = rotation::unknown(reply)) return settle(before, change, {n, lost->why});
      if (no != nullptr) return settle(before, change, {n, no->message, *no});
      try {
        take(script_.write[n], rotation::done(reply)->body.view(), values);
      } catch (const Unfit& unfit) {
        return settle(before, change, odd_reply(n, web_.words() + ", " + what + ": " + unfit.what));
      }
    }
    return read_back(before, change);
  }

 private:
  using Reply = Answer<http::Response>;

  // Empty where the config names none.
  [[nodiscard]] Answer<Secret> fresh_token() const {
    if (!spec_.settings.contains("token_file") && !spec_.settings.contains("token_env")) return Done<Secret>{};
    auto token = read_token(spec_);
    if (auto* no = std::get_if<Refused>(&token)) no->message = web_.words() + ": its token: " + no->message;
    return token;
  }

  [[nodiscard]] Refused refuse(Refusal why, const std::string& what) const {
    return {.why = why, .code = {}, .message = web_.words() + ": " + what, .request_id = {}};
  }

  [[nodiscard]] Reply send(const HttpStep& step, const Values& values, const std::string& what) {
    http::Body body;
    Ask ask{.method = step.method, .what = what};
    try {
      http::Body url;
      fill_in(step.url, values, Escape::percent, url);
      ask.path = std::string(url.view());
      for (const Field& one : step.headers) {
        http::Body text;  // wipes itself, as the header does
        fill_in(one.value, values, Escape::header, text);
        ask.headers.emplace_back(one.name, std::string());
        ask.headers.back().value.assign(text.view());
      }
      fill_body(step, values, body);
    } catch (const Unfit& unfit) {
      return refuse(Refusal::invalid, what + " was not sent: " + unfit.what);
    }
    if (!step.content_type.empty()) ask.headers.emplace_back("Content-Type", step.content_type);
    ask.body = body.view();
    ask.effect = step.method == http::Method::get ? Effect::read : Effect::write;
    std::vector<int> also = step.ok;
    also.insert(also.end(), redirects.begin(), redirects.end());
    auto reply = web_.send(ask, also);
    if (auto* no = std::get_if<Refused>(&reply)) *no = with_token_remedy(spec_, std::move(*no));
    const http::Response* response = rotation::done(reply);
    if (response == nullptr) return reply;
    const bool good = step.ok.empty() ? response->status < 300 : std::ranges::count(step.ok, response->status) > 0;
    const std::string status = what + ": status " + std::to_string(response->status);
    if (!good && ask.effect == Effect::write) {
      return Unknown{web_.words() + ", " + status + ", which tells neither success nor failure"};
    }
    if (!good) return refuse(Refusal::other, status + ", which is none that was expected");
    return reply;
  }

  static void fill_body(const HttpStep& step, const Values& values, http::Body& body) {
    for (const Field& one : step.form) {
      if (!body.empty()) body.append("&");
      body.append(http::percent_encode(one.name));
      body.append("=");
      fill_in(one.value, values, Escape::percent, body);
    }
    if (!step.body) return;
    fill_in(*step.body, values, step.escape, body);
    if (step.escape == Escape::json) (void)json_in(body.view());  // with what the server gave, which could be anything
  }

  static void take(const HttpStep& step, std::string_view reply, Values& values) {
    if (step.take.empty() && step.expect.empty()) return;
    const JsonPlace root = json_in(reply);
    for (const auto& [pointer, text] : step.expect) {
      if (value_at(reply, root, pointer) != text) throw Unfit{.what = pointer + " in its reply is not " + text};
    }
    for (const auto& [name, pointer] : step.take) {
      auto value = value_at(reply, root, pointer);
      if (!value || value->empty() || value->size() > longest_taken || !is_plain(*value)) {
        throw Unfit{.what = pointer + " in its reply is nothing that a later step could use"};
      }
      if (is_secret(*value, values)) {
        rotation::wipe(*value);
        throw Unfit{.what = pointer + " in its reply is the secret, which must not get into a later step's URL"};
      }
      values.taken[name] = std::move(*value);
    }
  }

  [[nodiscard]] static bool is_secret(std::string_view value, const Values& values) {
    const auto stands_in = [&](const Secret* one) {
      return one != nullptr &&
             one->expose([&](std::string_view text) { return !text.empty() && value.find(text) != value.npos; });
    };
    return stands_in(values.secret) || stands_in(values.token);
  }

  // Throws Unfit.
  [[nodiscard]] Holding shown_in(std::string_view reply) const {
    const JsonPlace root = json_in(reply);
    const std::string first = value_at(reply, root, script_.id.empty() ? script_.mark : script_.id).value_or("");
    if (first.empty()) return {};
    if (first.size() > longest_taken || !is_plain(first)) throw Unfit{.what = "what it shows is too long or no text"};
    if (script_.id.empty()) return {.id = {}, .secret = {}, .custody = Custody::closed, .mark = first};
    Holding holding{.id = rotation::AccessKeyId(first)};
    if (!script_.value.empty()) {
      auto value = value_at(reply, root, script_.value);
      if (!value || value->empty()) throw Unfit{.what = "it shows an access key id without its secret"};
      holding.secret = Secret::taking(std::move(*value));
    }
    static const Secret any("any");
    if (!is_access_key(*holding.id, holding.secret ? *holding.secret : any)) {
      throw Unfit{.what = "what it shows in the id's or the secret's place is not one"};
    }
    return holding;
  }

  [[nodiscard]] bool holds_new(const Holding& now, const Change& change) const {
    return now.id == change.id && (!now.secret || now.secret->same_as(change.secret));
  }

  [[nodiscard]] Answer<Written> read_back(const Holding& before, const Change& change) {
    const auto after = read();
    const std::string so_far = web_.words() + ": every step was done, but ";
    const Holding* now = rotation::done(after);
    if (now == nullptr) {
      const auto* no = rotation::refused(after);
      return Unknown{so_far +
                     "it can't be read back: " + (no != nullptr ? no->message : rotation::unknown(after)->why)};
    }
    if (now->custody == Custody::closed) {
      if (now->mark != before.mark) return Done<Written>{{.mark = now->mark}};
      return Unknown{so_far + "its mark has not moved"};
    }
    if (holds_new(*now, change)) return Done<Written>{};
    return Unknown{so_far + "it reads back another value"};
  }

  // How the steps came to an end before the last one was done.
  struct Break {
    std::size_t done = 0;  // as many were
    std::string why;
    std::optional<Refused> refusal = {};  // empty: it may have happened, or may yet
    bool between = false;                 // two steps: none was under way
  };

  [[nodiscard]] static bool changes(const HttpStep& step) { return step.method != http::Method::get; }

  [[nodiscard]] static bool carries_secret(const HttpStep& step) {
    const auto has = [](const Template& text) { return std::ranges::count(text, "secret", &Piece::name) > 0; };
    return (step.body && has(*step.body)) ||
           std::ranges::any_of(step.form, [&](const Field& one) { return has(one.value); });
  }

  // A step was done, but its reply is not what the config wants: a validation's no. One that brought the secret, or was
  // the last to change something, has done its work all the same, whatever the place shows right now.
  [[nodiscard]] Break odd_reply(std::size_t step, std::string why) const {
    const auto rest = script_.write.begin() + static_cast<std::ptrdiff_t>(step) + 1;
    const HttpStep& odd = script_.write[step];
    const bool last = changes(odd) && std::none_of(rest, script_.write.end(), changes);
    if (last || carries_secret(odd)) return {step + 1, std::move(why), {}, true};
    return {step + 1, std::move(why), Refused{.why = Refusal::other}};
  }

  [[nodiscard]] Answer<Written> settle(const Holding& before, const Change& change, Break at) {
    const std::size_t steps = script_.write.size();
    const bool in_a_look = !at.between && at.done < steps && !changes(script_.write[at.done]);
    if (!at.refusal && in_a_look) at.refusal = Refused{.why = Refusal::other};
    const auto end = script_.write.begin() + static_cast<std::ptrdiff_t>(at.done);
    const bool touched = std::any_of(script_.write.begin(), end, changes);
    const auto refusal = [&](const std::string& rest) {
      Refused no = *at.refusal;
      no.message = at.why + rest;
      return no;
    };
    if (at.refusal && !touched) return refusal("; nothing was written");
    at.why += at.done == 0
                  ? ""
                  : "; of " + std::to_string(steps) + " steps the first " + std::to_string(at.done) + " were done";
    const auto after = read();
    const Holding* now = rotation::done(after);
    if (now == nullptr) return Unknown{at.why + "; the place can't be read"};
    if (now->mark == before.mark && now->meets(before)) {
      if (at.refusal) return refusal("; the place reads as before");
      return Unknown{at.why + "; the place reads as before, which may change yet"};
    }
    const bool all_new = now->custody == Custody::open && now->secret && holds_new(*now, change);
    const bool last = at.between ? at.done == steps : at.done + 1 == steps;
    if (all_new && !at.refusal && last) return Done<Written>{};
    return Unknown{at.why + (all_new ? "; the place holds the new key" : "; the place reads otherwise than before")};
  }

  LocationSpec spec_;
  HttpScript script_;
  Web web_;
};

// ---- the kind -----------------------------------------------------------------------------------------------

void check_http(const LocationSpec& spec, Findings& findings) {
  const bool named = spec.settings.contains("token_file") || spec.settings.contains("token_env");
  const bool used = std::ranges::any_of(
      spec.settings, [](const auto& one) { return one.second.find("{token}") != std::string::npos; });
  if (named || used) check_token(spec, findings);
  (void)script_of(spec, findings);
}

std::unique_ptr<rotation::Location> http_place(const LocationSpec& spec, const Surroundings& surroundings) {
  Findings none;  // there are none: it was checked
  return std::make_unique<HttpPlace>(spec, script_of(spec, none), surroundings);
}

constexpr std::array settings{Setting{"steps", true, Shape::tree}, Setting{"read", true, Shape::tree},
                              Setting{"token_file", false, Shape::path}, Setting{"token_env", false}};

}  // namespace

const Kind http_steps{"http", settings, check_http, http_place, Reach::network, "{read.url}", Compares::nobody};

}  // namespace secrets_adapters
