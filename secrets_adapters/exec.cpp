// A place that a program of the user's reads and writes (docs/locations/exec.md has the protocol). An argv array
// without a shell, a small fixed environment, the secret by stdin and never in a word of the command, a time-out, an
// output cap. What the program says on stderr goes nowhere: it could have the secret in it.
//
// Write: the place is read and compared with what is expected; the program gets both and does the rest in one go; the
// place is read again. A program that was killed, ran out of time or said what nobody understands may have written or
// may yet: only what is read then tells, and if it does not tell, that is Unknown. A crash of ours at any point leaves
// what the program made of it; the next write begins with a read again.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "platform/process.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/env_file.hpp"
#include "secrets_adapters/exec_protocol.hpp"
#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Change;
using rotation::Done;
using rotation::Holding;
using rotation::LocationSpec;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::Seconds;
using rotation::Secret;
using rotation::Unknown;
using rotation::Written;

constexpr std::size_t output_cap = 64 * 1024;
// A read, a write and a read again end within the lease of the rotation (120 s).
constexpr Seconds longest_write{60};
constexpr Seconds longest_read{20};

// Exit codes that mean something, as in sysexits.h where it has one.
constexpr int conflict_code = 3;
constexpr int try_later_code = 75;
constexpr int no_permission_code = 77;
constexpr int signal_codes = 128;

// How one run ended.
struct Ran {
  enum class How : std::uint8_t { not_started, ended, cut_short };  // cut short: it may have done its work, or may yet
  How how = How::ended;
  int code = 0;
  std::string words = {};  // for messages
  Secret out = {};
};

struct Programs {
  std::vector<std::string> read, write, restore;
  std::vector<std::string> pass_env;
  Seconds timeout{};
};

// As the start of a program will look for it; empty if there is none.
std::string found_in_path(const std::string& name) {
  if (name.starts_with('/')) return name;
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    const std::string file = std::string(directory) + "/" + name;
    if (directory.starts_with('/') && ::access(file.c_str(), X_OK) == 0) return file;
    rest.remove_prefix(std::min(rest.size(), directory.size() + 1));
  }
  return {};
}

class ProgramPlace final : public rotation::Location {
 public:
  explicit ProgramPlace(Programs programs) : programs_(std::move(programs)) {}

  [[nodiscard]] Answer<Holding> read() override {
    const Ran ran = run(programs_.read, ask_to_read(), std::min(programs_.timeout, longest_read));
    if (ran.how == Ran::How::cut_short) return Unknown{said(programs_.read, ran.words)};
    if (ran.how == Ran::How::not_started) return refuse(Refusal::other, programs_.read, ran.words);
    if (ran.code == try_later_code) return Unknown{said(programs_.read, "it says to try later")};
    if (ran.code != 0) {
      return refuse(ran.code == no_permission_code ? Refusal::denied : Refusal::other, programs_.read, ran.words);
    }
    try {
      return Done<Holding>{ran.out.expose(holding_told)};
    } catch (const Unfit& unfit) {
      return refuse(Refusal::invalid, programs_.read, "its output: " + unfit.what);
    }
  }

  [[nodiscard]] Answer<Nothing> ready() const override {
    for (const auto* argv : {&programs_.read, &programs_.write, &programs_.restore}) {
      const std::string file = found_in_path(argv->front());
      struct stat seen {};
      if (file.empty() || ::stat(file.c_str(), &seen) != 0 || !S_ISREG(seen.st_mode) ||
          ::access(file.c_str(), X_OK) != 0) {
        return refuse(Refusal::other, *argv, "there is no such program that may be run");
      }
      if (auto no = open_to_all(*argv, file, seen)) return std::move(*no);
      for (std::size_t n = 1; n < argv->size(); ++n) {  // where the program is an interpreter, its script
        const std::string& word = (*argv)[n];
        if (!word.starts_with('/') || ::stat(word.c_str(), &seen) != 0) continue;
        if (auto no = open_to_all(*argv, word, seen)) return std::move(*no);
      }
    }
    return Done<Nothing>{};
  }

