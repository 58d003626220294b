// restJson1 on the wire: targets with labels and queries, and what an answer says. Pure.
//
// Facts: labels are percent-encoded including '/' and ':'; a list in the query repeats its key; an
// error's code stands in the header x-amzn-errortype, else in the body's code, Code or __type, in
// the forms Type, Type:uri and ns#Type, and may be a number; its message is message or Message.
// Bodies may be empty, or a proxy's HTML.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"

namespace instanced::aws {

// "/tags/" + label + "?tagKeys=a&tagKeys=b", piece by piece.
class RestTarget {
 public:
  explicit RestTarget(std::string_view literal) : text_(literal) {}
  RestTarget& Label(std::string_view value);
  RestTarget& Literal(std::string_view text);
  RestTarget& Query(std::string_view name, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool has_query_ = false;
};

// What an answer with a failing status says. `code` is never empty: without one it is the status
// as "Http503".
struct AwsFailure {
  std::string code;
  std::string message;  // one line of 512 bytes at most; empty when there is none
  std::string request_id;
  std::optional<std::chrono::milliseconds> retry_after;
  std::optional<WallTime> server_time;  // the Date header
};
AwsFailure ParseRestJsonFailure(const HttpResponse& response);

// Cuts at ',' and ':', keeps what follows '#', trims. Anything left that is not a letter, a digit,
// '.', '_' or '-' makes it no code at all: empty.
std::string SanitizeCode(std::string_view raw);
// Control characters become spaces, runs of white space one; 512 bytes at most, whole UTF-8
// characters.
std::string SanitizeMessage(std::string_view raw);

std::string RequestId(const HttpHeaders& headers);
// x-amz-retry-after in milliseconds, or Retry-After in seconds or as an HTTP date.
std::optional<std::chrono::milliseconds> RetryAfter(const HttpHeaders& headers);

// The body as a JSON object; an empty body is an empty object; nothing when it is anything else.
std::optional<nlohmann::json> ParseJsonBody(std::string_view body);

// Reading members leniently: another type is as good as absent, except that scalars convert.
std::string StringOr(const nlohmann::json& object, const char* name, std::string_view otherwise);
const nlohmann::json* FindObject(const nlohmann::json& object, const char* name);

// "ReplicationStatusSummaryList" -> "replicationStatusSummaryList", "Id" -> "id".
std::string LowerCamel(std::string_view member);

}  // namespace instanced::aws
