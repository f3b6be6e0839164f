// key: the single calls on one user's access keys, journalled.
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/key_calls.hpp"
#include "cli/key_id.hpp"
#include "cli/output.hpp"
#include "cli/render_lists.hpp"

namespace cli {
namespace {

struct KeyWords {
  TargetWords target;
  std::string key;
  std::optional<std::string> secret_file;
  bool reveal = false;
  Consents consents;
};
using Words = std::shared_ptr<KeyWords>;

rotation::AccessKeyId key_id(const KeyWords& words) { return key_id_of(words.key, "--key KEY_ID"); }
int ok() { return exit_code(rotation::Ending::ok); }

int list(const Options& options, const KeyWords& words) {
  House house{options};
  KeyCalls calls{house, words.target};
  KeysReport report;
  const std::vector<rotation::AccessKey> keys = calls.keys();
  for (const rotation::AccessKey& key : keys) {
    report.keys.push_back({.account = calls.target().account,
                           .provider = calls.target().provider,
                           .account_id = calls.target().account_id,
                           .user = calls.target().user,
                           .user_id = calls.target().user_id,
                           .key = key,
                           .used = calls.last_used(key.id),
                           .slots = keys.size(),
                           .seen_at = house.now().wall});
  }
  options.json ? print_line(json::keys(report)) : print(keys_text(report, out_style(options)));
  for (const std::string& each : calls.settle(keys)) warn("Note: " + visible(each) + ".\n");
  return ok();
}

int last_used(const Options& options, const KeyWords& words) {
  const rotation::AccessKeyId id = key_id(words);
  House house{options};
  KeyCalls calls{house, words.target};
  const rotation::AccessKey key = calls.key(id);
  const rotation::LastUsed used = calls.last_used(key.id);
  if (options.json) {
    print_line(json::key_last_used(key.id, used, calls.uses(key.id)));
  } else {
    print(last_used_text(key.id, used, house.now().wall, out_style(options)));
    for (const rotation::KeyUse& use : calls.uses(key.id)) {
      print_line("  " + visible(use.service) + (use.address.empty() ? "" : " from " + visible(use.address)) +
                 (use.agent.empty() ? "" : " (" + visible(use.agent) + ")") + ", " + rotation::rfc3339(use.at));
    }
  }
  return ok();
}

int create(const Options& options, const KeyWords& words) {
  if (words.secret_file.has_value() == words.reveal) {
    throw usage(words.reveal ? "Both --secret-file and --reveal are given." : "Nothing says where the secret goes.",
                "use --secret-file PATH (0600), or --reveal at a terminal");
  }
  std::filesystem::path path;
  if (words.secret_file) path = secret_path(*words.secret_file);
  House house{options};
  KeyCalls calls{house, words.target};
  const auto place = words.reveal ? secret_terminal() : secret_file(path, "keybaton key list " + calls.words());
  const rotation::AccessKeyId made = calls.create(*place);
  if (options.json) {
    print_line(json::key_created(made, calls.target().user, path.string()));
  } else {
    print_line("Made " + made.text() + " for " + calls.target().user.text() +
               (words.reveal ? "." : "; its secret is in " + visible(path.string()) + "."));
  }
  return ok();
}

void say_status(const Options& options, const rotation::AccessKeyId& key, const std::string& status) {
  if (options.json) {
    print_line(nlohmann::ordered_json{{"key", key.text()}, {"status", status}}.dump());
  } else {
    print_line(key.text() + " is " + status + ".");
  }
}

int change(const Options& options, const KeyWords& words, rotation::KeyStatus status) {
  const rotation::AccessKeyId id = key_id(words);
  const rotation::Wishes wishes = wishes_of(words.consents, false);
  House house{options, words.consents};
  KeyCalls calls{house, words.target};
  calls.accept(wishes.accept);
  calls.set_status(id, status);
  say_status(options, id, std::string(rotation::word(status)));
  return ok();
}

int remove(const Options& options, const KeyWords& words) {
  const rotation::AccessKeyId id = key_id(words);
  House house{options, words.consents};
  KeyCalls calls{house, words.target};
  calls.remove(id);
  say_status(options, id, "deleted");
  return ok();
}

Describer& with_key(Describer& command, const Words& words) {
  return command.required_text("--key", words->key, "the access key", "KEY_ID");
}

void describe_changes(Describer& key) {
  auto activated = std::make_shared<KeyWords>();
  Describer activate = key.command("activate", "make a key Active");
  with_key(activate.target(activated->target), activated);
  activate.runs(
      [activated](const Options& options) { return change(options, *activated, rotation::KeyStatus::active); });
  auto deactivated = std::make_shared<KeyWords>();
  Describer deactivate = key.command("deactivate", "make a key Inactive; asks, and shows the command that undoes it");
  with_key(deactivate.target(deactivated->target), deactivated)
      .text("--yes", deactivated->consents.yes, "consent beforehand: --yes or --yes=deactivate", "STEPS")
      .texts("--accept", deactivated->consents.accept,
             "consent to switch off the very key that signs these calls: signing_key:KEY_ID", "CODE[:SUBJECT]");
  deactivate.runs(
      [deactivated](const Options& options) { return change(options, *deactivated, rotation::KeyStatus::inactive); });
  auto removed = std::make_shared<KeyWords>();
  Describer remover =
      key.command("delete", "delete an Inactive key; asks; only Alibaba Cloud can bring it back, for 30 days");
  with_key(remover.target(removed->target), removed)
      .text("--yes", removed->consents.yes, "consent beforehand: --yes or --yes=delete", "STEPS");
  remover.runs([removed](const Options& options) { return remove(options, *removed); });
}

}  // namespace

void describe_key(Describer& front) {
  Describer key = front.command("key", "single calls: list, create, last-used, activate, deactivate, delete");
  key.wants_subcommand().examples(
      "  keybaton key list prod/support-api\n"
      "  keybaton key create prod/support-api --secret-file new.secret\n"
      "  keybaton key deactivate prod/support-api --key AKIA…");
  auto listed = std::make_shared<KeyWords>();
  Describer lister = key.command("list", "the keys of one user");
  lister.target(listed->target).runs([listed](const Options& options) { return list(options, *listed); });
  auto created = std::make_shared<KeyWords>();
  Describer creator = key.command("create", "make a key; its secret goes to a file or a terminal, once");
  creator.target(created->target)
      .text("--secret-file", created->secret_file, "a new file, 0600", "PATH")
      .flag("--reveal", created->reveal, "show it on the terminal instead");
  creator.runs([created](const Options& options) { return create(options, *created); });
  auto asked = std::make_shared<KeyWords>();
  Describer asker = key.command("last-used", "when, by which service, where");
  with_key(asker.target(asked->target), asked);
  asker.runs([asked](const Options& options) { return last_used(options, *asked); });
  describe_changes(key);
}

}  // namespace cli
