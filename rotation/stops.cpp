#include "rotation/stops.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace rotation {
namespace {

std::string_view reason(Refusal why) {
  switch (why) {
    case Refusal::denied: return "the credentials lack the permission";
    case Refusal::no_such_entity: return "it is not there";
    case Refusal::limit_exceeded: return "the limit of two access keys is reached";
    case Refusal::invalid_credentials: return "the cloud does not know the signing key";
    case Refusal::expired_session: return "the session has expired";
    case Refusal::clock: return "the clock is off by more than the cloud accepts";
    case Refusal::throttled: return "the cloud is throttling";
    case Refusal::conflict: return "what is there is not what was expected";
    case Refusal::unsupported: return "it is not supported there";
    case Refusal::invalid: return "the request or the place is malformed";
    case Refusal::not_sent: return "the cloud could not be reached";
    case Refusal::other: return "the other side said no";
  }
  return "the other side said no";
}

}  // namespace

namespace {

// Several keys of one user may be retired at once: only the id says which.
std::string aim_words(const View& view) {
  return quoted(view.procedure == Procedure::retire ? view.id.text() : target_words(view.target));
}

}  // namespace

std::string_view remedy(Refusal why) {
  switch (why) {
    case Refusal::denied: return "grant the permission";
    case Refusal::invalid_credentials:
    case Refusal::expired_session: return "renew the credentials";
    case Refusal::clock: return "set this machine's clock";
    case Refusal::throttled: return "wait a minute";
    case Refusal::not_sent: return "check the network";
    case Refusal::no_such_entity:
    case Refusal::limit_exceeded:
    case Refusal::conflict:
    case Refusal::unsupported:
    case Refusal::invalid:
    case Refusal::other: return "mend what it names";
  }
  return "";
}

