// Work on many keys at once, each piece of it done by one of a few threads.
#pragma once

#include <cstddef>
#include <functional>

namespace cli {

struct CrewWork {
  std::size_t width = 1;  // at most so many at once; 1: on the caller's own thread
  std::size_t count = 0;
  std::function<void(std::size_t piece)> piece;     // called once for each of 0 … count-1, begun in this order
  std::function<bool()> stop;                       // then nothing more is begun
  std::function<void(std::size_t done)> tick = {};  // on the caller's thread
};

// Returns when all that was begun has ended. The first exception of a piece is thrown then, and nothing more is begun
// after it.
void at_once(const CrewWork& work);

// Which of the crew this thread is, from 1; 0: none of it. The same number is never at work twice at a time: what one
// thread alone may use is kept by it.
[[nodiscard]] std::size_t crew_number();

}  // namespace cli
