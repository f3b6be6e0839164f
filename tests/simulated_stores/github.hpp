// GitHub's secrets as its REST API (2022-11-28) tells them: sealed on the way in, shown by name and date alone.
#pragma once

#include <map>
#include <set>
#include <string>

#include "simulated_stores/store_server.hpp"

namespace simulated_stores {

class Github final : public StoreServer {
 public:
  struct Kept {
    std::string value;  // opened
    std::int64_t updated = 0;
    std::string visibility = {};  // of an organisation's alone
    std::set<std::uint64_t> repositories = {};
    bool operator==(const Kept&) const = default;
  };

  Github();
  ~Github() override { stop(); }
  // From now on there is another key of another id; the one before is not taken any more.
  void new_key();
  [[nodiscard]] static std::string time_text(std::int64_t seconds);

  // Under with(): the paths of what holds secrets, "/repos/octo/app/actions/secrets", and what each holds.
  std::map<std::string, std::map<std::string, Kept>> holders;
  std::map<std::string, Json> repositories;  // "/repos/octo/app"
  std::string token = "ghp_test";
  std::int64_t now = 1'700'000'000;  // moves on with each PUT, as long as
  bool clock_runs = true;
  bool forgets_writes = false;  // says 204, and keeps what it had

 private:
  Reply answer(const Request& request, std::string_view path, std::string_view query) override;
  Reply of_secret(const Request& request, const std::string& holder, const std::string& name);
  Reply list_repositories(const Kept& kept, std::string_view query);
  Reply put(const Request& request, const std::string& holder, const std::string& name);
  [[nodiscard]] std::optional<std::string> opened(const std::string& base64) const;
  [[nodiscard]] std::optional<std::string> fault_of(const Request& request) const;

  int keys_ = 0;
  std::string public_key_, private_key_;
};

}  // namespace simulated_stores
