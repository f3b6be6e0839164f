#include "cli/crew.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace cli {
namespace {

thread_local std::size_t number = 0;

constexpr std::chrono::milliseconds between_ticks{100};

void one_by_one(const CrewWork& work) {
  for (std::size_t at = 0; at < work.count && !work.stop(); ++at) {
    if (work.tick) work.tick(at);
    work.piece(at);
  }
}

class Crew {
 public:
  explicit Crew(const CrewWork& work) : work_(work) {}

  void run() {
    {
      const std::size_t width = std::min(work_.width, work_.count);
      std::vector<std::jthread> threads;
      at_work_ = width;
      for (std::size_t each = 1; each <= width; ++each) threads.emplace_back([this, each] { work(each); });
      watch();
    }
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void work(std::size_t as) {
    number = as;
    while (const auto piece = next()) {
      try {
        work_.piece(*piece);
      } catch (...) {
        const std::scoped_lock lock{mutex_};
        if (!failure_) failure_ = std::current_exception();
      }
      const std::scoped_lock lock{mutex_};
      ++done_;
    }
    const std::scoped_lock lock{mutex_};
    --at_work_;
    ended_.notify_one();
  }

  std::optional<std::size_t> next() {
    const std::scoped_lock lock{mutex_};
    if (next_ == work_.count || failure_ || work_.stop()) return std::nullopt;
    return next_++;
  }

  void watch() {
    std::unique_lock lock{mutex_};
    while (!ended_.wait_for(lock, between_ticks, [this] { return at_work_ == 0; })) {
      const std::size_t done = done_;
      lock.unlock();
      if (work_.tick) work_.tick(done);
      lock.lock();
    }
  }

  const CrewWork& work_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable ended_;
  std::size_t next_ = 0, done_ = 0, at_work_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

void at_once(const CrewWork& work) {
  if (work.width <= 1 || work.count <= 1) return one_by_one(work);
  Crew{work}.run();
}

std::size_t crew_number() { return number; }

}  // namespace cli
