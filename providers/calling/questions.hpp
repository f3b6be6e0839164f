// The questions of a scan, as one account's cloud wants them put.
#pragma once

#include "providers/calling/credentials.hpp"
#include "providers/calling/setback.hpp"
#include "providers/http/transport.hpp"
#include "rotation/listing.hpp"

namespace calling {

class Questions {
 public:
  virtual ~Questions() = default;
  // Whatever takes its time before the first question: credentials are found out. The caller, where that was asked for
  // on the way; else it is a question like the others. Refused or Unknown: this account can't be asked.
  [[nodiscard]] virtual rotation::Answer<std::optional<rotation::Caller>> prepare() = 0;
  // Signed, ready to go. Where a session has to be renewed first, that is done here and takes its time.
  // Refused or Unknown: this account can't be asked (any more).
  [[nodiscard]] virtual rotation::Answer<http::Request> request(const rotation::Inquiry& ask) = 0;
  // `took`: from sending it until just now.
  [[nodiscard]] virtual rotation::Told read(const rotation::Inquiry& ask, http::Reply reply, http::Millis took) = 0;
};

// A setback of a read, as it is told. Where the session ran out, the signer is made to renew it.
[[nodiscard]] rotation::Told told_of(Setback setback, Signer& signer);

}  // namespace calling
