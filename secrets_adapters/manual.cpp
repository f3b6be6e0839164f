#include "secrets_adapters/manual.hpp"

#include <array>

#include "secrets_adapters/kinds.hpp"

namespace secrets_adapters {
namespace {

constexpr std::array settings{Setting{"instructions"}};

void check_nothing(const rotation::LocationSpec& /*spec*/, Findings& /*findings*/) {}

std::unique_ptr<rotation::Location> make(const rotation::LocationSpec& /*spec*/, const Surroundings& /*surroundings*/) {
  return std::make_unique<Manual>();
}

}  // namespace

rotation::Answer<rotation::Holding> Manual::read() {
  return rotation::Done<rotation::Holding>{{.id = {}, .custody = rotation::Custody::by_hand}};
}

rotation::Answer<rotation::Written> Manual::write(const rotation::Change& /*change*/) {
  return rotation::Refused{
      .why = rotation::Refusal::unsupported, .code = {}, .message = "only a person can write here", .request_id = {}};
}

const Kind manual{"manual", settings, check_nothing, make, Reach::here, "{instructions}"};

}  // namespace secrets_adapters
