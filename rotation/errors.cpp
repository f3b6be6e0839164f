#include "rotation/errors.hpp"

#include <cstdio>
#include <cstdlib>

namespace rotation {

void broken_promise(const char* what, const char* file, int line) {
  (void)std::fprintf(stderr,
                     "keybaton: a bug of ours: %s does not hold (%s:%d)\n"
                     "The journal has everything up to this point; no key was chosen by guess.\n"
                     "Run: keybaton resume\n",
                     what, file, line);
  std::exit(1);
}

}  // namespace rotation
