// Where the consumer finds its key, in the files that programs of either cloud read.
#pragma once

#include <string>

namespace simulated_cloud {

enum class CloudKind { aws, alibaba };

struct ConsumerKey {
  std::string id, secret, token;
};

// AWS: the profile's section of a credentials file. Alibaba: the section of a credentials file of its SDKs (type =
// access_key), or, if the file's name ends in .json, the profile of the aliyun CLI's config.json. Throws
// std::runtime_error with FileMissing, ProfileMissing or ProfileTorn.
[[nodiscard]] ConsumerKey read_consumer_key(CloudKind cloud, const std::string& file, const std::string& profile);

}  // namespace simulated_cloud
