// The least that a scan can cost: every request of it over 64 kept-alive connections, unsigned, nothing read of the
// replies.
#include <curl/curl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/table.hpp"

namespace {

// User by user: the names and ids of the stand-in follow from a number, so that nothing need be parsed to go on.
struct Work {
  enum class Level { users, keys, last_used } level = Level::users;
  int user = 0;
  int slot = 0;
};

constexpr int page = 1000;

std::string body_of(const Work& work) {
  char text[160];
  switch (work.level) {
    case Work::Level::users:
      if (work.user == 0) return "Action=ListUsers&Version=2010-05-08&MaxItems=1000";
      std::snprintf(text, sizeof text,
                    "Action=ListUsers&Version=2010-05-08&MaxItems=1000&Marker=standin%%2F%%2B%d%%3D%%3D", work.user);
      break;
    case Work::Level::keys:
      std::snprintf(text, sizeof text, "Action=ListAccessKeys&Version=2010-05-08&UserName=user-%06d", work.user);
      break;
    case Work::Level::last_used:
      std::snprintf(text, sizeof text, "Action=GetAccessKeyLastUsed&Version=2010-05-08&AccessKeyId=AKIASTANDIN%07dK%d",
                    work.user, work.slot + 1);
      break;
  }
  return text;
}

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

struct Line {
  CURL* easy = nullptr;
  Work work;
};

class Floor {
 public:
  Floor(const std::string& url, int users, int keys, int connections)
      : users_(users), keys_(keys), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(connections));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(connections));
    headers_ = curl_slist_append(nullptr, "Content-Type: application/x-www-form-urlencoded; charset=utf-8");
    headers_ = curl_slist_append(headers_, "Expect:");
    for (int at = 0; at < connections; ++at) {
      auto line = std::make_unique<Line>();
      line->easy = curl_easy_init();
      curl_easy_setopt(line->easy, CURLOPT_URL, url.c_str());
      curl_easy_setopt(line->easy, CURLOPT_HTTPHEADER, headers_);
      curl_easy_setopt(line->easy, CURLOPT_WRITEFUNCTION, discard);
      curl_easy_setopt(line->easy, CURLOPT_PRIVATE, line.get());
      curl_easy_setopt(line->easy, CURLOPT_NOPROXY, "*");
      curl_easy_setopt(line->easy, CURLOPT_NOSIGNAL, 1L);
      idle_.push_back(line.get());
      lines_.push_back(std::move(line));
    }
    ready_.push_back({});
  }
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;
  ~Floor() {
    for (const auto& each : lines_) curl_easy_cleanup(each->easy);
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }

  int run() {
    int running = 0;
    start();
    do {
      curl_multi_perform(multi_, &running);
      collect();
      start();
      if (idle_.size() < lines_.size()) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    } while (idle_.size() < lines_.size());
    return done_;
  }

 private:
  void start() {
    while (!idle_.empty() && !ready_.empty()) {
      Line& line = *idle_.back();
      idle_.pop_back();
      line.work = ready_.back();  // the newest first: the lower levels are emptied before more is opened
      ready_.pop_back();
      const std::string body = body_of(line.work);
      curl_easy_setopt(line.easy, CURLOPT_COPYPOSTFIELDS, body.c_str());
      curl_multi_add_handle(multi_, line.easy);
    }
  }

  void collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Line* line = nullptr;
      long status = 0;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &line);
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK || status != 200) {
        throw std::runtime_error("a request failed: HTTP " + std::to_string(status) + ", " +
                                 curl_easy_strerror(message->data.result));
      }
      ++done_;
      curl_multi_remove_handle(multi_, line->easy);
      idle_.push_back(line);
      follow(line->work);
    }
  }

  void follow(const Work& work) {
    if (work.level == Work::Level::users) {
      const int end = std::min(work.user + page, users_);
      for (int user = end; user-- > work.user;) ready_.push_back({.level = Work::Level::keys, .user = user});
      if (end < users_) ready_.push_back({.level = Work::Level::users, .user = end});
    } else if (work.level == Work::Level::keys) {
      for (int slot = 0; slot < keys_; ++slot) {
        ready_.push_back({.level = Work::Level::last_used, .user = work.user, .slot = slot});
      }
    }
  }

  int users_, keys_, done_ = 0;
  CURLM* multi_;
  curl_slist* headers_ = nullptr;
  std::vector<std::unique_ptr<Line>> lines_;
  std::vector<Line*> idle_;
  std::vector<Work> ready_;
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void measure(int argc, char** argv) {
  if (argc < 3) throw std::runtime_error("usage: scan_floor URL USERS [KEYS_PER_USER [CONNECTIONS]]");
  const int users = bench::number_word(argc, argv, 2, 1000), keys = bench::number_word(argc, argv, 3, 2);
  const auto start = std::chrono::steady_clock::now();
  curl_global_init(CURL_GLOBAL_DEFAULT);
  int requests = 0;
  {
    Floor floor(argv[1], users, keys, bench::number_word(argc, argv, 4, 64));
    requests = floor.run();
  }
  curl_global_cleanup();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::printf("{\"requests\": %d, \"wall_s\": %.4f, \"cpu_s\": %.4f, \"max_rss_kib\": %ld}\n", requests, wall.count(),
              seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded("scan_floor", [&] { measure(argc, argv); });
}
