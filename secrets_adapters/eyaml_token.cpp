#include "secrets_adapters/eyaml_token.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {
namespace {

using rotation::Refusal;

constexpr std::string_view opening = "ENC[";
constexpr std::size_t piece = 60;

bool is_word(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

bool is_base64(char c) { return is_word(c) ? c != '_' : c == '+' || c == '/'; }

std::string without_blanks(std::string_view text) {
  std::string rest(text);
  std::erase_if(rest, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  return rest;
}

// Strictly: nothing but the alphabet, padded to whole groups of four. Empty if it is not that.
std::string decoded(std::string_view text) {
  const std::size_t letters = text.size() - (text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U);
  if (text.empty() || text.size() % 4 != 0 ||
      !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(letters), is_base64))
    return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return {};
  bytes.resize(static_cast<std::size_t>(size) - (text.size() - letters));
  return bytes;
}

std::string encoded(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

EyamlValue eyaml_value(std::string_view text, const YamlScalar& at) {
  const std::string_view whole = text.substr(at.range.begin, at.range.end - at.range.begin);
  if (whole.find(opening) == std::string_view::npos) return {.at = at, .scheme = {}, .bytes = std::string(whole)};
  const std::size_t line = line_of(text, at.range.begin);
  // YAML folds a block's line ends into blanks; in a word there are none.
  const std::string token = at.form == YamlScalar::Form::block ? without_blanks(whole) : std::string(whole);
  const bool several = token.find(opening, token.find(opening) + 1) != std::string::npos;
  if (several || !token.starts_with(opening) || !token.ends_with(']')) {
    throw Unfit{.why = Refusal::unsupported,
                .line = line,
                .what = several ? "the value is made of several encrypted parts; a key must be one of its own"
                                : "the value has text around its encrypted part; a key must stand there alone"};
  }
  std::string_view inner = std::string_view(token).substr(opening.size(), token.size() - opening.size() - 1);
  std::string scheme = "PKCS7";
  if (const std::size_t comma = inner.find(','); comma != std::string_view::npos) {
    scheme = std::string(inner.substr(0, comma));
    inner.remove_prefix(comma + 1);
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  }
  std::string bytes = decoded(inner);
  if (bytes.empty() || scheme.empty() || !std::all_of(scheme.begin(), scheme.end(), is_word)) {
    throw Unfit{.line = line, .what = "the encrypted value is damaged: what stands in its brackets is no base64"};
  }
  return {.at = at, .scheme = std::move(scheme), .bytes = std::move(bytes)};
}

void require_written_by_eyaml(std::string_view text, const EyamlValue& old) {
  if (old.at.form != YamlScalar::Form::block || old.at.plain_head) return;
  throw Unfit{.why = Refusal::unsupported,
              .line = line_of(text, old.at.range.begin),
              .what =
                  "the encrypted block does not begin right below a plain \">\" and a line feed, so that eyaml itself "
                  "would not find it; write it as eyaml encrypt -o block does"};
}

std::string eyaml_token(const EyamlValue& old, std::string_view scheme, std::string_view bytes) {
  const std::string token = std::string(opening).append(scheme).append(",").append(encoded(bytes)).append("]");
  if (old.at.form != YamlScalar::Form::block) return token;
  std::string lines;
  for (std::size_t at = 0; at < token.size(); at += piece) {
    if (at > 0) lines.append("\n").append(old.at.indent);
    lines.append(token, at, piece);
  }
  return lines;
}

}  // namespace secrets_adapters
