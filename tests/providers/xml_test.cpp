#include "providers/aws_iam/xml.hpp"

#include <gtest/gtest.h>

#include "providers/aws_iam/replies.hpp"
#include "tests/providers/fakes.hpp"

namespace {

using aws_iam::Xml;
using rotation::UserName;

std::optional<Xml> parse(std::string_view text) { return Xml::parse(http::Body{text}); }

TEST(xml, matches_local_names_in_any_namespace_and_order) {
  const auto xml = parse(
      "\n<?xml version=\"1.0\"?>\n<a:Root xmlns:a=\"urn:x\"><Unknown><Deep/></Unknown><a:Two> 2 </a:Two>"
      "<!-- words --><One><![CDATA[1 & <more>]]></One><Two>3</Two></a:Root>\n");
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->root().name(), "Root");
  EXPECT_EQ(xml->root().child("One").text(), "1 & <more>");
  EXPECT_EQ(xml->root().child("Two").text(), "2");
  EXPECT_EQ(xml->root().children("Two").size(), 2U);
  EXPECT_FALSE(xml->root().child("Three").exists());
  EXPECT_EQ(xml->root().child("Three").child("Four").text(), "");
}

TEST(xml, a_document_type_is_refused_however_harmless) {
  EXPECT_FALSE(parse("<!DOCTYPE a><a/>"));
  EXPECT_FALSE(parse("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"));
  EXPECT_FALSE(
      parse("<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;\">]><l>&c;</l>"));
  EXPECT_FALSE(parse("<a><!ELEMENT b ANY></a>"));
}

TEST(xml, an_unknown_entity_is_text_and_nothing_more) {
  const auto xml = parse("<a>&amp;&x;&#65;</a>");
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->root().text(), "&&x;A");
}

