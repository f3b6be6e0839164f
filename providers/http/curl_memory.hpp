// libcurl's start, with memory that is wiped when it is freed.
#pragma once

namespace http {

// Initialises libcurl at the first call. Its buffers hold request bodies, tokens and replies, so all that it frees is
// overwritten first. SSLKEYLOGFILE is taken out of the environment. Throws std::runtime_error if libcurl refuses.
void load_curl();

}  // namespace http