std::string old_key_words(const View& view) {
  return (view.procedure == Procedure::retire ? "the key " : "the old key ") + view.old_key.text();
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view{"@%_+=:,./-"}.find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string target_words(const Target& target) { return target.account.text() + "/" + target.user.text(); }

std::string target_argument(const Target& target) {
  return target.by_profile ? "--profile " + quoted(target.account.text()) : quoted(target_words(target));
}

std::string clean_command(const View& view) {
  return "keybaton clean --where " + quoted(view.batch ? view.batch->query : "");
}

std::string resume_command(const View& view) { return "keybaton resume " + aim_words(view); }

std::string rollback_command(const View& view) { return "keybaton rollback " + aim_words(view); }

namespace {

std::string gone_words(const View& view, const std::string& old_key) {
  if (!view.provider.undeletes()) return "For good: " + old_key + " is gone";
  const auto until = view.restorable_until();
  return "Deleted: " + old_key + (until ? " can be brought back until " + rfc3339(*until) : " is in the recycle bin");
}

}  // namespace

std::string keys_now(const View& view) {
  const std::string old_key = old_key_words(view);
  if (view.procedure == Procedure::retire) {
    if (view.old_deleted) return gone_words(view, old_key) + ".";
    if (view.old_maybe_inactive && view.state != State::deactivated)
      return "Not certain: " + old_key + " may be Inactive.";
    return "As it stands " + old_key +
           (view.state == State::deactivated ? " is Inactive and one rollback away." : " is untouched.");
  }
  const std::string new_key = view.new_key ? "the new key " + view.new_key->text() : std::string();
  const auto with_new = [&](const std::string& text) {
    return text + (new_key.empty() ? "." : "; " + new_key + " is in use.");
  };
  if (view.old_deleted) return with_new(gone_words(view, old_key));
  if (view.pending && view.pending->op == Op::delete_key && view.pending->key == view.old_key) {
    return with_new("Not certain: " + old_key + " may be gone for good");
  }
  if (view.old_maybe_inactive && view.state != State::deactivated) {
    return "Not certain: " + old_key + " may be Inactive" + (new_key.empty() ? "." : "; " + new_key + " is Active.");
  }
  if (view.state == State::deactivated)
    return with_new("As it stands " + old_key + " is Inactive and one rollback away");
  if (new_key.empty()) return "As it stands " + old_key + " is untouched; no new key is in use.";
  if (view.new_said == KeyStatus::inactive)
    return "As it stands " + old_key + " is Active; " + new_key + " is Inactive.";
  return "Both keys work: " + old_key + " and " + new_key + "; nothing was lost.";
}

std::string shown(const std::vector<AccessKey>& listed, const AccessKeyId& id) {
  const auto found = std::ranges::find(listed, id, &AccessKey::id);
  return found == listed.end() ? "gone" : std::string(word(found->status));
}

std::string keys_listed(const View& view, const std::vector<AccessKey>& listed) {
  const std::string active{word(KeyStatus::active)};
  const std::string old_is = shown(listed, view.old_key);
  const std::string new_is = view.new_key ? shown(listed, *view.new_key) : std::string();
  // Where the list shows what the journal says, the journal's words say more.
  const bool expected = view.state == State::deactivated ? old_is == word(KeyStatus::inactive) : old_is == active;
  if (!view.old_maybe_inactive && expected && (new_is.empty() || new_is == active)) return keys_now(view);
  if (view.state == State::deactivated && expected && (new_is.empty() || new_is == active)) return keys_now(view);
  std::string text = "As the cloud lists them, " + old_key_words(view) + " is " + old_is;
  if (view.new_key) text += " and the new key " + view.new_key->text() + " is " + new_is;
  return text + (old_is != active && new_is != active ? ": none of them works." : ".");
}

Attention attention(const View& view, AttentionCode code, std::string message, std::vector<std::string> accept) {
  std::string hint = resume_command(view);
  if (!accept.empty()) hint += " --accept " + quoted(accept.front());
  return {.code = code, .message = std::move(message), .hint = std::move(hint), .accept = std::move(accept)};
}

Attention attention_with_hint(AttentionCode code, std::string message, std::string hint,
                              std::vector<std::string> accept) {
  return {.code = code, .message = std::move(message), .hint = std::move(hint), .accept = std::move(accept)};
}

Attention denied(const View& view, const std::string& what, const Refused& refused) {
  return {.code = AttentionCode::denied,
          .message = refusal_words(what, refused) + " Grant it, then resume.",
          .hint = resume_command(view),
          .accept = {}};
}

Ending ending_of(const Refused& refused) {
  return refused.why == Refusal::conflict ? Ending::needs_operator : Ending::refused;
}

namespace {

std::string ended(std::string text, const Refused& refused) {
  if (!refused.request_id.empty()) text += " [request " + refused.request_id + "]";
  return text.ends_with('.') ? text : text + ".";
}

}  // namespace

std::string refusal_words(const std::string& what, const Refused& refused) {
  std::string text = what + " was refused: " + std::string(reason(refused.why));
  if (!refused.code.empty()) text += " (" + refused.code + ")";
  if (!refused.message.empty()) text += ": " + refused.message;
  return ended(std::move(text), refused);
}

std::string place_refusal_words(const std::string& what, const Refused& refused) {
  if (refused.message.empty()) return refusal_words(what, refused);
  const std::string code = refused.code.empty() ? "" : " (" + refused.code + ")";
  return ended(what + " was refused" + code + ": " + refused.message, refused);
}

std::string place_remedy(const Refused& refused) {
  if (!refused.remedy.empty()) return refused.remedy;
  switch (refused.why) {
    case Refusal::invalid_credentials:
    case Refusal::expired_session: return "renew the credentials that it names";
    case Refusal::not_sent: return "see that it is up and can be reached from here";
    case Refusal::denied: return "mend what it names";  // by a file's mode, a role, a hook: it says by what
    default: return std::string(remedy(refused.why));
  }
}

Problem place_refusal(const View& view, const std::string& what, const Refused& refused) {
  return {.message = place_refusal_words(what, refused),
          .keys = keys_now(view),
          .hint = place_remedy(refused) + ", then run: " + resume_command(view)};
}

Problem refusal(const View& view, const std::string& what, const Refused& refused) {
  return {.message = refusal_words(what, refused),
          .keys = keys_now(view),
          .hint = std::string(remedy(refused.why)) + ", then run: " + resume_command(view)};
}

Problem not_known(const View& view, const std::string& what, const std::string& why) {
  return {.message = what + " did not give a clear answer: " + why + ".",
          .keys = keys_now(view),
          .hint = resume_command(view)};
}

Problem wrong_account(const View& view, const Caller& caller) {
  return {
      .message = "These credentials belong to account " + caller.account_id.text() + " (" + caller.partition +
                 "), but this rotation is pinned to account " + view.target.account_id.text() + " (" +
                 view.target.partition + "). Nothing was sent to change any key.",
      .keys = keys_now(view),
      .hint = "use credentials of account " + view.target.account_id.text() + ", then run: " + resume_command(view)};
}

}  // namespace rotation
