#include "store/encoding.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <memory>

#include "rotation/errors.hpp"

namespace store {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::optional<unsigned> hex_value(char digit) {
  const auto at = hex_digits.find(digit);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(at);
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// What follows a backslash, in the only spellings that json_escaped makes.
bool take_escape(std::string_view& json, std::string& out) {
  if (json.empty()) return false;
  const char kind = json.front();
  if (kind == '"' || kind == '\\') {
    out += kind;
    json.remove_prefix(1);
    return true;
  }
  if (json.size() < 5 || json.substr(0, 3) != "u00") return false;
  const auto high = hex_value(json[3]), low = hex_value(json[4]);
  if (!high || !low || *high > 1) return false;
  out += static_cast<char>(*high * 16 + *low);
  json.remove_prefix(5);
  return true;
}

bool take_string(std::string_view& json, std::string& out) {
  if (!take(json, '"')) return false;
  out.clear();
  while (!json.empty()) {
    const std::size_t plain = json.find_first_of("\"\\");
    if (plain == std::string_view::npos) return false;
    for (const char c : json.substr(0, plain)) {
      if (static_cast<unsigned char>(c) < 0x20) return false;
    }
    out.append(json.substr(0, plain));
    const bool end = json[plain] == '"';
    json.remove_prefix(plain + 1);
    if (end) return true;
    if (!take_escape(json, out)) return false;
  }
  return false;
}

}  // namespace

void put_field(std::string& out, std::string_view bytes) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size()).ptr;
  out.append(digits.data(), end);
  out += ':';
  out += bytes;
  out += ',';
}

void put_field(std::string& out, const std::optional<std::string>& bytes) {
  if (bytes) {
    put_field(out, std::string_view{*bytes});
  } else {
    out += "-,";
  }
}

void put_field(std::string& out, std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  put_field(out, std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
}

std::optional<std::string> take_field(std::string_view& text) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (!take(rest, ':') || rest.size() <= size || rest[size] != ',') return std::nullopt;
  std::string field(rest.substr(0, size));
  text = rest.substr(size + 1);
  return field;
}

std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += hex_digits[byte >> 4U];
      out += hex_digits[byte & 15U];
    } else {
      out += c;
    }
  }
  return out;
}

std::string detail_json(const rotation::Detail& detail) {
  std::string out = "{";
  for (const auto& [key, value] : detail) {
    if (out.size() > 1) out += ',';
    out += '"' + json_escaped(key) + "\":\"" + json_escaped(value) + '"';
  }
  return out + '}';
}

std::optional<rotation::Detail> detail_from(std::string_view json) {
  rotation::Detail detail;
  if (json == "{}") return detail;
  if (!take(json, '{')) return std::nullopt;
  std::string key, value;
  for (;;) {
    if (!take_string(json, key) || !take(json, ':') || !take_string(json, value)) return std::nullopt;
    if (!detail.empty() && !(detail.rbegin()->first < key)) return std::nullopt;
    detail.emplace_hint(detail.end(), key, value);
    if (take(json, ',')) continue;
    if (json != "}") return std::nullopt;
    return detail;
  }
}

std::string canonical(const rotation::Record& record) {
  const auto maybe = [](const auto& name) { return name ? std::optional{name->text()} : std::nullopt; };
  const auto unless_empty = [](const auto& name) { return name.empty() ? std::nullopt : std::optional{name.text()}; };
  const rotation::Draft& what = record.what;
  std::string out;
  out.reserve(512);
  put_field(out, std::string_view{"keybaton-record/1"});
  put_field(out, record.id);
  put_field(out, unless_empty(record.rotation));
  put_field(out, std::int64_t{record.seq});
  put_field(out, std::string_view{rotation::rfc3339(record.at)});
  put_field(out, std::string_view{record.actor});
  put_field(out, record.claim);
  put_field(out, record.caller);
  put_field(out, word(what.kind));
  put_field(out, what.step ? std::optional{std::string(word(*what.step))} : std::nullopt);
  put_field(out, word(what.direction));
  put_field(out, unless_empty(what.attempt));
  put_field(out, what.outcome ? std::optional{std::string(word(*what.outcome))} : std::nullopt);
  put_field(out, std::string_view{record.account.text()});
  put_field(out, std::string_view{record.user.text()});
  put_field(out, maybe(what.key));
  put_field(out, maybe(what.location));
  put_field(out, static_cast<std::int64_t>(what.detail.size()));
  for (const auto& [key, value] : what.detail) {
    put_field(out, std::string_view{key});
    put_field(out, std::string_view{value});
  }
  return out;
}

std::string sha256(std::string_view first, std::string_view second) {
  // Fetched once: the implicit fetch of EVP_sha256() costs more than the hash itself.
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest{EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                                      EVP_MD_free};
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::string hash(hash_size, '\0');
  const bool good = digest && context && EVP_DigestInit_ex2(context.get(), digest.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1 &&
                    EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(hash.data()), nullptr) == 1;
  KEYBATON_ASSERT(good);
  return hash;
}

std::string chain_hash(std::string_view previous, const rotation::Record& record) {
  return sha256(previous, canonical(record));
}

const std::string& genesis() {
  static const std::string zeros(hash_size, '\0');
  return zeros;
}

std::string hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += hex_digits[static_cast<unsigned char>(c) >> 4U];
    out += hex_digits[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
  }
  return out;
}

}  // namespace store
