// Hands the pair in profile "dev" of a credentials file over, and nothing else: the process that the crash test kills.
#include <cstdio>

#include "secrets_adapters/registry.hpp"
#include "tests/secrets_adapters/places.hpp"

int main(int count, char** words) {
  if (count != 2) return 2;
  const auto place = secrets_adapters::make_location({.name = rotation::LocationName("laptop"),
                                                      .type = "aws-credentials-file",
                                                      .optional = false,
                                                      .settings = {{"path", words[1]}, {"profile", "dev"}}});
  const std::string answer = places::said(places::hand_over(*place));
  std::fprintf(stderr, "%s\n", answer.c_str());
  return answer == "done" ? 0 : 1;
}
