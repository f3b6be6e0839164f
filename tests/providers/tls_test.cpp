// TLS as the transport holds it: 1.2 at least, the certificate and its name verified, nothing sent otherwise.
#include <gtest/gtest.h>
#include <malloc.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>

#include "providers/http/transport.hpp"
#include "tests/providers/fakes.hpp"
#include "tests/providers/memory.hpp"
#include "tests/providers/raw_server.hpp"

namespace {

using namespace std::chrono_literals;

// Before OpenSSL reads its configuration: Debian's own would refuse old versions in keybaton's place.
const int old_tls_allowed = setenv("OPENSSL_CONF", PROVIDERS_TEST_DATA "/old_tls.cnf", 1);

// Before libcurl starts, which would open this file then and write every session's keys to it.
std::filesystem::path key_log() {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("keybaton-key-log-" + std::to_string(getpid()));
  return path;
}
const int key_log_wanted = setenv("SSLKEYLOGFILE", key_log().c_str(), 1);

// What OpenSSL gives back to the heap, looked at as it goes: how long it stands there afterwards is a matter of chance.
std::string sought;  // masked; empty: nothing is looked for
int given_back = 0;

void watched_free(void* block, const char*, int) {
  if (block != nullptr && !sought.empty()) {
    given_back += tests::holds({static_cast<const char*>(block), malloc_usable_size(block)}, sought) ? 1 : 0;
  }
  std::free(block);
}
const int watching = CRYPTO_set_mem_functions(
    [](std::size_t size, const char*, int) { return std::malloc(size); },
    [](void* block, std::size_t size, const char*, int) { return std::realloc(block, size); }, watched_free);

struct Identity {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{nullptr, EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{nullptr, X509_free};

  [[nodiscard]] std::string pem() const {
    return written([&](BIO* to) { PEM_write_bio_X509(to, certificate.get()); });
  }
  [[nodiscard]] std::string key_pem() const {
    return written([&](BIO* to) { PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }

 private:
  static std::string written(const std::function<void(BIO*)>& write) {
    std::unique_ptr<BIO, decltype(&BIO_free)> memory{BIO_new(BIO_s_mem()), BIO_free};
    write(memory.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
};

Identity self_signed(const char* alternative_name) {
  Identity made;
  made.key.reset(EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  auto* x509 = made.certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
  X509_set_pubkey(x509, made.key.get());
  auto* name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(x509, name);
  auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_name);
  X509_add_ext(x509, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(x509, made.key.get(), EVP_sha256());
  return made;
}

// Answers one request over TLS; counts the requests that it could read.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity, int highest_version = TLS1_3_VERSION)
      : context_{SSL_CTX_new(TLS_server_method()), SSL_CTX_free}, server_{[this](tests::Peer& peer, int) {
          serve(peer);
        }} {
    SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");  // else OpenSSL itself refuses old versions
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), highest_version);
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
  }
  [[nodiscard]] std::string url() const { return server_.url("https"); }
  void hang_up() { hang_up_ = true; }
  // Nobody but who shows this certificate.
  void demand(const Identity& client) {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), client.certificate.get());
  }
  // Says this and keeps the connection.
  void say_and_stay(std::string text) { said_ = std::move(text); }
  [[nodiscard]] int requests() const { return requests_; }

