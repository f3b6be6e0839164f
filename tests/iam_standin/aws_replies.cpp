// IAM and STS of AWS: the query protocol's XML.
#include <openssl/evp.h>

#include "replies.hpp"

namespace iam_standin {
namespace {

constexpr Cloud aws = Cloud::aws;

// A reply that grows as XML; the end closes what the start opened.
class Document {
 public:
  explicit Document(std::string_view operation,
                    std::string_view name_space = "https://iam.amazonaws.com/doc/2010-05-08/")
      : operation_(operation) {
    text_.append("<").append(operation).append("Response xmlns=\"").append(name_space).append("\"><");
    text_.append(operation).append("Result>");
  }
  Document& open(std::string_view name) {
    text_.append("<").append(name).append(">");
    return *this;
  }
  Document& shut(std::string_view name) {
    text_.append("</").append(name).append(">");
    return *this;
  }
  Document& put(std::string_view name, std::string_view content) {
    open(name);
    text_.append(content);
    return shut(name);
  }
  [[nodiscard]] Reply reply() {
    text_.append("</").append(operation_).append("Result><ResponseMetadata><RequestId>");
    text_.append("7b7a4f04-0000-0000-0000-000000000000</RequestId></ResponseMetadata></");
    text_.append(operation_).append("Response>");
    return {.status = 200, .body = std::move(text_)};
  }

 private:
  std::string text_;
  std::string_view operation_;
};

[[noreturn]] void no_such(std::string_view what, std::string_view name) {
  throw refusal(aws, 404, "NoSuchEntity",
                "The " + std::string(what) + " with name " + std::string(name) + " cannot be found.");
}

std::string arn_of(std::string_view user) {
  return "arn:aws:iam::" + std::string(account_number(aws)) + ":user/" + std::string(user);
}

Reply caller_identity() {
  Document out("GetCallerIdentity", "https://sts.amazonaws.com/doc/2011-06-15/");
  out.put("Arn", arn_of("scanner")).put("UserId", "AIDASTANDINSCANNER001").put("Account", account_number(aws));
  return out.reply();
}

Reply list_users(const Account& account, const Form& form) {
  const Page page = page_of(account, form, aws);
  Document out("ListUsers");
  out.open("Users");
  for (std::size_t user = page.first; user < page.end; ++user) {
    const std::string name = user_name(user);
    out.open("member").put("Path", "/").put("UserName", name).put("UserId", user_id(user, aws));
    out.put("Arn", arn_of(name)).put("CreateDate", time_text(account.created(user))).shut("member");
  }
  out.shut("Users").put("IsTruncated", page.end < account.users() ? "true" : "false");
  if (page.end < account.users()) out.put("Marker", marker_at(page.end));
  return out.reply();
}

Reply list_access_keys(const Account& account, const Form& form, Asked& asked) {
  const std::string_view name = value(form, "UserName");
  const auto user = account.user_called(name);
  if (!user) no_such("user", name);
  note_user(asked, *user);
  if (account.vanished(*user)) no_such("user", name);
  Document out("ListAccessKeys");
  out.open("AccessKeyMetadata");
  for (std::size_t number = 0; number < account.keys_of(*user); ++number) {
    const Slot slot{.user = *user, .number = number};
    const Key key = account.key(slot);
    out.open("member").put("UserName", name).put("AccessKeyId", key_id(slot, aws));
    out.put("Status", key.active ? "Active" : "Inactive").put("CreateDate", time_text(key.created)).shut("member");
  }
  out.shut("AccessKeyMetadata").put("IsTruncated", "false");
  return out.reply();
}

Reply last_used(const Account& account, const Form& form, Asked& asked) {
  const std::string_view id = value(form, "AccessKeyId");
  const auto slot = account.key_called(id, aws);
  if (!slot || account.vanished(slot->user)) no_such("Access Key", id);
  note_key(asked, *slot);
  const Key key = account.key(*slot);
  Document out("GetAccessKeyLastUsed");
  out.put("UserName", user_name(slot->user)).open("AccessKeyLastUsed");
  if (key.used) out.put("LastUsedDate", time_text(*key.used));
  out.put("ServiceName", key.used ? "s3" : "N/A").put("Region", key.used ? "eu-west-1" : "N/A");
  return out.shut("AccessKeyLastUsed").reply();
}

Reply generate_report(Report& report) {
  Document out("GenerateCredentialReport");
  out.put("State", report.polls_left > 0 ? "STARTED" : "COMPLETE");
  out.put("Description", report.polls_left > 0 ? "No report exists. Starting a new report generation task" : "");
  if (report.polls_left > 0) --report.polls_left;
  return out.reply();
}

Reply get_report(const Account& account, Report& report) {
  if (report.polls_left > 0) {
    return refusal(aws, 410, "ReportNotPresent", "There is no report; generate one first.");
  }
  if (report.content.empty()) {
    const std::string plain = credential_report(account);
    report.content.resize((plain.size() + 2) / 3 * 4 + 1);
    const int size =
        ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(report.content.data()),
                          reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
    report.content.resize(static_cast<std::size_t>(size));
  }
  Document out("GetCredentialReport");
  out.put("Content", report.content).put("ReportFormat", "text/csv");
  out.put("GeneratedTime", time_text(account.options().now));
  return out.reply();
}

}  // namespace

Reply aws_reply(const Account& account, const Form& form, Asked& asked, Report& report) {
  const std::string_view action = value(form, "Action");
  if (action == "GetAccessKeyLastUsed") return last_used(account, form, asked);
  if (action == "ListAccessKeys") return list_access_keys(account, form, asked);
  if (action == "ListUsers") return list_users(account, form);
  if (action == "GetCallerIdentity") return caller_identity();
  if (action == "GenerateCredentialReport") return generate_report(report);
  if (action == "GetCredentialReport") return get_report(account, report);
  return refusal(aws, 400, "InvalidAction", "Could not find operation " + std::string(action) + ".");
}

}  // namespace iam_standin
