#include "cli/clean_found.hpp"

namespace cli {

int clean_found(const Options& /*options*/, const ScanWords& /*words*/, const inventory::Query& /*query*/) {
  throw not_yet("clean");
}

}  // namespace cli
