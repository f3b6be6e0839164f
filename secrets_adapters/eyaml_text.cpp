#include "secrets_adapters/eyaml_text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "secrets_adapters/eyaml_token.hpp"

namespace secrets_adapters {
namespace {

using rotation::AccessKeyId;
using rotation::Custody;
using rotation::Holding;
using rotation::Refusal;
using rotation::Secret;

struct Stands {
  EyamlNames names;
  EyamlValue id;
  EyamlValue secret;
};

std::string hex_sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned int n = 0; n < size; ++n) text.append({digits[digest[n] >> 4U], digits[digest[n] & 15U]});
  return text;
}

// A bare word that no reader of YAML takes for a number, a truth or nothing.
bool is_plain_word(std::string_view id) {
  const char first = id.empty() ? '0' : id.front();
  return id.size() >= 8 && ((first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z'));
}

struct Splice {
  platform::Range range;
  std::string fresh;
};

Secret spliced(std::string_view text, std::vector<Splice> splices) {
  std::sort(splices.begin(), splices.end(),
            [](const Splice& a, const Splice& b) { return a.range.begin < b.range.begin; });
  std::size_t size = text.size();
  for (const Splice& one : splices) size += one.fresh.size();
  std::string result;
  result.reserve(size);  // one buffer, so that none is left behind unwiped
  std::size_t at = 0;
  for (const Splice& one : splices) {
    result.append(text.substr(at, one.range.begin - at)).append(one.fresh);
    at = one.range.end;
  }
  result.append(text.substr(at));
  return Secret::taking(std::move(result));
}

class EyamlText final : public PairText {
 public:
  EyamlText(std::vector<EyamlNames> names, EyamlKeys keys) : names_(std::move(names)), keys_(std::move(keys)) {}

  [[nodiscard]] Holding read(const Secret& text) const override {
    return text.expose([&](std::string_view whole) {
      const auto places = find(whole);
      if (places.empty()) return Holding{};
      Holding held;
      bool closed = false;
      for (const Stands& one : places) {
        const auto id = opened_id(whole, one);
        closed = closed || !id;
        if (id) agree(held.id, AccessKeyId(*id), one);
        if (auto secret = opened_secret(whole, one)) agree(held.secret, std::move(*secret), one);
      }
      return closed ? Holding{.id = {}, .custody = Custody::closed, .mark = mark(places)} : std::move(held);
    });
  }

  [[nodiscard]] Secret with(const Secret& text, const Pair& fresh) const override {
    const Secret id = Secret(fresh.id.text());
    std::vector<Splice> splices;
    Secret result = text.expose([&](std::string_view whole) {
      const auto places = find(whole);
      if (places.empty()) throw Unfit{.what = "it holds no access key any more"};
      for (const Stands& one : places) {
        require_writable(whole, one);
        if (one.id.scheme.empty() && !is_plain_word(fresh.id.text())) {
          throw Unfit{.what = "the new id can't stand there as a plain word"};
        }
        splices.push_back({one.id.at.range, one.id.scheme.empty() ? fresh.id.text() : sealed(one.id, id)});
        splices.push_back({one.secret.at.range, sealed(one.secret, fresh.secret)});
      }
      return spliced(whole, std::move(splices));
    });
    const Holding now = read(result);
    if ((now.id && *now.id != fresh.id) || (now.secret && !now.secret->same_as(fresh.secret))) {
      throw Unfit{
          .why = Refusal::other, .line = 0, .what = "the new text would not hold the new pair; nothing was written"};
    }
    return result;
  }

  [[nodiscard]] Secret rest(const Secret& text) const override {
    return text.expose([&](std::string_view whole) {
      std::vector<Splice> splices;
      for (const Stands& one : find(whole)) {
        splices.push_back({one.id.at.range, {}});
        splices.push_back({one.secret.at.range, {}});
      }
      return spliced(whole, std::move(splices));
    });
  }

  void require_writable(const Secret& text) const override {
    text.expose([&](std::string_view whole) {
      for (const Stands& one : find(whole)) require_writable(whole, one);
    });
    (void)sealed_bytes(Secret("keybaton"));  // the keys are there and fit
  }

  [[nodiscard]] std::string place() const override { return names_.front().secret; }

 private:
  [[nodiscard]] std::vector<Stands> find(std::string_view whole) const {
    std::vector<std::string> wanted;
    for (const EyamlNames& one : names_) wanted.insert(wanted.end(), {one.id, one.secret});
    const auto scalars = yaml_scalars(whole, wanted);
    if (scalars.empty()) return {};
    std::vector<Stands> places;
    for (const EyamlNames& one : names_) {
      for (const std::string& name : {one.id, one.secret}) {
        if (!scalars.contains(name))
          throw Unfit{.what = name + " is not there, or empty, though others of the names are"};
      }
      places.push_back({one, eyaml_value(whole, scalars.at(one.id)), eyaml_value(whole, scalars.at(one.secret))});
      if (places.back().secret.scheme.empty()) {
        throw Unfit{.why = Refusal::unsupported,
                    .line = line_of(whole, scalars.at(one.secret).range.begin),
                    .what =
                        "the secret does not stand there encrypted, and neither would the new one; encrypt it first "
                        "(eyaml encrypt)"};
      }
    }
    return places;
  }

  [[nodiscard]] const EyamlCipher& own() const { return keys_.own == EyamlKeys::Own::gpg ? *keys_.gpg : *keys_.pkcs7; }
  [[nodiscard]] const EyamlCipher& cipher(std::string_view whole, const EyamlValue& value) const {
    for (const EyamlCipher* one : {keys_.pkcs7.get(), keys_.gpg.get()}) {
      if (one->scheme() == value.scheme) return *one;
    }
    throw Unfit{.why = Refusal::unsupported,
                .line = line_of(whole, value.at.range.begin),
                .what = "it is encrypted in a scheme that this version does not know"};
  }

  [[nodiscard]] std::optional<Secret> opened(std::string_view whole, const EyamlValue& value) const {
    try {
      return cipher(whole, value).open(value.bytes);
    } catch (Unfit& unfit) {
      if (unfit.line == 0) unfit.line = line_of(whole, value.at.range.begin);
      throw;
    }
  }
  [[nodiscard]] std::optional<std::string> opened_id(std::string_view whole, const Stands& one) const {
    const auto text = one.id.scheme.empty() ? Secret(one.id.bytes) : opened(whole, one.id);
    if (!text) return std::nullopt;
    return text->expose([&](std::string_view id) {
      if (is_key_id(id)) return std::string(id);
      throw Unfit{.line = line_of(whole, one.id.at.range.begin),
                  .what = "what stands in the access key id's place is not one, or was encrypted with another key"};
    });
  }
  [[nodiscard]] std::optional<Secret> opened_secret(std::string_view whole, const Stands& one) const {
    auto secret = opened(whole, one.secret);
    if (!secret || is_access_key(AccessKeyId("any"), *secret)) return secret;
    throw Unfit{.line = line_of(whole, one.secret.at.range.begin),
                .what =
                    "what stands in the secret's place is not one (a line break at its end, perhaps), or was encrypted "
                    "with another key"};
  }

  template <class T>
  static void agree(std::optional<T>& all, T&& one, const Stands& place) {
    if (!all) {
      all = std::forward<T>(one);
      return;
    }
    bool same = false;
    if constexpr (std::is_same_v<T, Secret>) {
      same = all->same_as(one);
    } else {
      same = *all == one;
    }
    if (same) return;
    throw Unfit{.why = Refusal::conflict,
                .line = 0,
                .what = "the pairs of names hold different keys: " + place.names.id + " and " + place.names.secret +
                        " are not like the ones before"};
  }

  [[nodiscard]] static std::string mark(const std::vector<Stands>& places) {
    std::string all;
    for (const Stands& one : places) {
      for (const EyamlValue* value : {&one.id, &one.secret}) {
        all.append(value->scheme).append(":").append(std::to_string(value->bytes.size())).append(":");
        all.append(value->bytes);
      }
    }
    return hex_sha256(all);
  }

  void require_writable(std::string_view whole, const Stands& one) const {
    for (const EyamlValue* value : {&one.id, &one.secret}) {
      if (value == &one.id && value->scheme.empty()) continue;
      if (value->scheme != own().scheme()) {
        throw Unfit{.why = Refusal::unsupported,
                    .line = line_of(whole, value->at.range.begin),
                    .what = "it is encrypted as " + value->scheme + ", and this location writes " +
                            std::string(own().scheme()) + "; eyaml recrypt changes the scheme of a file"};
      }
      require_written_by_eyaml(whole, *value);
    }
  }

  [[nodiscard]] std::string sealed_bytes(const Secret& plain) const {
    std::string bytes = own().seal(plain);
    const auto again = own().open(bytes);
    if (again && !again->same_as(plain)) {
      throw Unfit{.why = Refusal::other, .line = 0, .what = "what was encrypted does not open to the same text"};
    }
    return bytes;
  }
  [[nodiscard]] std::string sealed(const EyamlValue& old, const Secret& plain) const {
    return eyaml_token(old, own().scheme(), sealed_bytes(plain));
  }

  std::vector<EyamlNames> names_;
  EyamlKeys keys_;
};

}  // namespace

std::unique_ptr<const PairText> eyaml_text(std::vector<EyamlNames> names, EyamlKeys keys) {
  return std::make_unique<EyamlText>(std::move(names), std::move(keys));
}

}  // namespace secrets_adapters
