// From a request to its answer, without a socket.
#pragma once

#include <optional>
#include <string>

#include "limits.hpp"
#include "replies.hpp"

namespace iam_standin {

struct ServiceOptions {
  AccountOptions account;
  double rate = 0;  // requests a second; 0: as many as come
  double burst = 0;
  std::size_t drop_every = 0;  // every so many requests the connection is closed instead; 0: never
  std::size_t error_every = 0;
  int report_polls = 1;
};

class Service {
 public:
  explicit Service(const ServiceOptions& options);

  // Signatures are not checked. None: close the connection.
  [[nodiscard]] std::optional<Reply> answer(const Request& request, Clock::time_point now);
  // What is asked about the stand-in itself, which is neither counted nor delayed.
  [[nodiscard]] Reply about(std::string_view path) const;
  [[nodiscard]] std::string stats() const;
  [[nodiscard]] Counts& counts() { return counts_; }

 private:
  [[nodiscard]] Reply proper_answer(const Request& request, const Form& form, std::string_view action, Cloud cloud);

  ServiceOptions options_;
  Account account_;
  TokenBucket bucket_;
  Asked asked_;
  Report report_;
  Counts counts_;
};

}  // namespace iam_standin