 private:
  void serve(tests::Peer& peer) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls{SSL_new(context_.get()), SSL_free};
    SSL_set_fd(tls.get(), peer.fd());
    if (SSL_accept(tls.get()) != 1) return;
    char bytes[4096];
    if (SSL_read(tls.get(), bytes, sizeof bytes) <= 0) return;
    ++requests_;
    if (hang_up_) return;
    const bool stay = !said_.empty();
    const auto text = stay ? tests::reply(200, said_) : tests::reply(200, "over tls", "Connection: close\r\n");
    SSL_write(tls.get(), text.data(), static_cast<int>(text.size()));
    if (stay) return peer.wait_for_close();
    SSL_shutdown(tls.get());
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::atomic<int> requests_{0};
  std::atomic<bool> hang_up_{false};
  std::string said_;
  tests::RawServer server_;
};

// A server that says what it says from a process of its own: this one's memory must not hold the text by itself.
class TlsProcess {
 public:
  TlsProcess(const Identity& identity, const std::string& masked) {
    int ends[2] = {-1, -1};
    if (pipe(ends) != 0 || (pid_ = fork()) < 0) throw std::runtime_error("no process");
    if (pid_ == 0) {
      TlsServer server{identity};
      server.say_and_stay(tests::masked(masked));
      const auto url = server.url() + "\n";
      if (write(ends[1], url.data(), url.size()) < 0) _exit(1);
      for (;;) pause();
    }
    char c = 0;
    while (read(ends[0], &c, 1) == 1 && c != '\n') url_ += c;
    close(ends[0]);
    close(ends[1]);
  }
  TlsProcess(const TlsProcess&) = delete;
  TlsProcess& operator=(const TlsProcess&) = delete;
  ~TlsProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  pid_t pid_ = -1;
  std::string url_;
};

http::Reply send(const std::string& url, std::optional<std::string> ca_bundle) {
  return http::curl_transport({.ca_bundle = std::move(ca_bundle)})
      ->send({.method = http::Method::post,
              .url = url,
              .body = http::Body{"Action=CreateAccessKey"},
              .deadline = 5s,
              .connection = http::Connection::fresh});
}

TEST(tls, a_certificate_of_the_given_bundle_is_accepted) {
  const auto identity = self_signed("IP:127.0.0.1");
  TlsServer server{identity};
  const tests::TempDir directory;
  const auto reply = send(server.url(), directory.write("ca.pem", identity.pem()));
  ASSERT_TRUE(std::holds_alternative<http::Response>(reply));
  EXPECT_EQ(std::get<http::Response>(reply).body.view(), "over tls");
  EXPECT_EQ(server.requests(), 1);
}

TEST(tls, an_unknown_certificate_is_refused_before_a_byte_of_the_request) {
  TlsServer server{self_signed("IP:127.0.0.1")};
  const auto reply = send(server.url(), std::nullopt);
  const auto* not_sent = std::get_if<http::NotSent>(&reply);
  ASSERT_TRUE(not_sent);
  EXPECT_TRUE(not_sent->permanent);
  EXPECT_EQ(server.requests(), 0);
}

TEST(tls, a_certificate_for_another_name_is_refused) {
  const auto identity = self_signed("DNS:elsewhere.example,IP:127.0.0.2");
  TlsServer server{identity};
  const tests::TempDir directory;
  const auto reply = send(server.url(), directory.write("ca.pem", identity.pem()));
  EXPECT_TRUE(std::holds_alternative<http::NotSent>(reply));
  EXPECT_EQ(server.requests(), 0);
}

TEST(tls, versions_before_1_2_are_refused) {
  ASSERT_EQ(old_tls_allowed, 0);
  const auto identity = self_signed("IP:127.0.0.1");
  const tests::TempDir directory;
  const auto bundle = directory.write("ca.pem", identity.pem());
  {
    TlsServer server{identity, TLS1_1_VERSION};
    EXPECT_TRUE(std::holds_alternative<http::NotSent>(send(server.url(), bundle)));
    EXPECT_EQ(server.requests(), 0);
  }
  TlsServer server{identity, TLS1_2_VERSION};
  EXPECT_TRUE(std::holds_alternative<http::Response>(send(server.url(), bundle)));
}

// libcurl sends with MSG_NOSIGNAL, under TLS since 7.87; with an older one this very process would end here.
TEST(tls, a_server_that_hangs_up_while_we_write_raises_no_sigpipe) {
  signal(SIGPIPE, SIG_DFL);
  const auto identity = self_signed("IP:127.0.0.1");
  TlsServer server{identity};
  server.hang_up();
  const tests::TempDir directory;
  const auto transport = http::curl_transport({.ca_bundle = directory.write("ca.pem", identity.pem())});
  const auto reply = transport->send({.method = http::Method::post,
                                      .url = server.url(),
                                      .body = http::Body{std::string(8 << 20, 'x')},
                                      .deadline = 5s,
                                      .connection = http::Connection::fresh});
  EXPECT_TRUE(std::holds_alternative<http::Lost>(reply));
}

// Invariant 14: OpenSSL decrypts a record in its own buffer, which it neither wipes nor frees by libcurl's functions.
TEST(tls, a_reply_leaves_no_piece_in_memory) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer keeps freed memory and its own copies";
#endif
  ASSERT_EQ(watching, 1);
  const auto identity = self_signed("IP:127.0.0.1");
  const tests::TempDir directory;
  const auto bundle = directory.write("ca.pem", identity.pem());
  for (const auto connection : {http::Connection::fresh, http::Connection::kept_alive}) {
    // Random, and never unmasked here: the reply is the only copy that there can be.
    std::string masked(120, ' ');
    ASSERT_EQ(RAND_bytes(reinterpret_cast<unsigned char*>(masked.data()), static_cast<int>(masked.size())), 1);
    const TlsProcess server{identity, masked};
    auto transport = http::curl_transport({.ca_bundle = bundle});
    sought = masked;
    {
      const auto reply = transport->send({.url = server.url(), .deadline = 5s, .connection = connection});
      const auto* response = std::get_if<http::Response>(&reply);
      ASSERT_TRUE(response);
      ASSERT_EQ(tests::masked(response->body.view()), masked);
      EXPECT_FALSE(tests::places_that_hold(masked).empty());  // the search itself works
    }
    for (const auto& place : tests::places_that_hold(masked)) ADD_FAILURE() << "a piece is left in " << place;
    transport.reset();
    sought.clear();
    EXPECT_EQ(given_back, 0);
  }
}

// Whoever can set a variable must not get what decrypts a recorded reply of CreateAccessKey.
TEST(tls, the_keys_of_a_session_are_written_nowhere) {
  ASSERT_EQ(key_log_wanted, 0);
  const auto identity = self_signed("IP:127.0.0.1");
  TlsServer server{identity};
  const tests::TempDir directory;
  const auto reply = send(server.url(), directory.write("ca.pem", identity.pem()));
  ASSERT_TRUE(std::holds_alternative<http::Response>(reply));
  EXPECT_FALSE(std::filesystem::exists(key_log()));
  std::filesystem::remove(key_log());
}

TEST(tls, a_bundle_that_is_not_there_is_not_sent) {
  TlsServer server{self_signed("IP:127.0.0.1")};
  const tests::TempDir directory;
  const auto reply = send(server.url(), (directory.path() / "none.pem").string());
  EXPECT_TRUE(std::holds_alternative<http::NotSent>(reply));
  EXPECT_EQ(server.requests(), 0);
}

http::Reply get(const std::string& url, http::TransportSettings settings) {
  return http::curl_transport(std::move(settings))->send({.url = url, .deadline = 5s});
}

TEST(tls, certificates_given_as_text_replace_the_systems) {
  const auto identity = self_signed("IP:127.0.0.1");
  TlsServer server{identity};
  EXPECT_TRUE(std::holds_alternative<http::Response>(get(server.url(), {.ca_pem = identity.pem()})));
  EXPECT_TRUE(std::holds_alternative<http::NotSent>(get(server.url(), {.ca_pem = self_signed("DNS:other").pem()})));
  EXPECT_TRUE(std::holds_alternative<http::NotSent>(get(server.url(), {.ca_pem = "no certificate"})));
  EXPECT_EQ(server.requests(), 1);
}

TEST(tls, a_client_certificate_is_shown_to_a_server_that_asks_for_it) {
  const auto identity = self_signed("IP:127.0.0.1");
  const auto client = self_signed("DNS:keybaton");
  const auto stranger = self_signed("DNS:stranger");
  TlsServer server{identity};
  server.demand(client);
  const auto as = [&](const Identity& who, const std::string& key) {
    return get(server.url(), {.ca_pem = identity.pem(),
                              .client = http::ClientCertificate{.chain = who.pem(), .key = rotation::Secret{key}}});
  };
  EXPECT_TRUE(std::holds_alternative<http::Response>(as(client, client.key_pem())));
  EXPECT_FALSE(std::holds_alternative<http::Response>(get(server.url(), {.ca_pem = identity.pem()})));
  EXPECT_FALSE(std::holds_alternative<http::Response>(as(stranger, stranger.key_pem())));
  for (const auto& key : {stranger.key_pem(), std::string{"no key"}}) {
    const auto reply = as(client, key);
    const auto* not_sent = std::get_if<http::NotSent>(&reply);
    ASSERT_TRUE(not_sent);
    EXPECT_TRUE(not_sent->permanent) << not_sent->why;
  }
  EXPECT_EQ(server.requests(), 1);
}

TEST(tls, a_server_that_hangs_up_in_the_handshake_got_nothing) {
  tests::RawServer server{[](tests::Peer& peer, int) { peer.say("not tls at all"); }};
  EXPECT_TRUE(std::holds_alternative<http::NotSent>(send(server.url("https"), std::nullopt)));
}

}  // namespace
