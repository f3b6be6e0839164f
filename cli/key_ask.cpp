// What a person is asked before a single call takes a key away from somebody, and shown with it.
#include <algorithm>

#include "cli/clean_consent.hpp"
#include "cli/key_calls.hpp"
#include "rotation/stops.hpp"

namespace cli {

using rotation::AccessKey;
using rotation::AccessKeyId;
using rotation::Ending;
using rotation::KeyStatus;
using rotation::Op;
using rotation::Step;
using rotation::Trouble;

namespace {

constexpr const char* untouched = "No key was touched.";

// In the words of `--accept`.
std::string own_key(const AccessKeyId& id) { return "signing_key:" + id.text(); }

// The command as it was typed, with the consent that it lacked.
std::string agreed(Options options, Step step) {
  std::erase_if(options.words, [](const std::string& word) { return word.starts_with("--yes"); });
  return same_words(options) + " --yes=" + std::string(rotation::word(step));
}

}  // namespace

void KeyCalls::ask(Step step, Op op, const AccessKey& key, const std::string& what) {
  rotation::Question question;
  question.step = step;
  question.op = op;
  question.key = key.id;
  question.what = what;
  question.typed = true;
  const auto used = cloud().last_used(target_.user, key.id);
  if (const auto* last = rotation::done(used)) {
    question.because.push_back(last->at ? "last used " + rotation::rfc3339(*last->at) + " for " + last->service
                                        : "never used, as far as the cloud knows");
  } else {
    question.because.emplace_back("its last use could not be read");
  }
  const std::vector<AccessKey> all = keys();
  const auto active = std::ranges::count(all, KeyStatus::active, &AccessKey::status);
  if (key.status == KeyStatus::active && active == 1) {
    question.because.push_back("it is the only Active key of " + target_.user.text());
  }
  if (op == Op::deactivate_key && cloud().signing_key() == key.id) {
    // No command is shown that undoes it: it would be signed with this key, which then signs nothing.
    question.because.emplace_back(
        "keybaton itself signs with it now: these credentials end here, and only another key that may do so, or the "
        "console, can make it Active again");
    if (!accepted_.contains(own_key(key.id))) question.accept_word = own_key(key.id);
  } else if (op == Op::deactivate_key) {
    question.undo_command = cloud().command_for(Op::activate_key, target_.user, key.id);
  }
  if (op == Op::delete_key) tell_of_the_bin(question);
  const rotation::Consent consent = house_.person().confirm(question);
  if (house_.clock().interrupted()) {
    throw Trouble(Ending::interrupted, {.message = "Interrupted before " + key.id.text() + " was touched.",
                                        .keys = untouched,
                                        .hint = "run the command again"});
  }
  if (consent == rotation::Consent::given) return;
  if (consent == rotation::Consent::declined) {
    throw Trouble(Ending::needs_operator, {.message = "Not done, for you did not agree: " + what + ".",
                                           .keys = untouched,
                                           .hint = "run the command again if it is wanted after all"});
  }
  if (!question.accept_word.empty()) {
    throw Trouble(
        Ending::needs_operator,
        {.message = "Nobody agreed to " + what +
                    ", the very key that signs these calls: only another key or the console could undo it. Better "
                    "sign with another one.",
         .keys = untouched,
         .hint = agreed(house_.options(), step) + " --accept " + question.accept_word});
  }
  throw Trouble(
      Ending::needs_operator,
      {.message = "Nobody agreed to " + what + ".", .keys = untouched, .hint = agreed(house_.options(), step)});
}

void KeyCalls::tell_of_the_bin(rotation::Question& question) {
  const rotation::ProviderFacts facts = cloud().facts();
  if (!facts.undeletes()) {
    question.because.emplace_back("after this there is no way back");
    return;
  }
  question.because.push_back("it can come back from the recycle bin for " + rotation::about(facts.undelete_for));
  question.undo_command = cloud().command_for(Op::undelete_key, target_.user, question.key);
  const auto bin = cloud().deleted_keys(target_.user_id);
  const auto* deleted = rotation::done(bin);
  if (deleted == nullptr) {
    question.because.emplace_back("the recycle bin cannot be read: whether it pushes another key out is not known");
  } else if (!deleted->empty() && deleted->size() >= facts.bin_slots) {
    const auto oldest = std::ranges::min_element(*deleted, {}, &rotation::BinnedKey::deleted_at);
    question.because.push_back("the recycle bin is full: " + oldest->id.text() + " is purged for good");
  }
}

}  // namespace cli
