#include "providers/http/curl_memory.hpp"

#include <curl/curl.h>
#include <malloc.h>
#include <string.h>  // explicit_bzero: a memset before free may be optimised away

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

namespace http {

namespace {

void wiping_free(void* block) {
  if (block == nullptr) return;
  explicit_bzero(block, malloc_usable_size(block));
  std::free(block);
}

void* wiping_realloc(void* block, std::size_t size) {
  if (block == nullptr) return std::malloc(size);
  const auto had = malloc_usable_size(block);
  if (size <= had && size > 0) return block;
  void* larger = std::malloc(size);
  if (larger == nullptr) return nullptr;
  memcpy(larger, block, std::min(had, size));
  wiping_free(block);
  return larger;
}

}  // namespace

void load_curl() {
  static std::once_flag once;
  std::call_once(once, [] {
    // libcurl would write the keys of every TLS session there: with them a recorded CreateAccessKey gives its secret.
    unsetenv("SSLKEYLOGFILE");
    const auto code =
        curl_global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, wiping_free, wiping_realloc, strdup, std::calloc);
    if (code != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
  });
}

}  // namespace http
