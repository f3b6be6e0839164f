// The words of every stop: what happened, what it means for the keys, what to run next.
#pragma once

#include <string>
#include <vector>

#include "rotation/answer.hpp"
#include "rotation/engine.hpp"
#include "rotation/view.hpp"

namespace rotation {

// "prod/support-api"
[[nodiscard]] std::string target_words(const Target& target);
// The same as a command line takes it: in quotes where needed, "--profile dev" where no config names the account.
[[nodiscard]] std::string target_argument(const Target& target);
// What goes on with the batch that this rotation is one of, its owner's warning included.
[[nodiscard]] std::string clean_command(const View& view);
// Goes on in the rotation's own direction.
[[nodiscard]] std::string resume_command(const View& view);
[[nodiscard]] std::string rollback_command(const View& view);
// A word of a command line, in quotes where a shell would read it as something else.
[[nodiscard]] std::string quoted(const std::string& word);
// "the old key AKIA…"; of a retire, which has no new one, "the key AKIA…".
[[nodiscard]] std::string old_key_words(const View& view);
// Which keys work right now, as far as the journal knows.
[[nodiscard]] std::string keys_now(const View& view);
// The same as the cloud's list has just shown it.
[[nodiscard]] std::string keys_listed(const View& view, const std::vector<AccessKey>& listed);
[[nodiscard]] std::string shown(const std::vector<AccessKey>& listed, const AccessKeyId& id);  // "Active", …, "gone"

// "…resume prod/app --accept WORD"
[[nodiscard]] Attention attention(const View& view, AttentionCode code, std::string message,
                                  std::vector<std::string> accept = {});
// The same with a hint of its own.
[[nodiscard]] Attention attention_with_hint(AttentionCode code, std::string message, std::string hint,
                                            std::vector<std::string> accept = {});

// The credentials may not do `what`: it stays on the board until somebody grants it.
[[nodiscard]] Attention denied(const View& view, const std::string& what, const Refused& refused);

// A remote's refusal of `what` ("listing the access keys"), as a problem and an ending.
[[nodiscard]] Ending ending_of(const Refused& refused);
[[nodiscard]] Problem refusal(const View& view, const std::string& what, const Refused& refused);
// The same of a location, in its own words: the cloud's reasons and remedies are not those of a file or a store.
[[nodiscard]] std::string place_refusal_words(const std::string& what, const Refused& refused);
// What puts it right, as a beginning of a sentence: the refusal's own remedy first.
[[nodiscard]] std::string place_remedy(const Refused& refused);
[[nodiscard]] Problem place_refusal(const View& view, const std::string& what, const Refused& refused);
[[nodiscard]] Problem not_known(const View& view, const std::string& what, const std::string& why);
[[nodiscard]] Problem wrong_account(const View& view, const Caller& caller);

// The message of a refusal on its own, for surveys too: reason and provider code, never a raw body.
// What puts it right, as a beginning of a sentence: "grant the permission".
[[nodiscard]] std::string_view remedy(Refusal why);
[[nodiscard]] std::string refusal_words(const std::string& what, const Refused& refused);

}  // namespace rotation
