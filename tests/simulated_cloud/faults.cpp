#include "faults.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace simulated_cloud {
namespace {

constexpr std::array<std::pair<FaultKind, std::string_view>, 18> words{{
    {FaultKind::drop_request, "drop_request"},
    {FaultKind::drop_reply, "drop_reply"},
    {FaultKind::cut_reply, "cut_reply"},
    {FaultKind::close_after, "close_after"},
    {FaultKind::error_500_after, "error_500_after"},
    {FaultKind::error_500_before, "error_500_before"},
    {FaultKind::error_503_before, "error_503_before"},
    {FaultKind::html_502_before, "html_502_before"},
    {FaultKind::garbage, "garbage"},
    {FaultKind::leak, "leak"},
    {FaultKind::throttle, "throttle"},
    {FaultKind::expired_token, "expired_token"},
    {FaultKind::access_denied, "access_denied"},
    {FaultKind::no_such_entity, "no_such_entity"},
    {FaultKind::slow_before, "slow_before"},
    {FaultKind::slow_after, "slow_after"},
    {FaultKind::act_before, "act_before"},
    {FaultKind::act_after, "act_after"},
}};

}  // namespace

std::string_view fault_text(FaultKind kind) {
  for (const auto& [value, text] : words) {
    if (value == kind) return text;
  }
  return "?";
}

FaultKind parse_fault(std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  throw std::invalid_argument("unknown fault: " + std::string{text});
}

bool FaultRule::strikes(std::string_view request_action, std::string_view request_user, std::string_view request_key) {
  if (action != "*" && action != request_action) return false;
  if (!user.empty() && user != request_user) return false;
  if (!signed_with.empty() && signed_with != request_key) return false;
  ++seen;
  if (seen <= skip || (count != 0 && struck >= count)) return false;
  ++struck;
  return true;
}

}  // namespace simulated_cloud
