#include "secrets_adapters/http_steps.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "providers/http/url.hpp"
#include "secrets_adapters/json_places.hpp"
#include "secrets_adapters/json_pointer.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {
namespace {

using Fields = std::map<std::string, std::string>;
using Names = std::set<std::string>;

constexpr std::size_t most_steps = 10;

// Of HTTP itself, or set by the kind of body.
const Names own_headers{"host", "connection", "content-length", "content-type", "expect", "transfer-encoding",
                        "te",   "upgrade"};
// As servers call what they know us by: X-Api-Key, PRIVATE-TOKEN, Cookie.
bool is_for_a_secret(std::string_view header) {
  const auto has = [&](std::string_view word) { return header.find(word) != std::string_view::npos; };
  return has("authorization") || has("cookie") || has("token") || has("secret") || has("password") ||
         header.ends_with("key");
}

std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

bool is_header_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::optional<http::Method> method_named(std::string_view word) {
  if (word == "GET") return http::Method::get;
  if (word == "PUT") return http::Method::put;
  if (word == "POST") return http::Method::post;
  if (word == "PATCH") return http::Method::patch;
  if (word == "DELETE") return http::Method::delete_;
  return std::nullopt;
}

// One request of the config, whose settings begin with `prefix`.
class StepReader {
 public:
  // `own`: settings below the prefix that are no step's.
  StepReader(std::string prefix, const Fields& fields, Findings& findings, Names own = {})
      : prefix_(std::move(prefix)), fields_(fields), findings_(findings), own_(std::move(own)) {}

  // `names`: what earlier steps have taken; this one's are added. `used`: every place in it.
  HttpStep read(const Names& given, Names& names, Names& used) {
    names_ = &names, used_ = &used, given_ = given;
    refuse_unknown();
    read_method();
    read_url();
    for (const auto& [name, value] : below("headers")) read_header(name, value);
    read_body();
    for (const auto& [at, code] : below("ok")) read_code("ok." + at, code);
    for (const auto& [pointer, text] : below("expect")) {
      if (!pointer_tokens(pointer))
        find("expect." + pointer, "expect wants JSON pointers, each with the text to stand there");
      step_.expect.emplace_back(pointer, text);
    }
    for (const auto& [name, pointer] : below("take")) read_taken(name, pointer);
    return std::move(step_);
  }

 private:
  void find(const std::string& name, const std::string& what) {
    findings_.push_back({prefix_ + name, false, prefix_ + name + ": " + what});
  }

  [[nodiscard]] std::string_view text(const std::string& name) const {
    const auto found = fields_.find(name);
    return found == fields_.end() ? std::string_view{} : found->second;
  }

  [[nodiscard]] Fields below(const std::string& name) const {
    Fields result;
    for (const auto& [key, value] : fields_) {
      if (key.starts_with(name + ".")) result[key.substr(name.size() + 1)] = value;
    }
    return result;
  }

  void refuse_unknown() {
    const Names single{"method", "url", "json", "body", "content_type"};
    const Names deep{"headers", "form", "ok", "take", "expect"};
    for (const auto& [key, value] : fields_) {
      const std::string top = key.substr(0, key.find('.'));
      if (own_.contains(top) || (top == key ? single.contains(top) : deep.contains(top))) continue;
      find(key, "a step has no such setting");
    }
  }

  void read_method() {
    const std::string_view word = text("method");
    const auto method = word.empty() ? http::Method::get : method_named(word);
    const bool reads = prefix_.starts_with("read.");
    if (!method || (word.empty() && !reads)) find("method", "method must be one of GET PUT POST PATCH DELETE");
    if (reads && method && *method != http::Method::get) find("method", "a place is read by GET");
    step_.method = method.value_or(http::Method::get);
  }

  // A template whose places are known, and may stand here.
  Template filled(const std::string& name, std::string_view value, const Names& allowed) {
    auto pieces = parse_template(value);
    if (!pieces) {
      find(name, "a { that begins no place such as {id}; write {{ for the character itself");
      return {};
    }
    for (const Piece& piece : *pieces) {
      if (piece.name.empty()) continue;
      if (!allowed.contains(piece.name) && !names_->contains(piece.name)) {
        find(name, "{" + piece.name + "} can't stand here");
      }
      used_->insert(piece.name);
    }
    return std::move(*pieces);
  }

