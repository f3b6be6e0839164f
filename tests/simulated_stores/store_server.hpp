// What every simulated store shares: a real HTTP server on loopback, scripted trouble, and a log of what was asked.
// A store is strict: what the real one would refuse, or what no careful client sends, it refuses, and says so in `odd`.
#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulated_cloud/http_front.hpp"

namespace simulated_stores {

using Json = nlohmann::json;
using simulated_cloud::Reply;
using simulated_cloud::Request;

// Strikes the next `count` requests of this method whose path begins so, after `skip` of them.
struct Trouble {
  enum class Kind {
    refuse_before,  // do nothing, answer `status` with `body`
    refuse_after,   // do the work, answer `status` with `body`
    drop_request,   // do nothing, close without a byte
    drop_reply,     // do the work, close without a byte
    act_before,     // run `act` first, then do the work: somebody slips in between
  };
  Kind kind = Kind::drop_reply;
  std::string method;       // "PUT"; empty: any
  std::string path_prefix;  // without the query
  unsigned skip = 0, count = 1;
  int status = 500;
  std::string body = {};
  simulated_cloud::Headers headers = {};
  std::function<void()> act = {};
};

struct Seen {
  std::string method, path, query;
  std::string body;  // the secrets of tests are no secrets
  int status = 0;
};

class StoreServer {
 public:
  // Port 0 takes a free one.
  explicit StoreServer(std::uint16_t port = 0);
  virtual ~StoreServer();
  StoreServer(const StoreServer&) = delete;
  StoreServer& operator=(const StoreServer&) = delete;

  [[nodiscard]] std::string url() const;  // "http://127.0.0.1:PORT", no slash at its end
  void trouble(Trouble next);
  [[nodiscard]] std::vector<Seen> seen();
  // What a strict store found wrong with requests that it had to refuse as malformed; tests expect it to be empty.
  [[nodiscard]] std::vector<std::string> odd();

  // Exclusive access to what a store holds, for tests that look or meddle.
  template <class Use>
  auto with(Use&& use) {
    const std::lock_guard lock(mutex_);
    return use();
  }

 protected:
  // Called under the lock.
  virtual Reply answer(const Request& request, std::string_view path, std::string_view query) = 0;
  // Ends the serving; a derived destructor calls it first.
  void stop();
  Reply refuse_as_odd(std::string what);  // 400, and noted

  [[nodiscard]] static Reply json(int status, const Json& body);
  // "a%2Fb" → "a/b"
  [[nodiscard]] static std::string decoded(std::string_view text);
  [[nodiscard]] static std::optional<std::string> query_value(std::string_view query, std::string_view name);

 private:
  Reply serve(const Request& request, simulated_cloud::Delivery& delivery);
  std::optional<Trouble> struck(const Request& request, std::string_view path);

  std::recursive_mutex mutex_;
  std::vector<Trouble> troubles_;
  std::vector<Seen> seen_;
  std::vector<std::string> odd_;
  std::optional<simulated_cloud::HttpFront> front_;
};

}  // namespace simulated_stores
