// What a remote system's reply can be. Never an exception: not knowing is a value that must be handled.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace rotation {

// Why something was refused, in the classes that decisions depend on.
enum class Refusal {
  denied,               // no permission
  no_such_entity,       // the user or the key is not there
  limit_exceeded,       // two keys already
  invalid_credentials,  // the signing key is unknown to the cloud (InvalidClientTokenId): deleted, or not yet
                        // propagated
  expired_session,      // temporary credentials ran out
  clock,                // the clock is off by more than the cloud accepts, even after correction
  throttled,            // still throttled after every retry
  conflict,             // compare-and-set found another value
  unsupported,          // this place or provider cannot do it
  invalid,              // the request or the place's content is malformed
  not_sent,             // nothing left this machine: no route, no name, no connection
  other,
};

template <class T>
struct Done {
  T value;
};

// The other side said no, and nothing was changed. `message` is ours, safe to show; never a raw provider body.
struct Refused {
  Refusal why = Refusal::other;
  std::string code;  // the provider's own code, such as "AccessDenied"; may be empty
  std::string message;
  std::string request_id;  // may be empty
  // What a person does about it, in the imperative: "chmod 600 FILE"; empty where `why` says enough.
  std::string remedy = {};
};

// It may have happened, or may yet.
struct Unknown {
  std::string why;
  // It is under way and takes longer than one call may: the same call again goes on with it.
  bool goes_on = false;
};

struct Nothing {};

template <class T>
using Answer = std::variant<Done<T>, Refused, Unknown>;

template <class T>
[[nodiscard]] const T* done(const Answer<T>& answer) {
  const auto* value = std::get_if<Done<T>>(&answer);
  return value ? &value->value : nullptr;
}
template <class T>
[[nodiscard]] T* done(Answer<T>& answer) {
  auto* value = std::get_if<Done<T>>(&answer);
  return value ? &value->value : nullptr;
}
template <class T>
[[nodiscard]] const Refused* refused(const Answer<T>& answer) {
  return std::get_if<Refused>(&answer);
}
template <class T>
[[nodiscard]] const Unknown* unknown(const Answer<T>& answer) {
  return std::get_if<Unknown>(&answer);
}

// The same Refused or Unknown as an answer of another type. Only for answers that are not Done.
template <class To, class From>
[[nodiscard]] Answer<To> pass_on(const Answer<From>& answer) {
  if (const auto* no = refused(answer)) return *no;
  if (const auto* lost = unknown(answer)) return *lost;
  return Unknown{"an answer without a value"};
}

template <class... F>
struct overloaded : F... {
  using F::operator()...;
};
template <class... F>
overloaded(F...) -> overloaded<F...>;

}  // namespace rotation