  // Only those of the two that there are: a read knows no id.
  [[nodiscard]] Names of_given(const Names& wanted) const {
    Names result;
    std::ranges::set_intersection(wanted, given_, std::inserter(result, result.end()));
    return result;
  }

  void read_url() {
    const std::string_view written = text("url");
    if (written.empty()) {
      findings_.push_back({prefix_ + "url", true, prefix_ + "url is missing"});
      return;
    }
    step_.url = filled("url", written, of_given({"id"}));
    if (step_.url.empty()) return;
    std::string sample;
    for (const Piece& piece : step_.url) sample += piece.name.empty() ? piece.text : "x";
    const std::string& start = step_.url.front().text;
    const std::size_t host = start.find("://");
    const auto url = http::parse_url(sample);
    if (!url || host == std::string::npos || start.find('/', host + 3) == std::string::npos) {
      find("url", "it is no URL with all of its host written out (https://HOST[:PORT]/PATH)");
    } else if (!http::may_speak_to(*url, {})) {
      find("url", "plain http is for this machine alone: use https");
    }
  }

  void read_header(const std::string& name, const std::string& value) {
    const std::string setting = "headers." + name;
    if (!is_header_name(name) || own_headers.contains(lowered(name))) {
      find(setting, "no header that can be set here");
      return;
    }
    step_.headers.push_back({name, filled(setting, value, of_given({"id", "token"}))});
    const bool has_place = step_.headers.back().value.size() > 1;
    if (is_for_a_secret(lowered(name)) && !has_place) {
      find(setting, "a secret does not stand in the config; write {token}, and name its file in token_file");
    }
  }

  void read_body() {
    const Fields form = below("form");
    const int kinds = (form.empty() ? 0 : 1) + (text("json").empty() ? 0 : 1) + (text("body").empty() ? 0 : 1);
    if (kinds > 1) find("body", "a step has one of form, json and body");
    const bool bodiless = step_.method == http::Method::get || step_.method == http::Method::delete_;
    if (kinds > 0 && bodiless) find("method", "a request of this method has no body");
    const Names allowed = of_given({"id", "secret"});
    for (const auto& [name, value] : form) step_.form.push_back({name, filled("form." + name, value, allowed)});
    step_.content_type = text("content_type");
    if (!form.empty()) {
      if (!step_.content_type.empty()) find("content_type", "a form has its own");
      step_.content_type = "application/x-www-form-urlencoded";
    } else if (!text("json").empty()) {
      step_.body = filled("json", text("json"), allowed);
      step_.escape = Escape::json;
      if (step_.content_type.empty()) step_.content_type = "application/json";
      check_json();
    } else if (!text("body").empty()) {
      step_.body = filled("body", text("body"), allowed);
      read_kind_of_body();
    } else if (!step_.content_type.empty()) {
      find("content_type", "there is no body that it could be of");
    }
  }

  void read_kind_of_body() {
    const std::string type = lowered(step_.content_type.substr(0, step_.content_type.find(';')));
    if (type.empty()) find("content_type", "a body needs its content_type");
    if (type.ends_with("/json") || type.ends_with("+json"))
      find("body", "write it as json, so that values are escaped");
    if (type == "application/x-www-form-urlencoded") find("body", "write it as form, so that values are escaped");
    step_.escape = type.ends_with("/xml") || type.ends_with("+xml") ? Escape::xml : Escape::bare;
  }

  // With words in place of the id and the secret, and numbers in place of what is taken.
  void check_json() {
    const rotation::AccessKeyId id("AKIA");
    const rotation::Secret secret("secret");
    Values values{.id = &id, .secret = &secret};
    for (const std::string& name : *names_) values.taken[name] = "1";
    http::Body sample;
    try {
      fill_in(*step_.body, values, Escape::json, sample);
      (void)parse_json(sample.view());
    } catch (const JsonError& error) {
      find("json", "no JSON once it is filled in: " + error.what + "; places for id and secret stand in quotes");
    } catch (const Unfit&) {  // a place that was found fault with already
    }
  }

  void read_code(const std::string& setting, const std::string& text) {
    int code = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    const bool number = error == std::errc{} && end == text.data() + text.size();
    const bool good = number && ((code >= 200 && code < 300) || (code >= 400 && code < 500));
    if (!good || code == 401 || code == 403 || code == 429) {
      find(setting, "no status that a server says yes with");
      return;
    }
    step_.ok.push_back(code);
  }

