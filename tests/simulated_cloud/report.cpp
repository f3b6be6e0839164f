// The credential report: old, coarse, without key ids, as AWS makes it (IAM user guide, "Getting credential reports").
#include "api.hpp"

namespace simulated_cloud {
namespace {

constexpr std::string_view header =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

std::string report_time(Time time) {
  std::string text = iso8601(time);
  text.replace(text.size() - 1, 1, "+00:00");
  return text;
}

std::string key_columns(World& world, const std::vector<std::string>& keys, std::size_t index) {
  if (index >= keys.size()) return ",false,N/A,N/A,N/A,N/A";
  const AccessKey& key = *world.find_key(keys[index]);
  std::string out = key.now().status == KeyStatus::active ? ",true," : ",false,";
  out += report_time(key.now().at);  // last_rotated moves on a status change too
  const auto use = world.last_used(key);
  if (!use) return out + ",N/A,N/A,N/A";
  return out + "," + report_time(use->at) + "," + use->region + "," + use->service;
}

std::string write_report(World& world, const Account& account) {
  std::string out{header};
  Time first = world.now();
  for (const auto& entry : account.users) first = std::min(first, entry.second.created);
  out += "\n<root_account>,arn:" + account.partition + ":iam::" + account.id + ":root," + report_time(first) +
         ",not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,"
         "false,N/A,false,N/A";
  for (const auto& [name, user] : account.users) {
    const auto keys = world.live_keys(user);
    out += "\n" + name + "," + world.user_arn(user) + "," + report_time(user.created) + ",false,N/A,N/A,N/A,false" +
           key_columns(world, keys, 0) + key_columns(world, keys, 1) + ",false,N/A,false,N/A";
  }
  return out;
}

}  // namespace

std::string generate_report(const Call& call) {
  call.require("iam", "*");
  World& world = call.world;
  Account& account = world.account(call.caller.account_id);
  const Time now = world.now();
  if (!account.report || account.report->data_of + world.options.report_interval <= now) {
    account.report = Report{.asked = now,
                            .ready = now + world.options.report_delay,
                            .data_of = now,
                            .content = write_report(world, account)};
    return nested("GenerateCredentialReportResult",
                  element("State", "STARTED") +
                      element("Description", "No report exists. Starting a new report generation task"));
  }
  return nested("GenerateCredentialReportResult",
                element("State", account.report->ready <= now ? "COMPLETE" : "INPROGRESS"));
}

std::string get_report(const Call& call) {
  call.require("iam", "*");
  const World& world = call.world;
  const auto& report = call.world.account(call.caller.account_id).report;
  if (!report) throw ApiError(410, "ReportNotPresent", "No report found. Generate one first.");
  if (report->ready > world.now()) throw ApiError(404, "ReportInProgress", "Credential report generation in progress");
  if (report->data_of + world.options.report_interval <= world.now()) {
    throw ApiError(410, "ReportExpired", "The most recent credential report has expired.");
  }
  return nested("GetCredentialReportResult", element("Content", base64(report->content)) +
                                                 element("ReportFormat", "text/csv") +
                                                 timestamp(world, "GeneratedTime", report->data_of));
}

}  // namespace simulated_cloud