TEST(xml, depth_has_a_cap) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "<a>";
    for (int i = 0; i < depth; ++i) text += "</a>";
    return text;
  };
  EXPECT_TRUE(parse(nested(30)));
  EXPECT_FALSE(parse(nested(40)));
  EXPECT_FALSE(parse(nested(100'000)));
}

TEST(xml, what_is_not_one_whole_document_is_refused) {
  for (const auto* text : {"", " ", "plain words", "<html><body>502<br></body></html>", "<a>", "<a></b>", "<a/><b/>",
                           "<a b=>", "{\"a\":1}", "<a>\x01"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
  EXPECT_FALSE(parse(std::string_view{"<a>x</a>\0<b/>", 13}));
}

TEST(xml, wide_documents_are_read_in_a_moment) {
  std::string text = "<a>";
  for (int i = 0; i < 40'000; ++i) text += "<member><b>x</b></member>";
  const auto xml = parse(text + "</a>");
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->root().children("member").size(), 40'000U);
}

TEST(xml, a_document_cut_at_any_byte_is_refused) {
  const auto whole = tests::new_key_xml("svc");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) EXPECT_FALSE(parse(whole.substr(0, cut))) << cut;
  EXPECT_TRUE(parse(whole));
}

// ---- from XML to the domain
// -------------------------------------------------------------------------------------------

struct KeyCase {
  const char* name;
  std::string xml;
  bool readable;
};

TEST(replies, a_key_is_read_only_if_every_field_is_right) {
  const std::string id = "AKIAIOSFODNN7EXAMPLE";
  const KeyCase cases[] = {
      {"good", tests::member_xml("svc", id, "Active"), true},
      {"fraction and offset", tests::member_xml("svc", id, "Active", "2026-01-01T00:00:00.123456+00:00"), true},
      {"other user", tests::member_xml("svc2", id, "Active"), false},
      {"no user", tests::member_xml("", id, "Active"), false},
      {"short id", tests::member_xml("svc", "AKIA", "Active"), false},
      {"control byte in the id", tests::member_xml("svc", "AKIAIOSFODNN7EX&#27;MPLE", "Active"), false},
      {"blank in the id", tests::member_xml("svc", "AKIA IOSFODNN7EXAMPLE", "Active"), false},
      {"no date", tests::member_xml("svc", id, "Active", ""), false},
      {"odd date", tests::member_xml("svc", id, "Active", "yesterday"), false},
  };
  for (const auto& one : cases) {
    const auto xml = parse(one.xml);
    std::string what;
    const auto key = aws_iam::read_key(xml.value().root(), UserName{"svc"}, what);
    EXPECT_EQ(key.has_value(), one.readable) << one.name << ": " << what;
    EXPECT_EQ(what.empty(), one.readable) << one.name;
  }
}

TEST(replies, any_status_but_active_and_inactive_is_unusable) {
  const auto status = [](const std::string& text) {
    std::string what;
    const auto xml = parse(tests::member_xml("svc", "AKIAIOSFODNN7EXAMPLE", text));
    return aws_iam::read_key(xml.value().root(), UserName{"svc"}, what).value().status;
  };
  EXPECT_EQ(status("Active"), rotation::KeyStatus::active);
  EXPECT_EQ(status("Inactive"), rotation::KeyStatus::inactive);
  for (const auto* odd : {"Expired", "active", "", "Suspended"}) {
    EXPECT_EQ(status(odd), rotation::KeyStatus::unusable) << odd;
  }
}

TEST(replies, a_last_use_that_cannot_be_read_is_not_never_used) {
  const auto read = [](const std::string& used) {
    std::string what;
    const auto xml = parse("<R><UserName>svc</UserName>" + used + "</R>");
    return aws_iam::read_last_used(xml.value().root(), UserName{"svc"}, what);
  };
  const auto never = read("<AccessKeyLastUsed><ServiceName>N/A</ServiceName><Region>N/A</Region></AccessKeyLastUsed>");
  ASSERT_TRUE(never);
  EXPECT_FALSE(never->at);
  EXPECT_EQ(never->service, "");
  EXPECT_EQ(never->region, "");
  const auto used = read(
      "<AccessKeyLastUsed><Region>eu-west-1</Region><LastUsedDate>2026-01-01T10:00:00Z</LastUsedDate>"
      "<ServiceName>s3</ServiceName></AccessKeyLastUsed>");
  ASSERT_TRUE(used);
  EXPECT_EQ(rotation::rfc3339(used->at.value()), "2026-01-01T10:00:00Z");
  EXPECT_EQ(used->service, "s3");
  EXPECT_EQ(used->region, "eu-west-1");
  EXPECT_FALSE(read("<AccessKeyLastUsed><LastUsedDate>soon</LastUsedDate></AccessKeyLastUsed>"));
  EXPECT_FALSE(read(""));
}

TEST(replies, a_new_keys_secret_survives_a_missing_date) {
  const auto xml = parse(
      "<AccessKey><UserName>svc</UserName><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId>"
      "<SecretAccessKey>secret/of+the/new/key/0123456789</SecretAccessKey></AccessKey>");
  std::string what;
  const auto now = rotation::Time{rotation::Seconds{1000}};
  const auto key = aws_iam::read_new_key(xml.value().root(), UserName{"svc"}, now, what);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->created_at, now);
  EXPECT_TRUE(key->secret.same_as(rotation::Secret{"secret/of+the/new/key/0123456789"}));
}

TEST(replies, names_and_arns_without_control_bytes) {
  EXPECT_TRUE(aws_iam::is_user_name("svc+deploy=x,y.z@corp-1_A"));
  for (const auto* bad : {"", "a b", "a/b", "a\nb", "a\x1b[31m", "é"}) EXPECT_FALSE(aws_iam::is_user_name(bad)) << bad;
  EXPECT_FALSE(aws_iam::is_user_name(std::string(129, 'a')));
  EXPECT_TRUE(aws_iam::is_arn("arn:aws-us-gov:iam::123456789012:user/a"));
  EXPECT_FALSE(aws_iam::is_arn("arn:aws:iam::123456789012"));
  EXPECT_FALSE(aws_iam::is_arn("arn:aws:iam::123456789012:user/a\x1b"));
  EXPECT_EQ(aws_iam::arn_partition("arn:aws-cn:iam::1:user/a"), "aws-cn");
  EXPECT_EQ(aws_iam::arn_partition("urn:aws"), "");
}

}  // namespace