  [[nodiscard]] Answer<Written> write(const Change& change) override {
    const auto& argv = change.direction == rotation::Direction::back ? programs_.restore : programs_.write;
    if (!is_access_key(change.id, change.secret)) {
      return refuse(Refusal::invalid, argv, "the new pair has characters that no access key has");
    }
    const auto before = read();
    if (const auto* no = rotation::refused(before)) return *no;
    if (const auto* lost = rotation::unknown(before)) return refuse(Refusal::other, argv, lost->why + unwritten);
    const Holding& now = *rotation::done(before);
    if (!now.id && now.mark.empty()) return refuse(Refusal::conflict, argv, "the place holds no access key any more");
    if (const std::string other = difference_in_parts(now, change); !other.empty()) {
      return refuse(Refusal::conflict, argv, other);
    }
    const Ran ran = run(argv, ask_to_write(change, now), programs_.timeout);
    if (ran.how == Ran::How::not_started) return refuse(Refusal::other, argv, ran.words + unwritten);
    return settle(now, change, argv, ran);
  }

 private:
  inline static const std::string unwritten = "; nothing was written";

  [[nodiscard]] static std::string said(const std::vector<std::string>& argv, const std::string& what) {
    return "program " + argv.front() + ": " + what;
  }
  [[nodiscard]] static Refused refuse(Refusal why, const std::vector<std::string>& argv, const std::string& what) {
    return {.why = why, .code = {}, .message = said(argv, what), .request_id = {}};
  }

  [[nodiscard]] static std::optional<Refused> open_to_all(const std::vector<std::string>& argv, const std::string& file,
                                                          const struct stat& seen) {
    if (!S_ISREG(seen.st_mode) || (seen.st_mode & S_IWOTH) == 0) return std::nullopt;
    const bool program = file.ends_with(argv.front());
    Refused no = refuse(Refusal::denied, argv,
                        "anybody may write to " + (program ? std::string("this program") : file) +
                            "; take that right away (chmod o-w)");
    no.remedy = "chmod o-w " + rotation::quoted(file);
    return no;
  }

  // A program that gave up, where the place holds what it held.
  [[nodiscard]] static Refused gave_up(const std::vector<std::string>& argv, const Ran& ran) {
    switch (ran.code) {
      case conflict_code: return refuse(Refusal::conflict, argv, "it found another value in the place");
      case try_later_code: return refuse(Refusal::other, argv, "it says to try later" + unwritten);
      case no_permission_code: return refuse(Refusal::denied, argv, "it has no permission" + unwritten);
      default: return refuse(Refusal::other, argv, ran.words + "; the place holds what it held");
    }
  }

  [[nodiscard]] Ran run(const std::vector<std::string>& argv, const http::Body& input, Seconds timeout) const {
    const platform::Command command{.argv = argv,
                                    .pass_env = programs_.pass_env,
                                    .input = input.view(),
                                    .deadline = timeout,
                                    .output_cap = output_cap};
    try {
      platform::Finished finished = platform::run(command);
      rotation::wipe(finished.err);
      Ran ran{.code = finished.exit_code, .out = Secret::taking(std::move(finished.out))};
      const std::string code = "it ended with exit code " + std::to_string(ran.code);
      if (finished.timed_out) {
        ran.how = Ran::How::cut_short;
        ran.words = "it ran for more than " + std::to_string(timeout.count()) + " s and was ended";
      } else if (finished.output_cut) {
        ran.how = Ran::How::cut_short;
        ran.words = "it said more than 64 KiB";
      } else if (ran.code < 0 || ran.code > signal_codes) {
        ran.how = Ran::How::cut_short;
        ran.words = ran.code < 0 ? "how it ended is not known" : code + ", as one that was killed";
      } else if (ran.code != 0) {
        ran.words = code;
      }
      return ran;
    } catch (const std::system_error& error) {
      return {.how = Ran::How::not_started, .words = error.code().message()};
    }
  }

