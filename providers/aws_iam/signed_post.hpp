// A POST as the Query and the JSON protocol both send it: its headers, and the signature over them.
#pragma once

#include <string>

#include "providers/aws_iam/partitions.hpp"
#include "providers/aws_iam/sigv4.hpp"
#include "providers/calling/credentials.hpp"
#include "providers/http/message.hpp"

namespace aws_iam {

struct Post {
  Service service = Service::iam;
  const Endpoint& endpoint;
  std::string content_type;
  std::string target = {};  // "AmazonSSM.GetParameter", of the JSON protocol
};

// Onto a request whose body stands already. Without credentials it goes out unsigned.
void add_headers(http::Request& out, const Post& post, const calling::Credentials* credentials, rotation::Time at,
                 SigningKey& key);

}  // namespace aws_iam
