// libcurl, opened by its first user: it brings 37 libraries along, and their loading (6-7 ms) would cost every command,
// also those that speak to nobody.
#pragma once

#include <curl/curl.h>

namespace http {

struct CurlLibrary {
  decltype(&::curl_global_init_mem) global_init_mem = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_reset) easy_reset = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

// Loads and initialises it once; all memory that it frees is wiped, because requests, tokens and replies pass through.
// Throws Trouble(usage) if it is not installed.
[[nodiscard]] const CurlLibrary& curl();

}  // namespace http