  // What the place holds after the program's run tells what came of it.
  [[nodiscard]] Answer<Written> settle(const Holding& before, const Change& change,
                                       const std::vector<std::string>& argv, const Ran& ran) {
    std::string trouble = ran.words;
    std::string mark;
    if (ran.how == Ran::How::ended && ran.code == 0) {
      try {
        mark = ran.out.expose(mark_told);
      } catch (const Unfit& unfit) {
        trouble = "its output: " + unfit.what;
      }
    }
    const auto after = read();
    const std::string so_far = trouble.empty() ? "it says that it has written" : trouble;
    const auto unsure = [&](const std::string& what) { return Unknown{said(argv, so_far + "; " + what)}; };
    const Holding* now = rotation::done(after);
    if (now == nullptr) {
      const auto* no = rotation::refused(after);
      return unsure("reading back: " + (no != nullptr ? no->message : rotation::unknown(after)->why));
    }
    const bool as_before = now->mark == before.mark && now->meets(before);
    if (now->custody == rotation::Custody::closed) {
      if (!as_before && trouble.empty() && (mark.empty() || mark == now->mark))
        return Done<Written>{{.mark = now->mark}};
      if (!as_before) return unsure("the place's mark has moved");
    } else if (now->id == change.id) {
      if (now->secret ? now->secret->same_as(change.secret) : trouble.empty()) return Done<Written>{};
      return unsure(now->secret ? "the place holds the new id with another secret" : "the place holds the new id");
    }
    if (!as_before) {
      // It says that a third value is there, and one is.
      const bool third = ran.how == Ran::How::ended && ran.code == conflict_code && now->id && !is_half(*now, change);
      return third ? Answer<Written>(gave_up(argv, ran)) : unsure("the place holds another value now");
    }
    if (ran.how == Ran::How::ended && ran.code != 0) return gave_up(argv, ran);
    return unsure("the place holds what it held");
  }

  [[nodiscard]] static bool is_half(const Holding& now, const Change& change) {
    return now.secret && now.secret->same_as(change.secret);
  }

  Programs programs_;
};

// ---- the kind -----------------------------------------------------------------------------------------------

void check_program(const LocationSpec& spec, const std::string& name, Findings& findings) {
  const auto argv = list_of(spec, name);
  if (argv.empty() || argv.front().starts_with('/') || argv.front().find('/') == std::string::npos) return;
  findings.push_back(
      {name + ".0", false, name + " names a program by a relative path; begin it with /, or name one in PATH"});
}

void check_exec(const LocationSpec& spec, Findings& findings) {
  for (const char* name : {"read", "write", "restore"}) check_program(spec, name, findings);
  for (const std::string& name : list_of(spec, "pass_env")) {
    if (!is_variable_name(name)) findings.push_back({"pass_env", false, "pass_env wants names of variables"});
  }
  if (text_of(spec, "timeout").empty()) return;
  const auto timeout = duration_of(spec, "timeout");
  if (!timeout || *timeout < Seconds{1} || *timeout > longest_write) {
    findings.push_back({"timeout", false, "timeout must be 1s to 60s: a write has to end while the rotation is held"});
  }
}

std::unique_ptr<rotation::Location> program_place(const LocationSpec& spec, const Surroundings& /*surroundings*/) {
  Programs programs{.read = list_of(spec, "read"),
                    .write = list_of(spec, "write"),
                    .restore = list_of(spec, "restore"),
                    .pass_env = list_of(spec, "pass_env"),
                    .timeout = duration_of(spec, "timeout").value_or(longest_write)};
  if (programs.restore.empty()) programs.restore = programs.write;
  return std::make_unique<ProgramPlace>(std::move(programs));
}

constexpr std::array settings{Setting{"read", true, Shape::list}, Setting{"write", true, Shape::list},
                              Setting{"restore", false, Shape::list}, Setting{"timeout", false, Shape::duration},
                              Setting{"pass_env", false, Shape::list}};

}  // namespace

const Kind exec{"exec", settings, check_exec, program_place, Reach::here, "program {read.0}", Compares::nobody};

}  // namespace secrets_adapters
