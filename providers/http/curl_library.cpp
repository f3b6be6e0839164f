#include "providers/http/curl_library.hpp"

#include <dlfcn.h>
#include <malloc.h>
#include <string.h>  // explicit_bzero: a memset before free may be optimised away

#include <algorithm>
#include <cstdlib>
#include <string>

#include "rotation/errors.hpp"

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

[[noreturn]] void not_there(const std::string& why) {
  throw rotation::Trouble(rotation::Ending::usage,
                          {"libcurl cannot be used: " + why, "nothing was sent; the keys are as they were",
                           "install libcurl 7.85 or later (Debian: apt-get install libcurl4)"});
}

template <class F>
void find(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  if (function == nullptr) not_there(std::string{"it has no "} + name);
}

CurlLibrary load() {
  // By its soname, stable since 2006; never closed, because handles live as long as the process.
  void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) not_there("libcurl.so.4 is not installed");
  CurlLibrary found;
  find(library, "curl_global_init_mem", found.global_init_mem);
  find(library, "curl_easy_init", found.easy_init);
  find(library, "curl_easy_setopt", found.easy_setopt);
  find(library, "curl_easy_perform", found.easy_perform);
  find(library, "curl_easy_getinfo", found.easy_getinfo);
  find(library, "curl_easy_reset", found.easy_reset);
  find(library, "curl_easy_cleanup", found.easy_cleanup);
  find(library, "curl_easy_strerror", found.easy_strerror);
  find(library, "curl_slist_append", found.slist_append);
  find(library, "curl_slist_free_all", found.slist_free_all);
  const auto code =
      found.global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, wiping_free, wiping_realloc, strdup, std::calloc);
  if (code != CURLE_OK) not_there("it cannot be initialised");
  return found;
}

}  // namespace

const CurlLibrary& curl() {
  static const CurlLibrary library = load();
  return library;
}

}  // namespace http
