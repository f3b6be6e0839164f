#include "providers/http/curl_exchange.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "rotation/secret.hpp"

namespace http {

namespace {

// Hashed certificates in a directory cost a tenth of reading the whole bundle at the first request.
const char* hashed_certificates() {
  static const std::string found = [] {
    const std::filesystem::path directory = "/etc/ssl/certs";
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
      if (entry.path().extension() == ".0") return directory.string();
    }
    return std::string{};
  }();
  return found.empty() ? nullptr : found.c_str();
}

// ---- one exchange -------------------------------------------------------------------------------------------------

constexpr std::size_t header_cap = 64 << 10;

extern "C" {

std::size_t keybaton_on_body(char* bytes, std::size_t, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (count > exchange.request->reply_cap - exchange.response.body.size()) {
    exchange.too_large = true;
    return 0;
  }
  exchange.response.body.append({bytes, count});
  return count;
}

std::size_t keybaton_on_header(char* bytes, std::size_t, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.header_bytes += count;
  if (exchange.header_bytes > header_cap) {
    exchange.too_large = true;
    return 0;
  }
  std::string_view line{bytes, count};
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // a 1xx may have come before
    exchange.response.headers.clear();
    exchange.head_whole = false;
  }
  if (line.empty()) exchange.head_whole = true;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return count;
  auto value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  exchange.response.headers.emplace_back(std::string{line.substr(0, colon)}, std::string{value});
  return count;
}

// OpenSSL decrypts a record in a buffer of its own, which goes back to the heap as it is: no function of libcurl's
// wipes it. This option does, as soon as the bytes are handed over.
CURLcode keybaton_on_tls(CURL*, void* context, void*) {
  SSL_CTX_set_options(static_cast<SSL_CTX*>(context), SSL_OP_CLEANSE_PLAINTEXT);
  return CURLE_OK;
}

// Called when the connection stands and nothing of the request is written yet: the one sure mark of "not sent".
int keybaton_before_request(void* context, char*, char*, int, int) {
  auto& exchange = *static_cast<Exchange*>(context);
  const bool again = exchange.sends > 0;
  if (again && exchange.request->connection == Connection::fresh) return CURL_PREREQFUNC_ABORT;
  ++exchange.sends;
  return CURL_PREREQFUNC_OK;
}

int keybaton_on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.interrupted = exchange.request->interrupted();
  return exchange.interrupted ? 1 : 0;
}

}  // extern "C"

// Another libcurl may have another TLS library, to whose context the option above means nothing.
bool speaks_by_openssl() {
  const char* library = curl_version_info(CURLVERSION_NOW)->ssl_version;
  return library != nullptr && std::string_view{library}.starts_with("OpenSSL/");
}

const char* method_name(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::put: return "PUT";
    case Method::post: return "POST";
    case Method::patch: return "PATCH";
    case Method::delete_: return "DELETE";
  }
  return "";
}

bool header_is_clean(const Header& header) {
  const auto clean = [](char c) { return (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') || c == '\t'; };
  return !header.name.empty() && std::all_of(header.name.begin(), header.name.end(), clean) &&
         std::all_of(header.value.begin(), header.value.end(), clean);
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  const auto code = curl_easy_setopt(easy, option, value);
  // An option that this libcurl does not take would leave a safeguard off in silence.
  if (code != CURLE_OK)
    throw std::runtime_error("libcurl refuses an option that keybaton needs; it wants 7.85 or later");
}

// libcurl reads it where it stands: it has to stay there as long as the transfer lasts, and no copy is left behind.
void set_pem(CURL* easy, CURLoption option, std::string_view pem) {
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
  set(easy, option, &blob);
}

void set_target(CURL* easy, const Request& request, const Url& url, const HeaderLines& headers) {
  set(easy, CURLOPT_URL, request.url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, url.scheme.c_str());
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_HTTPHEADER, headers.get());
  set(easy, CURLOPT_USERAGENT, "keybaton/" KEYBATON_VERSION);
  if (request.method != Method::get) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.view().data());
    if (request.method != Method::post) set(easy, CURLOPT_CUSTOMREQUEST, method_name(request.method));
  }
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.deadline.count()));
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_deadline.count()));
  if (request.connection == Connection::fresh) {
    set(easy, CURLOPT_FRESH_CONNECT, 1L);
    set(easy, CURLOPT_FORBID_REUSE, 1L);
  }
}

