#include "inventory/pattern.hpp"

#include <re2/re2.h>

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace inventory {
namespace {

constexpr std::int64_t most_memory = 1 << 20;

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(most_memory);
  return options;
}

}  // namespace

Pattern::Pattern(std::string text)
    : text_(std::move(text)), compiled_(std::make_shared<const re2::RE2>(text_, options())) {
  if (!compiled_->ok()) throw std::invalid_argument(compiled_->error());
}

bool Pattern::found_in(std::string_view subject) const {
  return re2::RE2::PartialMatch(re2::StringPiece(subject.data(), subject.size()), *compiled_);
}

}  // namespace inventory
