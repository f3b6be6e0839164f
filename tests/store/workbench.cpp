#include "tests/store/workbench.hpp"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace store::test {

using rotation::AccessKeyId;
using rotation::AttemptId;
using rotation::Draft;
using rotation::Kind;
using rotation::LocationName;
using rotation::Op;
using rotation::Outcome;
using rotation::Step;

namespace {

const std::string old_key = "AKIAOLD00000000000AA";
const std::string new_key = "AKIANEW00000000000BB";

Draft with_key(Draft draft, const std::string& key) {
  draft.key = AccessKeyId{key};
  return draft;
}

Draft at_laptop(Draft draft) {
  draft.location = LocationName{"laptop"};
  return with_key(std::move(draft), new_key);
}

Draft reaching(Draft draft, const std::string& state, const rotation::Instant& now) {
  draft.detail["state"] = state;
  rotation::put(draft.detail, now);
  return draft;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  // In memory where there is such a place: these tests ask what is written, not how fast a disk syncs it.
  const std::filesystem::path memory = "/dev/shm";
  const auto where = ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
  std::string name = (where / "keybaton-store-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

OpenOptions Bench::options() {
  OpenOptions options;
  options.path = file;
  options.now = [this] { return clock; };
  options.busy = std::chrono::milliseconds{5000};
  return options;
}

Actor ann() { return {.person = "ann@ops1", .claim = {}}; }

rotation::Start start_for(const std::string& user, const std::string& key) {
  rotation::Start start;
  start.target = {.account = rotation::AccountName{"prod"},
                  .provider = "aws",
                  .partition = "aws",
                  .account_id = rotation::AccountId{"123456789012"},
                  .user = rotation::UserName{user},
                  .user_id = rotation::UserId{"AIDA" + user}};
  start.provider.provider = "aws";
  start.old_key = AccessKeyId{key};
  start.locations.push_back(
      {.name = LocationName{"laptop"}, .type = "aws-credentials-file", .settings = {{"path", "/c"}}});
  return start;
}

Draft intent(Op op, Step step, const std::string& attempt) {
  Draft draft;
  draft.kind = Kind::intent;
  draft.step = step;
  draft.attempt = AttemptId{attempt};
  draft.detail["op"] = word(op);
  return draft;
}

Draft outcome(Op op, Step step, const std::string& attempt, Outcome how) {
  Draft draft = intent(op, step, attempt);
  draft.kind = Kind::outcome;
  draft.outcome = how;
  return draft;
}

Draft sample(const std::string& key, const rotation::Instant& seen) {
  Draft draft;
  draft.kind = Kind::observation;
  draft.step = Step::verify;
  draft.key = AccessKeyId{key};
  draft.detail["what"] = "last_used";
  draft.detail["service"] = "s3";
  rotation::put(draft.detail, seen);
  return draft;
}

Draft note(const std::string& text) {
  Draft draft;
  draft.detail["text"] = text;
  return draft;
}

std::vector<Draft> whole_rotation(const rotation::Instant& now) {
  std::vector<Draft> all;
  all.push_back(intent(Op::create_key, Step::create, "a1"));
  all.push_back(with_key(reaching(outcome(Op::create_key, Step::create, "a1"), "created", now), new_key));
  all.push_back(at_laptop(intent(Op::write_location, Step::deploy, "a2")));
  all.push_back(at_laptop(outcome(Op::write_location, Step::deploy, "a2")));
  Draft deployed;
  deployed.kind = Kind::outcome;
  deployed.step = Step::deploy;
  deployed.outcome = Outcome::done;
  all.push_back(reaching(deployed, "deployed", now));
  for (int i = 0; i < 13; ++i) {
    all.push_back(sample(old_key, now));
    all.push_back(sample(new_key, now));
  }
  Draft verified = deployed;
  verified.step = Step::verify;
  all.push_back(reaching(verified, "verified", now));
  all.push_back(note("asked and answered"));
  all.push_back(with_key(intent(Op::deactivate_key, Step::deactivate, "a3"), old_key));
  all.push_back(with_key(reaching(outcome(Op::deactivate_key, Step::deactivate, "a3"), "deactivated", now), old_key));
  all.push_back(with_key(intent(Op::delete_key, Step::delete_key, "a4"), old_key));
  all.push_back(with_key(reaching(outcome(Op::delete_key, Step::delete_key, "a4"), "completed", now), old_key));
  return all;
}

std::unique_ptr<rotation::Journal> write_rotation(JournalStore& store, Bench& bench, const std::string& user,
                                                  std::size_t until) {
  auto journal = store.begin(start_for(user), ann());
  const std::vector<Draft> drafts = whole_rotation(bench.clock);
  for (std::size_t i = 0; i < std::min(until, drafts.size()); ++i) {
    bench.tick(std::chrono::seconds{1});
    journal->append(drafts[i]);
  }
  return journal;
}

Shell::Shell(const std::filesystem::path& file) {
  if (sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
    throw std::runtime_error("the shell can't open the file");
  }
  sqlite3_busy_timeout(handle_, 5000);
}

Shell::~Shell() { sqlite3_close_v2(handle_); }

int Shell::run(const std::string& sql) { return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr); }

std::string Shell::ask(const std::string& sql) {
  std::string all;
  const auto row = [](void* out, int, char** values, char**) {
    auto& text = *static_cast<std::string*>(out);
    if (!text.empty()) text += "|";
    text += values[0] != nullptr ? values[0] : "NULL";
    return 0;
  };
  if (sqlite3_exec(handle_, sql.c_str(), row, &all, nullptr) != SQLITE_OK) throw std::runtime_error(error());
  return all;
}

std::string slurp(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string all_bytes(const std::filesystem::path& directory) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) all += slurp(entry.path());
  }
  return all;
}

int in_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      work();
    } catch (...) {
      ::_exit(99);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace store::test