void set_security(CURL* easy, const Url& url, const TransportSettings& settings) {
  set(easy, CURLOPT_NOSIGNAL, 1L);
  // HTTP/2 has a refused stream, which libcurl would send again by itself.
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (speaks_by_openssl()) set(easy, CURLOPT_SSL_CTX_FUNCTION, &keybaton_on_tls);
  if (settings.ca_pem) {
    set_pem(easy, CURLOPT_CAINFO_BLOB, *settings.ca_pem);
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  } else if (settings.ca_bundle) {
    set(easy, CURLOPT_CAINFO, settings.ca_bundle->c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  } else if (const char* directory = hashed_certificates()) {
    set(easy, CURLOPT_CAINFO, static_cast<const char*>(nullptr));
    set(easy, CURLOPT_CAPATH, directory);
  }
  if (settings.client) {
    set_pem(easy, CURLOPT_SSLCERT_BLOB, settings.client->chain);
    settings.client->key.expose([&](std::string_view key) { set_pem(easy, CURLOPT_SSLKEY_BLOB, key); });
  }
  // Plain http carries credentials in the clear: it goes to its host directly or not at all.
  if (url.scheme == "http" || is_loopback(url)) {
    set(easy, CURLOPT_NOPROXY, "*");
  }
}

void set_callbacks(CURL* easy, Exchange& exchange) {
  set(easy, CURLOPT_WRITEFUNCTION, &keybaton_on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
  set(easy, CURLOPT_HEADERFUNCTION, &keybaton_on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
  set(easy, CURLOPT_PREREQFUNCTION, &keybaton_before_request);
  set(easy, CURLOPT_PREREQDATA, static_cast<void*>(&exchange));
  if (exchange.request->interrupted && exchange.request->connection == Connection::kept_alive) {
    set(easy, CURLOPT_XFERINFOFUNCTION, &keybaton_on_progress);
    set(easy, CURLOPT_XFERINFODATA, static_cast<void*>(&exchange));
    set(easy, CURLOPT_NOPROGRESS, 0L);
  }
}

bool is_permanent(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT || code == CURLE_SSL_CERTPROBLEM;
}

// libcurl's own error text stays out: it can name a proxy with its password.
Reply failure(CURLcode code, const Exchange& exchange, const Url& url) {
  const std::string where = url.host + ":" + std::to_string(url.port);
  if (exchange.too_large) return Lost{"the reply of " + where + " is larger than keybaton takes"};
  if (exchange.interrupted) return Lost{"interrupted while waiting for " + where, true};
  const std::string why = where + ": " + curl_easy_strerror(code);
  if (exchange.sends == 0) return NotSent{why, is_permanent(code)};
  return Lost{why};
}

}  // namespace

Easy new_easy() {
  Easy easy{curl_easy_init(), &curl_easy_cleanup};
  if (!easy) throw std::bad_alloc();
  return easy;
}

HeaderLines::HeaderLines(const std::vector<Header>& headers) {
  add("Expect:");
  for (const auto& header : headers) {
    auto line = header.name + ": " + header.value;
    add(line.c_str());
    rotation::wipe(line);
  }
}

void HeaderLines::add(const char* line) {
  auto* grown = curl_slist_append(lines_, line);
  if (grown == nullptr) throw std::bad_alloc();
  lines_ = grown;
}

std::optional<NotSent> unfit(const Request& request, const std::optional<Url>& url) {
  if (!url) return NotSent{"the address is not a plain http or https URL", true};
  if (!may_speak_to(*url, request.plain_http_hosts)) {
    return NotSent{"plain http to " + url->host + " is refused: http is for loopback only, use https", true};
  }
  if (!std::all_of(request.headers.begin(), request.headers.end(), header_is_clean)) {
    return NotSent{"a header holds a control byte", true};
  }
  return std::nullopt;
}

void prepare(CURL* easy, const Url& url, const HeaderLines& headers, Exchange& exchange,
             const TransportSettings& settings) {
  set_target(easy, *exchange.request, url, headers);
  set_security(easy, url, settings);
  set_callbacks(easy, exchange);
}

Reply ended(CURL* easy, CURLcode code, Exchange& exchange, const Url& url) {
  if (code != CURLE_OK || !exchange.head_whole) {
    return failure(code == CURLE_OK ? CURLE_PARTIAL_FILE : code, exchange, url);
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  return std::move(exchange.response);
}

LogLine log_line(const Request& request, const Url& url, const Reply& reply, Millis took) {
  LogLine line{.what = (request.purpose.empty() ? "" : request.purpose + " ") +
                       std::string{method_name(request.method)} + " " + url.scheme + "://" + url.authority() + url.path,
               .status = 0,
               .ending = "reply",
               .request_id = {},
               .took = took};
  if (const auto* response = std::get_if<Response>(&reply)) {
    line.status = response->status;
    for (const char* name : {"x-amzn-RequestId", "x-acs-request-id"}) {
      if (const auto* id = response->header(name)) line.request_id = *id;
    }
  } else if (const auto* not_sent = std::get_if<NotSent>(&reply)) {
    line.ending = "not sent: " + not_sent->why;
  } else {
    line.ending = "lost: " + std::get<Lost>(reply).why;
  }
  return line;
}

}  // namespace http
