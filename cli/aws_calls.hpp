// One of AWS's JSON services in one region, as its wrappers here speak to it. Of the cloud module only.
#pragma once

#include <string>
#include <utility>

#include "cli/json_body.hpp"
#include "providers/aws_iam/iam_cloud.hpp"
#include "providers/aws_iam/json_api.hpp"

namespace cli {

class AwsCalls {
 public:
  // `name_member`: what requests call the thing that they are about, "SecretId".
  AwsCalls(aws_iam::IamCloud& cloud, aws_iam::Service service, std::string region, const char* name_member)
      : cloud_(cloud), service_(service), region_(std::move(region)), name_member_(name_member) {}

  // A request with its name in it, open for more members; `send` closes it.
  [[nodiscard]] aws_iam::JsonCall called(std::string action, const std::string& name,
                                         calling::Effect effect = calling::Effect::read) const {
    aws_iam::JsonCall call{
        .service = service_, .action = std::move(action), .body = http::Body{"{"}, .effect = effect, .region = region_};
    add(call.body, name_member_, name);
    return call;
  }
  [[nodiscard]] rotation::Answer<aws_iam::JsonReply> send(aws_iam::JsonCall call) const {
    call.body.append("}");
    return cloud_.call(call);
  }

 private:
  aws_iam::IamCloud& cloud_;
  aws_iam::Service service_;
  std::string region_;
  const char* name_member_;
};

}  // namespace cli
