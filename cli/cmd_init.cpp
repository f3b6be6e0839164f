// init: a commented config from the profiles found; with a group, directories that a team shares.
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/exit_codes.hpp"
#include "cli/found_profiles.hpp"
#include "cli/init_text.hpp"
#include "cli/output.hpp"
#include "platform/files.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

void must(bool done, const fs::path& path) {
  if (!done) throw std::system_error(errno, std::generic_category(), path.string());
}

// 2770: files made in it belong to the group, and nobody else looks in.
void share(const fs::path& directory, gid_t group) {
  fs::create_directories(directory.parent_path());
  must(::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST, directory);
  must(::chown(directory.c_str(), static_cast<uid_t>(-1), group) == 0, directory);
  must(::chmod(directory.c_str(), 02770) == 0, directory);
}

// Not for a group to write, whatever the umask: the sealing key goes beside the config, and refuses such a directory.
void make_directory(const fs::path& directory) {
  if (directory.empty() || fs::exists(directory)) return;
  fs::create_directories(directory.parent_path());
  must(::mkdir(directory.c_str(), 0755) == 0 || errno == EEXIST, directory);
}

gid_t group_id(const std::string& name) {
  const struct group* found = ::getgrnam(name.c_str());
  if (found == nullptr) throw usage("This machine has no group \"" + name + "\".", "groupadd " + name);
  return found->gr_gid;
}

struct Written {
  fs::path config;
  std::optional<fs::path> journal, sealing_key;
};

void tell(const Options& options, const Written& written, std::size_t profiles) {
  if (options.json) {
    nlohmann::ordered_json json{{"config", written.config.string()}, {"profiles", profiles}};
    if (written.journal) json["journal"] = written.journal->string();
    if (written.sealing_key) json["sealing_key"] = written.sealing_key->string();
    print_line(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  print_line("Wrote " + visible(written.config.string()) + " with " + std::to_string(profiles) +
             (profiles == 1 ? " profile." : " profiles."));
  if (written.journal) {
    print_line("Everybody of the team sets:\n  export KEYBATON_JOURNAL=" + visible(written.journal->string()) +
               "\n  export KEYBATON_CONFIG=" + visible(written.config.string()));
  }
  print_line("Next: keybaton doctor");
}

int init(const Options& options, const std::optional<std::string>& team) {
  House house{options};
  Written written{.config = options.config ? fs::absolute(platform::expand_home(*options.config)).lexically_normal()
                                           : default_config_path()};
  if (fs::exists(fs::symlink_status(written.config))) {
    throw usage(written.config.string() + " is there already and is left as it is.",
                "move it away first, or write another one with --config PATH");
  }
  const std::vector<FoundProfile> profiles = found_profiles();
  std::string text = init_text(profiles);
  if (team) {
    const gid_t group = group_id(*team);
    const fs::path directory = house.journal_path().parent_path();
    const fs::path sealing = fs::path{directory.string() + "-sealing"};
    share(directory, group);
    share(sealing, group);
    written.journal = house.journal_path();
    written.sealing_key = sealing / "sealing.key";
    text += "\nsealing: {key_file: \"" + written.sealing_key->string() + "\"}\n";
  }
  make_directory(written.config.parent_path());
  platform::create_private_file(written.config, text);
  if (team) {
    must(::chown(written.config.c_str(), static_cast<uid_t>(-1), group_id(*team)) == 0, written.config);
    must(::chmod(written.config.c_str(), 0640) == 0, written.config);
  }
  tell(options, written, profiles.size());
  return exit_code(rotation::Ending::ok);
}

}  // namespace

void describe_init(Describer& front) {
  auto team = std::make_shared<std::optional<std::string>>();
  Describer command = front.command("init", "write a commented config from the profiles found; never overwrites");
  command.text("--team", *team, "a journal and a sealing key that this group shares", "GROUP")
      .examples(
          "  keybaton init\n"
          "  keybaton init --team ops --journal /var/lib/keybaton/journal.db --config /etc/keybaton.yaml");
  command.runs([team](const Options& options) { return init(options, *team); });
}

}  // namespace cli
