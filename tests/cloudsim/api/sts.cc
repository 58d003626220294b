#include "tests/cloudsim/api/sts.h"

#include <algorithm>
#include <cctype>

#include "tests/cloudsim/api/message.h"

namespace instanced::cloudsim {
namespace {

// The field of an ARN that holds the account: arn:aws:iam::ACCOUNT:role/x, acs:ram::ACCOUNT:role/x.
std::string AccountOfRole(const std::string& arn, int index) {
  std::size_t begin = 0;
  for (int i = 0; i < index && begin != std::string::npos; ++i) {
    begin = arn.find(':', begin);
    if (begin != std::string::npos) ++begin;
  }
  return begin == std::string::npos ? "" : arn.substr(begin, arn.find(':', begin) - begin);
}

std::string RoleName(const std::string& arn) {
  const auto slash = arn.rfind('/');
  return slash == std::string::npos ? "" : arn.substr(slash + 1);
}

std::string Compact(std::string id, std::size_t length) {
  std::erase(id, '-');
  std::ranges::transform(id, id.begin(), [](unsigned char c) { return std::toupper(c); });
  return id.substr(0, length);
}

Credential NewSession(World& world, const std::string& cloud, const std::string& account,
                      const std::string& arn, Millis expires_at) {
  const std::string prefix = cloud == "aws" ? "ASIA" : "STS.";
  return {cloud,
          account,
          prefix + Compact(world.NewId(), 16),
          Compact(world.NewId(), 32) + "+/secret",
          "session/" + world.NewId() + "+" + world.NewId() + "==",
          arn,
          expires_at};
}

void Keep(const Credential& session, const World& world, CredentialBook& book,
          const Recorder& record) {
  record({{"serial", world.next_serial()}});
  record({{"credential", session}});
  book.Add(session);
}

Outcome AssumeWithWebIdentity(const Ask& ask, World& world, CredentialBook& book,
                              const Recorder& record, Millis wall) {
  const std::string role = Text(ask, "RoleArn");
  const std::string session_name = Text(ask, "RoleSessionName");
  const std::string token = Text(ask, "WebIdentityToken");
  const std::int64_t duration = Number(ask, "DurationSeconds").value_or(3600);
  const std::string account = AccountOfRole(role, 4);
  if (role.size() < 20 || account.empty() || session_name.size() < 2 || token.size() < 4 ||
      duration < 900 || duration > 43200) {
    return Refuse(400, "ValidationError", "A parameter is missing or out of range.");
  }
  if (token.starts_with("expired")) {
    return Refuse(400, "ExpiredTokenException", "The web identity token has expired.");
  }
  if (token.starts_with("invalid")) {
    return Refuse(400, "InvalidIdentityToken", "The web identity token is not valid.");
  }
  const std::string arn =
      "arn:aws:sts::" + account + ":assumed-role/" + RoleName(role) + "/" + session_name;
  const Credential session = NewSession(world, "aws", account, arn, wall + duration * kSecond);
  Keep(session, world, book, record);
  return Done{
      {{"Credentials",
        {{"AccessKeyId", session.access_key},
         {"SecretAccessKey", session.secret},
         {"SessionToken", session.session_token},
         {"Expiration", IsoTime(session.expires_at)}}},
       {"SubjectFromWebIdentityToken", "system:serviceaccount:simulated"},
       {"AssumedRoleUser", {{"AssumedRoleId", "AROASIMULATED:" + session_name}, {"Arn", arn}}},
       {"Provider", "simulated"},
       {"Audience", "sts.amazonaws.com"}},
      ""};
}

Outcome AssumeWithOidc(const Ask& ask, World& world, CredentialBook& book, const Recorder& record,
                       Millis wall) {
  const std::string role = Text(ask, "RoleArn");
  const std::string session_name = Text(ask, "RoleSessionName");
  const std::string token = Text(ask, "OIDCToken");
  const std::int64_t duration = Number(ask, "DurationSeconds").value_or(3600);
  const std::string account = AccountOfRole(role, 3);
  for (const char* member : {"RoleArn", "OIDCProviderArn", "OIDCToken", "RoleSessionName"}) {
    if (Text(ask, member).empty()) {
      return Refuse(400, std::string("MissingParameter.") + member, "A parameter is missing.");
    }
  }
  if (account.empty()) return Refuse(400, "InvalidParameter.RoleArn", "RoleArn is not valid.");
  if (duration < 900) {
    return Refuse(400, "InvalidParameter.DurationSeconds", "DurationSeconds is below 900.");
  }
  if (token.starts_with("expired")) {
    return Refuse(400, "AuthenticationFail.OIDCToken.Expired", "The token has expired.");
  }
  if (token.starts_with("invalid")) {
    return Refuse(400, "AuthenticationFail.OIDCToken.Invalid", "The token is not valid.");
  }
  const std::string arn =
      "acs:ram::" + account + ":assumed-role/" + RoleName(role) + "/" + session_name;
  const Credential session = NewSession(world, "alibaba", account, arn, wall + duration * kSecond);
  Keep(session, world, book, record);
  return Done{{{"AssumedRoleUser", {{"AssumedRoleId", "300000:" + session_name}, {"Arn", arn}}},
               {"Credentials",
                {{"AccessKeyId", session.access_key},
                 {"AccessKeySecret", session.secret},
                 {"SecurityToken", session.session_token},
                 {"Expiration", IsoTime(session.expires_at)}}}},
              ""};
}

}  // namespace

bool IsUnsigned(const std::string& operation) {
  return operation == "AssumeRoleWithWebIdentity" || operation == "AssumeRoleWithOIDC";
}

Outcome AwsSts(const std::string& operation, const Ask& ask, World& world, CredentialBook& book,
               const Recorder& record, Millis wall) {
  if (operation == "AssumeRoleWithWebIdentity") {
    return AssumeWithWebIdentity(ask, world, book, record, wall);
  }
  if (operation != "GetCallerIdentity") {
    return Refuse(400, "InvalidAction", "Could not find operation " + operation + ".");
  }
  return Done{{{"Arn", ask.caller.arn},
               {"UserId", "AIDASIMULATED" + ask.caller.account},
               {"Account", ask.caller.account}},
              ""};
}

Outcome AlibabaSts(const std::string& operation, const Ask& ask, World& world, CredentialBook& book,
                   const Recorder& record, Millis wall) {
  if (operation == "AssumeRoleWithOIDC") return AssumeWithOidc(ask, world, book, record, wall);
  if (operation != "GetCallerIdentity") {
    return Refuse(404, "InvalidAction.NotFound", "The specified action is not found.");
  }
  return Done{
      {{"AccountId", ask.caller.account},
       {"UserId", ask.caller.account},
       {"Arn", ask.caller.arn},
       {"IdentityType",
        ask.caller.arn.find("assumed-role") == std::string::npos ? "RAMUser" : "AssumedRoleUser"}},
      ""};
}

}  // namespace instanced::cloudsim
