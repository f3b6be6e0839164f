// Who takes part in one made-up rotation: as many different ones as a large journal would hold.
#pragma once

#include <string>

#include "rotation/pins.hpp"
#include "rotation/view.hpp"

namespace bench {

struct Cast {
  std::string account, account_id, user, user_id, old_key, new_key, person, caller;
};

// The same number gives the same cast. Accounts and persons repeat, as they do in life; users mostly don't.
[[nodiscard]] Cast cast(int number);
[[nodiscard]] rotation::Start start_of(const Cast& cast);

}  // namespace bench
