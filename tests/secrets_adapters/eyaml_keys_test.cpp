// Which key opens and makes a token: PKCS#7 with the pair at hand, with half of it or another one, and gpg.
#include <gtest/gtest.h>

#include "tests/secrets_adapters/eyaml_places.hpp"

namespace {

using namespace places;
using namespace places::eyaml;
using workbench::Directory;
using workbench::put;

const std::string other_certificate = data / "other" / "public_key.pkcs7.pem";
const std::string other_key = data / "other" / "private_key.pkcs7.pem";
const std::string plain_id = "id: " + old_id + "\nsecret: " + secret_token + "\n";
const std::string both_encrypted = "id: " + id_token + "\nsecret: " + secret_token + "\n";
const Settings no_private_key{{"keys.private", ""}};

TEST(EyamlKeys, WithoutThePrivateKeyAPlainIdIsReadAndAWriteIsOpenedByWhoeverHasIt) {
  const File file(plain_id, no_private_key);
  EXPECT_EQ(said(file->read()), old_id + " -");
  EXPECT_EQ(said(file->ready()), "done");
  ASSERT_EQ(said(hand_over(*file)), "done");
  EXPECT_EQ(said(file->read()), new_id + " -");
  EXPECT_EQ(said(File(file.text())->read()), new_pair);
}

TEST(EyamlKeys, WithoutThePrivateKeyAnEncryptedIdMakesThePlaceClosedWithAMarkThatMoves) {
  const File file(both_encrypted, no_private_key);
  const std::string before = custody(file->read());
  ASSERT_TRUE(before.starts_with("closed ")) << before;
  EXPECT_EQ(before.size(), 7U + 64U);
  const Holding expected{.id = {}, .custody = rotation::Custody::closed, .mark = before.substr(7)};
  const auto written = file->write({expected, AccessKeyId(new_id), Secret(new_secret)});
  ASSERT_EQ(said(written), "done");
  EXPECT_EQ(custody(file->read()), "closed " + rotation::done(written)->mark);
  EXPECT_NE(custody(file->read()), before);
  EXPECT_EQ(said(File(file.text())->read()), new_pair);
  EXPECT_EQ(why(file->write({expected, AccessKeyId(old_id), Secret(old_secret)})), Refusal::conflict);
  EXPECT_EQ(said(File(file.text())->read()), new_pair);
}

TEST(EyamlKeys, APrivateKeyThatIsNotTheCertificatesIsRefused) {
  const File file(plain_id, {{"keys.private", other_key}});
  EXPECT_EQ(why(file->read()), Refusal::invalid);
  EXPECT_NE(said(file->read()).find("does not belong to the certificate"), std::string::npos);
  EXPECT_EQ(why(hand_over(*file)), Refusal::invalid);
  EXPECT_EQ(file.text(), plain_id);
}

// Every certificate that eyaml makes has the same issuer and serial number, so that only the text itself tells.
TEST(EyamlKeys, ATokenForAnotherPairIsNeverTakenForAKey) {
  for (int tries = 0; tries < 300; ++tries) {
    const File file("id: " + sealed(old_id) + "\nsecret: " + sealed(old_secret) + "\n",
                    {{"keys.public", other_certificate}, {"keys.private", other_key}});
    ASSERT_EQ(why(file->read()), Refusal::invalid);
    if (tries == 0) {
      EXPECT_EQ(why(hand_over(*file)), Refusal::invalid);
    }
  }
}

TEST(EyamlKeys, ATokenForACertificateOfAnotherIssuerIsNamedSo) {
  Directory here;
  const std::string pem =
      out_of({"openssl", "req", "-x509", "-new", "-key", private_key, "-subj", "/CN=another", "-days", "1"});
  ASSERT_FALSE(pem.empty());
  put(here / "c.pem", pem);
  const File file(plain_id, {{"keys.public", here / "c.pem"}});
  EXPECT_NE(said(file->read()).find("encrypted for another certificate"), std::string::npos);
}

TEST(EyamlKeys, KeysThatAreNotThereOrOfAnotherKindAreRefusedBeforeANewKeyIsMade) {
  Directory here;
  put(here / "bare.pem", out_of({"openssl", "pkey", "-in", private_key, "-pubout"}));
  put(here / "locked.pem", out_of({"openssl", "pkey", "-in", private_key, "-aes128", "-passout", "pass:x"}));
  put(here / "no.pem", "hello\n");
  const std::map<std::string, Settings> bad{
      {"bare public key", {{"keys.public", here / "bare.pem"}, {"keys.private", ""}}},
      {"no certificate", {{"keys.public", here / "no.pem"}, {"keys.private", ""}}},
      {"is not there", {{"keys.public", here / "none.pem"}, {"keys.private", ""}}},
      {"with a passphrase", {{"keys.private", here / "locked.pem"}}},
      {"no private key", {{"keys.private", here / "no.pem"}}}};
  for (const auto& [word, settings] : bad) {
    const File file(plain_id, settings);
    EXPECT_NE(said(file->ready()).find(word), std::string::npos) << said(file->ready());
    EXPECT_EQ(said(hand_over(*file)).substr(0, 8), "refused:") << word;
    EXPECT_EQ(file.text(), plain_id);
  }
}

TEST(EyamlKeys, ALineBreakBehindTheSecretIsSaid) {
  const File file("id: " + old_id + "\nsecret: " + sealed(old_secret + "\n") + "\n");
  EXPECT_NE(said(file->read()).find("a line break at its end"), std::string::npos);
}

// ---- gpg ------------------------------------------------------------------------------------------------------

// A home of gpg's own with one key pair, and one with its public half alone.
class Gpg : public testing::Test {
 protected:
  static constexpr const char* who = "places@keybaton.example";
  static void SetUpTestSuite() {
    if (out_of({"gpg", "--version"}).empty()) return;
    homes_ = new Directory;
    for (const char* one : {"full", "public"}) {
      std::filesystem::create_directory(*homes_ / one);
      std::filesystem::permissions(*homes_ / one, std::filesystem::perms::owner_all);
    }
    out_of({"gpg", "--homedir", home("full"), "--batch", "--passphrase", "", "--quick-generate-key", who, "rsa2048",
            "default", "never"});
    out_of({"gpg", "--homedir", home("full"), "--batch", "--passphrase", "", "--quick-add-key", fingerprint(),
            "rsa2048", "encr", "never"});
    out_of({"gpg", "--homedir", home("public"), "--batch", "--import"},
           out_of({"gpg", "--homedir", home("full"), "--export", who}));
  }
  static void TearDownTestSuite() {
    if (homes_ == nullptr) return;
    for (const char* one : {"full", "public"}) out_of({"gpgconf", "--homedir", home(one), "--kill", "all"});
    delete homes_;
    homes_ = nullptr;
  }
  void SetUp() override {
    // gpg is a program of its own: without it there is nothing that could open what is written.
    if (homes_ == nullptr) GTEST_SKIP() << "no gpg here";
  }
  static std::string home(const std::string& name) { return *homes_ / name; }
  static std::string fingerprint() {
    const std::string list = out_of({"gpg", "--homedir", home("full"), "--with-colons", "--list-keys", who});
    const std::size_t at = list.find("fpr:::::::::");
    return at == std::string::npos ? std::string() : list.substr(at + 12, 40);
  }
  static std::string token(const std::string& plain) {
    const auto cipher = secrets_adapters::gpg_cipher({.recipients = {who}, .home = home("full"), .beside = {}});
    return secrets_adapters::eyaml_token({}, "GPG", cipher->seal(Secret(plain)));
  }
  static Settings with_home(const std::string& name) {
    return {{"keys.gpg_home", home(name)}, {"keys.recipients.0", who}};
  }
  static Directory* homes_;
};
Directory* Gpg::homes_ = nullptr;

TEST_F(Gpg, TokensAreMadeForTheRecipientsAndOpenedByGpg) {
  const File file("id: " + token(old_id) + "\nsecret: " + token(old_secret) + "\nx: 1\n", with_home("full"),
                  "eyaml-gpg");
  EXPECT_EQ(said(file->read()), old_pair);
  EXPECT_EQ(said(file->ready()), "done");
  ASSERT_EQ(said(hand_over(*file)), "done");
  EXPECT_EQ(said(file->read()), new_pair);
  EXPECT_NE(file.text().find("secret: ENC[GPG,"), std::string::npos);
  const std::size_t at = file.text().find("secret: ENC[GPG,") + 16;
  const std::string bytes = out_of({"base64", "-d"}, file.text().substr(at, file.text().find(']', at) - at));
  EXPECT_EQ(out_of({"gpg", "--homedir", home("full"), "--batch", "--quiet", "--decrypt"}, bytes), new_secret);
}

TEST_F(Gpg, WithoutTheSecretKeyThePlaceIsClosedOrShowsItsPlainIdAlone) {
  const std::string secret = "secret: " + token(old_secret) + "\n";
  const File plain("id: " + old_id + "\n" + secret, with_home("public"), "eyaml-gpg");
  EXPECT_EQ(said(plain->read()), old_id + " -");
  ASSERT_EQ(said(hand_over(*plain)), "done");
  EXPECT_EQ(said(File(plain.text(), with_home("full"), "eyaml-gpg")->read()), new_pair);
  EXPECT_TRUE(custody(File("id: " + token(old_id) + "\n" + secret, with_home("public"), "eyaml-gpg")->read())
                  .starts_with("closed "));
}

TEST_F(Gpg, ADamagedTokenIsRefusedAndNotTakenForAClosedOne) {
  std::string cut = token(old_secret);
  cut.erase(cut.size() - 41, 40);
  for (const std::string& bad : {cut, std::string("ENC[GPG,AAAA]")}) {
    const File damaged("id: " + old_id + "\nsecret: " + bad + "\n", with_home("full"), "eyaml-gpg");
    EXPECT_EQ(why(damaged->read()), Refusal::invalid) << said(damaged->read());
  }
}

TEST_F(Gpg, RecipientsStandInTheNearestFileAboveToo) {
  Directory here;
  std::filesystem::create_directories(here / "data" / "nodes");
  put(here / "data" / "hiera-eyaml-gpg.recipients", std::string("# people\n\n  ") + who + "  \n");
  put(here / "hiera-eyaml-gpg.recipients", "nobody@keybaton.example\n");
  const std::string path = here / "data" / "nodes" / "a.yaml";
  put(path, "id: " + old_id + "\nsecret: " + token(old_secret) + "\n");
  const auto place = secrets_adapters::make_location(spec_of(path, {{"keys.gpg_home", home("full")}}, "eyaml-gpg"));
  EXPECT_EQ(said(hand_over(*place)), "done");
  EXPECT_EQ(said(place->read()), new_pair);
  put(here / "data" / "hiera-eyaml-gpg.recipients", "nobody@keybaton.example\n");
  EXPECT_NE(said(place->ready()).find("gpg can't encrypt for the recipients"), std::string::npos);
}

TEST_F(Gpg, EachKindRefusesToRewriteATokenOfTheOther) {
  Settings mixed = with_home("full");
  mixed["keys.public"] = certificate;
  mixed["keys.private"] = private_key;
  const std::string gpg_secret = "id: " + old_id + "\nsecret: " + token(old_secret) + "\n";
  const File one(gpg_secret, {{"keys.gpg_home", home("full")}});
  EXPECT_EQ(said(one->read()), old_pair);
  EXPECT_EQ(why(one->ready()), Refusal::unsupported);
  EXPECT_EQ(why(hand_over(*one)), Refusal::unsupported);
  EXPECT_EQ(one.text(), gpg_secret);
  const File other(plain_id, mixed, "eyaml-gpg");
  EXPECT_EQ(said(other->read()), old_pair);
  EXPECT_EQ(why(hand_over(*other)), Refusal::unsupported);
  EXPECT_EQ(other.text(), plain_id);
}

}  // namespace
