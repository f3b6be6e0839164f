#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "providers/http/crowd.hpp"
#include "providers/http/curl_exchange.hpp"
#include "providers/http/curl_memory.hpp"
#include "rotation/errors.hpp"

namespace http {

namespace {

using SteadyClock = std::chrono::steady_clock;

// A handle that serves one exchange after the other.
struct Seat {
  Easy easy{nullptr, &curl_easy_cleanup};
  Request request = {};
  Url url = {};
  std::optional<HeaderLines> headers = {};
  Exchange exchange = {};
  std::shared_ptr<const TransportSettings> settings = {};
  std::uint64_t tag = 0;
  SteadyClock::time_point started = {};
};

// libcurl says which sockets it waits for and how long; epoll waits. A call costs what has happened, however many
// exchanges are under way.
class CurlCrowd final : public Crowd {
 public:
  explicit CurlCrowd(std::size_t seats) : seats_(seats) {
    load_curl();
    multi_ = curl_multi_init();
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (multi_ == nullptr || epoll_ < 0) throw std::runtime_error("libcurl cannot wait for several replies at once");
    const auto connections = static_cast<long>(seats);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    for (Seat& seat : seats_) free_.push_back(&seat);
  }
  CurlCrowd(const CurlCrowd&) = delete;
  CurlCrowd& operator=(const CurlCrowd&) = delete;
  ~CurlCrowd() override {
    for (Seat& seat : seats_) {
      if (seat.easy) curl_multi_remove_handle(multi_, seat.easy.get());
      seat.easy.reset();
    }
    curl_multi_cleanup(multi_);
    close(epoll_);
  }

  void start(Request request, std::shared_ptr<const TransportSettings> settings, std::uint64_t tag) override {
    const auto url = parse_url(request.url);
    if (auto no = unfit(request, url)) {
      finished_.push_back({.tag = tag, .reply = std::move(*no), .took = {}});
      return;
    }
    KEYBATON_ASSERT(!free_.empty() && request.connection == Connection::kept_alive);
    Seat& seat = *free_.back();
    free_.pop_back();
    seat.request = std::move(request);
    seat.url = *url;
    seat.settings = std::move(settings);
    seat.tag = tag;
    seat.started = SteadyClock::now();
    seat.exchange = {.request = &seat.request};
    seat.headers.emplace(seat.request.headers);
    if (seat.easy) {
      curl_easy_reset(seat.easy.get());
    } else {
      seat.easy = new_easy();
    }
    prepare(seat.easy.get(), seat.url, *seat.headers, seat.exchange, *seat.settings);
    curl_easy_setopt(seat.easy.get(), CURLOPT_PRIVATE, &seat);
    curl_multi_add_handle(multi_, seat.easy.get());
  }

  std::vector<Finished> wait(Millis at_most) override {
    const auto until = SteadyClock::now() + at_most;
    for (;;) {
      if (timer_ && SteadyClock::now() >= *timer_) {
        timer_.reset();
        act(CURL_SOCKET_TIMEOUT, 0);
      }
      collect();
      if (!finished_.empty()) return std::exchange(finished_, {});
      const auto now = SteadyClock::now();
      if (now >= until) return {};
      const auto next = timer_ ? std::min(until, *timer_) : until;
      if (!poll(std::chrono::ceil<Millis>(std::max(next - now, SteadyClock::duration{0})))) return {};
    }
  }

  std::size_t under_way() const override { return seats_.size() - free_.size(); }
  std::size_t seats() const override { return seats_.size(); }

 private:
  static int on_socket(CURL*, curl_socket_t socket, int what, void* context, void* known) {
    auto& self = *static_cast<CurlCrowd*>(context);
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(self.epoll_, EPOLL_CTL_DEL, socket, nullptr);
      curl_multi_assign(self.multi_, socket, nullptr);
      return 0;
    }
    epoll_event event{};
    event.data.fd = socket;
    if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
    if (epoll_ctl(self.epoll_, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) != 0) return -1;
    curl_multi_assign(self.multi_, socket, &self);
    return 0;
  }

  static int on_timer(CURLM*, long after_ms, void* context) {
    auto& self = *static_cast<CurlCrowd*>(context);
    if (after_ms < 0) {
      self.timer_.reset();
    } else {
      self.timer_ = SteadyClock::now() + Millis{after_ms};
    }
    return 0;
  }

  void act(curl_socket_t socket, int events) {
    int running = 0;
    if (curl_multi_socket_action(multi_, socket, events, &running) != CURLM_OK) {
      throw std::runtime_error("libcurl cannot go on with several replies at once");
    }
  }

  // false: a signal came in between.
  bool poll(Millis at_most) {
    std::array<epoll_event, 64> events{};
    const int count =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(at_most.count()));
    if (count < 0) {
      if (errno == EINTR) return false;
      throw std::runtime_error("waiting for replies failed");
    }
    for (int at = 0; at < count; ++at) {
      const epoll_event& event = events[static_cast<std::size_t>(at)];
      int what = 0;
      if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
      if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
      if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
      act(event.data.fd, what);
    }
    return true;
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Seat* seat = nullptr;
      const CURLcode code = message->data.result;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &seat);
      curl_multi_remove_handle(multi_, seat->easy.get());
      Reply reply = ended(seat->easy.get(), code, seat->exchange, seat->url);
      const auto took = std::chrono::duration_cast<Millis>(SteadyClock::now() - seat->started);
      if (seat->settings->log) seat->settings->log(log_line(seat->request, seat->url, reply, took));
      seat->headers.reset();
      seat->request = {};
      free_.push_back(seat);
      finished_.push_back({.tag = seat->tag, .reply = std::move(reply), .took = took});
    }
  }

  CURLM* multi_ = nullptr;
  int epoll_ = -1;
  std::vector<Seat> seats_;
  std::vector<Seat*> free_;
  std::vector<Finished> finished_;
  std::optional<SteadyClock::time_point> timer_;
};

}  // namespace

std::unique_ptr<Crowd> curl_crowd(std::size_t seats) { return std::make_unique<CurlCrowd>(seats); }

}  // namespace http