  void read_taken(const std::string& name, const std::string& pointer) {
    const Names taken_already{"id", "secret", "token"};
    if (!is_place_name(name) || taken_already.contains(name) || !pointer_tokens(pointer)) {
      find("take." + name, "take wants names (small letters, digits, _) with the JSON pointer of each");
      return;
    }
    step_.take.emplace_back(name, pointer);
    names_->insert(name);
  }

  std::string prefix_;
  const Fields& fields_;
  Findings& findings_;
  Names own_;
  Names given_;
  Names* names_ = nullptr;
  Names* used_ = nullptr;
  HttpStep step_;
};

// The steps of the list in `fields` below `prefix`.
std::vector<HttpStep> steps_of(const Fields& fields, const std::string& prefix, const Names& given, Names& names,
                               Names& used, Findings& findings) {
  std::vector<HttpStep> steps;
  std::size_t seen = 0;
  for (;; ++seen) {
    const std::string number = std::to_string(steps.size()) + ".";
    Fields one;
    for (const auto& [key, value] : fields) {
      if (key.starts_with(number)) one[key.substr(number.size())] = value;
    }
    if (one.empty()) break;
    steps.push_back(StepReader(prefix + number, one, findings).read(given, names, used));
  }
  for (const auto& [key, value] : fields) {
    const std::string top = key.substr(0, key.find('.'));
    const bool index = !top.empty() && top.find_first_not_of("0123456789") == std::string::npos && top != key;
    if (!index) findings.push_back({prefix + key, false, prefix + key + ": here stands a list of steps"});
  }
  if (steps.size() > most_steps) findings.push_back({prefix + "10", false, prefix + "10: more than ten steps"});
  return steps;
}

Fields take_below(Fields& fields, const std::string& name) {
  Fields result;
  std::erase_if(fields, [&](const auto& one) {
    if (!one.first.starts_with(name + ".")) return false;
    result[one.first.substr(name.size() + 1)] = one.second;
    return true;
  });
  return result;
}

void read_reading(const rotation::LocationSpec& spec, HttpScript& script, Names& used, Findings& findings) {
  Fields fields = tree_of(spec, "read");
  if (fields.empty()) return;
  Names names;
  const Names given{"token"};
  script.read = steps_of(take_below(fields, "steps"), "read.steps.", given, names, used, findings);
  script.read.push_back(StepReader("read.", fields, findings, {"id", "value", "mark"}).read(given, names, used));
  const auto read_pointer = [&](const std::string& name) -> std::string {
    const auto found = fields.find(name);
    if (found == fields.end()) return {};
    if (!pointer_tokens(found->second)) {
      findings.push_back({"read." + name, false, "read." + name + " is no JSON pointer"});
    }
    return found->second;
  };
  script.id = read_pointer("id");
  script.value = read_pointer("value");
  script.mark = read_pointer("mark");
  // What the place shows as its secret must not be taken along either: what is taken may stand in a URL.
  for (const auto* steps : {&script.write, &script.read}) {
    for (const HttpStep& step : *steps) {
      const bool secret = !script.value.empty() &&
                          std::ranges::any_of(step.take, [&](const auto& one) { return one.second == script.value; });
      if (secret) findings.push_back({"read.value", false, "a step takes along what read.value shows, the secret"});
    }
  }
  if (script.id.empty() == script.mark.empty() || (script.id.empty() && !script.value.empty())) {
    findings.push_back(
        {"read.id", script.id.empty() && script.mark.empty(),
         "read wants either id, and value where the secret is shown too, or mark: what moves with a write"});
  }
}

}  // namespace

HttpScript script_of(const rotation::LocationSpec& spec, Findings& findings) {
  HttpScript script;
  Names names;
  Names used;
  script.write = steps_of(tree_of(spec, "steps"), "steps.", {"id", "secret", "token"}, names, used, findings);
  for (const char* name : {"id", "secret"}) {
    if (script.write.empty() || used.contains(name)) continue;
    findings.push_back({"steps", false, std::string("steps: none of them sends {") + name + "}"});
  }
  read_reading(spec, script, used, findings);
  const bool named = !text_of(spec, "token_file").empty() || !text_of(spec, "token_env").empty();
  if (named && !used.contains("token")) findings.push_back({"token_file", false, "{token} stands in no header"});
  return script;
}

}  // namespace secrets_adapters
